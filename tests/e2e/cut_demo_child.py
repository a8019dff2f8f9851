"""A child process for the test of resumption: a demonstration that runs until it is killed.

It runs fast up to a few minutes of infusion, then in real time, so that its clock agrees with the
wall's; then it says so on its standard output and goes on for ever.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from app.live import LiveSession
from app.reception.visits import rules_of
from app.rehearsal.demo import DemoRoom, DemoWish
from app.state import ViewState, fold
from protocols.events import Event, Phase

SPEED = 60.0
INFUSED_NS = 180 * 1_000_000_000


class Follower:
    """Folds in the core's thread; the loop below reads the last state."""

    def __init__(self) -> None:
        self.state = ViewState()

    def take(self, events: Sequence[Event]) -> None:
        state = self.state
        for event in events:
            state = fold(state, event)
        self.state = state


def main(database: str) -> None:
    room = DemoRoom("typical", DemoWish(seed=3, autopilot=True))
    live = LiveSession.begin(
        database=database,
        room="Demo room",
        rules=rules_of("iv-0.5-40"),
        slots=room.slots,
        speed=SPEED,
        with_sound=False,
    )
    follower = Follower()
    live.runtime.listen(follower.take)
    live.runtime.listen(room.listen)
    room.room.start(live.clock.now_ns)
    live.start()
    said = False
    while True:
        for command in room.act(follower.state, live.clock.now_ns()):
            live.runtime.submit(command)
        state = follower.state
        running = state.phase is Phase.INFUSING
        if running and not said and state.t_ns - state.phase_since_ns > INFUSED_NS:
            said = True
            live.clock.set_speed(1.0)
            time.sleep(1.5)
            print("infusing", flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
