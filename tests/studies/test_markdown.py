"""Text in Markdown that is also read as it stands."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from studies.notes.markdown import code_span, readable_text

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = [*"`*_[]()<>#|~$&!=:@\\-+^{}.ab1 \n", "1. ", "---", "[a]: b", "](http://c.d)", "&amp;"]
WORDS = st.lists(st.sampled_from(PIECES)).map("".join)


@given(WORDS.filter(str.strip))
def test_a_reader_of_markdown_sees_the_words(words: str) -> None:
    """As a paragraph and as a cell of a table, with nothing made of them."""
    one_line = " ".join(words.split())
    assert unescape(READER.render(readable_text(words))) == f"<p>{one_line}</p>\n"
    shown = READER.render(f"| a |\n|---|\n| {readable_text(words)} |")
    assert re.findall("<td>(.*)</td>", unescape(shown)) == [one_line]


@given(WORDS.filter(str.strip))
def test_a_command_cannot_leave_its_span(line: str) -> None:
    """Whatever backticks are in it."""
    one_line = " ".join(line.split())
    assert unescape(READER.render(f"* {code_span(line)}")) == (
        f"<ul>\n<li><code>{one_line}</code></li>\n</ul>\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        "nDCG@10 0.3983",
        "EASE^R",
        "trial 1 (He et al.): predictive_factors=48 join.pretrained_l2=0.008",
        "-0.0002 [-0.0024, +0.0021]",
        "apart (+0.0004 [−0.0060, +0.0068]).",
        "2026-11-25T23:21:31+00:00, after 100 trials",
    ],
)
def test_ordinary_words_stay_what_they_were(words: str) -> None:
    """To a person who opens the file in an editor."""
    assert readable_text(words) == words


@pytest.mark.parametrize("words", ["@someone", "a@b.c", "http://a.b", "www.a.b", ":x:", "$x$"])
def test_what_a_host_makes_links_and_pictures_of_is_text(words: str) -> None:
    """Beyond what Markdown itself does."""
    assert words not in readable_text(words)
    assert unescape(readable_text(words)) == words
