"""What Optuna's dashboard gets when it asks for an artifact."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError as Refused
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest
from bottle import HTTPError
from optuna.storages import RDBStorage
from optuna_dashboard.artifact._backend import delete_all_artifacts

from search.artifacts import DrawnArtifacts
from studies.ledger.ledger import Ledger
from studies.notes.artifacts import Place, identifier, page_address
from studies.storage.database import open_storage
from tests.dashboard import served
from tests.studies.storages import url_of
from tests.studies.synthetic import DATA, ask, define, finish, results

NAME = "<script>alert(1)</script>"


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(url_of(tmp_path / "a.db"), owner=True)


def test_pages_and_curves_are_drawn_as_the_study_is_by_then(storage: RDBStorage) -> None:
    """A trial's while it runs, the page with a trial more after it has ended, and a name is text
    in both."""
    definition = define(2, name=NAME)
    ledger = Ledger(storage, definition, DATA)
    job = ask(ledger)
    store = DrawnArtifacts(storage)
    page, curve = Place(NAME), Place(NAME, job.number)
    shown = []
    for epoch in results([0.1, 0.3]):
        ledger.record(job.number, epoch)
        picture = ET.fromstring(store.open_reader(identifier(curve)).read())
        shown.append([element.text for element in picture.iter() if element.text])
    assert any("0.1000 in epoch 1" in words for words in shown[0])
    assert any("0.3000 in epoch 2" in words for words in shown[1])
    before = store.open_reader(identifier(page)).read().decode()
    ledger.complete(job.number)
    finish(ledger)
    after = store.open_reader(identifier(page)).read().decode()
    assert "2 complete" in after
    assert "2 complete" not in before
    assert NAME not in after
    assert "python -m reports.build" in after or "search.run" in after


def test_what_is_not_there_is_not_found(storage: RDBStorage) -> None:
    """Neither a study nor a trial; and nothing is taken in or lost."""
    finish(Ledger(storage, define(1), DATA))
    store = DrawnArtifacts(storage)
    for wrong in (Place("another"), Place("made", 7)):
        with pytest.raises(HTTPError) as refused:
            store.open_reader(identifier(wrong))
        assert refused.value.status_code == 404
    with pytest.raises(NotImplementedError):
        store.write("abc", BytesIO(b"x"))
    delete_all_artifacts(store, storage, 1)  # as before the study itself is deleted
    assert store.open_reader(identifier(Place("made"))).read()


def test_what_cannot_be_drawn_is_told_in_a_line(
    storage: RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the dashboard, as not found, with no traceback; what the record holds is text there."""
    finish(Ledger(storage, define(1), DATA))

    def damaged(*_: object) -> str:
        raise KeyError(NAME)

    monkeypatch.setattr("reports.page.render", damaged)
    monkeypatch.setattr("reports.learning_curve.learning_curve", damaged)
    curve = f"/artifacts/1/1/{identifier(Place('made', 0))}"
    with served(storage) as origin:
        for address in (page_address(storage, "made"), curve):
            with pytest.raises(Refused) as refused:
                urlopen(f"{origin}{address}", timeout=30)
            told = refused.value.read().decode()
            assert refused.value.code == 404
            assert "what is stored is not as this program writes it" in told
            assert "Traceback" not in told
            assert NAME not in told
