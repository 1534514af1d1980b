"""What pruning cost."""

from __future__ import annotations

from reports.sections import audit
from reports.sections.audit import Audited
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import plausible


def test_audited_trials_stand_next_to_what_the_search_saw() -> None:
    """The best first; the score is the one at which the search pruned the trial."""
    first, second, third = audit.audited(AWKWARD["audited"])
    assert first == Audited(3, 1, 0.3, 0.6, 4, lost=True, curve=())
    assert second == Audited(1, 2, 0.2, 0.5, 3, lost=True, curve=(0.3, 0.2, 0.5))
    assert (third.number, third.score, third.lost) == (2, 0.1, False)


def test_curves_say_what_was_seen_and_what_was_lost() -> None:
    """Thin up to the verdict, from there on as it went on; a trial without a curve is left out."""
    found = audit.audited(AWKWARD["audited"])
    figure = audit.draw(found, "nDCG@10", 0.0)
    assert figure is not None
    lines = [(t.name, t.x, t.y) for t in figure.data if t.mode == "lines"]
    assert lines == [
        ("rightly pruned", (1, None), (0.0, None)),
        ("rightly pruned", (1, 2, None), (0.0, 0.0, None)),
        ("lost to the search", (1, 2, None), (0.3, 0.2, None)),
        ("lost to the search", (2, 3, None), (0.2, 0.5, None)),
    ]


def test_a_study_that_was_not_audited_has_no_such_section() -> None:
    assert audit.section(plausible(5)) is None
