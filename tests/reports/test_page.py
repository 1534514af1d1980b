"""One file, whole, safe, and the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from neumf.errors import UserError
from reports.output import page_name
from reports.page import render, write
from reports.sections.contents import sections, sections_of_several
from studies.results.study_result import StudyResult
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.made_up import EMPTY, complete, plausible, tiny
from tests.reports.reader import Reader


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD.keys())
def test_every_awkward_study_has_a_page(study: StudyResult) -> None:
    """All parts are there, each figure is valid JSON, and each id is used once."""
    found = Reader(render(study))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {section.name for section in sections(study, None)} <= set(ids)
    plots = [a for _, a in found.elements if "plot" in (a.get("class") or "").split()]
    assert len(found.figures()) == len(plots)
    rows = [a["id"] for tag, a in found.elements if tag == "tr" and "id" in a]
    assert rows == [f"trial-{trial.number}" for trial in study.trials]


@pytest.mark.parametrize(
    "study",
    [plausible(30), AWKWARD["audited"], AWKWARD["twins"]],
    ids=["plain", "audited", "twins"],
)
def test_links_within_the_page_lead_somewhere(study: StudyResult) -> None:
    found = Reader(render(study))
    ids = {attributes.get("id") for _, attributes in found.elements}
    links = [a["href"] or "" for tag, a in found.elements if tag == "a" and "download" not in a]
    assert links
    assert {link.removeprefix("#") for link in links} <= ids


def test_each_section_is_a_module_and_a_template_in_one_list() -> None:
    """A new section is those two files and a line in the list; none is forgotten there."""
    root = Path(reports.__file__).parent
    modules = {path.stem for path in (root / "sections").glob("*.py")}
    templates = {path.name.split(".")[0] for path in (root / "templates/sections").iterdir()}
    shown = (AWKWARD["audited"], AWKWARD["twins"], AWKWARD["opened"], plausible(40))
    listed = {section.name for study in shown for section in sections(study, None)}
    listed |= {section.name for section in sections_of_several([EMPTY], [], compare=True)}
    assert modules - {"__init__", "contents", "section"} == templates == listed


@pytest.mark.slow
def test_two_builds_are_the_same_bytes_in_two_processes() -> None:
    """Whatever the hash seed, the clock and the time zone."""
    code = (
        "from hashlib import sha256; from reports.page import render;"
        "from tests.reports.made_up import plausible;"
        "print(sha256(render(plausible(40)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert digests == {f"{sha256(render(plausible(40)).encode()).hexdigest()}\n"}


def test_markup_in_names_and_reasons_is_shown_not_obeyed() -> None:
    page = render(AWKWARD["hostile"], f"sqlite:///{HOSTILE}.db")
    found = Reader(page)
    assert not [tag for tag, _ in found.elements if tag == "b"]
    assert len(found.scripts) == len(found.figures()) + 2
    headings = found.texts[found.texts.index("NeuMF hyperparameter search") :]
    assert HOSTILE in headings
    assert "".join(found.texts).count(HOSTILE) >= 10


def test_only_the_pages_own_scripts_may_run_and_nothing_is_fetched() -> None:
    found = Reader(render(plausible(5)))
    policy = next(
        attributes["content"] or ""
        for tag, attributes in found.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    scripts = [data for kind, data in found.scripts if kind is None]
    hashes = [b64encode(sha256(data.encode()).digest()).decode() for data in scripts]
    assert f"script-src 'sha256-{hashes[0]}' 'sha256-{hashes[1]}';" in policy
    assert policy.startswith("default-src 'none'")
    sources = [
        attributes[name]
        for tag, attributes in found.elements
        for name in ("src", "href", "srcset", "action")
        if name in attributes and tag != "a"
    ]
    assert sources == ["data:,"]


def test_writing_leaves_one_file_and_replaces_an_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "html"
    path = write(EMPTY, folder)
    assert path == folder / "ml-100k.html"
    write(tiny(complete(0, 0.75)), folder)
    assert "0.7500" in path.read_text(encoding="utf-8")
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("step", ["write_text", "replace"])
def test_a_failed_write_leaves_the_old_page(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(EMPTY, tmp_path)
    old = path.read_bytes()

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, full)
    with pytest.raises(UserError, match=r"No space left on device; choose another folder"):
        write(tiny(complete(0, 0.75)), tmp_path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (old, [path])


def test_a_folder_that_is_a_file_is_a_persons_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="choose another folder"):
        write(EMPTY, tmp_path / "file")


@given(st.text(max_size=300))
def test_no_name_leaves_the_folder(name: str) -> None:
    path = Path("folder") / page_name(name)
    assert path.parent == Path("folder")
    assert ".." not in path.parts
    assert not path.name.startswith((".", "-"))
    assert len(path.name.encode()) < 200


def test_names_that_look_alike_get_different_files() -> None:
    names = ["a/b", "a-b", "../a-b", "a b", "a\\b", "", ".", "x" * 41, "x" * 42, "übung", "ml-100k"]
    assert len({page_name(name) for name in names}) == len(names)
    assert page_name("ml-100k") == "ml-100k.html"
    assert page_name("übung") == "übung.html"


def test_hostile_study_names_stay_in_the_folder(tmp_path: Path) -> None:
    for name in ("../escape", "a/b", "/etc/passwd"):
        path = write(replace(EMPTY, name=name), tmp_path / "html")
        assert path.parent == tmp_path / "html"
    assert list(tmp_path.iterdir()) == [tmp_path / "html"]


def test_pages_need_neither_optuna_nor_torch() -> None:
    code = (
        "import sys, reports.page, reports.build;"
        "print({'torch', 'optuna', 'pandas', 'sqlalchemy'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
