"""A session that was cut, in words for the person who finds it."""

from __future__ import annotations

from datetime import datetime

from app.bedside.start_page import UnfinishedSession
from app.reception.desk import CutSession


def in_words(cut: CutSession, now: datetime) -> UnfinishedSession:
    """`cut` as it is told at `now`."""
    stood = cut.phase
    if cut.delivered_mg is not None:
        planned = "" if cut.planned_mg is None else f" of {cut.planned_mg:.1f}"
        stood += f", {cut.delivered_mg:.1f}{planned} mg given"
    return UnfinishedSession(
        session=cut.session,
        patient=cut.patient or "no patient yet",
        stood=stood,
        cut=_moment(cut.ended_at, now),
        simulated=cut.simulated,
    )


def _moment(ended_at: datetime | None, now: datetime) -> str:
    """``today 14:21, 12 minutes ago``, as far as it is known."""
    if ended_at is None:
        return "at a time that is not recorded"
    local = ended_at.astimezone(now.tzinfo)
    day = "today" if local.date() == now.date() else f"{local:%Y-%m-%d}"
    minutes = round((now - local).total_seconds() / 60)
    if minutes < 0:
        return f"{day} {local:%H:%M} by its own clock, which ran ahead"
    if minutes < 120:
        return f"{day} {local:%H:%M}, {minutes} {'minute' if minutes == 1 else 'minutes'} ago"
    return f"{day} {local:%H:%M}, {minutes // 60} hours ago"
