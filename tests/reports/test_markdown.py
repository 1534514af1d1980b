"""The Markdown of what a study found."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from neumf.errors import UserError
from neumf.evaluation.measurement import IN_WORDS
from reports import text
from reports.document import with_section
from reports.markdown import HEAD, section
from reports.results import results
from reports.spreadsheet import as_csv
from studies.results import readback
from studies.results.confirmation import confirm
from studies.results.study_result import StudyResult
from studies.results.wording import sentence, with_interval
from tests.reports import confirmed


def test_a_section_takes_the_place_of_its_older_one() -> None:
    """And no other section moves or changes."""
    both = with_section(with_section(HEAD, "one", "first"), "two", "second")
    again = with_section(both, "one", "third")
    assert again == both.replace("first", "third")
    assert with_section(again, "one", "third") == again
    assert again.startswith(HEAD)


@pytest.mark.parametrize("study", [confirmed.wins(), confirmed.loses(), confirmed.catalogue_only()])
def test_a_section_tells_every_model_by_every_way_of_measuring(study: StudyResult) -> None:
    told, opening = section(study, "results/made.csv"), study.opening
    assert opening is not None
    assert f"**{text.sentence(sentence(opening))}**" in told
    for model in opening.models:
        assert f"| {model.label} | {with_interval(model.estimates[opening.way]['HR@10'])} |" in told
        for way, found in model.estimates.items():
            row = f"| {model.label} | {IN_WORDS[way]} | {found['HR@1'].mean:.4f} |"
            assert (row in told) == (len(model.estimates) > 1)
    assert "[results/made.csv](results/made.csv)" in told
    assert f"`{f'python -m search.run {study.command}'.rstrip()}`" in told


def test_what_models_do_is_told_but_no_users_lists() -> None:
    """Every model's reach, and a row for each group with lists; nothing of single users, whose data
    may not be for everybody. An older record has none of it."""
    study = confirmed.wins()
    assert study.opening is not None
    assert study.opening.behaviour is not None
    assert study.recommended is not None
    told = section(study, "a.csv")
    mine = study.recommended.reach
    assert f"| NeuMF | {mine.items} ({text.share(mine.items / confirmed.ITEMS)}) |" in told
    assert "| what users consumed | 1,000 (100%) |" in told
    found = study.opening.behaviour
    filled = [g for g in (*found.by_activity, *found.by_popularity) if g.lists]
    assert told.count(" interactions | ") == len(filled)
    for user in study.recommended.users:
        assert str(user.id) not in told
        assert all(item.title not in told for item in user.latest if item.title)
    assert "different items" not in section(confirmed.opened_before(), "a.csv")


def test_what_the_search_had_stands_beside_its_like() -> None:
    """The mean of fresh seeds on the candidates drawn, with a word on why the other mean is lower;
    where the search ranks in the whole catalogue, that mean is its like, and there is no word."""
    for study, is_sampled in ((confirmed.wins(), True), (confirmed.catalogue_only(), False)):
        told, confirmation = section(study, "a.csv"), confirm(study)
        assert confirmation is not None
        assert "| the search had | the same way, now |" in told
        for entry in confirmation.entries:
            like = entry.sampled if is_sampled else entry.mean
            assert like is not None
            if entry.trial.value is not None:
                assert f" | {entry.trial.value:.4f} | {like.mean:.4f} | " in told
        assert ("not to be compared with what the search had" in told) == is_sampled
        assert ("on the candidates drawn" in told) == is_sampled


def test_what_was_refused_or_added_is_told() -> None:
    assert "needs 90 GB for its item matrix" in section(confirmed.refused(), "a.csv")
    assert "1 trial was added after the opening" in section(confirmed.extended(), "a.csv")


HOSTILE = "<b>x</b>|[y](http://z.w) **a** `b` ![c](d) --><script>"


def test_names_are_no_markup() -> None:
    """Nor do they break a table, leave a code span or end a comment: a reader of Markdown sees them
    as they are."""
    study = confirmed.wins()
    opening = study.opening
    assert opening is not None
    models = tuple(replace(one, label=f"{HOSTILE} {n}") for n, one in enumerate(opening.models))
    study = replace(
        study,
        name=HOSTILE,
        description=f"- {HOSTILE}\n\n# two",
        trials=tuple(replace(one, label=HOSTILE) for one in study.trials),
        opening=replace(opening, models=models),
        sessions=({"command": [], "workers": HOSTILE}, *study.sessions),
    )
    told = section(study, "a.csv")
    shown = MarkdownIt("commonmark").enable("table").render(with_section("", HOSTILE, told))
    assert set(re.findall(r"<(\w+)", shown)) <= {
        *("h2", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"),
        *("code", "a"),
    }
    assert re.findall(r"<a [^>]*>", shown) == ['<a href="a.csv">']
    assert unescape(shown).count(HOSTILE) > 3 * len(models)
    assert f"<h2>{HOSTILE}</h2>" in unescape(shown)
    assert f"<p>- {HOSTILE} # two</p>" in unescape(shown)
    assert f"<code>python -m reports.results '{HOSTILE}'</code>" in unescape(shown)
    again = with_section(with_section("", HOSTILE, told), HOSTILE, told)
    assert again == with_section("", HOSTILE, told)


def test_ordinary_words_are_written_as_they_are() -> None:
    """Nothing in a section of ordinary names is a character reference; one worker is one."""
    study = replace(confirmed.wins(), sessions=({"seconds": 1.0, "workers": 1},))
    told = section(study, "results/made.csv")
    assert "&#" not in told
    assert "EASE^R" in told
    assert "nDCG@10 0." in told
    assert ", with 1 worker\n" in told
    more = replace(study, sessions=(*study.sessions, {"seconds": 1.0, "workers": 4}))
    assert ", with 1 or 4 workers\n" in section(more, "a.csv")


def test_the_command_writes_a_section_and_all_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again the same bytes; a study whose test split is sealed is refused, and nothing written."""
    study = confirmed.wins()
    monkeypatch.setattr(readback, "read", lambda *_: study)
    arguments = [study.name, "--output", str(tmp_path / "R.md")]
    written = []
    for _ in range(2):
        assert CliRunner().invoke(results, arguments).exit_code == 0
        written.append({p.name: p.read_bytes() for p in tmp_path.rglob("*.*")})
    assert written[0] == written[1]
    assert set(written[0]) == {"R.md", f"{study.name}.csv"}
    assert (tmp_path / "results" / f"{study.name}.csv").read_bytes().decode() == as_csv(study)
    monkeypatch.setattr(readback, "read", lambda *_: confirmed.unopened())
    refused = CliRunner().invoke(
        results, [study.name, "--output", str(tmp_path / "other" / "R.md")]
    )
    assert isinstance(refused.exception, UserError)
    assert "is sealed; open it with python -m search.confirm" in str(refused.exception)
    assert not (tmp_path / "other").exists()
