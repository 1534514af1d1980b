"""How well a model ranks: scores and ranks."""
