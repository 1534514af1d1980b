"""NeuMF: the model, its negatives, its training and how it is measured.

From Python: ``neumf.read`` the interactions, ``neumf.fit`` a model, ``neumf.load`` a saved one.
"""

from neumf.api import fit, load, read

__all__ = ["fit", "load", "read"]
