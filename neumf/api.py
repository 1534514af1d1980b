"""neumf from Python: read interactions, train a model, load a saved one. Each function is in
``neumf`` itself (``neumf.load``); what they need is imported when they are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neumf.data.interactions import Interactions
    from neumf.data.source import Column
    from neumf.hyperparameters import Configuration
    from neumf.protocol.evaluation_protocol import EvaluationProtocol
    from neumf.saved_model.recommender import Recommender
    from neumf.training.loop import Epoch


def read(
    source: str | Path,
    *,
    user: Column = None,
    item: Column = None,
    time: Column = None,
    rating: Column = None,
    min_rating: float | None = None,
) -> Interactions:
    """Who interacted with what.

    Args:
        source: a data set by name ("ml-100k", fetched once), a CSV, TSV or Parquet file, or the
            prefix of NCF's files.
        user: the column of users: its header, or its position from 0. By default it is found.
        item: the column of items.
        time: the column of times.
        rating: the column of ratings, which only ``min_rating`` needs.
        min_rating: keep only interactions rated at least this.

    Raises:
        UserError: anything wrong with the data, in one line.
    """
    from neumf.data.loading import load
    from neumf.data.source import DataSource

    return load(
        DataSource(
            source=str(source),
            user=user,
            item=item,
            time=time,
            rating=rating,
            min_rating=min_rating,
        )
    )


def fit(
    interactions: Interactions,
    configuration: Configuration | None = None,
    *,
    seed: int = 0,
    protocol: EvaluationProtocol | None = None,
    engine: str = "auto",
    device: str = "auto",
    watch: Callable[[Epoch], None] = lambda _: None,
) -> Recommender:
    """Train one NeuMF, as ``python -m neumf.train`` does: on the training part of the split, the
    best epoch by the validation metric. Test data is not used.

    Args:
        interactions: from :func:`read`.
        configuration: a value for every hyperparameter; by default the notebook's.
        seed: of everything random.
        protocol: the split and the candidates; by default each user's last interactions and 99.
        engine: "fused", "torch" or "auto".
        device: "cpu", "cuda", "mps" or "auto".
        watch: called with each epoch.

    Raises:
        UserError: data too small, or no such engine or device here.
        Diverged: the loss is NaN, infinite, or exploding.
    """
    from neumf.hyperparameters import Configuration
    from neumf.protocol.evaluation_protocol import EvaluationProtocol
    from neumf.training import fitting

    protocol = protocol or EvaluationProtocol()
    protocol.check()
    return fitting.fit(
        interactions, configuration or Configuration(), seed, protocol, engine, device, watch
    )


def load(folder: str | Path, *, titles: str | Path | None = None) -> Recommender:
    """The model saved in ``folder``.

    Args:
        folder: from :meth:`Recommender.save`, ``python -m neumf.train --save`` or a search.
        titles: a CSV, TSV or Parquet file of item ids and titles, if the model has none.

    Raises:
        UserError: there is none, or it is cut short, changed, foreign, or of another version; or
            the titles cannot be read.
    """
    from neumf.saved_model.recommender import Recommender

    return Recommender.load(folder, titles)
