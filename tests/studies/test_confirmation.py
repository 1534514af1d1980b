"""What confirming concludes, in worlds where the right answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neumf.hyperparameters import CHOSEN, Configuration
from studies.results.confirmation import Confirmed, confirm, learnt
from studies.results.study_result import TrialResult
from tests.studies.measured_worlds import (
    SAMPLED,
    VARIED,
    alike,
    confirmation,
    jittered,
    measured,
    neumf,
    run,
    study,
)

BETTER = [jittered(VARIED, n) for n in range(5)]
WORSE = [ranks + 1 for ranks in BETTER]
"""The same users, each a rank lower, under every seed."""

AS_GOOD = [jittered(VARIED, n + 1) for n in range(5)]


def test_the_best_mean_comes_first_whatever_the_search_had() -> None:
    found = confirmation({0: WORSE, 1: BETTER})
    assert [entry.number for entry in found.entries] == [1, 0]
    assert found.way == "catalogue"
    best, second = found.entries
    expected = np.mean([1 / np.log2(ranks + 1) for ranks in BETTER])
    assert best.mean.mean == pytest.approx(expected)
    assert best.mean.seeds == 5
    assert best.behind is None
    assert second.behind is not None
    assert second.behind.mean == pytest.approx(best.mean.mean - second.mean.mean)
    assert second.trial.value == 0.5, "the search's own word stands beside it"


def test_pairing_tells_what_the_means_intervals_do_not() -> None:
    """The intervals of the two overlap by far, but a third of the users are worse off with the
    second and none is better: it is not level, however small it is."""
    worse = VARIED + (np.arange(len(VARIED)) % 3 == 0)
    found = confirmation({0: [worse] * 5, 1: [VARIED] * 5}, {0: 10, 1: 1000})
    best, second = found.entries
    assert second.mean.high > best.mean.mean > second.mean.mean > best.mean.low
    assert not second.is_level
    assert found.chosen is best


def test_of_those_that_are_level_the_smallest_is_chosen() -> None:
    found = confirmation({0: BETTER, 1: AS_GOOD, 2: AS_GOOD, 3: WORSE}, {0: 90, 1: 80, 2: 70, 3: 1})
    assert [entry.is_level for entry in found.entries] == [True, True, True, False]
    assert found.chosen is not None
    assert found.chosen.number == 2


def test_of_equals_the_first_is_chosen() -> None:
    """Of one mean and size the earlier trial."""
    found = confirmation({4: BETTER, 2: BETTER, 3: BETTER})
    assert [entry.number for entry in found.entries] == [2, 3, 4]
    assert found.chosen is not None
    assert found.chosen.number == 2


def test_size_is_that_of_the_largest_run() -> None:
    runs = [run(0, n, BETTER[n], parameters=n) for n in range(1, 4)]
    trial = TrialResult(0, "complete", {})
    mean = neumf(BETTER).estimate("catalogue")
    assert Confirmed(trial, neumf(BETTER), tuple(runs), (), mean, None, None).parameters == 3


def test_nothing_is_chosen_before_all_runs_are_done() -> None:
    """Neither where a seed is missing everywhere, nor where one run is; a failed one is done."""
    assert confirmation({0: BETTER, 1: WORSE}, seeds=6).chosen is None
    assert confirmation({0: BETTER, 1: WORSE[:4]}).chosen is None
    assert confirmation({0: BETTER, 1: [*WORSE[:4], "loss nan"]}).chosen is not None


def test_what_fails_with_a_seed_is_never_chosen() -> None:
    """The best mean of four seeds is no answer if the fifth fails; nor is the smallest of those
    that are level. The first is the best of those to rely on."""
    unsteady: list[Any] = [*BETTER[:4], "loss nan in epoch 2"]
    found = confirmation({0: unsteady, 1: WORSE, 2: [r + 1 for r in WORSE]}, {0: 1, 1: 9, 2: 9})
    assert found.chosen is not None
    assert found.chosen.number == 1
    assert [entry.number for entry in found.entries] == [1, 2, 0]
    assert found.entries[-1].failures == ("loss nan in epoch 2",)
    assert found.entries[-1].mean.seeds == 4
    assert found.entries[-1].behind is not None
    assert found.entries[-1].behind.mean < 0


def test_none_is_chosen_where_all_fail_with_some_seed() -> None:
    found = confirmation({0: [BETTER[0], "loss nan"], 1: [WORSE[0], "out of memory"]})
    assert found.is_complete
    assert found.chosen is None


def test_seeds_without_a_pair_tell_nothing() -> None:
    """Two configurations that failed with each other's seeds cannot be compared."""
    found = confirmation(
        {0: [*BETTER[:2], "nan", "nan"], 1: ["nan", "nan", *WORSE[:2]], 2: [alike(90)] * 4}
    )
    assert [entry.number for entry in found.entries] == [2, 0, 1]
    apart = neumf([*BETTER[:2], "nan", "nan"]).ahead_of(
        neumf(["nan", "nan", *WORSE[:2]]), "catalogue"
    )
    assert (apart.is_told, apart.seeds) == (False, 0)
    assert apart.as_json()["low"] is None
    assert apart.mean > 0


