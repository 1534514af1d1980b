"""Runs studies: the coordinator, its workers and the command lines."""
