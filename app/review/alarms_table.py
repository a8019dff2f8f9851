"""The table of alarms: every occurrence, who answered it, after how long, when it ended."""

from __future__ import annotations

from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text, span_text
from app.session_numbers import AlarmEpisode, alarm_episodes
from app.theme import PRIORITY_SIGNS

HEADINGS = ("Raised", "Priority", "What", "Acknowledged by", "After", "Ended")


def alarm_rows(opened: OpenedSession) -> list[Row]:
    """A row for each occurrence of an alarm, oldest first."""
    return [_row(opened, episode) for episode in alarm_episodes(opened.history)]


def _row(opened: OpenedSession, episode: AlarmEpisode) -> Row:
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
    )
