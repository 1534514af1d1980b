"""Which two hyperparameters matter together."""

from __future__ import annotations

from neumf.seeds import generator
from studies.results.interactions import BINS, interactions
from studies.results.study_result import TrialResult
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, pruned


def trials(n: int, strength: float, seed: int = 1) -> list[TrialResult]:
    """lr and dropout matter only together; negatives is a word, batch_size is idle."""
    rng = generator(seed, "interactions")
    found = []
    for number in range(n):
        lr, dropout = float(rng.uniform(0, 1)), float(rng.uniform(0, 1))
        score = 0.5 + strength * (lr - 0.5) * (dropout - 0.5) + float(rng.normal(0, 0.01))
        size, word = int(rng.choice([256, 512])), str(rng.choice(["once", "per-user"]))
        found.append(
            complete(number, score, lr=lr, dropout=dropout, batch_size=size, negatives=word)
        )
    return found


def test_a_pair_that_matters_only_together_is_found() -> None:
    first, *_ = interactions(trials(80, 0.5), seed=0)
    assert set(first.names) == {"lr", "dropout"}
    assert first.distinct
    assert first.share > 0.3


def test_noise_is_not_called_distinct() -> None:
    """The line is for all pairs at once: of 40 studies of nothing, few have any."""
    told = sum(
        any(one.distinct for one in interactions(trials(60, 0.0, seed), seed=0))
        for seed in range(40)
    )
    assert told <= 4


def test_what_matters_alone_is_no_interaction() -> None:
    rng = generator(3, "alone")
    found = [
        complete(n, 0.3 + 0.1 * lr + 0.1 * dropout, lr=lr, dropout=dropout)
        for n in range(80)
        for lr, dropout in [tuple(float(x) for x in rng.uniform(0, 1, 2))]
    ]
    assert interactions(found, seed=0)[0].share < 0.05


def test_every_complete_trial_is_in_one_cell() -> None:
    made = [*trials(75, 0.5), pruned(75, 0.1)]
    for one in interactions(made, seed=0):
        assert sum(cell.trials for row in one.cells for cell in row) == 75
        assert len(one.rows) <= BINS
        assert len(one.columns) <= BINS
        total = sum((cell.score or 0.0) * cell.trials for row in one.cells for cell in row)
        assert abs(total - sum(t.value or 0.0 for t in made)) < 1e-6


def test_too_few_trials_or_scores_that_do_not_differ_have_none() -> None:
    assert interactions(trials(29, 0.5), seed=0) == ()
    assert interactions([complete(n, 0.5, lr=0.1 * n, dropout=0.1) for n in range(40)], 0) == ()
    for study in AWKWARD.values():
        assert interactions(study.trials, seed=0) == ()


def test_the_same_trials_have_the_same_interactions() -> None:
    made = trials(60, 0.1)
    assert interactions(made, seed=0) == interactions(list(reversed(made)), seed=0)
