"""Simulated searches: the real coordinator and ledger, workers in which only time passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from search.coordinator import Coordinator
from search.scaling import __main__ as command_module
from search.scaling import workers as workers_module
from search.scaling.__main__ import scaling
from search.scaling.simulation import Nobody, Simulated, resized, simulate
from search.scaling.workers import SEED_NOISE, Clock, SimulatedPool, curve
from studies.definition import loading
from studies.definition.schema import Definition
from studies.ledger.job import Job
from studies.storage.database import open_storage
from studies.surrogate import Expected, Surrogate
from tests.neumf.commands import Command, commanded
from tests.search.fakes import FakeQueue
from tests.studies.storages import url_of
from tests.studies.synthetic import counted, once_each

TRIALS = 40
RECORDED = Path(__file__).parents[2] / "results" / "ml-100k.csv"


@pytest.fixture(scope="module")
def definition() -> Definition:
    """The default study under the name that tests' studies have."""
    named = loading.load("ml-100k").model_copy(update={"name": "made"})
    return resized(named, TRIALS, seed=0)


@pytest.fixture(scope="module")
def surrogate(definition: Definition) -> Surrogate:
    return Surrogate(definition, RECORDED)


def ideal(
    definition: Definition, surrogate: Surrogate, workers: int, storage: BaseStorage | None = None
) -> Simulated:
    """Where the coordinator takes no time."""
    where = storage or InMemoryStorage()
    return simulate(definition, surrogate, where, workers, counts_work=False)


def values(storage: BaseStorage) -> list[object]:
    return [(t.number, t.state, t.params, t.values) for t in counted(storage)]


@pytest.mark.parametrize("workers", [3, 50])
def test_every_trial_is_counted_once(
    definition: Definition, surrogate: Surrogate, workers: int
) -> None:
    """None is left open, none is trained twice, and all that was trained is accounted for."""
    storage = InMemoryStorage()
    found = ideal(definition, surrogate, workers, storage)
    trials = counted(storage)
    assert found.trials == found.wanted == len(trials) == TRIALS
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert once_each(storage)
    seconds = sum(float(trial.user_attrs["seconds"]) for trial in trials)
    assert found.trained == pytest.approx(seconds, rel=1e-3)
    assert found.counts["verdicts"] == TRIALS


def test_a_simulation_repeats(tmp_path: Path, definition: Definition, surrogate: Surrogate) -> None:
    """To the last digit, in memory and in a file; another seed is another study."""
    one, same = InMemoryStorage(), open_storage(url_of(tmp_path / "a.db"), owner=True)
    first, again = (ideal(definition, surrogate, 5, storage) for storage in (one, same))
    assert values(one) == values(same)
    assert (first.seconds, first.best) == (again.seconds, again.best)
    other = InMemoryStorage()
    ideal(resized(definition, TRIALS, seed=1), surrogate, 5, other)
    assert values(one) != values(other)


def played(queue: FakeQueue, workers: int, *, counts_work: bool = False) -> Clock:
    """Each trial has five epochs of two seconds."""
    clock = Clock(counts_work=counts_work)
    pool = SimulatedPool(workers, clock, lambda _: (Expected(0.4, 1, 2.0), [0.4] * 5))
    Coordinator(queue, pool, Nobody(), lambda: False, clock).run()
    assert queue.done == queue.total
    return clock


def test_without_a_coordinators_time_workers_share_the_trials_evenly() -> None:
    """12 trials of 10 s: 3 workers take 40 s, 12 take 10 s, and 50 no less."""
    assert [played(FakeQueue(12), workers)() for workers in (1, 3, 12, 50)] == [120, 40, 10, 10]


def test_a_pruned_trial_takes_its_epochs_so_far() -> None:
    """One epoch of 2 s, and then the other trial's 10 s."""
    queue = FakeQueue(2, pruned=[0])
    assert played(queue, 1)() == 12
    assert queue.epochs == [(0, 1), *((1, epoch) for epoch in range(1, 6))]


