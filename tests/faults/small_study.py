"""The studies that faults befall: small, and such that an undisturbed run tells what must come."""

from __future__ import annotations

from pathlib import Path

from tests.search.study_folder import StudyFolder, make_study_folder

SEARCH = {
    1: """
[search]
seed = {seed}
trials = 10
sampler = {{ kind = "tpe", startup_trials = 4 }}
pruner = {{ kind = "median", startup_trials = 3, warmup_epochs = 1 }}
""",
    2: """
[search]
seed = {seed}
trials = 10
sampler = {{ kind = "random" }}
pruner = {{ kind = "none" }}
""",
}
"""By the number of workers. One worker's study repeats as a whole. What two make of TPE and pruning
depends on which is first, but configurations drawn at random do not, nor does what comes of each.
"""


def make_study(folder: Path, seed: int, workers: int) -> StudyFolder:
    """A study whose seed is ``seed``; all of it takes some seconds."""
    folder.mkdir()
    study = make_study_folder(folder, epochs=4, patience=4)
    path = Path(study.definition)
    definition, _, _ = path.read_text().partition("[search]")
    path.write_text(definition + SEARCH[workers].format(seed=seed))
    return study
