"""The figures that a session leaves in Optuna's dashboard."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from studies.notes.storing import store_graph
from studies.results.readback import read_stored


def store_graphs(storage: BaseStorage, name: str) -> None:
    """Draw the study called ``name`` as far as it is. Only its owner does."""
    from reports.graphs import graphs

    study = optuna.load_study(study_name=name, storage=storage)
    for graph, figure in graphs(read_stored(storage, name)).items():
        store_graph(study, graph, figure.to_json())
