"""A monitor that must be confirmed is named, with one button; otherwise nothing is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bedside.confirm_bar import ConfirmBar
from app.history import History
from app.state import ViewState, fold
from protocols.events import ConfirmMonitor, LinkChanged, LinkState

WAITS = LinkChanged(
    t_ns=0,
    device="oximeter",
    state=LinkState.UNCONFIRMED,
    detail="This monitor was last used in Room 5. Confirm that it is on this patient.",
)


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[ConfirmBar]:
    page = QWidget()
    qtbot.addWidget(page)
    yield ConfirmBar(page)
    assert page.isHidden()


def test_it_is_there_only_while_a_monitor_waits(bar: ConfirmBar) -> None:
    state = fold(ViewState(), replace(WAITS, state=LinkState.LIVE, detail=""))
    bar.render(state, History(), 0)
    assert bar.isHidden()
    bar.render(fold(state, WAITS), History(), 0)
    assert not bar.isHidden()
    assert bar.reason.text() == f"Oximeter: {WAITS.detail}"
    bar.render(state, History(), 0)
    assert bar.isHidden()


def test_one_press_confirms_the_monitor_that_is_named(qtbot: QtBot, bar: ConfirmBar) -> None:
    bar.render(fold(ViewState(), WAITS), History(), 0)
    assert bar.button.text() == "Oximeter is on this patient"
    with qtbot.waitSignal(bar.intended, timeout=1000) as caught:
        bar.button.click()
    assert caught.args == [ConfirmMonitor(t_ns=0, by="", device="oximeter")]
