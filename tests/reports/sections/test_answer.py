"""The answer comes first, and is as modest as what is known."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from neumf.metrics import OBJECTIVE
from reports.page import render
from reports.sections import answer
from reports.sections.answer import Content
from reports.sections.contents import sections
from studies.definition.loading import parse
from studies.results.answer import Answer
from studies.results.study_result import StudyResult
from studies.results.wording import sentence
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import DEFINITION, EMPTY, complete, plausible, tiny
from tests.reports.reader import Reader, said


def content(study: StudyResult) -> Content:
    found = answer.section(study, None).content
    assert isinstance(found, Content)
    return found


def told(study: StudyResult) -> Answer:
    return content(study).answer


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD.keys())
def test_the_answer_comes_first_on_every_page(study: StudyResult) -> None:
    assert sections(study, None)[0].name == "answer"
    page = Reader(render(study))
    paragraph = next(n for n, (_, a) in enumerate(page.elements) if a.get("class") == "answer")
    numbers = [n for n, (tag, _) in enumerate(page.elements) if tag in ("table", "dl")]
    assert all(paragraph < n for n in numbers)


def test_an_opened_study_says_what_the_test_split_said() -> None:
    study = confirmed.wins()
    assert study.opening is not None
    assert told(study).sentence == sentence(study.opening)
    assert "NeuMF is ahead" in told(study).sentence
    capital = sentence(study.opening)[0].upper() + sentence(study.opening)[1:]
    assert f"{capital}." in said(render(study))


def test_a_neumf_that_loses_or_cannot_be_told_apart_says_so_there() -> None:
    lost, level = told(confirmed.loses()), told(confirmed.draws())
    assert "EASE^R, the best of the simple models there" in lost.sentence
    assert "NeuMF is behind" in lost.sentence
    assert "they cannot be told apart" in level.sentence


def test_rows_stand_by_their_test_score_so_that_a_loser_is_not_on_top() -> None:
    found = content(confirmed.loses()).standings
    assert found is not None
    means = [row.test.mean for row in found.rows if row.test is not None]
    assert means == sorted(means, reverse=True)
    assert not found.rows[0].is_chosen
    assert len(means) == 7


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (EMPTY, "there is no answer yet: this study has no trials"),
        (AWKWARD["all failed"], "there is no answer yet: no trial is complete"),
        (AWKWARD["one"], "nothing is confirmed yet: the only trial has nDCG@10 0.4000"),
        (plausible(100), "nothing is confirmed yet: the best of 100 trials has nDCG@10"),
        (confirmed.half_confirmed(), "5 of 6 runs over fresh seeds are done; nothing is chosen"),
        (confirmed.unopened(), "trial 2 is chosen: over 3 fresh seeds, nDCG@10 is"),
        (confirmed.refused(), "no simple model was measured beside it"),
    ],
)
def test_each_state_has_an_honest_sentence(study: StudyResult, words: str) -> None:
    assert words in told(study).sentence


def test_before_it_is_confirmed_a_maximum_is_called_optimistic() -> None:
    assert "optimistic" in told(plausible(40)).cautions[0]
    assert not told(plausible(40)).is_confirmed


def test_while_the_test_split_is_sealed_baselines_are_compared_on_validation() -> None:
    ahead = told(confirmed.unopened(1.6))
    assert "EASE^R, the best of the simple models there" in ahead.sentence
    assert "NeuMF is ahead" in ahead.sentence
    assert ahead.sentence.endswith("the test split is sealed")
    assert "NeuMF is behind" in told(confirmed.unopened(0.6)).sentence
    found = content(confirmed.unopened()).standings
    assert found is not None
    assert all(row.test is None for row in found.rows)
    assert [row.name for row in found.rows if row.ahead is None] == ["NeuMF, chosen"]


def test_an_opening_that_was_interrupted_is_not_called_sealed() -> None:
    assert "the test split is being opened for trial" in told(confirmed.half_opened()).sentence
    assert "sealed" not in said(render(confirmed.half_opened()))


def test_trials_that_were_added_later_and_level_choices_are_told() -> None:
    assert told(confirmed.extended()).cautions[0].startswith("1 trial was added after")
    level = told(confirmed.level())
    assert "trial 1 is chosen" in level.sentence
    assert any(line.startswith("2 configurations cannot be told apart") for line in level.cautions)


def test_refused_baselines_say_why() -> None:
    page = said(render(confirmed.refused()))
    assert "not made: needs 90 GB for its item matrix" in page
    found = content(confirmed.refused()).standings
    assert found is not None
    assert [row.known is None for row in found.rows] == [False] * 2 + [True] * 4


def test_the_numbers_of_table_and_figure_are_those_of_the_record() -> None:
    study = confirmed.wins()
    found, opening = content(study).standings, study.opening
    assert found is not None
    assert opening is not None
    for row in found.rows:
        label = row.name.removeprefix("NeuMF, ").replace("chosen", "NeuMF")
        model = next(model for model in opening.models if model.label == label)
        assert row.test == model.estimates["expected"][OBJECTIVE.name]
        assert row.ahead == (None if model.ahead is None else model.ahead["expected"])
    figure = answer.draw(found, "nDCG@10")
    assert figure is not None
    by_name = {trace.name: trace for trace in figure.data}
    assert len(by_name["confirmed, validation"].x) == 7
    assert len(by_name["test, opened once"].x) == 6
    (mean,) = by_name["the chosen NeuMF, test"].x
    mine = opening.neumf.estimates["expected"][OBJECTIVE.name]
    assert mean == mine.mean
    assert by_name["the chosen NeuMF, test"].error_x.array == (mine.high - mine.mean,)


def test_a_protocol_that_ranks_the_catalogue_says_so() -> None:
    assert "among the whole catalogue" in said(render(confirmed.catalogue_only()))


def test_the_configuration_is_toml_that_a_definition_takes() -> None:
    """To the last digit, whatever its trial is called."""
    study = plausible(40)
    assert study.best is not None
    strange = '"quoted" \\ and é\n'
    trials = [
        replace(t, label=strange) if t is study.best else replace(t, label=None)
        for t in study.trials
    ]
    shown = content(replace(study, trials=tuple(trials))).shown
    assert shown is not None
    (point,) = tomllib.loads(shown.toml)["starting_points"]
    assert point == {"name": strange, "configuration": study.best.params}
    parse(
        {"name": "s", "data": {"source": "ml-100k"}, "space": _space(), "starting_points": [point]},
        "here",
    )


def _space() -> dict[str, object]:
    space = DEFINITION["space"]
    assert isinstance(space, dict)
    return {
        name: {key: value for key, value in entry.items() if value is not None}
        for name, entry in space.items()
    }


def test_the_weight_that_confirming_chose_is_shown_in_place_of_the_wish() -> None:
    study = confirmed.wins()
    assert study.opening is not None
    trial = replace(study.trial(2), params={"alpha": -1.0, "lr": 0.001})
    mine = study.opening.contestants[0]
    learnt = replace(mine, configuration={**mine.configuration, "alpha": 0.875, "lr": 0.001})
    opening = replace(study.opening, contestants=(learnt,))
    trials = (*study.trials[:2], trial, study.trials[3])
    shown = content(replace(study, trials=trials, opening=opening)).shown
    assert shown is not None
    assert {name: value for name, _, value in shown.searched} == {"alpha": 0.875, "lr": 0.001}
    assert "alpha = -1.0" in shown.toml


def test_what_is_left_to_do_is_a_command() -> None:
    todo = content(tiny(complete(0, 0.4))).todo
    assert todo is not None
    assert todo.line == "python -m search.confirm ml-100k"
    assert content(confirmed.wins()).todo is None
    assert content(EMPTY).todo is None
