"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# The first example may have to compile, and machines differ: time is nothing to fail by.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# make check: a fifth of the examples; make test has them all.
settings.register_profile("quick", deadline=None, max_examples=20)
