"""A stored trial trained again: ``python -m search.replay [STUDY] --trial 17``."""

from __future__ import annotations

from typing import Any

import click

from neumf.cli import data_options, data_overrides, json_option, main
from neumf.saying import plain
from studies.options import storage_option

DIFFERS = 1


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@click.option("--trial", type=int, required=True, metavar="N", help="the trial's number")
@storage_option
@click.option("--name", help="the name under which the study is stored, if not its own")
@data_options()
@click.option("--engine", help="fused or torch  [default: the one that trained the trial]")
@click.option("--device", help="cpu, cuda or mps  [default: the one that trained the trial]")
@json_option
def replay(study: str, trial: int, as_json: bool, **options: Any) -> int:
    """Train a stored trial of STUDY again and compare every stored epoch to the last bit.

    STUDY is the name or path of a definition, or a study's name in the storage. Data and problem
    are made from the stored definition; with --data they are read from elsewhere, and must be the
    same. Nothing is written.

    Of a pruned or interrupted trial its stored epochs are trained, of a failed one also the epoch
    in which it failed. On another processor, with other versions or on another engine the last bits
    differ: then the comparison has a tolerance, and says which and why.

    \b
    Examples:
      python -m search.replay --trial 17
      python -m search.replay my-study.toml --trial 0 --data interactions.csv

    \b
    Exit codes:
      0    equal
      1    something differs: the first difference is told
      2    a mistake, told in one line
      130  interrupted
    """  # noqa: D301 - click reads the escape
    overrides = data_overrides(options)
    from search.replaying import Request, run_replay

    comparison = run_replay(Request(study=study, trial=trial, overrides=overrides, **options))
    print(plain(comparison.sentence()))
    if as_json:
        import json

        print(json.dumps({"trial": trial, **comparison.as_json()}), flush=True)
    return 0 if comparison.is_equal else DIFFERS


if __name__ == "__main__":
    main(replay, "search.replay")
