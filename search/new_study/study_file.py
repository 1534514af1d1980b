"""A study as a commented TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from neumf.data.interactions import Interactions
from neumf.hyperparameters import hyperparameter_named
from neumf.protocol.split import LEAST_HISTORY
from search.new_study.sizing import USUAL_CANDIDATES, long_histories
from studies.definition.branches import Branch
from studies.definition.schema import Definition
from studies.definition.space import Space

_SPREAD = 0.35
"""Standard deviation of nDCG@10 from list to list, on MovieLens-100K."""


def render(
    definition: Definition,
    interactions: Interactions,
    found: Mapping[str, str | int],
    notes: tuple[str, ...],
    cost: str | None,
) -> str:
    """The text of the file.

    Args:
        definition: what it says.
        interactions: the data that ``definition`` is sized to.
        found: role to column, from :func:`neumf.data.inspection.columns_of`.
        notes: lines that describe the data.
        cost: a line on what a trial takes, if it was measured.
    """
    d = definition
    return "\n".join(
        [
            f"# A study of {printable(interactions.name)}, written by python -m search.init.",
            "# Change what you like: every value here is a suggestion, made from the data's size.",
            *(f"# {printable(note)}" for note in notes),
            f"description = {toml(d.description)}",
            "",
            "[data]",
            f"source = {toml(d.data.source)}  # from the folder that you run the search in",
            *_columns(definition, found),
            "",
            "[protocol]",
            *_protocol(definition, interactions),
            "",
            f"# Sized to {len(interactions):,} interactions.",
            "[space]",
            *_space(d.space),
            "",
            *(line for branch in d.branches for line in _branch(branch)),
            "# Wide or deep, not both: predictive_factors * 2**mlp_layers / 4 at most. The corner",
            "# beyond takes several times as long and rarely brings more.",
            "[limits]",
            f"mlp_width = {toml(d.limits.mlp_width)}",
            "",
            "[fixed]",
            *(f"{name} = {toml(value)}  # {_help(name)}" for name, value in d.fixed.items()),
            "",
            "# Tried before the sampler chooses: what is usual, as near as this space has it.",
            "# The least weight decay stands for none.",
            *(
                line
                for point in d.starting_points
                for line in (
                    "[[starting_points]]",
                    f"name = {toml(point.name)}",
                    f"configuration = {toml(point.configuration)}",
                    "",
                )
            ),
            *([f"# {cost}"] if cost else []),
            "[search]",
            f"seed = {d.search.seed}",
            f"trials = {d.search.trials}",
            f"sampler = {toml(d.search.sampler.model_dump(exclude={'percentile'}))}",
            f"pruner = {toml(d.search.pruner.model_dump(exclude={'percentile'}))}",
            "",
        ]
    )


def toml(value: Any) -> str:
    """A value as TOML writes it, tables inline."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control character that JSON lets stand
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    assert isinstance(value, int | float)
    return repr(value)


def printable(text: str) -> str:
    """On one line, whatever a file is called."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _branch(branch: Branch) -> list[str]:
    """What is searched and fixed only where ``when`` holds."""
    when = {name: v[0] if len(v) == 1 else v for name, v in branch.when.items()}
    return [
        "# Only where alpha asks for a GMF: few values, so that trials share GMFs.",
        "[[branches]]",
        f"name = {toml(branch.name)}",
        f"when = {toml(when)}",
        "[branches.space]",
        *_space(branch.space),
        "[branches.fixed]",
        *(f"{name} = {toml(value)}  # {_help(name)}" for name, value in branch.fixed.items()),
        "",
    ]


def _space(space: Space) -> list[str]:
    entries = {
        name: f"{name} = {toml(entry.model_dump(exclude_defaults=True))}"
        for name, entry in space.items()
    }
    width = max(map(len, entries.values()))
    return [f"{entry:{width}}  # {_help(name)}" for name, entry in entries.items()]


def _help(name: str) -> str:
    return hyperparameter_named(name).help


def _columns(definition: Definition, found: Mapping[str, str | int]) -> list[str]:
    data = definition.data
    lines = [f"{role} = {toml(found[role])}" for role in ("user", "item", "time") if role in found]
    if found and "time" not in found:
        lines.append('# time = "..."       # none was found: rows count as in the order of time')
    if data.min_rating is not None:
        lines += [f"rating = {toml(found['rating'])}"] if "rating" in found else []
        lines.append(f"min_rating = {toml(data.min_rating)}  # keep what is rated at least this")
    elif "rating" in found:
        lines += [
            "# Every row counts as an interaction, whatever its rating. To keep the liked ones:",
            f"# rating = {toml(found['rating'])}",
            "# min_rating = 4.0",
        ]
    return lines


def _protocol(definition: Definition, interactions: Interactions) -> list[str]:
    long, candidates = long_histories(interactions), definition.protocol.candidates
    if definition.protocol.split == "ratio":
        split = [f"# no user has {LEAST_HISTORY} interactions, as leave-one-out would need"]
    else:
        error = f"{_SPREAD / long**0.5:.3f}"
        split = [
            "# Each user's last interaction is for test, the one before for validation; users need",
            f"# {LEAST_HISTORY} for that, and {long:,} of {interactions.n_users:,} have them.",
            f"# The standard error of nDCG@10 is about {error}.",
        ]
    if candidates == "all":
        drawn = "the whole catalogue is ranked: users have met most of it"
    elif candidates < USUAL_CANDIDATES:
        drawn = "unseen items ranked beside the held-out one; some users have few more"
    else:
        drawn = 'unseen items ranked beside the held-out one, or "all"'
    return [
        *split,
        f"split = {toml(definition.protocol.split)}",
        f"candidates = {toml(candidates)}  # {drawn}",
    ]
