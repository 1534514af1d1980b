"""Valid files, damaged as disks, networks and people do it."""

from __future__ import annotations

from hypothesis import strategies as st

_WORDS = (
    *(b"", b"\0", b"\xff" * 8, b"\n", b"\r\n", b'"', b",", b"\t", b"::", b" "),
    *(b"-1", b"nan", b"9" * 20, b"9" * 5000, "٣".encode(), b"[" * 99),
    *(b"\xef\xbb\xbf", b"\x7f\xff\xff\xff", b"\x80\x80\x80\x80\x10"),
)
"""What readers stumble over: ends, quotes, gaps, numbers beyond any integer, other digits."""


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """``content`` after one to four changes: a stretch is cut out, or in its place stand other
    bytes, a word of :data:`_WORDS`, or another stretch of the same file."""
    for _ in range(draw(st.integers(1, 4))):
        start, copied = (draw(st.integers(0, len(content))) for _ in range(2))
        length = draw(st.integers(0, 40) | st.integers(0, len(content)))
        instead = draw(
            st.binary(max_size=8)
            | st.sampled_from(_WORDS)
            | st.just(content[copied : copied + length])
        )
        content = content[:start] + instead + content[start + length :]
    return content
