"""One training run: ``python -m neumf.train``, the notebook as a command."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
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
from neumf.protocol.options import protocol_options
from neumf.protocol.split import SplitMethod

if TYPE_CHECKING:
    from rich.console import Console

    from neumf.data.interactions import Interactions
    from neumf.protocol.evaluation_protocol import EvaluationProtocol
    from neumf.protocol.problem import Problem
    from neumf.training.loop import Epoch


@click.command(context_settings={"max_content_width": 100})
@data_options("ml-100k")
@protocol_options
@seed_option(0)
@engine_options
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="write the model of the best epoch here, for neumf.recommend; replaces a model",
)
@json_option
@hyperparameter_options
def command(
    data: str,
    split: SplitMethod,
    candidates: str,
    seed: int,
    engine: str,
    device: str,
    save: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train one NeuMF and print its validation metrics, epoch by epoch.

    The best epoch by nDCG@10 is the result. Test data is not used.
    """
    overrides = data_overrides(options)
    configuration = Configuration(**options)
    from neumf.data.console import load_with_progress
    from neumf.data.source import DataSource
    from neumf.errors import UserError
    from neumf.metrics import HEADLINE
    from neumf.protocol.evaluation_protocol import (
        EvaluationProtocol,
        parse_candidates,
    )
    from neumf.saying import say
    from neumf.seeds import trial_seed
    from neumf.terminal import make_console
    from neumf.training.divergence import Diverged
    from neumf.training.engines.selection import resolve
    from neumf.training.fitting import BestModel
    from neumf.training.loop import train
    from neumf.training.pretraining import Pretraining
    from neumf.waiting import moves, waiting

    engine, device = resolve(engine, device)  # a mistake is told before the data are read
    if save is not None:
        from neumf.saved_model.folder import check_destination

        check_destination(save)
    protocol = EvaluationProtocol(split=split, candidates=parse_candidates(candidates))
    console = make_console(stderr=False)
    interactions = load_with_progress(DataSource.given(data, overrides), console)
    problem = _problem(interactions, protocol, seed, console)
    names = "  ".join(f"{metric.name:>7}" for metric in HEADLINE)
    print(f"epoch    loss  {names}  seconds")
    best: dict[str, Any] = {}
    model = BestModel()
    epochs = train(
        problem,
        configuration,
        trial_seed(seed, configuration),
        engine=engine,
        device=device,
        pretraining=Pretraining(trial_seed(seed, configuration.pretrained)),
    )
    try:
        with waiting(console, "training") if moves(console) else nullcontext():
            for epoch in epochs:
                say(console, _line(epoch))
                if save is not None:
                    model.see(epoch)
                if epoch.best.is_latest:
                    alpha = {"alpha": epoch.alpha} if configuration.is_joined else {}
                    best = {"epoch": epoch.number, "engine": epoch.engine, **epoch.metrics, **alpha}
    except Diverged as error:
        raise UserError(f"training diverged: {error}; {_remedy(configuration)}") from None
    _print_result(best)
    if save is not None:
        model.make_recommender(interactions, protocol, configuration, seed).save(save)
        print(f"saved in {save}: python -m neumf.recommend {save} --user ID")
    if as_json:
        print(json.dumps({"hyperparameters": configuration.asdict(), "seed": seed, "best": best}))


def _problem(
    interactions: Interactions, protocol: EvaluationProtocol, seed: int, console: Console
) -> Problem:
    """What is trained on, of which a line is printed."""
    from neumf.protocol.console import prepare_with_progress

    parts, problem, short = prepare_with_progress(interactions, protocol, seed, console)
    if short:
        print(short)
    print(
        f"{len(parts.train):,} interactions train, {len(problem.validation):,} lists validate,"
        f" {len(parts.test):,} are sealed for test"
    )
    return problem


def _line(epoch: Epoch) -> str:
    """Of the table that :func:`command` prints."""
    from neumf.metrics import HEADLINE

    values = "  ".join(f"{epoch.metrics[metric.name]:7.4f}" for metric in HEADLINE)
    seconds = epoch.train_seconds + epoch.evaluate_seconds
    mark = "  *" if epoch.best.is_latest else ""
    return f"{epoch.number:5d}  {epoch.loss:.4f}  {values}  {seconds:7.2f}{mark}"


def _remedy(configuration: Configuration) -> str:
    return f"try a smaller --lr{' or --pretrained-lr' * configuration.is_joined}"


def _print_result(best: dict[str, Any]) -> None:
    from neumf.metrics import HEADLINE

    result = ", ".join(f"{metric.name} {best[metric.name]:.4f}" for metric in HEADLINE)
    weight = f", alpha {best['alpha']:g}" if "alpha" in best else ""
    print(f"best: {result} (validation, epoch {best['epoch']}{weight})")


if __name__ == "__main__":
    main(command, "neumf.train")
