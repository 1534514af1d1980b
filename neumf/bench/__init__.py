"""How fast training and evaluation run here: ``python -m neumf.bench``."""
