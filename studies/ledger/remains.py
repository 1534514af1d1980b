"""What is left of a study that was deleted without those that belong to it, as a dashboard does."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from neumf.errors import UserError
from studies.storage.names import confirmation_of, opening_of


def refuse_remains(storage: BaseStorage, name: str) -> None:
    """See that a study called ``name`` would not take an earlier one's runs for its own.

    Raises:
        UserError: it is not there, and runs over fresh seeds of one that had its name are.
    """
    known = set(optuna.get_all_study_names(storage))
    left = [side for side in (confirmation_of(name), opening_of(name)) if side in known]
    if left and name not in known:
        raise UserError(
            f"{' and '.join(map(repr, left))} {'is' if len(left) == 1 else 'are'} left of a study"
            f" {name!r} that was deleted; delete what is left too, or store this study under"
            " another name with --name"
        )
