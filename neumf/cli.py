"""What the command lines share: one-line errors, exit codes, and options declared once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from neumf.errors import UserError
from neumf.saying import plain
from neumf.signals import ending_in_order

MISTAKE = 2
INTERRUPTED = 130

LONGEST = 1000
"""Letters of the line that tells a mistake."""


def main(command: click.Command, module: str) -> NoReturn:
    """Run ``command`` as ``python -m module`` and exit: 0 done, 2 a person's mistake or what the
    system refuses, in one line on stderr, 130 interrupted."""
    _prepare_terminal()
    try:
        with ending_in_order():
            code = command.main(prog_name=f"python -m {module}", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _mistake(error.format_message())
    except UserError as error:
        _mistake(str(error))
    except OSError as error:
        _mistake(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except MemoryError as error:
        _mistake(f"not enough memory: {error}")
    sys.exit(code if isinstance(code, int) else 0)


def _mistake(message: str) -> NoReturn:
    line = plain(" ".join(message.split()))
    if len(line) > LONGEST:  # a value may be as long as a file; the remedy stands at the end
        line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
    print(f"error: {line}", file=sys.stderr)
    sys.exit(MISTAKE)


def _prepare_terminal() -> None:
    """A file's name may hold bytes that are no text, and a terminal's encoding may lack letters;
    both are escaped. A width of 0 means that none is known, but Rich would print nothing."""
    if os.environ.get("COLUMNS") == "0":
        del os.environ["COLUMNS"]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

OF_STUDY = "the study's"
"""What is shown as the default of an option that, if not given, leaves a study as it is."""


def data_options(default: str | None = None) -> Decorator:
    """``--data``, its columns and threshold. Without a ``default`` they override a study's."""
    data = click.option(
        "--data",
        default=default,
        show_default=True if default else OF_STUDY,
        help="data set by name, or file",
    )
    return lambda command: data(column_options(command))


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--user-column`` and its kin, and ``--min-rating``; see :func:`data_overrides`."""
    columns = [
        click.option(
            f"--{role}-column",
            type=_Column(),
            metavar="NAME|N",
            help=f"{what}: its header, or its position from 0",
        )
        for role, what in _COLUMNS.items()
    ]
    min_rating = click.option(
        "--min-rating", type=float, help="keep only interactions rated at least this"
    )
    return _all_of([*columns, min_rating])(command)


_COLUMNS = {
    "user": "column of users",
    "item": "column of items",
    "time": "column of times",
    "rating": "column of ratings",
}


def seed_option(default: int | None = None) -> Decorator:
    """``--seed``. Without a ``default`` it overrides a study's."""
    return click.option(
        "--seed",
        type=int,
        default=default,
        show_default=OF_STUDY if default is None else True,
        help="seed of everything random: split, candidates, search and training",
    )


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--engine`` and ``--device``."""
    engine = click.option(
        "--engine",
        default="auto",
        show_default=True,
        help="auto, fused or torch; auto is fused on the CPU and torch on a GPU",
    )
    device = click.option(
        "--device",
        default="auto",
        show_default=True,
        help="auto, cpu, cuda or mps; auto is the CPU",
    )
    return engine(device(command))


json_option = click.option(
    "--json", "as_json", is_flag=True, help="print a JSON summary as the last line"
)


def hyperparameter_option(name: str, *, of_study: bool = False) -> Decorator:
    """The flag of one hyperparameter, with its type and help, and its default unless
    it overrides a study's."""
    from neumf.hyperparameters import HYPERPARAMETERS

    hyperparameter = HYPERPARAMETERS[name]
    choices = hyperparameter.choices
    return click.option(
        "--" + name.replace("_", "-"),
        type=click.Choice(choices) if choices else hyperparameter.type,
        default=None if of_study else hyperparameter.default,
        show_default=OF_STUDY if of_study else True,
        help=hyperparameter.help,
    )


def hyperparameter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for every hyperparameter."""
    from neumf.hyperparameters import HYPERPARAMETERS

    return _all_of([hyperparameter_option(name) for name in HYPERPARAMETERS])(command)


def data_overrides(options: dict[str, Any]) -> dict[str, Any]:
    """Take the columns and the threshold out of ``options``; those given, by their names in
    ``[data]``."""
    given = {role: options.pop(f"{role}_column") for role in _COLUMNS}
    given["min_rating"] = options.pop("min_rating")
    return {name: value for name, value in given.items() if value is not None}


def data_flags(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that give ``overrides``, with their values."""
    return {
        f"--{name}-column" if name in _COLUMNS else "--" + name.replace("_", "-"): value
        for name, value in overrides.items()
    }


class _Column(click.ParamType[str | int]):
    """A header's name or, if all digits, a position."""

    name = "column"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | int:
        if not str(value).isdecimal():
            return str(value)
        try:
            return int(value)
        except ValueError:  # thousands of digits
            self.fail(f"{value} is neither a header nor a position", param, ctx)


def _all_of(options: Sequence[Decorator]) -> Decorator:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
