"""The compiled loops of the baselines, a module for each."""
