"""A study's trials while it runs: asked for, recorded, pruned, told; and the pruner's audit."""
