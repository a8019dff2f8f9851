"""The second watch over a visit: what of the live session it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.deadman.keeper import Keeper, Watched
from app.live import LiveSession
from app.state import ViewState
from protocols.events import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWish:
    """How a visit is watched: with or without sound, and the lock file of its record."""

    quiet: bool = False
    lock: str = ""


def make_keeper(live: LiveSession, state: Callable[[], ViewState], wish: WatchWish) -> Keeper:
    """The keeper of the watch over `live`; `state` is asked from the keeper's thread."""

    def report(working: bool, detail: str) -> None:
        live.runtime.report(Service.WATCHDOG, working=working, detail=detail)

    return Keeper(
        Watched(
            silent_s=live.life_signs(),
            standing=lambda: standing_words(state()),
            quiet=wish.quiet,
            lock=wish.lock,
        ),
        report,
    )


def standing_words(state: ViewState) -> str:
    """Room and phase, and since when: what is known once nothing answers any more."""
    if state.opened is None:
        return ""
    since = None
    if state.wall_clock is not None:
        since = state.wall_clock.local(state.phase_since_ns)
    when = "" if since is None else f" since {since:%H:%M}"
    return f"{state.opened.room}, {state.phase.value}{when}"
