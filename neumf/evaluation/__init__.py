"""How well a model ranks: scores, ranks, metrics."""
