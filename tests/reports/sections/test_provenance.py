"""What a repetition needs, and command lines to go on with."""

from __future__ import annotations

from dataclasses import replace

from reports.sections import provenance
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, SESSION, complete, plausible, tiny


def test_sessions_that_agree_are_told_once() -> None:
    facts = dict(provenance.facts(plausible(20)))
    assert (facts["torch"], facts["engine"]) == ("2.13.0", "fused")
    assert facts["system"] == "Linux 6.1 x86_64, 2 cores"
    assert facts["data fingerprint"] == "sha256:7d0d34b1c5a2e8f0"
    assert "engine of the best trial" not in facts


def test_sessions_that_differ_are_told_apart() -> None:
    facts = dict(provenance.facts(AWKWARD["mixed"]))
    assert facts["torch"] == "2.13.0 (sessions 1, 3); 2.14.0 (session 2)"
    assert facts["engine"] == "fused (session 1); torch (sessions 2, 3)"
    assert facts["engine of the best trial"] == "torch"
    assert facts["device"] == "auto (sessions 1, 2); cpu (session 3)"


def test_a_session_that_finished_no_trial_has_no_part_in_the_numbers() -> None:
    idle = {**SESSION, "trials": 0, "versions": {"torch": "9"}}
    study = replace(tiny(replace(complete(0, 0.3), session=0)), sessions=(SESSION, idle))
    assert dict(provenance.facts(study))["torch"] == "2.13.0"


def test_an_older_session_is_not_given_the_versions_of_a_newer_one() -> None:
    old = {"started": "2026-01-01", "seconds": 10.0, "workers": 1, "busy": 0.5}
    facts = dict(provenance.facts(replace(EMPTY, sessions=(old, SESSION))))
    assert facts["torch"] == "not recorded (session 1); 2.13.0 (session 2)"


def test_commands_quote_names_and_hide_passwords() -> None:
    study = replace(tiny(complete(0, 0.3)), name="it's; rm -rf")
    found = provenance.commands(study, "postgresql://me:secret@host/db")
    lines = [command.line for command in found]
    url = "'postgresql://me:***@host/db'"
    name = """'it'"'"'s; rm -rf'"""
    assert lines[0] == f"python -m search.run {name} --trials 101 --storage {url}"
    assert not any("secret" in line for line in lines)
    last = provenance.commands(study, "sqlite:///a b.db")[-1]
    assert last.line == "optuna-dashboard 'sqlite:///a b.db'"
