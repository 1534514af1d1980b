"""What more trials may be expected to bring, in worlds where it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from optuna.storages import InMemoryStorage

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from studies.ledger.ledger import Ledger
from studies.results.outlook import (
    IN_A_ROW,
    LEAST,
    MORE,
    NOISE_EXCESS,
    Noise,
    is_settled,
    jitter,
    noise_of,
    outlook,
)
from studies.results.study_result import StudyResult, TrialResult, TwinRun
from tests.studies.synthetic import DATA, NO_PRUNER, define, finish, stored, train

SMALL, LARGE = Noise(1e-6, "seeds"), Noise(1.0, "seeds")


def trials(values: list[float], curve: tuple[float, ...] = ()) -> tuple[TrialResult, ...]:
    points = tuple(enumerate(curve, 1))
    return tuple(TrialResult(n, "complete", {}, v, curve=points) for n, v in enumerate(values))


def study(values: list[float], curve: tuple[float, ...]) -> StudyResult:
    return StudyResult("mine", "", {}, {}, "nDCG@10", trials(values, curve))


ROUGH = tuple(0.4 + 0.01 * (-1) ** n for n in range(20))
"""A curve whose epochs differ by 0.02."""


def test_an_exponential_tail_is_foretold() -> None:
    """On average over studies, to a quarter."""
    foretold, came = [], []
    for seed in range(300):
        values = np.random.default_rng(seed).exponential(size=50 + MORE).tolist()
        found = outlook(trials(values[:50]), SMALL)
        assert found is not None
        foretold.append(found.gain)
        came.append(max(values) - max(values[:50]))
    assert np.mean(foretold) == pytest.approx(np.mean(came), rel=0.25)


@pytest.mark.parametrize("tail", ["normal", "uniform"])
def test_a_lighter_tail_is_not_underrated(tail: str) -> None:
    """A search is rather too long than too short."""
    foretold, came = [], []
    for seed in range(100):
        values = getattr(np.random.default_rng(seed), tail)(size=50 + MORE).tolist()
        found = outlook(trials(values[:50]), SMALL)
        assert found is not None
        foretold.append(found.gain)
        came.append(max(values) - max(values[:50]))
    assert np.mean(foretold) > np.mean(came)


def test_a_plateau_promises_nothing_and_a_rising_study_much() -> None:
    flat = outlook(trials([0.4] * 50), SMALL)
    assert flat is not None
    assert flat.gain == 0
    rising = outlook(trials([0.3 + 0.001 * n for n in range(50)]), SMALL)
    assert rising is not None
    assert rising.gain > 0.005
    assert not rising.is_small


def test_noise_alone_is_all_luck_and_none_is_no_luck() -> None:
    """The share is that of the noise in the spread of the best quarter."""
    values = np.random.default_rng(0).normal(size=50).tolist()
    noise = outlook(trials(values), Noise(1.5, "seeds"))
    none = outlook(trials(values), SMALL)
    assert noise is not None
    assert none is not None
    assert noise.gain == noise.luck == none.gain > 0
    assert none.luck == pytest.approx(0, abs=1e-9)
    draws = np.sort(np.random.default_rng(1).normal(size=100_000))[75_000:]
    assert (draws - draws[0]).mean() == pytest.approx(NOISE_EXCESS, rel=0.02)


def test_what_does_not_count() -> None:
    """Copies and failures; a pruned trial is one that did not beat the best."""
    made = trials(np.random.default_rng(0).normal(size=40).tolist())
    copies = tuple(replace(t, number=t.number + 100, duplicate_of=t.number) for t in made)
    failed = (TrialResult(99, "failed", {}), TrialResult(98, "interrupted", {}))
    assert outlook((*made, *copies, *failed), SMALL) == outlook(made[::-1], SMALL)
    pruned = tuple(TrialResult(n, "pruned", {}) for n in range(40, 50))
    with_pruned, without = outlook((*made, *pruned), SMALL), outlook(made, SMALL)
    assert with_pruned is not None
    assert without is not None
    assert with_pruned.gain < without.gain


def test_too_few_trials_or_no_noise_have_none() -> None:
    values = [0.1 * n for n in range(LEAST)]
    assert outlook(trials(values), SMALL) is not None
    assert outlook(trials(values[1:]), SMALL) is None
    assert outlook(trials(values), None) is None
    assert outlook((), SMALL) is None


def test_jitter_is_the_epochs_and_not_the_trend() -> None:
    """A straight curve has none; independent epochs have theirs."""
    straight = jitter(trials([0.4], tuple(0.01 * n for n in range(20))))
    assert straight is not None
    assert straight.deviation == pytest.approx(0, abs=1e-9)
    rng = np.random.default_rng(0)
    many = [replace(trials([0.4], tuple(0.4 + 0.003 * rng.normal(size=30)))[0]) for _ in range(50)]
    found = jitter(many)
    assert found is not None
    assert found.deviation == pytest.approx(0.003, rel=0.15)
    assert found.basis == "epochs"
    assert jitter(trials([0.4], (0.1, 0.2, 0.3))) is None


def test_fresh_seeds_of_the_best_are_preferred_to_jitter() -> None:
    """From three on; those of another configuration tell nothing."""
    best = Configuration(lr=0.01)
    made = study([0.4], ROUGH)
    made = replace(made, trials=(replace(made.trials[0], configuration=best.asdict()),))
    values = (0.41, 0.42, 0.43)

    def runs(configuration: Configuration) -> tuple[TwinRun, ...]:
        whole = configuration.asdict()
        return tuple(TwinRun(whole, n, n, v, 3, 5, 1.0) for n, v in enumerate(values, 1))

    known = noise_of(replace(made, twins=runs(best)))
    assert known is not None
    assert known.deviation == pytest.approx(0.01)
    assert known.basis == "seeds"
    for twins in (runs(best)[:2], runs(Configuration(lr=0.02))):
        guessed = noise_of(replace(made, twins=twins))
        assert guessed is not None
        assert guessed.basis == "epochs"


def test_settled_means_settled_for_a_while() -> None:
    """One trial more than the fewest is one look; a jump starts the count anew."""
    flat = [0.4] * (LEAST + IN_A_ROW)
    assert is_settled(study(flat[:-1], ROUGH))
    assert not is_settled(study(flat[:-2], ROUGH))
    jump = [*flat, *(0.5 + 0.05 * n for n in range(8))]
    assert not is_settled(study(jump, ROUGH))


def noisy(configuration: Configuration, top: float) -> list[float]:
    """Epochs that jump by 0.02 about a height that the configuration hardly matters for."""
    height = top + 0.0001 * configuration.dropout
    return [height + 0.01 * (-1) ** n for n in range(12)]


def ledger_of(storage: InMemoryStorage, total: int = 100, stop: str = "settled") -> Ledger:
    search = {**NO_PRUNER, "stop": stop, "sampler": {"kind": "random"}}
    return Ledger(storage, define(total, search=search, fixed={"epochs": 12}), DATA)


def test_a_search_on_a_plateau_stops_and_says_so_again() -> None:
    """Long before its total, exactly; run again it adds nothing; without the option it goes on."""
    storage = InMemoryStorage()
    ledger = ledger_of(storage)
    finish(ledger, lambda c: noisy(c, 0.4))
    assert LEAST + IN_A_ROW - 1 <= ledger.done < 60
    again = ledger_of(storage)
    assert again.done == again.total == ledger.done
    assert again.ask() is None
    assert ledger_of(storage, stop="trials").total == 100


def test_a_rising_search_goes_on_to_its_total() -> None:
    storage = InMemoryStorage()
    heights = iter(np.linspace(0.1, 0.9, 80))
    ledger = ledger_of(storage, 80)
    finish(ledger, lambda c: noisy(c, next(heights)))
    assert ledger.done == 80


def test_what_is_under_way_is_finished_and_what_is_lost_is_tried_again() -> None:
    """The total is exact for several workers too, and with a crash when it is settled."""
    storage = InMemoryStorage()
    ledger = ledger_of(storage)
    running = [job for _ in range(3) if (job := ledger.ask())]
    crashed = False
    while running:
        job = running.pop(0)
        if ledger.total < 100 and not crashed:
            crashed = True
            ledger.crash(job.number, "killed")
        else:
            train(ledger, job, lambda c: noisy(c, 0.4))
        while len(running) < 3 and (more := ledger.ask()):
            running.append(more)
    assert crashed
    assert ledger.done == ledger.total < 60
    assert sum(t.state.is_finished() for t in stored(storage)) == ledger.done + 1


def test_trials_still_caps() -> None:
    ledger = ledger_of(InMemoryStorage(), 5)
    finish(ledger, lambda c: noisy(c, 0.4))
    assert ledger.done == 5


def test_another_word_is_refused() -> None:
    with pytest.raises(UserError, match=r"\[search\] stop = 'never'"):
        define(5, search={"stop": "never"})
