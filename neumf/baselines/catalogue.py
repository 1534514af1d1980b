"""The baselines by name, the simplest first."""

from __future__ import annotations

from neumf.baselines.baseline import Baseline
from neumf.baselines.ease import Ease
from neumf.baselines.ials import Ials
from neumf.baselines.itemknn import ItemKNN
from neumf.baselines.popularity import Popularity

BASELINES: dict[str, Baseline] = {
    baseline.name: baseline for baseline in (Popularity(), ItemKNN(), Ease(), Ials())
}
