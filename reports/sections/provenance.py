"""What it takes to repeat a study, besides its definition, and command lines to continue with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reports import text
from reports.commands import (
    ANY,
    Command,
    confirm,
    replay,
    storage_option,
    storage_url,
    study_argument,
)
from reports.sections.section import Section
from studies.results.study_result import StudyResult


class Fact(NamedTuple):
    """Something that a repeated study depends on."""

    name: str
    value: str


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    mixtures: tuple[str, ...]
    facts: tuple[Fact, ...]
    commands: tuple[Command, ...]


def section(study: StudyResult, storage: str | None) -> Section:
    content = Content(study.mixtures, facts(study), commands(study, storage))
    return Section("provenance", "Provenance", "Provenance, and how to continue", content)


def facts(study: StudyResult) -> tuple[Fact, ...]:
    """Of the data, of the sessions (which may differ) and of the best trial."""
    best, sessions = study.best, _sessions(study)
    engine = best.engine if best and best.engine != _by_session(sessions, "engine") else None
    names = dict.fromkeys(name for told in sessions.values() for name in told)
    found = (
        ("data fingerprint", study.data.get("fingerprint")),
        *((name, _by_session(sessions, name)) for name in names),
        ("seed of the best trial", best.seed if best else None),
        ("engine of the best trial", engine),
    )
    return tuple(Fact(name, str(value)) for name, value in found if value is not None)


def commands(study: StudyResult, storage: str | None) -> tuple[Command, ...]:
    """Command lines to continue with; a storage's password is not spelled out."""
    name, url, option = study_argument(study), storage_url(storage), storage_option(storage)
    more = len(study.finished) + 100
    line, purpose = replay(study, storage)
    found = [
        Command(
            f"python -m search.run {study.command or name} --trials {more}{option}",
            f"continue to a total of {text.thousands(more)} trials",
        ),
        *([] if study.opening else [confirm(study, storage)]),
        Command(line.replace(ANY, "N"), purpose),
        Command(f"python -m reports.build {name}{option}", "rebuild this page"),
        Command(f"python -m search.dashboard {name}{option}", "browse the study"),
    ]
    if url:
        found.append(Command(f"optuna-dashboard {url}", "browse every study in this storage"))
    return tuple(found)


def _sessions(study: StudyResult) -> dict[int, dict[str, str]]:
    """What is known, by name, of each session that finished a trial; sessions count from 1."""
    found: dict[int, dict[str, str]] = {}
    for place, session in enumerate(study.sessions):
        if session.get("trials") != 0:
            engines = {t.engine for t in study.finished if t.session == place and t.engine}
            told = {
                "engine": ", ".join(sorted(engines)),
                "device": session.get("device"),
            }
            known = {name: value for name, value in told.items() if value}
            found[place + 1] = known | session.get("versions", {})
    return found


def _by_session(sessions: Mapping[int, Mapping[str, str]], name: str) -> str:
    """One value if all sessions agree, else each with the sessions that had it."""
    numbers: dict[str, list[str]] = {}
    for number, told in sessions.items():
        numbers.setdefault(told.get(name, "not recorded"), []).append(str(number))
    if len(numbers) < 2:
        return next(iter(numbers), "")
    return "; ".join(
        f"{value} (session{'s' if len(held) > 1 else ''} {', '.join(held)})"
        for value, held in numbers.items()
    )