def test_workers_wait_for_a_coordinator_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks 12 times, a second each: the last worker begins after 12 s, and all its time is
    work."""
    now = [100.0]
    monkeypatch.setattr(workers_module, "process_time", lambda: now[0])

    class Slow(FakeQueue):
        def ask(self, worker: int, /) -> Job | None:
            now[0] += bool(self._next)
            return super().ask(worker)

    clock = played(Slow(12), 12, counts_work=True)
    assert clock() == 12 + 10
    assert clock.worked == 12
    now[0] += 7
    with clock.stopped():
        now[0] += 1000  # the simulation's own
    assert clock() == 12 + 10 + 7


def test_curves_are_as_long_as_patience_lets_them() -> None:
    """The best epoch is the expected one; the seed's luck shifts the whole curve."""
    for alpha in (0.0, -1.0):
        configuration = Configuration(epochs=30, patience=5, alpha=alpha)
        curves = [curve(Expected(0.4, 9, 1.0), Job(0, configuration, seed)) for seed in (1, 2)]
        for one in curves:
            assert len(one) == 9 + 5
            assert one.index(max(one)) == 8
            assert abs(max(one) - 0.4) < 5 * SEED_NOISE
        shifts = {round(a - b, 9) for a, b in zip(*curves, strict=True)}
        assert len(shifts) == 1
        assert shifts != {0.0}
    short = Job(0, Configuration(epochs=4), 1)
    assert len(curve(Expected(0.4, 9, 1.0), short)) == 4


def test_a_recorded_trial_is_told_by_its_neighbours(
    definition: Definition, surrogate: Surrogate
) -> None:
    """The notebook's configuration is told to be worse than one of the best, and quicker than the
    widest; the others tell more of a score than the mean does."""
    values = {point.name: point.configuration for point in definition.starting_points}
    notebook = surrogate.expect(definition.configuration(definition.params(values["notebook"])))
    joined = {**values["notebook"], "alpha": -1.0, "predictive_factors": 48, "mlp_layers": 1}
    joined |= {"lr": 0.005, "dropout": 0.2, "negative_ratio": 9, "batch_size": 512}
    best = surrogate.expect(definition.configuration({**joined, "join.pretrained_l2": 0.008}))
    assert 0.35 < notebook.score < 0.40 < best.score < 0.44
    wide = surrogate.expect(
        definition.configuration(
            definition.params(
                {
                    **values["notebook"],
                    "predictive_factors": 64,
                    "mlp_layers": 2,
                    "negative_ratio": 10,
                }
            )
        )
    )
    assert notebook.epoch_seconds < wide.epoch_seconds
    assert surrogate.error < 0.5 * surrogate.spread


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (None, "cannot be read: No such file"),
        ("number,score\n", "holds 0 trials; a study of 3 or more is needed"),
        ("number,score\n" + "0,0.4\n" * 3, "no table of the trials of study 'made'"),
        ("score,epochs_trained,seconds,lr\n" + "0.4,1,1,much\n" * 3, "no table of the trials"),
    ],
)
def test_a_file_that_is_no_table_of_trials_is_refused(
    tmp_path: Path, definition: Definition, text: str | None, mistake: str
) -> None:
    path = tmp_path / "made.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=mistake) as refused:
        Surrogate(definition, path)
    assert str(refused.value).startswith(f"{path}: ")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return commanded(scaling, "search.scaling", monkeypatch, capsys)


def test_the_command_writes_its_section_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Command
) -> None:
    """Costs in core-hours and, given a price, in money; what is around the section stays."""
    monkeypatch.setattr(command_module, "SEARCHES", ((2, 20), (20, 20), (20, 200)))
    monkeypatch.setattr(command_module, "QUALITY", ((2, 20, 2), (20, 200, 1)))
    page = tmp_path / "SCALING.md"
    page.write_text("# Mine\n")
    options = ("--recorded", str(RECORDED), "--output", str(page), "--most-trials", "100")
    said = run(*options, "--price-per-hour", "0.25")
    assert said.code == 0
    text = page.read_text()
    assert text.startswith("# Mine\n\n<!-- begin ml-100k -->")
    table = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    head, two, many, *_ = [[cell.strip() for cell in row] for row in table]
    assert (two[:2], many[:2]) == (["2", "20"], ["20", "20"])
    for row in (two, many):
        hours, money = (float(row[head.index(name)]) for name in ("core-hours", "money"))
        assert money == pytest.approx(hours / 4, abs=0.01)
    assert str(tmp_path) not in text
    before = text
    assert run(*options).code == 0
    assert "money" not in page.read_text()
    assert len(page.read_text().splitlines()) == len(before.splitlines())


def test_a_mistake_writes_nothing(tmp_path: Path, run: Command) -> None:
    """No such recording."""
    said = run("--recorded", str(tmp_path / "no.csv"), "--output", str(tmp_path / "page.md"))
    assert said.code == 2
    assert said.err == [f"error: {tmp_path}/no.csv: cannot be read: No such file or directory"]
    assert not list(tmp_path.iterdir())
