"""``python -m reports.build`` draws a page from storage alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner

from neumf.errors import UserError
from neumf.metrics import METRICS
from reports.build import build as build_command
from studies.definition.loading import FOLDER, load
from studies.ledger.job import EpochResult
from studies.ledger.ledger import Ledger
from studies.results.readback import read
from studies.results.study_result import StudyResult
from studies.storage import record
from studies.storage.database import open_storage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*set_metric_names is experimental"),
]
DATA = {"name": "toy", "description": ["toy: 3 users", "short histories"], "fingerprint": "f00"}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A storage with the study ``quick``: one trial complete, one failed, one interrupted."""
    monkeypatch.setattr(record, "versions", lambda: {"python": "3"})
    url = f"sqlite:///{tmp_path}/studies.db"
    ledger = Ledger(open_storage(url), load("quick"), DATA)
    jobs = [ledger.ask() for _ in range(3)]
    for number, value in enumerate((0.25, 0.375), 1):
        metrics = dict.fromkeys(METRICS, value)
        ledger.record(0, EpochResult(number, 0.5, metrics, number, value, 100, 0.5, 1000, "fused"))
    ledger.complete(0)
    ledger.fail(1, "loss is not a number at epoch 1")
    ledger.interrupt_all("the search was interrupted")
    ledger.start_session({"started": "2026-01-01", "workers": 1})
    assert [job.label for job in jobs if job] == ["notebook", "He et al.", None]
    return url


def build(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "reports.build", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_stored_study_reads_back_into_its_page(url: str, tmp_path: Path) -> None:
    study = read(url, "quick")
    assert dict(study.counts) == {"complete": 1, "failed": 1, "interrupted": 1, "waiting": 1}
    done = build("quick", "--storage", url, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "reports/html/quick.html\n", "")
    page = (tmp_path / "reports/html/quick.html").read_text(encoding="utf-8")
    assert "0.3750" in page
    assert "toy: 3 users" in page
    assert f"--storage {url}" in page
    again = build("quick", "--storage", url, "--output", "elsewhere", cwd=tmp_path)
    assert again.stdout == "elsewhere/quick.html\n"
    assert (tmp_path / "elsewhere/quick.html").read_text(encoding="utf-8") == page


def test_a_study_is_found_by_the_path_of_its_definition(url: str, tmp_path: Path) -> None:
    toml = (FOLDER / "quick.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(f'name = "quick"\n{toml}', encoding="utf-8")
    assert build("mine.toml", "--storage", url, cwd=tmp_path).returncode == 0


def test_all_studies_get_a_page_and_an_index(url: str, tmp_path: Path) -> None:
    """A study of another program is told there, and stops nothing."""
    optuna.create_study(storage=open_storage(url), study_name="foreign")
    done = build("--all", "--storage", url, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "reports/html/quick.html\nreports/html/all~studies.html\n"
    page = (tmp_path / "reports/html/all~studies.html").read_text(encoding="utf-8")
    assert "was not made by this program" in page
    assert 'href="quick.html"' in page


@pytest.mark.parametrize("drawn", ["reports.page.render", "reports.sections.several.row"])
def test_a_study_that_cannot_be_drawn_stops_no_other(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: str
) -> None:
    """Though it can be read: the index names it and why. A folder that cannot be written is told
    once, whatever studies there are."""
    for name in ("a damaged one", "zero"):
        Ledger(open_storage(url), load("quick").model_copy(update={"name": name}), DATA)
    module, function = drawn.rsplit(".", 1)
    real: Callable[..., object] = getattr(import_module(module), function)

    def draw(study: StudyResult, *arguments: object) -> object:
        if study.name == "a damaged one":
            raise KeyError("nDCG@10")
        return real(study, *arguments)

    monkeypatch.setattr(drawn, draw)
    arguments = ["--all", "--storage", url, "--output", str(tmp_path / "html")]
    done = CliRunner().invoke(build_command, arguments)
    assert done.exit_code == 0, done.exception
    names = ["quick.html", "zero.html", "all~studies.html"]
    assert [Path(line).name for line in done.stdout.splitlines()] == names
    assert {path.name for path in (tmp_path / "html").iterdir()} == set(names)
    page = (tmp_path / "html/all~studies.html").read_text(encoding="utf-8")
    assert "Left out: study &#39;a damaged one&#39;: storage" in page
    assert "KeyError: &#39;nDCG@10&#39;" in page
    refused = CliRunner().invoke(
        build_command, [*arguments, "--output", f"{tmp_path}/studies.db/x"]
    )
    assert isinstance(refused.exception, UserError)
    assert str(refused.exception).startswith(f"cannot write {tmp_path}/studies.db/x/quick.html: ")


def test_two_studies_get_a_page_that_compares_them(url: str, tmp_path: Path) -> None:
    """A study named twice is one."""
    Ledger(open_storage(url), load("quick").model_copy(update={"name": "other"}), DATA)
    done = build("quick", "other", "--storage", url, cwd=tmp_path)
    assert done.stdout.splitlines()[-1].startswith("reports/html/compared~quick-other")
    assert len(done.stdout.splitlines()) == 3
    again = build("quick", "quick", "--storage", url, cwd=tmp_path)
    assert again.stdout == "reports/html/quick.html\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["quikc"], "unknown study 'quikc'; did you mean 'quick'?"),
        (["ml-100k"], "no study 'ml-100k' in"),
        (["none.toml"], "no such file"),
        (["quick", "--output", "studies.db"], "is a file"),
        (["quick", "--outptu", "x"], "--outptu"),
        (["--all", "quick"], "--all and 'quick': name studies, or ask for all of them"),
        (["quick", "quikc"], "unknown study 'quikc'"),
    ],
)
def test_mistakes_are_one_line(url: str, tmp_path: Path, arguments: list[str], told: str) -> None:
    done = build(*arguments, "--storage", url, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert told in done.stderr
    assert list(tmp_path.glob("**/*.html")) == []


def test_a_storage_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = build("quick", "--storage", "sqlite:///none/none.db", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no study 'quick' in sqlite:///none/none.db" in done.stderr
    assert list(tmp_path.iterdir()) == []
