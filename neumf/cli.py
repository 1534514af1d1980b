"""What every command line of the project shares: one-line errors, exit codes, common options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from neumf.errors import UserError

MISTAKE = 2
INTERRUPTED = 130


def main(command: click.Command, module: str) -> NoReturn:
    """Run ``command`` as ``python -m module`` and exit: 0 done, 2 a person's mistake, in one line
    on stderr, 130 interrupted."""
    try:
        code = command.main(prog_name=f"python -m {module}", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _mistake(error.format_message())
    except UserError as error:
        _mistake(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _mistake(message: str) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(MISTAKE)


def hyperparameter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for every hyperparameter, with its type, default and help."""
    from neumf.hyperparameters import HYPERPARAMETERS

    for hyperparameter in reversed(HYPERPARAMETERS.values()):
        kind = (
            click.Choice(hyperparameter.choices) if hyperparameter.choices else hyperparameter.type
        )
        flag = "--" + hyperparameter.name.replace("_", "-")
        option = click.option(
            flag,
            type=kind,
            default=hyperparameter.default,
            show_default=True,
            help=hyperparameter.help,
        )
        command = option(command)
    return command
