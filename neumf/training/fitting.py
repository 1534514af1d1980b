"""A model to use, from one training run."""

from __future__ import annotations

from collections.abc import Callable

from neumf.data.interactions import Interactions
from neumf.data.titles import titles
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.protocol.evaluation_protocol import EvaluationProtocol, make_problem, split_interactions
from neumf.saved_model.contents import SavedModel, all_seen
from neumf.saved_model.facts import describe
from neumf.saved_model.recommender import Recommender
from neumf.seeds import trial_seed
from neumf.training.loop import Epoch, train
from neumf.training.pretraining import Pretraining

TRAINED_ON = "the training part of the split: validation and test interactions are not in it"


class BestModel:
    """Keeps the parameters of the best epoch while a run goes on."""

    def __init__(self) -> None:
        self._epoch: Epoch | None = None
        self._parameters: Parameters | None = None

    def see(self, epoch: Epoch) -> None:
        """To be called with each epoch, before the next one is asked for."""
        if epoch.best.is_latest:
            self._epoch, self._parameters = epoch, epoch.parameters.copy()

    def make_recommender(
        self,
        interactions: Interactions,
        protocol: EvaluationProtocol,
        configuration: Configuration,
        seed: int,
    ) -> Recommender:
        """The model, which leaves out all that users have met, held out or not."""
        epoch, parameters = self._epoch, self._parameters
        assert epoch is not None
        assert parameters is not None
        how = {"seed": seed, "epoch": epoch.number, "engine": epoch.engine, "update": epoch.update}
        if configuration.is_joined:
            how["alpha"] = epoch.alpha
        facts = describe(
            interactions,
            protocol,
            configuration,
            trained_on=TRAINED_ON,
            metrics={"validation": epoch.metrics},
            provenance=how,
        )
        return Recommender(
            SavedModel(
                interactions.name,
                parameters,
                interactions.user_ids,
                interactions.item_ids,
                all_seen(interactions),
                titles(interactions.catalogue, interactions.item_ids),
                facts,
            )
        )


def fit(
    interactions: Interactions,
    configuration: Configuration,
    seed: int,
    protocol: EvaluationProtocol,
    engine: str,
    device: str,
    watch: Callable[[Epoch], None],
) -> Recommender:
    """See :func:`neumf.api.fit`."""
    parts = split_interactions(interactions, protocol, seed)
    problem = make_problem(interactions, parts, protocol, seed)
    best = BestModel()
    for epoch in train(
        problem,
        configuration,
        trial_seed(seed, configuration),
        engine=engine,
        device=device,
        pretraining=Pretraining(trial_seed(seed, configuration.pretrained)),
    ):
        best.see(epoch)
        watch(epoch)
    return best.make_recommender(interactions, protocol, configuration, seed)
