"""What the stages of a session work with: the search, its audit and twins, confirming, opening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

import optuna
from optuna.storages import BaseStorage
from rich.console import Console

from neumf.data.interactions import Interactions
from neumf.protocol.console import prepare_with_progress
from neumf.protocol.evaluation_protocol import validation_lists
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from neumf.protocol.split import Split
from neumf.saying import say
from neumf.waiting import waiting
from search.checkpoints import checkpoints_folder
from search.coordinator import TrialQueue
from search.execution import RunStatistics, run_trials
from search.options import Options
from search.phases import Phase, place
from search.status import BestTrial, SearchStatus
from search.workers.count import default_workers
from search.workers.interface import Keeping, Workplace
from studies.definition.schema import Definition
from studies.results.readback import read_stored, results_of
from studies.results.study_result import StudyResult


@dataclass(frozen=True, eq=False)
class StudyData:
    """A study's data: all of it, its split with the test part sealed, and what trials are given."""

    interactions: Interactions
    parts: Split
    problem: Problem


def prepare(
    interactions: Interactions, definition: Definition, console: Console
) -> tuple[StudyData, tuple[str, ...]]:
    """The data of a study, and what is to be said of its lists."""
    protocol, seed = definition.protocol, definition.search.seed
    parts, problem, short = prepare_with_progress(interactions, protocol, seed, console)
    return StudyData(interactions, parts, problem), (short,) if short else ()


@dataclass(frozen=True, eq=False)
class Work:
    """One study, its data, and the session's limits."""

    definition: Definition
    options: Options
    storage: BaseStorage  # which this session alone writes the study to
    console: Console
    data: StudyData
    place: Workplace
    stop_requested: Callable[[], bool]
    deadline: float | None  # on the monotonic clock: no run starts after it
    phases: tuple[Phase, ...]  # that the session goes through

    @property
    def seed(self) -> int:
        return self.definition.search.seed

    @property
    def threads(self) -> int:
        """For what the coordinator itself computes while its workers rest: as many as workers,
        where they are on this machine."""
        on_cluster = self.options.ray is not None
        return (None if on_cluster else self.options.workers) or default_workers("cpu")

    @property
    def keeping(self) -> Keeping:
        """How workers keep checkpoints."""
        folder = checkpoints_folder(self.options, self.definition.name)
        return Keeping(folder, self.options.checkpoint_every)

    @cached_property
    def validation(self) -> MeasuredLists:
        """What finished models are measured on while test is sealed."""
        data, protocol = self.data, self.definition.protocol
        with waiting(self.console, "drawing the lists to measure on"):
            return validation_lists(data.interactions, data.parts, protocol, self.seed)

    @property
    def is_overdue(self) -> bool:
        return self.deadline is not None and monotonic() >= self.deadline

    @property
    def is_over(self) -> bool:
        """Whether nothing more shall be begun."""
        return self.stop_requested() or self.is_overdue

    def read(self) -> StudyResult:
        """The study as it is stored by now, without importances, which take time to compute."""
        return read_stored(self.storage, self.definition.name)

    def read_trials(self) -> StudyResult:
        """The same without what the study beside it confirms."""
        study = optuna.load_study(study_name=self.definition.name, storage=self.storage)
        return results_of(study)

    def say(self, line: str) -> None:
        """A line for a person, as it is."""
        say(self.console, line)

    def begin(self, phase: Phase, line: str) -> None:
        """Say with ``line`` that a phase begins."""
        self.say(place(phase, self.phases) + line)

    def train(
        self,
        queue: TrialQueue,
        *,
        unit: str,
        phase: Phase,
        best: BestTrial | None = None,
        problem: Problem | None = None,
        lists: MeasuredLists | None = None,
        is_overdue: Callable[[], bool] | None = None,
    ) -> RunStatistics:
        """Train what ``queue`` asks for, on ``problem`` or the study's own. Finished models are
        measured on ``lists``.

        Raises:
            UserError: workers cannot be started, or die one after another.
        """
        status = SearchStatus(
            self.definition.params,
            queue.total,
            queue.done,
            best,
            unit=unit,
            phase=place(phase, self.phases) + phase,
        )
        return run_trials(
            queue,
            problem or self.data.problem,
            status,
            self.place,
            self.keeping,
            self.console,
            self.stop_requested,
            is_overdue or (lambda: self.is_overdue),
            lists,
        )
