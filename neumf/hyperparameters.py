"""Every hyperparameter of one training run, named once: type, default, help and legality.

Command-line flags, Optuna's parameter names, report columns and the README's table all derive
from :class:`Configuration`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_type_hints

from neumf.declaration import Hyperparameter, Value, declare
from neumf.errors import UserError, did_you_mean

HALF = -1
"""``gmf_factors`` = half of ``predictive_factors``. A number, so that a study can search them and
TOML, Optuna and a flag hold them as what they are: whole numbers."""

CHOSEN = -1.0
"""``alpha`` = chosen on the validation lists, for each list on the others. A number, like
``HALF``."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One value for every hyperparameter. Defaults are the notebook's; ranges belong to a study.

    Raises:
        UserError: a value of the wrong type or out of its legal bounds.
    """

    predictive_factors: int = declare(
        8, "width of the last layer: half GMF, half MLP", low=2, high=1024, even=True
    )
    gmf_factors: int = declare(
        HALF,
        "width of the GMF half; 0 is the MLP alone, -1 half of predictive_factors",
        low=HALF,
        high=1024,
    )
    mlp_layers: int = declare(
        3, "depth of the MLP, each layer halves the width; 0 is GMF alone", low=0, high=8
    )
    dropout: float = declare(
        0.3, "share of each MLP layer's input that is dropped", low=0.0, high=0.95
    )
    optimizer: str = declare(
        "adam",
        "adam, or sgd: the rate counts per sample, whatever the batch size; best for a wide GMF",
        choices=("adam", "sgd"),
    )
    lr: float = declare(
        1e-3, "learning rate; sgd needs ten times adam's or more", low=1e-8, high=1.0
    )
    schedule: str = declare(
        "constant",
        "learning rate over the run: constant, or falling to 0 at the last of epochs, which"
        " then all run: patience does not apply",
        choices=("constant", "linear", "cosine"),
    )
    negative_ratio: int = declare(4, "unseen items drawn per positive", low=1, high=1000)
    batch_size: int = declare(256, "samples per step", low=1, high=1_000_000)
    l2: float = declare(
        0.0,
        "L2 penalty, per sample, on the embedding rows and layers that the sample uses;"
        " a wide GMF overfits without it",
        low=0.0,
        high=1.0,
    )
    weight_decay: float = declare(
        0.0, "L2 penalty in Adam's gradient, per step, on all parameters", low=0.0, high=1.0
    )
    init_std: float = declare(
        0.01,
        "standard deviation of the initial embeddings; near 0, sgd starts slowly",
        low=1e-6,
        high=10.0,
    )
    gmf_output: str = declare(
        "auto",
        "output weights of the GMF half: learnt, or fixed at 1, which l2 needs to act on the"
        " products; auto is fixed with sgd, learnt with adam",
        choices=("auto", "learnt", "fixed"),
    )
    epochs: int = declare(30, "maximum number of epochs", low=1, high=10_000)
    patience: int = declare(
        5, "epochs without a new best before training stops", low=1, high=10_000
    )
    negatives: str = declare(
        "every-epoch",
        "when negatives are drawn: per positive every epoch, per positive once, per user once",
        choices=("every-epoch", "once", "per-user"),
    )
    update: str = declare(
        "auto",
        "which embedding rows a step of adam updates: all (dense) or those of its batch (lazy);"
        " auto is lazy for data sets of many users and items",
        choices=("auto", "dense", "lazy"),
    )
    alpha: float = declare(
        0.0,
        "weight of a GMF trained apart by sgd and joined: logit = alpha * GMF + (1 - alpha) *"
        " NeuMF; 0 trains none, -1 chooses the weight on validation",
        low=CHOSEN,
        high=1.0,
    )
    pretrained_factors: int = declare(
        128, "width of the GMF trained apart; cheap, and rarely too wide", low=1, high=1024
    )
    pretrained_lr: float = declare(
        0.03, "its learning rate, which falls to 0 over pretrained_epochs", low=1e-8, high=1.0
    )
    pretrained_l2: float = declare(0.008, "its l2, which matters most of all", low=0.0, high=1.0)
    pretrained_negative_ratio: int = declare(8, "its negative_ratio", low=1, high=1000)
    pretrained_epochs: int = declare(32, "its epochs, all of which run", low=1, high=10_000)
    pretrained_init_std: float = declare(0.1, "its init_std", low=1e-6, high=10.0)
    pretrained_copies: int = declare(
        1,
        "GMFs trained so, each with a seed of its own, and averaged: better and steadier, each"
        " costs the same again",
        low=1,
        high=64,
    )
    tuning_epochs: int = declare(
        0,
        "epochs in which the joined halves are trained together by sgd, after their own; rarely"
        " worth it",
        low=0,
        high=10_000,
    )
    tuning_lr: float = declare(
        1e-3, "learning rate of these epochs, over which it falls to 0", low=1e-8, high=1.0
    )

    def __post_init__(self) -> None:
        for hyperparameter in HYPERPARAMETERS.values():
            object.__setattr__(
                self, hyperparameter.name, hyperparameter.check(getattr(self, hyperparameter.name))
            )
        if self.mlp_layers == self.gmf_factors == 0:
            raise UserError(
                "mlp_layers = 0 and gmf_factors = 0 leave no model: give one of them 1 or more"
            )
        if self.optimizer == "sgd" and self.weight_decay:
            raise UserError(
                f"weight_decay = {self.weight_decay}: a part of adam; with sgd use l2 instead"
            )
        if CHOSEN < self.alpha < 0:
            raise UserError(f"alpha = {self.alpha}: must lie between 0 and 1, or be {CHOSEN:g}")
        self._check_tuning()

    def _check_tuning(self) -> None:
        if not self.tuning_epochs:
            return
        if not self.is_joined:
            raise UserError(
                f"tuning_epochs = {self.tuning_epochs} with alpha = 0: there is no join to tune;"
                " give alpha"
            )
        if self.alpha == CHOSEN:
            raise UserError(
                f"tuning_epochs = {self.tuning_epochs} with alpha = {CHOSEN:g}: the weight would be"
                " chosen on the lists that then measure it; give alpha"
            )
        width, most = self.joined_gmf_width, HYPERPARAMETERS["gmf_factors"].high
        if width > most:
            raise UserError(
                f"tuning_epochs = {self.tuning_epochs}: the GMFs are {width} wide together; the"
                f" most is {most:g}"
            )

    @property
    def gmf_width(self) -> int:
        """Width of the GMF half, whichever way it was given."""
        return self.predictive_factors // 2 if self.gmf_factors == HALF else self.gmf_factors

    @property
    def joined_gmf_width(self) -> int:
        """Width of the GMF half of the whole model, all GMFs side by side."""
        trained_apart = self.pretrained_copies * self.pretrained_factors if self.is_joined else 0
        return trained_apart + self.gmf_width

    @property
    def fixes_gmf_output(self) -> bool:
        """Whether the output weights of the GMF half are 1 and stay so."""
        return self.gmf_width > 0 and (
            self.gmf_output == "fixed" or (self.gmf_output == "auto" and self.optimizer == "sgd")
        )

    @property
    def is_joined(self) -> bool:
        """Whether a GMF is trained apart and joined."""
        return self.alpha != 0

    @property
    def total_epochs(self) -> int:
        """The most epochs that a run reports: its own, then those of tuning."""
        return self.epochs + self.tuning_epochs

    @property
    def own(self) -> Configuration:
        """The same without a join: what is trained beside the GMF."""
        defaults: dict[str, Any] = {name: HYPERPARAMETERS[name].default for name in JOINING}
        return replace(self, **defaults)

    @property
    def pretrained(self) -> Configuration:
        """The GMF trained apart, as a model of its own. What is not named for it is as in the
        recipe of Rendle et al. (2020), with a rate that falls."""
        return Configuration(
            mlp_layers=0,
            gmf_factors=self.pretrained_factors,
            optimizer="sgd",
            schedule="linear",
            lr=self.pretrained_lr,
            l2=self.pretrained_l2,
            negative_ratio=self.pretrained_negative_ratio,
            epochs=self.pretrained_epochs,
            init_std=self.pretrained_init_std,
        )

    @property
    def tuning(self) -> Configuration:
        """How the joined model is trained in its ``tuning_epochs``: by sgd, as in He et al. (2017,
        section 3.4.1), with the L2 penalty and the negatives of the GMF."""
        return replace(
            self.own,
            gmf_factors=self.joined_gmf_width,
            gmf_output="learnt",
            optimizer="sgd",
            schedule="linear",
            lr=self.tuning_lr,
            l2=self.pretrained_l2,
            negative_ratio=self.pretrained_negative_ratio,
            epochs=self.tuning_epochs,
            weight_decay=0.0,
        )

    def asdict(self) -> dict[str, Value]:
        """Name to value, in the order of declaration."""
        return asdict(self)


def _read_declarations() -> dict[str, Hyperparameter]:
    types = get_type_hints(Configuration)
    return {
        f.name: Hyperparameter(f.name, types[f.name], f.default, **f.metadata)  # type: ignore[arg-type]
        for f in fields(Configuration)
    }


HYPERPARAMETERS: dict[str, Hyperparameter] = _read_declarations()

STOPPING = ("epochs", "patience")
"""Hyperparameters that say when training stops. The seed does not depend on them, so a longer
budget repeats the same epochs and continues. Under a ``schedule`` that falls, ``epochs`` also says
how fast: a longer budget then starts from the same initialisation and draws the same samples, but
is another run."""


JOINING = tuple(
    name
    for name in HYPERPARAMETERS
    if name == "alpha" or name.startswith(("pretrained_", "tuning_"))
)
"""Hyperparameters of the join. The seed does not depend on them: what a model is joined to leaves
its own training as it is. The GMF trained apart has the seed of the same GMF as a trial."""


def hyperparameter_named(name: str) -> Hyperparameter:
    """The hyperparameter called ``name``.

    Raises:
        UserError: no such hyperparameter.
    """
    if name not in HYPERPARAMETERS:
        raise UserError(f"unknown hyperparameter {name!r}{did_you_mean(name, HYPERPARAMETERS)}")
    return HYPERPARAMETERS[name]
