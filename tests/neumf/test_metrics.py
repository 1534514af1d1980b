"""HR, nDCG and mAP agree with hand-worked lists, with scikit-learn and with their own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    label_ranking_average_precision_score,
    ndcg_score,
    top_k_accuracy_score,
)

from neumf.metrics import CUTOFFS, HEADLINE, METRICS, OBJECTIVE, measure
from neumf.seeds import generator

RANKS = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def test_hand_worked_lists() -> None:
    """Ranks 1, 2, 10 and 11: the last is out of the top 10, three are out of the top 1."""
    found = measure(np.array([1, 2, 10, 11]))
    assert found["HR@10"] == 3 / 4
    assert found["mAP@10"] == pytest.approx((1 + 1 / 2 + 1 / 10) / 4)
    assert found["nDCG@10"] == pytest.approx((1 + 1 / np.log2(3) + 1 / np.log2(11)) / 4)
    assert found["HR@1"] == found["nDCG@1"] == found["mAP@1"] == 1 / 4
    assert found["HR@5"] == 1 / 2
    assert found["HR@20"] == 1
    assert found["nDCG@20"] == pytest.approx(found["nDCG@10"] + 1 / np.log2(12) / 4)


@pytest.mark.parametrize("k", CUTOFFS)
def test_scikit_learn_agrees(k: int) -> None:
    """On scores without ties, where its three functions know one relevant item a list."""
    n, width = 200, 100
    random = generator(3, "scores")
    held_out = random.integers(0, width, n)
    scores = random.permuted(np.tile(np.linspace(0, 1, width), (n, 1)), axis=1)
    scores[np.arange(n), held_out] += random.uniform(0, 1, n)
    relevant = np.arange(width) == held_out[:, None]
    ranks = 1 + (scores > scores[relevant][:, None]).sum(axis=1)
    assert 1 < np.median(ranks) < width

    found = measure(ranks)
    labels = np.arange(width)
    assert found[f"HR@{k}"] == pytest.approx(
        top_k_accuracy_score(held_out, scores, k=k, labels=labels)
    )
    assert found[f"nDCG@{k}"] == pytest.approx(ndcg_score(relevant, scores, k=k))
    precision = [
        label_ranking_average_precision_score(relevant[[row]], scores[[row]])
        for row in np.flatnonzero(ranks <= k)
    ]
    assert found[f"mAP@{k}"] == pytest.approx(sum(precision) / n)


@given(RANKS)
def test_bounds_and_order(ranks: list[int]) -> None:
    """0 <= mAP@k <= nDCG@k <= HR@k <= 1, and a longer list loses nothing."""
    found = measure(np.array(ranks))
    for k in CUTOFFS:
        assert 0 <= found[f"mAP@{k}"] <= found[f"nDCG@{k}"] <= found[f"HR@{k}"] <= 1
    for kind in ("HR", "nDCG", "mAP"):
        values = [found[f"{kind}@{k}"] for k in CUTOFFS]
        assert values == sorted(values)


@given(RANKS, st.data())
def test_no_metric_falls_when_a_positive_moves_up(ranks: list[int], data: st.DataObject) -> None:
    before = measure(np.array(ranks))
    which = data.draw(st.integers(0, len(ranks) - 1))
    ranks[which] = data.draw(st.integers(1, ranks[which]))
    after = measure(np.array(ranks))
    assert all(after[name] >= before[name] for name in METRICS)


def test_no_lists_score_nothing() -> None:
    """Not NaN, and without a warning."""
    assert set(measure(np.array([], np.int64)).values()) == {0.0}


def test_the_best_and_the_worst() -> None:
    assert set(measure(np.array([1, 1])).values()) == {1.0}
    assert set(measure(np.array([21, 1000])).values()) == {0.0}


def test_names_are_derived() -> None:
    assert len(METRICS) == 3 * len(CUTOFFS)
    assert all(metric.name == name for name, metric in METRICS.items())
    assert OBJECTIVE.name == "nDCG@10"
    assert [metric.name for metric in HEADLINE] == ["HR@10", "nDCG@10", "mAP@10"]
    assert METRICS["HR@5"].help == "share of lists whose held-out item is in the top 5"
