"""One training run: ``python -m neumf.train``, the notebook as a command."""

from __future__ import annotations

import json
from typing import Any

import click

from neumf.cli import hyperparameter_options, main
from neumf.hyperparameters import Hyperparameters


@click.command(context_settings={"max_content_width": 100})
@click.option("--data", default="ml-100k", show_default=True, help="data set name or file")
@click.option(
    "--split",
    type=click.Choice(["leave-one-out", "ratio"]),
    default="leave-one-out",
    show_default=True,
    help="each user's last interactions, or 80/10/10 at random (the notebook's)",
)
@click.option(
    "--candidates",
    default="99",
    show_default=True,
    help='unseen items ranked beside each held-out one, or "all"',
)
@click.option("--min-rating", type=float, help="keep interactions rated at least this")
@click.option("--seed", default=0, show_default=True, help="seed of everything random")
@click.option("--engine", default="auto", show_default=True, help="auto, fused or torch")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps")
@click.option("--json", "as_json", is_flag=True, help="end with a machine-readable line")
@hyperparameter_options
def train(
    data: str,
    split: str,
    candidates: str,
    min_rating: float | None,
    seed: int,
    engine: str,
    device: str,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train one NeuMF and print its validation metrics, epoch by epoch.

    The best epoch by nDCG@10 is the result. Test data is not touched.
    """
    hyperparameters = Hyperparameters(**settings)
    from rich.console import Console

    from neumf import training
    from neumf.data import Source
    from neumf.data.tell import load_and_tell
    from neumf.errors import UserError
    from neumf.metrics import HEADLINE
    from neumf.protocol import Protocol, divide, parse_candidates, pose
    from neumf.seeds import trial_seed

    protocol = Protocol(split, parse_candidates(candidates))
    interactions = load_and_tell(Source(data, min_rating=min_rating), Console())
    parts = divide(interactions, protocol, seed)
    problem = pose(interactions, parts, protocol, seed)
    print(
        f"{len(parts.train):,} interactions train, {len(problem.validation):,} lists validate,"
        f" {len(parts.test):,} are sealed for test"
    )
    names = [metric.name for metric in HEADLINE]
    print("epoch    loss  " + "  ".join(f"{name:>7}" for name in names) + "  seconds")
    best: dict[str, Any] = {}
    epochs = training.train(
        problem, hyperparameters, trial_seed(seed, hyperparameters), engine=engine, device=device
    )
    try:
        for epoch in epochs:
            values = "  ".join(f"{epoch.metrics[name]:7.4f}" for name in names)
            seconds = epoch.train_seconds + epoch.evaluate_seconds
            mark = "  *" if epoch.progress.improved else ""
            print(
                f"{epoch.number:5d}  {epoch.loss:.4f}  {values}  {seconds:7.2f}{mark}", flush=True
            )
            if epoch.progress.improved:
                best = {"epoch": epoch.number, "engine": epoch.engine, **epoch.metrics}
    except training.Diverged as error:
        raise UserError(f"training diverged: {error}; try a smaller --lr") from None
    result = ", ".join(f"{name} {best[name]:.4f}" for name in names)
    print(f"best: {result} (validation, epoch {best['epoch']})")
    if as_json:
        print(json.dumps({"hyperparameters": hyperparameters.asdict(), "seed": seed, "best": best}))


if __name__ == "__main__":
    main(train, "neumf.train")
