"""Whatever befalls a study, it ends as one that is left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.catalogue import AT_REST, LIVE
from tests.faults.harness import befall
from tests.faults.tally import Tally

FAULTS = 50
SEED = 1

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.usefixtures("signals_heard"),
]


def test_faults_cost_nothing(tmp_path: Path) -> None:
    """Most of the catalogue in the midst of real sessions: each study goes on to the same trials,
    runs, record and model as one in peace; see python -m tests.faults."""
    print(f"python -m tests.faults --faults {FAULTS} --seed {SEED}")
    tally = Tally()
    befall(FAULTS, SEED, tmp_path, tally)
    assert len(tally.inflicted) > len((*LIVE, *AT_REST)) / 2
    assert tally.resumed == tally.inflicted
    assert tally.inflicted.total() == FAULTS
