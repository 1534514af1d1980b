"""Study after study, until as many faults have befallen them as wanted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from tests.faults.campaign import Campaign, undisturbed
from tests.faults.session import Violation
from tests.faults.small_study import make_study
from tests.faults.tally import Tally

FAULTS_A_STUDY = 30
"""After so many a study is left in peace until it is done."""


def befall(faults: int, seed: int, folder: Path, tally: Tally) -> None:
    """Have ``faults`` befall studies in ``folder``, of one worker and of two in turn. What befalls
    them is drawn by ``seed``, which is also that of the studies.

    Raises:
        Violation: the program did not keep what it promises.
    """
    reference = cache(lambda workers: undisturbed(folder / f"in-peace-{workers}", seed, workers))
    number = 0
    while (left := faults - tally.inflicted.total()) > 0:
        workers = 1 + number % 2
        campaign = Campaign(
            make_study(folder / f"study-{number}", seed, workers),
            workers,
            reference(workers),
            Random(f"{seed} {number}"),
            tally,
        )
        try:
            campaign.run(min(left, FAULTS_A_STUDY))
        except Violation as violation:
            raise Violation(
                f"{violation}\nin study {number}, {workers} workers; to see it again, as far as"
                f" moments repeat: --seed {seed} --faults {tally.inflicted.total()}"
            ) from None
        number += 1
