"""A worker that may have no more memory."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.holdings import holdings_of
from tests.faults.live import starve_a_worker
from tests.faults.session import Session
from tests.faults.small_study import make_study

pytestmark = pytest.mark.slow


def test_a_starved_worker_costs_its_run_one_retry(tmp_path: Path) -> None:
    """The reason is told in one line, the run is trained again, and all is there in the end."""
    study = make_study(tmp_path / "study", seed=1, workers=1)
    session = Session(study, workers=1)
    try:
        while "\nrun   0" not in session.output:
            assert session.wait_for_signs(1)
        starve_a_worker(session, Random(1))
        assert session.end() == 0, session.output
    finally:
        session.kill()
    assert "worker died (out of memory)" in session.output
    assert "Traceback" not in session.output
    found = holdings_of(study)
    assert found.unfinished == 0
    runs = [one for one in found.results if '"blocks/confirm"' in one]
    assert len(runs) == 30
    assert all('"COMPLETE"' in one for one in runs)
