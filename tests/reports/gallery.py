"""Studies that a report must cope with."""

from __future__ import annotations

from dataclasses import replace

from neumf.declaration import Value
from neumf.hyperparameters import Configuration
from neumf.twins import twins_of
from studies.results.opening import NEUMF
from studies.results.study_result import (
    AuditedTrial,
    Importance,
    Importances,
    StudyResult,
    TrialResult,
    TwinRun,
)
from tests.reports import behaving, confirmed
from tests.reports.made_up import (
    DEFINITION,
    EMPTY,
    SESSION,
    VERSIONS,
    complete,
    failed,
    pruned,
    tiny,
)

HOSTILE = """</script><script>alert("x")</script><b a='1'>&amp;"""
"""What a page must show letter by letter, wherever it comes from."""


def hostile() -> StudyResult:
    """Markup in every text that a person or an error message can put there."""
    trial = replace(
        complete(0, 0.4, label=HOSTILE), params={"negatives": HOSTILE, HOSTILE: 1}, engine=HOSTILE
    )
    study = replace(
        EMPTY,
        name=HOSTILE,
        description=HOSTILE,
        definition={HOSTILE: HOSTILE, "space": {HOSTILE: [HOSTILE, 1]}},
        data={"name": HOSTILE, "description": HOSTILE, "fingerprint": HOSTILE},
        sessions=({**SESSION, "versions": {HOSTILE: HOSTILE}, "device": HOSTILE},),
        trials=(
            replace(trial, session=0),
            failed(1, HOSTILE),
            replace(pruned(2, 0.3), label=HOSTILE),
        ),
        importances=Importances((Importance(HOSTILE, 1.0, 0.5, distinct=True),), HOSTILE),
    )
    tuned = confirmed.with_baselines(
        confirmed.confirmed(study, {0: 0.7, 2: 1.2}), {}, {"ease": HOSTILE}
    )
    opened = confirmed.opened(tuned, 0, {NEUMF: 1.0, "popularity": 0.5})
    return replace(opened, recommended=behaving.recommended(200, 1000, HOSTILE))


def mixed() -> StudyResult:
    """A second session used another engine and another torch; a third was killed."""
    trials = (
        replace(complete(0, 0.3), engine="fused", session=0),
        replace(complete(1, 0.4), engine="torch", session=1),
        replace(pruned(2, 0.2), engine="torch", session=2),
    )
    killed = {**SESSION, "seconds": None, "busy": None, "device": "cpu"}
    other = {**VERSIONS, "torch": "2.14.0"}
    return replace(tiny(*trials), sessions=(SESSION, {**SESSION, "versions": other}, killed))


def audited() -> StudyResult:
    """One audited trial would have been the best, one would not, one was stored without its curve
    by an older version."""
    return replace(
        tiny(complete(0, 0.4), pruned(1, 0.3, 0.2), pruned(2, 0.1), pruned(3, 0.3)),
        audit=(
            AuditedTrial(1, 0.5, 3, 3, 1.5, repeats=True, curve=(0.3, 0.2, 0.5)),
            AuditedTrial(2, 0.0, 1, 2, 1.5, repeats=True, curve=(0.0, 0.0)),
            AuditedTrial(3, 0.6, 4, 5, 1.5, repeats=True),
        ),
    )


def with_twins() -> StudyResult:
    """Four fresh seeds: one half that adds little, and one with a seed that failed."""
    chosen = Configuration()
    models = [chosen, *(twin.configuration for twin in twins_of(chosen))]
    values = [(0.41, 0.42, 0.405, 0.415), (0.409, 0.421, 0.4, 0.41), (0.3, 0.35, None, 0.31)]
    runs = [
        TwinRun(
            *(model.asdict(), seed_number, 1, value, 2, 5, 1.5),
            HOSTILE if value is None else None,
        )
        for model, by_seed in zip(models, values, strict=True)
        for seed_number, value in enumerate(by_seed, 1)
    ]
    best = replace(complete(0, 0.43), configuration=chosen.asdict())
    return replace(tiny(best, complete(1, 0.4)), twins=tuple(runs))


def branched() -> StudyResult:
    """Two optimizers, each with a learning rate and a penalty of its own."""
    rate = {"low": 1e-4, "high": 0.1, "step": None, "log": True}
    branches = [
        {
            "name": "sgd",
            "when": {"optimizer": ["sgd"]},
            "space": {"lr": rate, "l2": {"low": 0.0, "high": 0.01, "step": None, "log": False}},
            "fixed": {"mlp_layers": 0},
        },
        {
            "name": "adam",
            "when": {"optimizer": ["adam"]},
            "space": {"lr": rate, "schedule": {"choices": ["constant", "linear"]}},
            "fixed": {},
        },
    ]
    sgd: list[dict[str, Value]] = [
        {"optimizer": "sgd", "sgd.lr": 0.03 + 0.01 * n, "sgd.l2": 0.001 * n} for n in range(3)
    ]
    adam: list[dict[str, Value]] = [
        {"optimizer": "adam", "adam.lr": 0.001 * (n + 1), "adam.schedule": "linear"}
        for n in range(3)
    ]
    trials = [
        complete(n, 0.3 + 0.01 * n, label="GMF" if n == 0 else None, **params)
        for n, params in enumerate([*sgd, *adam])
    ]
    found = (
        Importance("sgd.lr", 0.4, 0.2, distinct=True),
        Importance("optimizer", 0.1, 0.2, distinct=False),
    )
    return replace(
        tiny(*trials, TrialResult(6, "waiting", {})),
        definition={
            **DEFINITION,
            "space": {"optimizer": {"choices": ["adam", "sgd"]}},
            "branches": branches,
        },
        importances=Importances(found, "60 trials (sgd.lr on the 31 that have it)"),
    )


AWKWARD: dict[str, StudyResult] = {
    "empty": EMPTY,
    "one": tiny(complete(0, 0.4)),
    "all failed": tiny(failed(0), failed(1)),
    "all pruned": tiny(pruned(0, 0.1, 0.2), pruned(1, 0.15)),
    "constant": tiny(*(complete(n, 0.25) for n in range(4))),
    "zero": tiny(complete(0, 0.0), complete(1, 0.0)),
    "interrupted": tiny(
        complete(0, 0.4, label="notebook"),
        replace(pruned(1, 0.2, 0.3), state="interrupted", reason="Ctrl-C"),
        TrialResult(2, "running", {"lr": 0.002}, curve=((1, 0.2),)),
        TrialResult(3, "waiting", {}),
    ),
    "nothing but a name": StudyResult("bare", "", {}, {}, "nDCG@10", (complete(0, 0.4),)),
    "not a number": tiny(
        complete(0, 0.4),
        replace(failed(1), curve=((1, 0.2), (2, float("nan"))), value=float("nan")),
    ),
    "hostile": hostile(),
    "audited": audited(),
    "twins": with_twins(),
    "mixed": mixed(),
    "branched": branched(),
    "unopened": confirmed.unopened(),
    "half confirmed": confirmed.half_confirmed(),
    "opened": confirmed.wins(),
    "baseline wins": confirmed.loses(),
    "cannot be told apart": confirmed.draws(),
    "baselines refused": confirmed.refused(),
    "extended": confirmed.extended(),
    "level": confirmed.level(),
    "catalogue only": confirmed.catalogue_only(),
    "one seed": confirmed.one_seed(),
    "half opened": confirmed.half_opened(),
    "unsaved": confirmed.unsaved(),
    "opened before": confirmed.opened_before(),
}
