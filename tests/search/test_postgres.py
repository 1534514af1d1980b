"""A search on a PostgreSQL server, as a team runs it: real processes, and real faults."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import optuna
import pytest

from studies.storage.database import open_storage
from tests.postgres_server import PASSWORD, Server
from tests.search.study_folder import StudyFolder, environment, make_study_folder
from tests.search.test_deaths import epochs_of_running_trials, until

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.usefixtures("signals_heard")]


@dataclass(frozen=True)
class SharedStudy(StudyFolder):
    """A study's folder whose results are on a server."""

    server: Server
    name: str  # of the database there
    login: str = field(default="tester")

    @property
    def database(self) -> Path:
        """There is no file; the folder stands for it where a test waits for one."""
        return self.folder

    @property
    def storage(self) -> str:
        return self.server.url(self.name, self.login)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.server.query(self.name, sql)


def shared(folder: Path, server: Server, **sizes: int) -> SharedStudy:
    """A study in ``folder`` and a database of its own."""
    return SharedStudy(make_study_folder(folder, **sizes).folder, server, server.create())


def facts(url: str, name: str = "blocks") -> list[Any]:
    """What a study's trials are, but for what the clock and the machine say."""
    clocked = {"seconds", "samples_per_second"}
    trials = optuna.load_study(study_name=name, storage=open_storage(url)).trials
    return [
        (
            *(t.number, t.state, t.values, t.params, t.distributions, t.intermediate_values),
            {k: v for k, v in t.user_attrs.items() if k not in clocked},
            {k: v for k, v in t.system_attrs.items() if "seconds" not in k},
        )
        for t in trials
    ]


def test_a_study_is_the_same_on_a_server(postgres: Server, tmp_path: Path) -> None:
    """Trial by trial to the last bit, and so is what confirms it and what opens its test split. Its
    model goes to the folder that one works in. A password is written nowhere."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    local = make_study_folder(tmp_path / "a", epochs=2, users=30)
    study = shared(tmp_path / "b", postgres, epochs=2, users=30)
    postgres.run(
        study.name,
        f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'",
        "GRANT ALL ON SCHEMA public TO guest",
    )
    login = f"guest:{PASSWORD.replace(' ', '%20')}"
    remote = SharedStudy(study.folder, postgres, study.name, login)
    outputs = []
    for one in (local, remote):
        searched = one.run("--trials", "2", "--workers", "1", "--json", "--report")
        few = ("--top", "1", "--seeds", "2", "--workers", "1")
        confirmed = call(one, "search.confirm", one.definition, *few)
        outputs.append("".join([searched.stdout, searched.stderr, *confirmed]))
    for name in ("blocks", "blocks/confirm", "blocks/test"):
        assert facts(local.storage, name) == facts(study.storage, name)
    assert (study.folder / "models" / "blocks").is_dir()
    written = [p.read_bytes() for p in study.folder.rglob("*") if p.is_file()]
    dump = "".join(map(str, stored_text(study)))
    for secret in (PASSWORD, PASSWORD.replace(" ", "%20")):
        assert secret not in outputs[1]
        assert secret not in dump
        assert not [1 for content in written if secret.encode() in content]
    assert "guest:***@/" in outputs[1]
    call(study, "search.replay", "blocks", "--trial", "0")
    postgres.run(study.name, "DROP OWNED BY guest", "DROP ROLE guest")


def call(study: StudyFolder, module: str, *arguments: str) -> tuple[str, str]:
    """What another command on a study prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--storage", study.storage],
        cwd=study.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def stored_text(study: SharedStudy) -> Iterator[Any]:
    """Every attribute in the database."""
    for table in ("study_user", "study_system", "trial_user", "trial_system"):
        yield study.query(f"SELECT value_json FROM {table}_attributes")
    yield study.query("SELECT * FROM neumf_owners")


def test_faults_in_the_midst_of_a_study(postgres: Server, tmp_path: Path) -> None:
    """The server crashes and comes back, every connection is cut, a second coordinator comes, and
    the first is killed: the next run ends the study at its exact total, and before the kill not
    even an epoch was lost. Meanwhile the dashboard shows it."""
    study = shared(tmp_path, postgres, epochs=60, patience=60, users=1500)
    running = study.start("--trials", "5", "--workers", "2")
    try:
        until(lambda: is_under_way(study), running)
        for fault in (crash, cut):
            before = fault(study)
            until(lambda: epochs(study) > before, running)  # noqa: B023 - called at once
        until(lambda: is_under_way(study), running)
        refused = study.run("--trials", "9", code=2)
        owner = f"{socket.gethostname()} (process {running.pid})"
        assert f"study 'blocks' in {study.storage} is being run by {owner}" in refused.stderr
        assert study.states()["INTERRUPTED"] == 0
        assert browse(study) == 200
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate()
    study.run("--trials", "5")
    states = study.states()
    assert study.finished() == 5
    assert states["RUNNING"] == states["WAITING"] == 0
    assert states["INTERRUPTED"] <= 2, "only what was running when the coordinator was killed"
    ((twice,),) = study.query(
        "SELECT count(*) FROM (SELECT trial_id, step FROM trial_intermediate_values"
        " GROUP BY trial_id, step HAVING count(*) > 1) AS twice"
    )
    assert twice == 0


def is_under_way(study: SharedStudy) -> bool:
    """Whether two trials run, and have reported epochs."""
    tables = study.query("SELECT 1 FROM pg_tables WHERE tablename = 'neumf_owners'")
    return bool(tables) and epochs_of_running_trials(study) >= 2


def epochs(study: SharedStudy) -> int:
    """How many are stored."""
    ((stored,),) = study.query("SELECT count(*) FROM trial_intermediate_values")
    return int(stored)


def crash(study: SharedStudy) -> int:
    """The server's; how many epochs were stored before it came back."""
    with study.server.down():
        pass
    return epochs(study)


def cut(study: SharedStudy) -> int:
    """Every connection's end; how many epochs were stored by then."""
    assert study.server.cut(study.name) >= 1
    return epochs(study)


def browse(study: SharedStudy) -> int:
    """The status of the dashboard's answer about the study."""
    command = [sys.executable, "-m", "search.dashboard", "blocks", "--storage", study.storage]
    process = subprocess.Popen(
        [*command, "--port", "0"],
        cwd=study.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        origin = process.stdout.readline().split()[0].rsplit("/dashboard", 1)[0]
        with urlopen(f"{origin}/api/studies/1", timeout=30) as answer:
            return int(answer.status)
    finally:
        process.kill()
        process.communicate()
