"""Where interactions come from: MovieLens by name, a person's own file, or NCF's triple."""

from neumf.data.describe import describe
from neumf.data.download import Progress
from neumf.data.loading import load
from neumf.data.movielens import CATALOGUE, Dataset
from neumf.data.source import Source

__all__ = ["CATALOGUE", "Dataset", "Progress", "Source", "describe", "load"]
