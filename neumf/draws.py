"""How far the luck of the candidates sways a metric: ``python -m neumf.draws``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from neumf.cli import (
    data_options,
    data_overrides,
    engine_options,
    hyperparameter_options,
    json_option,
    main,
    seed_option,
)
from neumf.hyperparameters import Configuration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@click.command(context_settings={"max_content_width": 100})
@data_options("ml-100k")
@click.option("--candidates", default=99, show_default=True, help="unseen items that are drawn")
@click.option(
    "--draws", type=click.IntRange(2), default=20, show_default=True, help="of the candidates"
)
@click.option(
    "--models", type=click.IntRange(2), default=5, show_default=True, help="trained, a seed each"
)
@seed_option(0)
@engine_options
@json_option
@hyperparameter_options
def command(
    data: str,
    candidates: int,
    draws: int,
    models: int,
    seed: int,
    engine: str,
    device: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a configuration over several seeds, and measure each model with several draws of the
    candidates of the leave-one-out validation lists.

    A sampled metric changes with the draw; its expectation over all draws, which follows from the
    ranks in the whole catalogue, does not. Printed are a metric's mean and its standard deviations:
    over draws, of one model and of the difference between two models on the same draw; over models,
    on one draw. Each model is taken as it is after its last epoch, so no draw has a part in it.
    """
    overrides = data_overrides(options)
    configuration = Configuration(**options)
    import numpy as np

    from neumf.data.console import load_with_progress
    from neumf.data.source import DataSource
    from neumf.errors import UserError
    from neumf.evaluation.measurement import WAYS, all_metrics, measure_model
    from neumf.metrics import HEADLINE
    from neumf.model.scorer import NeuMFScorer
    from neumf.protocol.console import prepare_with_progress
    from neumf.protocol.evaluation_protocol import (
        EvaluationProtocol,
        validation_lists,
    )
    from neumf.seeds import trial_seed
    from neumf.terminal import make_console
    from neumf.training.divergence import Diverged
    from neumf.training.engines.selection import resolve
    from neumf.training.loop import train
    from neumf.waiting import waiting

    engine, device = resolve(engine, device)
    protocol = EvaluationProtocol(candidates=candidates)
    protocol.check()
    console = make_console(stderr=False)
    interactions = load_with_progress(DataSource.given(data, overrides), console)
    parts, problem, _ = prepare_with_progress(interactions, protocol, seed, console)
    with waiting(console, "drawing the lists to measure on"):
        lists = [validation_lists(interactions, parts, protocol, seed + k) for k in range(draws)]
    found = np.empty((len(WAYS), len(HEADLINE), models, draws))
    for m in range(models):
        print(f"model {m + 1} of {models}", flush=True)
        own = trial_seed(seed + m, configuration)
        try:
            for epoch in train(problem, configuration, own, engine=engine, device=device):
                last = epoch
        except Diverged as error:
            raise UserError(f"training diverged: {error}; try a smaller --lr") from None
        scorer = NeuMFScorer(last.parameters)
        for k, drawn in enumerate(lists):
            values = all_metrics(measure_model(scorer, drawn), drawn)
            for w, way in enumerate(WAYS):
                found[w, :, m, k] = [values[way][metric.name] for metric in HEADLINE]
    result = {
        metric.name: {way: _spread(found[w, n]) for w, way in enumerate(WAYS)}
        for n, metric in enumerate(HEADLINE)
    }
    print(f"{'':18}   mean  sd over draws  of differences  over models")
    for name, of_ways in result.items():
        for way, s in of_ways.items():
            sds = f"{s['draws']:13.4f} {s['differences']:15.4f} {s['models']:12.4f}"
            print(f"{name:8}{way:10} {s['mean']:.4f}  {sds}")
    if as_json:
        print(json.dumps({"lists": len(lists[0]), "draws": draws, "models": models, **result}))


def _spread(values: npt.NDArray[np.float64]) -> dict[str, float]:
    """Of a metric [models, draws]: its mean and its standard deviations."""
    differences = values[1:] - values[:-1]
    return {
        "mean": float(values.mean()),
        "draws": float(values.var(axis=1, ddof=1).mean() ** 0.5),
        "differences": float(differences.var(axis=1, ddof=1).mean() ** 0.5),
        "models": float(values.var(axis=0, ddof=1).mean() ** 0.5),
    }


if __name__ == "__main__":
    main(command, "neumf.draws")
