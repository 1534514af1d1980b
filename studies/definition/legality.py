"""Whether every configuration that a study may try is legal, asked when the study is read.

Single values are checked with their ranges. The rules on several hyperparameters together belong
to :class:`Configuration` and are not repeated here: it is asked about representative points. Rules
turn on words, on whether a number is 0 or below, and on great products, so each hyperparameter is
taken at its words, or at its bounds and about 0: of every two hyperparameters all combinations,
with the others at the one end and then at the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, product

from neumf.declaration import Value
from neumf.errors import UserError
from neumf.hyperparameters import Configuration, hyperparameter_named
from studies.definition.branches import describe
from studies.definition.param_names import hyperparameter_of
from studies.definition.space import Space

Params = dict[str, Value]


def check_points(
    configuration: Callable[[Params], Configuration],
    space: Space,
    case: Mapping[str, Value],
    where: str,
) -> None:
    """Refuse a space with a point that is no legal configuration.

    Args:
        configuration: of a point.
        space: what is searched where ``case`` holds.
        case: the values that branches depend on.
        where: what to call that part of the space.

    Raises:
        UserError: the first such point, with what in it is to blame.
    """
    corners = {
        param: entry.corners(hyperparameter_named(hyperparameter_of(param)))
        for param, entry in space.items()
        if param not in case
    }
    for point in _points(corners):
        error = _refusal(configuration, {**case, **point})
        if error is not None:
            blamed = {
                hyperparameter_of(param): point[param]
                for param, others in corners.items()
                if any(
                    _refusal(configuration, {**case, **point, param: other}) is None
                    for other in others
                )
            }
            choice = f" with {describe(blamed)}" if blamed else ""
            raise UserError(
                f"{where} allows what is refused{choice}: {error}"
                " (what does not go together can be searched in [[branches]])"
            )


def _points(corners: Mapping[str, list[Value]]) -> Iterator[Params]:
    for end in (0, -1):
        rest = {param: values[end] for param, values in corners.items()}
        yield rest
        for pair in combinations(corners, min(2, len(corners))):
            for values in product(*(corners[param] for param in pair)):
                yield {**rest, **dict(zip(pair, values, strict=True))}


def _refusal(configuration: Callable[[Params], Configuration], params: Params) -> UserError | None:
    try:
        configuration(params)
    except UserError as error:
        return error
    return None
