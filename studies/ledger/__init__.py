"""A study's trials while it runs, their sessions and recovery, and the pruner's audit."""
