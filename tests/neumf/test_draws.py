"""``python -m neumf.draws``: how far the luck of the candidates sways a metric."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from neumf.draws import _spread, command
from neumf.evaluation.measurement import WAYS
from neumf.metrics import HEADLINE
from tests.search.plays import csv

SMALL = ["--predictive-factors", "4", "--mlp-layers", "1", "--epochs", "2", "--candidates", "20"]


def test_the_spread_of_known_numbers() -> None:
    """Two models: draws move both alike by 0.1, and one of them by 0.02 more."""
    spread = _spread(np.array([[0.4, 0.5], [0.6, 0.72]]))
    assert spread["mean"] == pytest.approx(0.555)
    assert spread["draws"] == pytest.approx(((0.1**2 / 2 + 0.12**2 / 2) / 2) ** 0.5)
    assert spread["differences"] == pytest.approx(0.02 / 2**0.5)
    assert spread["models"] == pytest.approx(((0.2**2 / 2 + 0.22**2 / 2) / 2) ** 0.5)


def test_only_what_is_sampled_is_swayed(tmp_path: Path) -> None:
    """The expectation is that of any draw; and it is near the mean of the draws."""
    data = tmp_path / "plays.csv"
    data.write_text(csv("user,item,rating,timestamp"))
    arguments = ["--data", str(data), "--draws", "30", "--models", "2", "--json", *SMALL]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["lists"], found["draws"], found["models"]) == (48, 30, 2)
    for metric in HEADLINE:
        sampled, expected, catalogue = (found[metric.name][way] for way in WAYS)
        assert sampled["draws"] > 0.01
        assert max(expected["draws"], catalogue["draws"]) < 1e-12
        assert expected["models"] > 0
        assert abs(sampled["mean"] - expected["mean"]) < sampled["draws"]
        assert f"{metric.name:8}expected   {expected['mean']:.4f}" in done.stdout
