"""Notes in Optuna's dashboard: what a study and each of its trials come to, in Markdown."""
