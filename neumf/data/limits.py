"""What a file may unfold to: a few kB of gzip or Parquet can stand for terabytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from neumf.errors import UserError

FLOOR = 1 << 28
"""Bytes that any file may unfold to."""

RATIO = 100
"""A larger one to so many times its own size. Interactions are compressed to a fifth or a tenth."""

MOST_COLUMNS = 20_000
"""Each takes memory of its own, however short its rows are."""


class Allowance:
    """How much ``path`` may unfold to, less what it has."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._most = self._left = max(FLOOR, RATIO * self._size)

    def take(self, count: int) -> None:
        """Count bytes that were unfolded.

        Raises:
            UserError: they are too many.
        """
        self._left -= count
        if self._left < 0:
            raise UserError(
                f"{self._path}: {self._size:,} bytes unfold to more than {self._most:,}, as no"
                " interactions do; store it uncompressed if yours do"
            )


class Gunzipped:
    """A gzip file as a stream that breaks off once it has given too much."""

    def __init__(self, path: Path) -> None:
        self._stream = pa.input_stream(path, compression="gzip")
        self._allowance = Allowance(path)

    def read(self, size: int) -> bytes:
        """The next bytes.

        Raises:
            UserError: see :meth:`Allowance.take`.
        """
        chunk: bytes = self._stream.read(size)
        self._allowance.take(len(chunk))
        return chunk

    @property
    def closed(self) -> bool:
        """Arrow asks."""
        return bool(self._stream.closed)

    def close(self) -> None:
        self._stream.close()
