"""Simple models tuned beside NeuMF, in sessions that end amid a grid."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from neumf.baselines.catalogue import BASELINES
from neumf.baselines.ials import Ials
from tests.search.confirmed import attribute, confirm, record
from tests.search.study_folder import StudyFolder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]


def test_baselines_are_tuned_on_from_where_they_were(
    opened: StudyFolder, searched: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that dies among the points of a grid costs one of them; what is stored in the end,
    and the test split's record, are those of a study that was left in peace."""
    study = searched.copy(tmp_path / "study")
    fitted, fit = list[Any](), Ials.fit

    def dying(self: Ials, problem: Any, point: Any, seed: int, threads: int = 1) -> Any:
        fitted.append(point)
        if len(fitted) in {4, 9, 17}:
            raise KeyboardInterrupt
        return fit(self, problem, point, seed, threads)

    monkeypatch.setattr(Ials, "fit", dying)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            confirm(study, open=False)
    monkeypatch.undo()
    grid = list(Ials.grid)
    assert fitted == [*grid[:4], *grid[3:8], *grid[7:]]
    confirm(study)

    def bare(found: StudyFolder) -> list[dict[str, Any]]:
        circumstance = ("seconds", "finished")
        tuned = attribute(found, "baselines")
        return [{k: v for k, v in one.items() if k not in circumstance} for one in tuned]

    assert bare(study) == bare(opened)
    assert record(study) == record(opened)


def test_a_stop_amid_a_grid_keeps_what_was_tried(
    searched: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The point at hand is tried and kept, and no other is begun."""
    study = searched.copy(tmp_path / "study")
    fitted, fit = list[Any](), Ials.fit

    def stopping(self: Ials, problem: Any, point: Any, seed: int, threads: int = 1) -> Any:
        fitted.append(point)
        if len(fitted) == 3:
            signal.raise_signal(signal.SIGINT)
        return fit(self, problem, point, seed, threads)

    monkeypatch.setattr(Ials, "fit", stopping)
    confirm(study)
    assert fitted == list(Ials.grid[:3])
    kept = attribute(study, "tried")
    assert kept["name"] == "ials"
    assert [point["hyperparameters"] for point in kept["points"]] == fitted
    assert [one["name"] for one in attribute(study, "baselines")] == [*BASELINES][:3]
