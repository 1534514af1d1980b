"""What is stored with a trial and with a study beside Optuna's own columns, named once."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from neumf.data.interactions import Interactions
from neumf.metrics import METRICS

# of a study, for a person to read
ANSWER = "answer"
DATASET = "dataset"
PROTOCOL = "protocol"
RUN_AGAIN = "run_again"

# of a study
DEFINITION = "definition"
DATA = "data"
COMMAND = "command"  # arguments of search.run that make this study
SESSIONS = "sessions"  # one dictionary for each run of the search
AUDIT = "audit"  # pruned trials trained to their end: number, value, epochs
BASELINES = "baselines"  # simple models at their best on validation
TRIED = "tried"  # of the baseline tuned last: its name, the points of its grid, the versions
OPENING_PLAN = "opening_plan"  # what is evaluated on the test split, written before that
OPENING = "opening"  # what the test split said, written once
RECOMMENDED = "recommended"  # what the saved model recommends, to a few users and to all
TWINS = "twins"  # the best trial and its halves over fresh seeds: configuration, seed, value

# of a study of runs that are measured beside another study's trials
PART_OF = "part_of"  # that study's name
PLAN = "plan"  # what it was last made for
LISTS = "lists"  # on which its models were measured: users, pool, candidates

# of such a run
OF_TRIAL = "of_trial"  # whose configuration it trains
SEED_NUMBER = "seed_number"  # of the fresh seed, from 1
LAST_EPOCH = "last_epoch"  # whose model was measured; None: the best one's
SAMPLED = "sampled_ranks"
CATALOGUE = "catalogue_ranks"
WAYS = "metrics"  # way of measuring to metric to value

# of a trial, what its training reported
CONFIGURATION = "hyperparameters"  # the whole configuration
LOSSES = "losses"
BEST_EPOCH = "best_epoch"
EPOCHS = "epochs"
SECONDS = "seconds"
RESUMED_EPOCHS = "resumed_epochs"  # of an interrupted trial, that this one went on after
RESUMED_SECONDS = "resumed_seconds"  # of theirs, in its own too
SAMPLES_PER_SECOND = "samples_per_second"
PARAMETERS = "parameters"
SEED = "seed"
ENGINE = "engine"
UPDATE = "update"
ALPHA = "alpha"  # the weight of the GMF that is joined, in the epoch that counts
PRETRAINED = "pretrained"  # it was trained for this trial, or reused
SESSION = "session"  # the place, in SESSIONS, of the session that computed it
WORKER = "worker"  # the place, in the pool, of the worker that trained it

# of a trial, what became of it
LABEL = "label"
REASON = "reason"
INTERRUPTED = "interrupted"  # true: lost to a killed process or Ctrl-C, not counted, queued again
RETRY_OF = "retry_of"
CRASHES = "crashes"
DUPLICATE_OF = "duplicate_of"

RESULTS = (
    *(LABEL, REASON, DUPLICATE_OF, SESSION, WORKER, BEST_EPOCH, SECONDS, SAMPLES_PER_SECOND),
    *(PARAMETERS, SEED, ENGINE, UPDATE, ALPHA, PRETRAINED, RESUMED_EPOCHS, RESUMED_SECONDS),
)
"""The attributes that a :class:`TrialResult` has under the same names."""


def state_of(trial: FrozenTrial) -> str:
    """A trial's state as a :class:`TrialResult` names it."""
    if trial.state == TrialState.FAIL:
        return "interrupted" if trial.user_attrs.get(INTERRUPTED) else "failed"
    return trial.state.name.lower()


def stored_metrics(attributes: dict[str, Any]) -> dict[str, float]:
    """The metrics among a trial's attributes."""
    return {name: attributes[name] for name in METRICS if name in attributes}


def describe_data(interactions: Interactions, lines: tuple[str, ...]) -> dict[str, Any]:
    """What a study tells of its data: enough to refuse other data, nothing of anybody's rows."""
    return {
        "name": interactions.name,
        "users": interactions.n_users,
        "items": interactions.n_items,
        "interactions": len(interactions),
        "fingerprint": interactions.fingerprint(),
        "description": list(lines),
    }


def versions() -> dict[str, str]:
    """Versions of what computes the numbers, and the host's system and processor, for which code
    is compiled."""
    from llvmlite.binding import get_host_cpu_name

    packages = ("neumf-search", "numpy", "numba", "scipy", "torch", "optuna")
    return {
        **{name: importlib.metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": f"{platform.machine()} {get_host_cpu_name()}",
    }
