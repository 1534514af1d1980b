"""Headers that say what their column is, as public data sets spell them."""

from __future__ import annotations

import re

_KEY = re.compile(r"(?:uuid|guid|idx|index|id|key|hash|number|num|no|nr|code)$")
"""``user_id``, ``CustomerNo`` and ``item_idx`` are a user, a customer and an item."""

_EVENTS = (
    r"event|interaction|action|activity|rating|rated|review|order|purchase|transaction|trans|buy"
    r"|click|visit|view|listen|play|watch|read|stream|checkin|invoice|session|request|log|server"
    r"|start|first|last|enroll|collector|utc|gmt|local|unix|epoch"
)
_DONE = (
    r"created|creation|added|updated|update|played|listened|watched|viewed|clicked|visited|bought"
    r"|purchased|ordered|rated|reviewed|read|posted|submitted|submission|started|streamed|saved"
    r"|consumed|logged|liked|occurred|happened|received|inserted|finished|completed|enrolled"
    r"|seen|checkedin"
)
_UNITS = r"ms|us|ns|sec|secs|seconds|millis|milliseconds"
_AROUND = rf"(?:{_EVENTS}|{_DONE}|{_UNITS})*"
_DURATION = r".*(?:(?<!re)view|listen|play|watch|read|stream|session)time"
"""The time of a view is how long it took; its date or timestamp is when it was."""

_NAMES: dict[str, re.Pattern[str]] = {
    "user": re.compile(
        r"u|users?|customers?|cust|reviewers?|visitors?|clients?|members?|buyers?|shoppers?"
        r"|persons?|listeners?|readers?|viewers?|players?|subscribers?|steam"
    ),
    "item": re.compile(
        r"i|items?|movies?|films?|products?|articles?|books?|tracks?|songs?|artists?|albums?"
        r"|videos?|games?|apps?|recipes?|anime|podcasts?|shows?|(?:parent)?asin|sku|isbn(?:10|13)?"
        r"|ean|upc|gtin|stockcode|business|venue|poi|gmap|restaurants?|hotels?"
        r"|(?:artist|track|recording)mb"
    ),
    "rating": re.compile(
        r"(?:book|movie|item|user|review|overall|star)?ratings?|score|stars?|overall"
    ),
    "time": re.compile(
        rf"(?!{_DURATION}){_AROUND}(?:date|datetime|dt|timestamps?|tstamp|timepoint|time|ts)"
        rf"{_AROUND}|(?:first|last)?(?:{_DONE})(?:at|on)|t|tdat|when|created|(?:unix|epoch)(?:{_UNITS})?"
    ),
}
"""By role: small letters, without punctuation and, unless it is all there is, a key's ending."""

_PLAIN = {
    "user": re.compile(r"users?"),
    "item": re.compile(r"items?"),
    "rating": re.compile(r"ratings?"),
    "time": re.compile(r".*unix.*"),  # Amazon has unixReviewTime beside a reviewTime in words
}
"""Names that win over all others of their role."""


def role_of(name: str) -> str | None:
    """What a header says its column is, if it is a common one."""
    return next(
        (
            role
            for role, names in _NAMES.items()
            if any(names.fullmatch(spelling) for spelling in _spellings(name))
        ),
        None,
    )


def plainness(name: str, role: str) -> tuple[bool, bool]:
    """How plainly a header says ``role``, to compare: ``user_id`` before ``user`` before
    ``customer_id`` before ``customer``."""
    whole, without_key = _spellings(name)
    return _PLAIN[role].fullmatch(without_key) is not None, whole != without_key


def _spellings(name: str) -> tuple[str, str]:
    whole = re.sub(r"[\W_]", "", name).lower()
    return whole, _KEY.sub("", whole)
