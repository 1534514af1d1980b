"""Every point of a space is legal, or the study is refused when it is read."""

from __future__ import annotations

from typing import Any

import pytest

from neumf.declaration import Value
from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from studies.definition.legality import check_points
from studies.definition.space import Choices, Space
from tests.studies.synthetic import define


@pytest.mark.parametrize(
    ("space", "fixed", "line"),
    [
        (
            {
                "optimizer": {"choices": ["adam", "sgd"]},
                "weight_decay": {"low": 1e-8, "high": 1e-6, "log": True},
            },
            {},
            "[space] allows what is refused with optimizer = 'sgd': weight_decay = 1e-08: a part",
        ),
        (
            {"weight_decay": {"low": 0.0, "high": 1e-6}},
            {"optimizer": "sgd"},
            "[space] allows what is refused with weight_decay = 1e-06: weight_decay = 1e-06: a",
        ),
        (
            {"optimizer": {"choices": ["adam", "sgd"]}},
            {"weight_decay": 1e-6},
            "[space] allows what is refused with optimizer = 'sgd': weight_decay = 1e-06: a part",
        ),
        (
            {"mlp_layers": {"low": 0, "high": 3}, "gmf_factors": {"low": -1, "high": 64}},
            {},
            "[space] allows what is refused with mlp_layers = 0, gmf_factors = 0: mlp_layers = 0",
        ),
        (
            {"alpha": {"low": -1, "high": 1}},
            {},
            "[space] allows what is refused with alpha = -0.5: alpha = -0.5: must lie between 0",
        ),
        (
            {
                "alpha": {"low": 0.1, "high": 0.9},
                "tuning_epochs": {"low": 0, "high": 5},
                "pretrained_copies": {"low": 1, "high": 9},
                "pretrained_factors": {"low": 64, "high": 128},
            },
            {},
            "tuning_epochs = 5: the GMFs are 1156 wide together; the most is 1024",
        ),
        (
            {"mlp_layers": {"choices": [3, 0, 1]}, "gmf_factors": {"choices": [8, 0, 64]}},
            {},
            "[space] allows what is refused with mlp_layers = 0, gmf_factors = 0: mlp_layers = 0",
        ),
    ],
)
def test_a_plain_space_is_legal_at_every_point(
    space: dict[str, Any], fixed: dict[str, Value], line: str
) -> None:
    """What only some configurations refuse is found when the study is read, not when sampled;
    whatever else is searched beside it."""
    beside = {"dropout": {"low": 0.0, "high": 0.5}, "lr": {"low": 1e-3, "high": 1e-2}}
    for more in ({}, beside):
        with pytest.raises(UserError) as refused:
            define(1, space={**more, **space}, fixed=fixed)
        assert line in str(refused.value)
        assert str(refused.value).endswith(
            " (what does not go together can be searched in [[branches]])"
        )


def test_any_two_values_that_do_not_go_together_are_found() -> None:
    """Words, too, that are neither the first nor the last of their choices."""
    space: Space = {
        name: Choices(choices=list(HYPERPARAMETERS[name].choices))
        for name in ("schedule", "gmf_output", "negatives", "update")
    }

    def configuration(params: dict[str, Value]) -> Configuration:
        if (params["schedule"], params["negatives"]) == ("linear", "once"):
            raise UserError("no")
        return Configuration()

    with pytest.raises(UserError, match="^here .* with schedule = 'linear', negatives = 'once': n"):
        check_points(configuration, space, {}, "here")
