"""A study of made-up interactions, of whatever size, run as a person would, and watched."""
