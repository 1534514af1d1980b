"""A search, from data file to report, does not open the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.protocol.seal import SealedTest
from search.options import Options
from search.session import run_study
from tests.search.study_folder import make_study_folder

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize("candidates", ["10", '"all"'])
def test_a_study_runs_with_a_poisoned_seal(
    candidates: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trials, fresh seeds, baselines, an audit, twins and the page are made while whoever took a
    test pair out would fail; where the catalogue is ranked, whoever asked which items to avoid
    would, too. Whole without the test pairs: workers, which are other processes, are sent nothing
    that could hold them."""

    def poison(*_: object) -> None:
        raise AssertionError("the test was read")

    monkeypatch.setattr(SealedTest, "take_out", poison)
    if candidates == '"all"':
        monkeypatch.setattr(SealedTest, "met_in_any_part", poison)
    monkeypatch.chdir(tmp_path)
    study = make_study_folder(tmp_path)
    definition = Path(study.definition)
    text = definition.read_text()
    definition.write_text(text.replace("candidates = 10", f"candidates = {candidates}"))
    options = Options(storage=study.storage, trials=3, workers=1, audit=1, twins=1, open=False)
    outcome = run_study(study.definition, options)
    assert outcome.added == 3
    assert outcome.study.best is not None
    assert outcome.report is not None
    assert outcome.study.has_all_baselines
    assert outcome.study.confirmed is not None
    assert outcome.study.confirmed.is_complete
