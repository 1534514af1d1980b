"""A study's trials while it runs, their sessions and recovery, the pruner's audit, and twins."""
