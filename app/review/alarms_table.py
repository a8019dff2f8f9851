"""The table of alarms: every occurrence, who answered it, after how long, when it ended."""

from __future__ import annotations

from collections.abc import Mapping

from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text, span_text
from app.session_numbers import AlarmEpisode, alarm_episodes
from app.theme import PRIORITY_SIGNS
from protocols.events import AlarmChanged, AlarmState

HEADINGS = ("Raised", "Priority", "What", "Acknowledged by", "After", "Ended")

_NOT_RAISED = (AlarmState.PENDING, AlarmState.HELD)


def alarm_rows(opened: OpenedSession) -> list[Row]:
    """A row for each occurrence of an alarm, oldest first."""
    numbers = raised_numbers(opened)
    return [_row(opened, episode, numbers) for episode in alarm_episodes(opened.history)]


def raised_numbers(opened: OpenedSession) -> dict[tuple[str, int], int]:
    """The number of the event that raised each occurrence, by alarm and begin of its condition."""
    raised: dict[tuple[str, int], int] = {}
    for number, event in zip(opened.history.numbers, opened.history.listed, strict=True):
        if isinstance(event, AlarmChanged) and event.state not in _NOT_RAISED:
            raised.setdefault((event.alarm, event.since_ns), number)
    return raised


def _row(
    opened: OpenedSession, episode: AlarmEpisode, numbers: Mapping[tuple[str, int], int]
) -> Row:
    sign = PRIORITY_SIGNS[episode.priority]
    by, after = "nobody", "--"
    if episode.acknowledged_ns is not None:
        action = f": {episode.action}" if episode.action else ""
        by = f"{episode.by}{action}"
        after = span_text(episode.acknowledged_ns - episode.since_ns)
    ended = "not ended" if episode.ended_ns is None else clock_text(opened, episode.ended_ns)
    raised = clock_text(opened, episode.since_ns)
    return Row(
        t_ns=episode.since_ns,
        cells=(raised, f"{sign.mark} {sign.word}", episode.sentence, by, after, ended),
        number=numbers.get((episode.alarm, episode.since_ns)),
    )
