"""Studies and trials as plain values: a plausible one, and small ones to put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from neumf.declaration import Value
from neumf.metrics import METRICS
from neumf.seeds import generator
from studies.results.study_result import (
    Importance,
    Importances,
    StudyResult,
    TrialResult,
)

VERSIONS = {
    "neumf-search": "0.1.0",
    "python": "3.11.2",
    "torch": "2.13.0",
    "optuna": "5.0.0",
    "numpy": "2.4.6",
    "system": "Linux 6.1 x86_64, 2 cores",
}


SESSION = {
    "started": "2026-03-14T09:26:53+00:00",
    "seconds": 60.0,
    "workers": 2,
    "busy": 0.97,
    "trials": 1,
    "command": "ml-100k",
    "versions": VERSIONS,
    "engine": "auto",
    "device": "auto",
}


SHARES = Importances(
    (
        Importance("weight_decay", 0.41, 0.12, distinct=True),
        Importance("lr", 0.27, 0.12, distinct=True),
        Importance("predictive_factors", 0.16, 0.13, distinct=True),
        Importance("negative_ratio", 0.08, 0.12, distinct=False),
        Importance("dropout", 0.05, 0.12, distinct=False),
        Importance("mlp_layers", 0.02, 0.11, distinct=False),
        Importance("batch_size", 0.004, 0.1, distinct=False),
    ),
    "51 complete trials of different configurations; the share of the variation of the scores'"
    " ranks that each hyperparameter explains alone, beyond the trials' order; noise: what 98% of"
    " 1999 permutations of the scores stay below",
)


TOO_FEW = Importances((), "4 complete trials of different configurations; 30 needed")


NOTEBOOK: dict[str, Value] = {
    "predictive_factors": 8,
    "mlp_layers": 3,
    "dropout": 0.3,
    "lr": 1e-3,
    "negative_ratio": 4,
    "weight_decay": 0.0,
    "batch_size": 256,
}


DEFINITION = {
    "name": "ml-100k",
    "description": "NeuMF on MovieLens-100K, leave-one-out",
    "data": {"source": "ml-100k", "user": None, "min_rating": None},
    "protocol": {"split": "leave-one-out", "candidates": 99},
    "space": {
        "predictive_factors": {"low": 8, "high": 64, "step": 8, "log": False},
        "mlp_layers": {"low": 1, "high": 4, "step": None, "log": False},
        "dropout": {"low": 0.0, "high": 0.6, "step": None, "log": False},
        "lr": {"low": 1e-4, "high": 1e-2, "step": None, "log": True},
        "negative_ratio": {"low": 1, "high": 10, "step": None, "log": False},
        "weight_decay": {"low": 1e-8, "high": 1e-4, "step": None, "log": True},
        "batch_size": {"choices": [256, 512, 1024]},
    },
    "fixed": {"epochs": 30, "patience": 5},
    "starting_points": [{"name": "notebook", "configuration": NOTEBOOK}],
    "search": {
        "seed": 0,
        "trials": 100,
        "sampler": {"kind": "tpe", "startup_trials": 10},
        "pruner": {"kind": "median", "startup_trials": 10, "warmup_epochs": 5},
    },
}


EMPTY = StudyResult(
    name="ml-100k",
    description="NeuMF on MovieLens-100K, leave-one-out",
    definition=DEFINITION,
    data={
        "name": "ml-100k",
        "users": 943,
        "items": 1682,
        "interactions": 100_000,
        "description": [
            "ml-100k: 943 users, 1,682 items, 100,000 interactions (6.30% of all pairs)",
            "history per user: 20 to 737, median 65; 1997-09-20 to 1998-04-22",
        ],
        "fingerprint": "sha256:7d0d34b1c5a2e8f0",
    },
    objective="nDCG@10",
    trials=(),
    importances=Importances((), "0 complete trials of different configurations; 30 needed"),
)


def plausible(n: int = 100, seed: int = 1) -> StudyResult:
    """``n`` trials with curves that rise, flatten and overfit; the notebook's is first."""
    rng = generator(seed, "gallery")
    trials: list[TrialResult] = []
    for number in range(n):
        trials.append(_trial(number, rng, trials))
    half = sum(trial.seconds or 0.0 for trial in trials) / 4
    session = {**SESSION, "seconds": half}
    return replace(
        EMPTY,
        trials=(*at_work(trials[: n // 2], 0), *at_work(trials[n // 2 :], 1)),
        importances=SHARES if n >= 30 else TOO_FEW,
        sessions=(
            {**session, "trials": n // 2},
            {
                **session,
                "started": "2026-03-15T09:26:53+00:00",
                "busy": 0.94,
                "trials": n - n // 2,
            },
        ),
    )


def at_work(trials: Sequence[TrialResult], session: int, workers: int = 2) -> list[TrialResult]:
    """``trials`` as the workers of a session made them, one after another; sessions are a day
    apart."""
    began = datetime(2026, 3, 14, 10, 26, 53) + timedelta(days=session)  # noqa: DTZ001 - as Optuna's
    free, found = [began] * workers, []
    for trial in trials:
        worker = free.index(min(free))
        started, seconds = free[worker], timedelta(seconds=trial.seconds or 0.1)
        free[worker] = finished = started + seconds
        found.append(
            replace(trial, session=session, worker=worker, started=started, finished=finished)
        )
    return found


def _trial(number: int, rng: np.random.Generator, earlier: list[TrialResult]) -> TrialResult:
    label = {0: "notebook", 1: "He et al."}.get(number)
    params = NOTEBOOK if label == "notebook" else _draw(rng, focus=min(1.0, number / 60))
    values, work = _curve(params, rng)
    best_epoch = int(values.argmax()) + 1
    state, reason, stop = "complete", None, min(30, best_epoch + 5)
    rivals = [trial.curve[5][1] for trial in earlier if trial.epochs > 5]
    if number in (37, 64):
        state, reason, stop = "failed", "loss is not a number at epoch 3", 2
    elif len(rivals) > 10 and values[5] < np.median(rivals) and rng.random() < 0.9:
        stop = 6 + int(rng.integers(3))
        state, reason = "pruned", f"pruned after epoch {stop}"
    values = values[:stop]
    value = float(values.max() if state == "complete" else values[-1])
    return TrialResult(
        number=number,
        state=state,
        params=params,
        value=value if state == "complete" else None,
        configuration={**params, "epochs": 30, "patience": 5, "negatives": "every-epoch"},
        label=label,
        curve=tuple(enumerate((float(v) for v in values), 1)),
        metrics=_metrics(value),
        best_epoch=best_epoch if state == "complete" else None,
        seconds=round(stop * work, 3),
        samples_per_second=490_570 / work,
        parameters=(943 + 1682) * 5 * int(params["predictive_factors"]) // 2,
        seed=1_000_003 * (number + 1) % 2**31,
        engine="fused",
        reason=reason,
    )


def _curve(
    params: dict[str, Value], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], float]:
    """Objective by epoch [30], and the seconds an epoch takes."""
    configuration = {name: float(value) for name, value in params.items()}
    decay = np.log10(max(configuration["weight_decay"], 1e-9) / 8e-7)
    lr = configuration["lr"] / 6e-4
    peak = (
        0.427
        - (0.036 if decay > 0 else 0.005) * decay**2
        - 0.03 * np.log10(lr) ** 2
        - 0.004 * np.log2(64 / configuration["predictive_factors"])
        - 0.03 * (configuration["dropout"] - 0.2) ** 2
        - 0.01 * np.log10(8 / configuration["negative_ratio"]) ** 2
        + rng.normal(0, 0.003)
    )
    epochs = np.arange(1, 31)
    speed = 0.35 * lr**0.4
    rise = peak * (1 - 0.55 * np.exp(-speed * epochs))
    overfit = 0.0006 * np.maximum(0, epochs - 6 / speed)
    noise = rng.normal(0, 0.0018, 30)
    work = 0.25 + 0.006 * configuration["negative_ratio"] * configuration["predictive_factors"]
    return rise - overfit + noise, work


def _draw(rng: np.random.Generator, focus: float) -> dict[str, Value]:
    """Uniform at first, then closer and closer to a good region, as a sampler would."""

    def near(low: float, high: float, good: float) -> float:
        if rng.random() < 0.8 * focus:
            return float(np.clip(rng.normal(good, 0.15 * (high - low)), low, high))
        return float(rng.uniform(low, high))

    return {
        "predictive_factors": 8 * round(near(0.51, 8.49, 6.4)),
        "mlp_layers": round(near(0.51, 4.49, 1.4)),
        "dropout": near(0.0, 0.6, 0.15),
        "lr": 10 ** near(-4, -2, -3.2),
        "negative_ratio": round(near(0.51, 10.49, 7)),
        "weight_decay": 10 ** near(-8, -4, -6.1),
        "batch_size": int(rng.choice([256, 512, 1024])),
    }


def _metrics(value: float) -> dict[str, float]:
    scale = {"HR": 1.0, "nDCG": 0.61, "mAP": 0.49}
    reach = {1: 0.36, 5: 0.78, 10: 1.0, 20: 1.22}
    found = {
        name: value / 0.61 * scale[m.kind] ** (m.cutoff > 1) * reach[m.cutoff]
        for name, m in METRICS.items()
    }
    return found | {"nDCG@10": value}


def tiny(*trials: TrialResult) -> StudyResult:
    return replace(EMPTY, trials=trials)


def complete(number: int, value: float, label: str | None = None, **params: Value) -> TrialResult:
    """A complete trial of two epochs, the second of which is the best."""
    return TrialResult(
        number=number,
        state="complete",
        params=params or {"lr": 0.001},
        value=value,
        label=label,
        curve=((1, value - 0.1), (2, value)),
        metrics={"nDCG@10": value, "HR@10": value + 0.2},
        best_epoch=2,
        seconds=4.0,
        samples_per_second=1000.0,
    )


def pruned(number: int, *values: float) -> TrialResult:
    return TrialResult(
        number, "pruned", {"lr": 0.01}, curve=tuple(enumerate(values, 1)), seconds=1.0
    )


def failed(number: int, reason: str = "loss is not a number at epoch 1") -> TrialResult:
    return TrialResult(number, "failed", {"lr": 0.1}, reason=reason)
