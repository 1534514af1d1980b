"""Studies for reports: a plausible one of any size, and awkward ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from neumf.metrics import METRICS
from neumf.seeds import generator
from studies.results import StudyResult, TrialResult

HOSTILE = """</script><script>alert("x")</script><b a='1'>&amp;"""
"""What a page must show letter by letter, wherever it comes from."""

NOTEBOOK = {
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
    "data": {"name": "ml-100k", "min_rating": None},
    "protocol": {"split": "leave-one-out", "candidates": 99},
    "space": {
        "predictive_factors": {"low": 8, "high": 64, "step": 2, "log": True},
        "mlp_layers": {"low": 1, "high": 4},
        "dropout": {"low": 0.0, "high": 0.6},
        "lr": {"low": 1e-4, "high": 1e-2, "log": True},
        "negative_ratio": {"low": 1, "high": 10},
        "weight_decay": {"low": 1e-8, "high": 1e-4, "log": True},
        "batch_size": [256, 512, 1024],
    },
    "fixed": {"epochs": 30, "patience": 5},
    "sampler": {"name": "tpe", "startup_trials": 15},
    "pruner": {"name": "median", "startup_trials": 10, "warmup_epochs": 5},
    "budget": {"trials": 100},
    "seed": 0,
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
        "description": (
            "MovieLens-100K: 943 users, 1,682 items, 100,000 interactions, 6.3 % of all pairs; "
            "98,114 to train on, 943 to validate, 943 sealed for the test."
        ),
        "fingerprint": "sha256:7d0d34b1c5a2e8f0",
    },
    versions={
        "neumf-search": "0.1.0",
        "python": "3.11.2",
        "torch": "2.13.0",
        "optuna": "5.0.0",
        "numpy": "2.4.6",
        "host": "Linux 6.1 x86_64, 2 cores",
    },
    objective="nDCG@10",
    trials=(),
)


def plausible(n: int = 100, seed: int = 1) -> StudyResult:
    """``n`` trials with curves that rise, flatten and overfit; the notebook's setting is first."""
    rng = generator(seed, "gallery")
    trials: list[TrialResult] = []
    clock = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    for number in range(n):
        label = "notebook" if number == 0 else "He et al." if number == 1 else None
        trial = _trial(number, label, rng, started=clock, trials=trials)
        clock += timedelta(seconds=(trial.seconds or 0.0) / 2)
        trials.append(trial)
    seconds = sum(trial.seconds or 0.0 for trial in trials)
    return replace(
        EMPTY,
        trials=tuple(trials),
        importances={
            "weight_decay": 0.41,
            "lr": 0.27,
            "predictive_factors": 0.16,
            "negative_ratio": 0.08,
            "dropout": 0.05,
            "mlp_layers": 0.02,
            "batch_size": 0.01,
        },
        sessions=(
            {"started": "2026-03-14T09:26:53+00:00", "seconds": seconds / 3, "workers": 2, "busy": 0.97},
            {"started": "2026-03-14T11:02:10+00:00", "seconds": seconds / 6, "workers": 2, "busy": 0.94},
        ),
    )  # fmt: skip


def _trial(
    number: int,
    label: str | None,
    rng: np.random.Generator,
    started: datetime,
    trials: list[TrialResult],
) -> TrialResult:
    params = NOTEBOOK if label == "notebook" else _draw(rng, focus=min(1.0, number / 60))
    lr, decay = float(params["lr"]), max(float(params["weight_decay"]), 1e-9)
    peak = (
        0.427
        - 0.012 * np.log10(decay / 8e-7) ** 2 * (3 if decay > 8e-7 else 0.4)
        - 0.03 * np.log10(lr / 6e-4) ** 2
        - 0.012 * np.log2(64 / float(params["predictive_factors"])) / 3
        - 0.03 * (float(params["dropout"]) - 0.2) ** 2
        - 0.01 * np.log10(8 / float(params["negative_ratio"])) ** 2
        + rng.normal(0, 0.003)
    )
    speed = 0.35 * (lr / 6e-4) ** 0.4
    epochs = np.arange(1, 31)
    values = peak * (1 - 0.55 * np.exp(-speed * epochs)) - 0.0006 * np.maximum(0, epochs - 6 / speed)
    values += rng.normal(0, 0.0018, 30)
    best_epoch = int(values.argmax()) + 1
    stop = min(30, best_epoch + 5)
    seconds = stop * (0.25 + 0.09 * float(params["negative_ratio"]) * float(params["predictive_factors"]) / 16)
    peers = [t.curve[5][1] for t in trials if t.epochs > 5]
    state, reason = "complete", None
    if len(peers) > 10 and values[5] < np.median(peers):
        bound = np.median(peers) if rng.random() < 0.9 else -1.0
        if values[5] < bound:
            state, reason, stop = "pruned", "below the median of other trials at epoch 6", 6 + int(rng.integers(3))
    if number in (37, 64):
        state, reason, stop = "failed", "loss is not a number at epoch 3", 2
    values = values[:stop]
    done = state == "complete"
    value = float(values.max()) if done else None
    return TrialResult(
        number=number,
        state=state,
        params=params,
        value=value,
        hyperparameters={**params, "epochs": 30, "patience": 5, "negatives": "every-epoch", "update": "dense"},
        label=label,
        curve=tuple(enumerate((float(v) for v in values), 1)),
        losses=tuple(0.4 * float(v) for v in np.exp(-0.1 * epochs[:stop])),
        metrics=_metrics(value) if value is not None else {},
        best_epoch=best_epoch if done else None,
        seconds=round(seconds * stop / min(30, best_epoch + 5), 3),
        samples_per_second=1.1e6 / float(params["predictive_factors"]) ** 0.5,
        parameters=int((943 + 1682) * float(params["predictive_factors"]) * 2.5),
        seed=1_000_003 * (number + 1) % 2**31,
        engine="fused",
        reason=reason,
        started=started,
        finished=started + timedelta(seconds=float(seconds)),
    )  # fmt: skip


def _draw(rng: np.random.Generator, focus: float) -> dict[str, int | float | str]:
    """Uniform at first, then closer and closer to a good region, as a sampler would."""

    def near(low: float, high: float, good: float) -> float:
        return float(np.clip(rng.normal(good, 0.15 * (high - low)), low, high)) if (
            rng.random() < 0.8 * focus
        ) else float(rng.uniform(low, high))  # fmt: skip

    return {
        "predictive_factors": int(2 ** near(3, 6, 5.8)) // 2 * 2,
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


def complete(number: int, value: float, label: str | None = None, **params: float) -> TrialResult:
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


def hostile() -> StudyResult:
    """Markup in every text that a person or an error message can put there."""
    trial = replace(
        complete(0, 0.4, label=HOSTILE), params={"negatives": HOSTILE, HOSTILE: 1}, engine=HOSTILE
    )
    return replace(
        EMPTY,
        name=HOSTILE,
        description=HOSTILE,
        definition={HOSTILE: HOSTILE, "space": {HOSTILE: [HOSTILE, 1]}},
        data={"name": HOSTILE, "description": HOSTILE, "fingerprint": HOSTILE},
        versions={HOSTILE: HOSTILE},
        trials=(trial, failed(1, HOSTILE), replace(pruned(2, 0.3), label=HOSTILE)),
        importances={HOSTILE: 1.0},
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
    "nothing but a name": StudyResult("bare", "", {}, {}, {}, "nDCG@10", (complete(0, 0.4),)),
    "not a number": tiny(
        complete(0, 0.4), replace(failed(1), curve=((1, 0.2), (2, float("nan"))), value=float("nan"))
    ),
    "hostile": hostile(),
}
