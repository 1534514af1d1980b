"""Numbers that others have published, on the files of He et al. for MovieLens-1M."""

from __future__ import annotations

import os

import numpy as np
import pytest

from neumf.baselines.catalogue import BASELINES
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.evaluation.measurement import measure_model
from neumf.evaluation.ranking import score_lists
from neumf.metrics import METRICS, Ranks
from neumf.protocol.evaluation_protocol import EvaluationProtocol, split_interactions
from neumf.protocol.opening import OpenedTest, open_test

VARIABLE = "NEUMF_ML_1M"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        VARIABLE not in os.environ,
        reason=f"{VARIABLE} does not say where ml-1m.train.rating and its kin are (PATH/ml-1m)",
    ),
]


@pytest.fixture(scope="module")
def opened() -> OpenedTest:
    interactions = load(DataSource(source=os.environ[VARIABLE]))
    protocol = EvaluationProtocol()
    return open_test(interactions, split_interactions(interactions, protocol, 0), protocol, 0)


def headline(ranks: Ranks) -> tuple[float, float]:
    return round(METRICS["HR@10"](ranks), 4), round(METRICS["nDCG@10"](ranks), 4)


def test_ease(opened: OpenedTest) -> None:
    """Dacrema et al. 2021 have .7192 and .4494 with l2 = 1320."""
    scorer = BASELINES["ease"].fit(opened.problem, {"l2": 1320}, 0)
    ranks = measure_model(scorer, opened.lists).sampled
    assert ranks is not None
    assert headline(ranks) == (0.7192, 0.4494)


def test_popularity(opened: OpenedTest) -> None:
    """.4538 and .2545 where ties count for the model. Here they count against it."""
    scorer = BASELINES["popularity"].fit(opened.problem, {}, 0)
    lists = opened.lists.sampled
    assert lists is not None
    scores = score_lists(scorer, lists)
    for_the_model: Ranks = 1 + (scores > scores[:, :1]).sum(axis=1)
    assert headline(for_the_model) == (0.4538, 0.2545)
    ranks = measure_model(scorer, opened.lists).sampled
    assert ranks is not None
    assert headline(ranks) == (0.4531, 0.2541)
    assert np.all(ranks >= for_the_model)