def test_what_never_worked_is_left_out() -> None:
    """A configuration whose every run failed has no mean; where none has, there is nothing."""
    found = confirmation({0: ["loss nan"] * 5, 1: WORSE})
    assert [entry.number for entry in found.entries] == [1]
    assert found.chosen is not None
    assert found.of(0) is None
    assert confirm(study(measured({0: ["loss nan"] * 5}))) is None
    assert confirm(study()) is None


def test_sampled_lists_rank_by_the_expectation_over_draws() -> None:
    """And the value that a search would have stands beside it."""
    found = confirmation({0: BETTER, 1: WORSE}, sizes=SAMPLED)
    assert found.way == "expected"
    first = found.entries[0]
    assert first.sampled is not None
    assert first.sampled.mean == pytest.approx(first.model.estimate("sampled").mean)
    assert first.mean.mean > first.sampled.mean, "made up so: the drawn ones are all above"
    assert confirmation({0: BETTER}).entries[0].sampled is None


def test_an_entry_in_json() -> None:
    """The keys that programs rely on."""
    found = confirm(study(measured({1: WORSE, 0: BETTER}, {0: 7}), {1: "notebook"}))
    assert found is not None
    first, second = (entry.as_json() for entry in found.entries)
    assert {"number", "label", "mean", "low", "high", "seeds"} <= first.keys()
    assert (first["number"], first["label"], first["seeds"]) == (0, None, 5)
    assert (first["level"], first["behind"], first["parameters"]) == (True, None, 7)
    assert (first["searched"], second["searched"]) == (0.5, 0.49)
    assert second["label"] == "notebook"
    assert second["behind"]["low"] > 0
    assert not second["level"]


def entry(configuration: Configuration, *facts: dict[str, Any]) -> Confirmed:
    """A configuration whose runs had ``facts``."""
    runs = [
        run(0, n, BETTER[0], configuration=configuration, **each) for n, each in enumerate(facts, 1)
    ]
    trial = TrialResult(0, "complete", {}, configuration=configuration.asdict())
    model = neumf([BETTER[0]] * len(facts))
    return Confirmed(trial, model, tuple(runs), (), model.estimate("catalogue"), None, None)


def test_it_is_trained_for_the_median_of_the_best_epochs() -> None:
    """Whatever one seed did; the configuration itself stays, so its seeds do too."""
    configuration = Configuration(epochs=40)
    epochs = [{"best_epoch": n} for n in (9, 40, 7, 8, 1)]
    assert learnt(entry(configuration, *epochs)) == (configuration, 8)
    four = [{"best_epoch": n} for n in (4, 4, 5, 8)]
    assert learnt(entry(configuration, *four)) == (configuration, 5), "halves are rounded up"


def test_a_chosen_weight_is_the_median_of_those_chosen() -> None:
    """Without validation lists none can be chosen; a given one stays."""
    runs = [{"best_epoch": 3, "alpha": alpha} for alpha in (0.2, 0.9, 0.4)]
    configuration, last = learnt(entry(Configuration(alpha=CHOSEN), *runs))
    assert (configuration.alpha, last) == (0.4, 3)
    assert learnt(entry(Configuration(alpha=0.7), *runs))[0].alpha == 0.7


def curve(best: int, length: int) -> tuple[tuple[int, float], ...]:
    """Rises to ``best`` and falls."""
    return tuple((n, 0.5 - 0.01 * abs(n - best)) for n in range(1, length + 1))


def test_tuning_begins_where_the_own_epochs_were_best() -> None:
    """Three tuning epochs follow own ones that end at their best: of runs that had 6, 5 and 7 own
    epochs, best in the 3rd, 2nd and 4th, and were best after 2, 1 and 3 of tuning."""
    configuration = Configuration(epochs=20, alpha=0.5, tuning_epochs=3)
    runs = [
        {
            "curve": curve(own_best, own) + tuple((own + n, 0.6) for n in (1, 2, 3)),
            "best_epoch": own + tuned,
        }
        for own, own_best, tuned in ((6, 3, 2), (5, 2, 1), (7, 4, 3))
    ]
    found, last = learnt(entry(configuration, *runs))
    assert (found.epochs, found.tuning_epochs, last) == (3, 3, 5), "its rate falls as it did"
    assert found.alpha == 0.5


def test_tuning_that_never_helped_is_left_out() -> None:
    """The best epoch was one of the own."""
    configuration = Configuration(epochs=20, alpha=0.5, tuning_epochs=3)
    runs = [{"curve": curve(4, 9), "best_epoch": 4}] * 3
    found, last = learnt(entry(configuration, *runs))
    assert (found, last) == (configuration, 4), "it ends before tuning begins"


def test_a_rate_that_falls_keeps_its_epochs_before_tuning() -> None:
    """Fewer would make it fall faster: another run."""
    configuration = Configuration(
        epochs=6, schedule="linear", alpha=0.5, tuning_epochs=3, optimizer="sgd", lr=0.1
    )
    runs = [{"curve": (*curve(5, 6), (7, 0.6), (8, 0.7), (9, 0.6)), "best_epoch": 8}] * 3
    found, last = learnt(entry(configuration, *runs))
    assert (found, last) == (configuration, 8)
