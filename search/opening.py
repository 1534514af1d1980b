"""Opening the test split: once, for the chosen configuration and all that it is compared with.

No other module outside `neumf/protocol` takes the test split out of its seal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from neumf.protocol.opening import OpenedTest, open_test
from search.work import Work
from studies.ledger.contenders import contenders_of
from studies.ledger.measured_runs import Contender, MeasuredRuns
from studies.results.confirmation import Confirmation, Confirmed, confirm, learnt
from studies.results.measured import MeasuredModel, model_of
from studies.results.measured_readback import read_runs
from studies.results.opening import NEUMF, Opening, Tested, tested
from studies.results.study_result import StudyResult
from studies.storage.names import opening_of
from studies.storage.opening import store_opening
from studies.storage.record import versions

NOTEBOOK = "notebook"
"""The name of the starting point that is measured on the test split too."""


def open_once(work: Work, command: str) -> None:
    """Measure what was chosen on the test split, and record it.

    Nothing is evaluated where there is a record already, or where confirming has not ended with a
    choice. What an interruption left undone is done, and nothing else.
    """
    study = work.read()
    confirmation = confirm(study)
    if study.opening is not None or confirmation is None or confirmation.chosen is None:
        return
    data, definition = work.data, work.definition
    opened = open_test(data.interactions, data.parts, definition.protocol, definition.search.seed)
    models = _neumfs(work, opened, study, _compared(confirmation, confirmation.chosen))
    if models is None:
        return
    chosen = models[NEUMF]
    record = Opening(
        opened=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions=versions(),
        searched=dict(study.counts),
        trials=len(study.trials),
        chosen=confirmation.chosen.number,
        configuration=learnt(confirmation.chosen)[0].asdict(),
        last_epoch=learnt(confirmation.chosen)[1],
        seeds=len(chosen.measurements),
        way=confirmation.way,
        models=tuple(tested(name, model.name, model, chosen) for name, model in models.items()),
    )
    store_opening(work.storage, definition.name, record)


def _compared(confirmation: Confirmation, chosen: Confirmed) -> dict[str, Confirmed]:
    """The chosen configuration and the notebook's, by their names in the record."""
    found = {NEUMF: chosen}
    for entry in confirmation.entries:
        if entry.trial.label == NOTEBOOK and entry is not chosen:
            found[NOTEBOOK] = entry
    return found


def _neumfs(
    work: Work, opened: OpenedTest, study: StudyResult, entries: dict[str, Confirmed]
) -> dict[str, MeasuredModel] | None:
    """Each trained on train and validation and measured; None if the session ends before."""
    definition = work.definition
    runs = MeasuredRuns(
        work.storage,
        definition.name,
        opening_of(definition.name),
        [_contender(work, entry) for entry in entries.values()],
        opened.lists,
        study_seed=definition.search.seed,
        seeds=work.options.fresh_seeds,
    )
    if runs.done < runs.total:
        work.say(f"opening the test split: {runs.total - runs.done} runs on train and validation")
        work.train(runs, unit="run", problem=opened.problem, lists=opened.lists)
        runs.interrupt_all("the session was interrupted")
    measured = read_runs(work.storage, opening_of(definition.name))
    if runs.done < runs.total or measured is None:
        return None
    labels = {NEUMF: "NeuMF", NOTEBOOK: "notebook"}
    return {name: model_of(measured, e.number, labels[name]) for name, e in entries.items()}


def _contender(work: Work, entry: Confirmed) -> Contender:
    configuration, last_epoch = learnt(entry)
    (contender,) = contenders_of(work.storage, work.definition, [entry.number])
    return replace(contender, configuration=configuration, last_epoch=last_epoch)
