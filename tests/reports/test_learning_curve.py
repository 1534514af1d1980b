"""A trial's learning curve as a picture."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from reports.learning_curve import learning_curve
from studies.results.study_result import TrialResult
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, failed, pruned

SVG = "{http://www.w3.org/2000/svg}"


def words(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def mark(picture: str) -> tuple[float, float]:
    (circle,) = ET.fromstring(picture).iter(f"{SVG}circle")
    return float(circle.attrib["cx"]), float(circle.attrib["cy"])


def points(picture: str) -> list[tuple[float, float]]:
    (line,) = ET.fromstring(picture).iter(f"{SVG}polyline")
    pairs = (point.split(",") for point in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def test_it_marks_the_epoch_whose_value_is_the_trials() -> None:
    """The best one of a complete trial, the last one of a pruned trial."""
    trial = replace(complete(3, 0.5), curve=((1, 0.3), (2, 0.5), (3, 0.4)))
    picture = learning_curve(trial, "nDCG@10")
    assert mark(picture) == points(picture)[1]
    assert words(picture)[0] == "nDCG@10 0.5000 in epoch 2"
    heights = [y for _, y in points(picture)]
    assert heights[0] > heights[2] > heights[1], "the higher a value, the nearer to the top"
    picture = learning_curve(pruned(4, 0.3, 0.2), "nDCG@10")
    assert mark(picture) == points(picture)[-1]
    assert "nDCG@10 0.2000 in epoch 2" in words(picture)


@pytest.mark.parametrize(
    "trial", [failed(0), pruned(0, 0.3), pruned(0, 0.3, 0.3), pruned(0, *[0.0] * 500)]
)
def test_any_trial_has_one(trial: TrialResult) -> None:
    """Without an epoch, with one, or with the same value in all of them."""
    picture = learning_curve(trial, "nDCG@10")
    assert words(picture)
    if trial.curve:
        assert all(0 <= x <= 200 and 0 <= y <= 150 for x, y in points(picture))


def test_a_metrics_name_is_text() -> None:
    """Whatever is in it."""
    assert words(learning_curve(pruned(0, 0.3), "<script>&"))[0].startswith("<script>& 0.3")
    for study in AWKWARD.values():
        for trial in study.trials:
            ET.fromstring(learning_curve(trial, study.objective))
