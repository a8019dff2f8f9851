"""What the window shows is told once it stood, at most a few times a minute, and in the end."""

from __future__ import annotations

from dataclasses import replace

from app.bedside.screen_watch import BURST, REFILL_MS, STOOD_MS, STOOD_SIZE_MS, ScreenWatch
from protocols.events import ScreenShown

SHOWN = ScreenShown(
    t_ns=0,
    page="run",
    panel="",
    locked=False,
    covered=False,
    width_px=1366,
    height_px=768,
    scale=1.0,
    theme="dark",
)


class Window:
    """A window looked at 30 times a second, and what was told of it."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.told: list[ScreenShown] = []
        self.watch = ScreenWatch(self.told.append, lambda: self.now_ms)

    def show(self, shown: ScreenShown, for_ms: int) -> None:
        for _ in range(max(1, for_ms // 33)):
            self.watch.look(shown)
            self.now_ms += 33


def test_the_first_look_is_told_at_once_and_once() -> None:
    window = Window()
    window.show(SHOWN, 20_000)
    assert window.told == [SHOWN]


def test_a_panel_is_told_once_it_stood_and_one_that_flew_by_is_not() -> None:
    window = Window()
    window.show(SHOWN, 1000)
    window.show(replace(SHOWN, panel="note"), STOOD_MS // 2)
    window.show(SHOWN, 1000)
    assert window.told == [SHOWN]
    window.show(replace(SHOWN, panel="note"), STOOD_MS + 100)
    assert [shown.panel for shown in window.told] == ["", "note"]


def test_a_window_that_is_dragged_is_told_when_its_size_rests() -> None:
    window = Window()
    window.show(SHOWN, 1000)
    for width in range(1000, 1300, 10):
        window.show(replace(SHOWN, width_px=width), 100)
    assert len(window.told) == 1
    window.show(replace(SHOWN, width_px=1290), STOOD_SIZE_MS + 100)
    assert [shown.width_px for shown in window.told] == [1366, 1290]


def test_many_changes_are_told_a_few_a_minute_and_what_stands_in_the_end_always() -> None:
    window = Window()
    for number in range(120):
        window.show(replace(SHOWN, panel=f"panel {number}"), 500)
    minute = 60_000 // REFILL_MS
    assert BURST <= len(window.told) <= BURST + minute
    window.show(replace(SHOWN, panel="last"), REFILL_MS + 1000)
    assert window.told[-1].panel == "last"
