"""What the harness holds against the program."""

from __future__ import annotations

import pytest

from tests.faults.campaign import _told_by_us

UNBORN = """Traceback (most recent call last):
  File "<string>", line 1, in <module>
  File "/lib/multiprocessing/spawn.py", line 122, in spawn_main
    exitcode = _main(fd, parent_sentinel)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/lib/multiprocessing/spawn.py", line 130, in _main
    preparation_data = reduction.pickle.load(from_parent)
EOFError: Ran out of input
"""

OURS = """Process worker-0:
Traceback (most recent call last):
  File "/lib/multiprocessing/process.py", line 314, in _bootstrap
    self.run()
  File "/search/workers/worker.py", line 61, in serve
    problem = Problem.load(folder)
EOFError: Ran out of input
"""


@pytest.mark.parametrize(
    ("output", "code", "left"),
    [
        (f"a\n{UNBORN}b\n", -9, "a\nb\n"),
        (f"a\n{UNBORN}b\n", 130, f"a\n{UNBORN}b\n"),
        (OURS, -9, OURS),
        (f"{OURS}{UNBORN}", -9, OURS),
    ],
)
def test_a_process_that_was_not_born_is_not_ours(output: str, code: int, left: str) -> None:
    """Python tells of one whose coordinator was killed while it started it; of what a worker of
    ours tells nothing is overlooked."""
    assert _told_by_us(output, code) == left
