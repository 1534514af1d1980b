"""A configuration as TOML, ready to be pasted into a study's definition."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from neumf.declaration import Value
from studies.definition.param_names import hyperparameter_of

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def starting_point(name: str, params: Mapping[str, Value]) -> str:
    """A starting point with a trial's searched values, to the last digit."""
    values = {hyperparameter_of(param): value for param, value in params.items()}
    pairs = ", ".join(f"{_key(name)} = {_value(value)}" for name, value in values.items())
    return f"[[starting_points]]\nname = {_text(name)}\nconfiguration = {{ {pairs} }}\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Value) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _text(words: str) -> str:
    """JSON's escapes are TOML's too, but for DEL, which TOML wants escaped."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
