"""Words that sentences are made of: spans of time, lists."""

from __future__ import annotations

from collections.abc import Sequence


def duration_text(seconds: float) -> str:
    """`seconds` as people say them: ``90 s``, ``2 min``."""
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"


def joined(words: Sequence[str], last: str) -> str:
    """``a``, ``a or b``, ``a, b or c``, with `last` between the last two."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
