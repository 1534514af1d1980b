"""Where a program may find itself: without a home, a place for temporary files, or letters."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="Windows has no umask, and starts no program without more"
    ),
]

ROOT = Path(__file__).parents[2]
NOWHERE = str(Path(__file__) / "nowhere")
"""In a file there is no folder, and nobody can make one, not even root."""

BARE = {
    "PATH": os.environ.get("PATH", ""),
    "PYTHONPATH": str(ROOT),
    "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", ""),
}
HOSTILE = {
    **BARE,
    "HOME": NOWHERE,
    "XDG_CACHE_HOME": NOWHERE,
    "TMPDIR": NOWHERE,
    "COLUMNS": "0",
    "LINES": "0",
    "TERM": "dumb",
    "LC_ALL": "C",
    "PYTHONIOENCODING": "ascii",
    "PYTHONHASHSEED": "7",
}
ODD = "café \x1b[1m.csv"
"""A file's name that ASCII has not, and that would change a terminal's letters."""


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """Its data have an odd name."""
    study = make_study_folder(tmp_path)
    (tmp_path / "blocks.csv").rename(tmp_path / ODD)
    return study


def run(
    module: str, *arguments: str, cwd: Path, umask: int = 0o022, env: dict[str, str] = HOSTILE
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=env,
        umask=umask,
        capture_output=True,
        check=False,
    )


def test_a_search_from_data_to_page(study: StudyFolder) -> None:
    """It ends well, escapes what cannot be printed or would be obeyed, and makes files with the
    rights that the umask leaves."""
    before, umask = set(study.folder.rglob("*")), 0o027
    search = "blocks.toml", "--data", ODD, "--storage", "sqlite:///r.db", "--no-confirm"
    size = "--trials", "2", "--workers", "1"
    done = run("search.run", *search, *size, cwd=study.folder, umask=umask)
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert rb"caf\xe9 \x1b[1m.csv: 60 users" in done.stderr
    made = set(study.folder.rglob("*")) - before
    assert {"r.db", "reports", "html"} <= {path.name for path in made}
    for path in made:
        rights = stat.S_IMODE(path.stat().st_mode)
        assert not rights & umask, path
        if path.is_dir() or path.suffix == ".html":
            assert rights == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_a_model(study: StudyFolder) -> None:
    """Trained, saved and at work."""
    train = "--data", ODD, "--candidates", "10", "--epochs", "1", "--save", "model"
    done = run("neumf.train", *train, cwd=study.folder)
    assert done.returncode == 0, done.stderr
    done = run("neumf.recommend", "model", "--user", "u1", cwd=study.folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    sys.platform != "linux",
    reason="only Linux has /proc, where not even root may write",
)
def test_nowhere_to_write(study: StudyFolder) -> None:
    """One line, where the folder that one works in cannot be written."""
    for module, *arguments in (
        ("search.run", study.definition, "--data", str(study.folder / ODD)),
        ("search.init", str(study.folder / ODD), "--no-estimate"),
    ):
        done = run(module, *arguments, cwd=Path("/proc"))
        assert done.returncode == 2, done.stdout
        assert done.stderr.splitlines()[-1].startswith(b"error: ")
        assert b"Traceback" not in done.stderr


def test_no_home_at_all(study: StudyFolder) -> None:
    """As a service or a container's user has none."""
    done = run(
        "neumf.train",
        "--data",
        ODD,
        "--epochs",
        "1",
        "--candidates",
        "10",
        cwd=study.folder,
        env=BARE,
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in study.folder.iterdir()} == {"blocks.toml", ODD}
