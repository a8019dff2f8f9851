"""The review of a closed session that is corrected, added to and signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.amended import Struck
from app.records.archive import Archive
from app.review.amend_side import NO_NAME, NOT_CLOSED
from app.review.events_table import event_rows
from app.review.observations_table import observation_rows
from app.review.sessions_desk import SessionsDesk
from protocols.events import (
    CloseSession,
    EnterBp,
    RecordDrug,
    SessionOpened,
    StopInfusion,
    WriteNote,
)
from protocols.vitals import Vital
from storage.database import open_database
from storage.journal import Journal
from tests.gui.review_desk import shown_desk
from tests.unit.app.session_scenes import NURSE, Scene


def scene() -> Scene:
    made = Scene().to_infusing()
    made.oximeter(3)
    made.enter(EnterBp, sbp_mmhg=182, dbp_mmhg=92)
    made.do(RecordDrug, drug="ondansetron", dose="4 mg", route="IV")
    made.do(WriteNote, text="sleepy")
    return made


def record(folder: Path, told: Scene) -> Path:
    opened = told.inputs[0]
    assert isinstance(opened, SessionOpened)
    path = folder / "record.db"
    with open_database(path) as database:
        journal = Journal(database)
        journal.append(opened.session, told.record)
        if told.state.closed is not None:
            journal.seal(opened.session)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    told = scene()
    told.do(StopInfusion, reason="test")
    assert not told.refusal(CloseSession, reason="test")
    with open_database(record(tmp_path, told), read_only=True) as database:
        yield Archive(database)


@pytest.fixture
def window(qtbot: QtBot, archive: Archive) -> Iterator[SessionsDesk]:
    made = show(qtbot, archive)
    yield made
    made.work.finish()


def show(qtbot: QtBot, archive: Archive) -> SessionsDesk:
    window = shown_desk(qtbot, archive, "record.db")
    window.page.amend.click()
    return window


def press(qtbot: QtBot, window: SessionsDesk, button: object) -> None:
    """Press a button that adds, and wait until that is done."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.work.busy, timeout=20_000)


def begin(window: SessionsDesk, words: str) -> None:
    buttons = window.page.amending.list.buttons.values()
    next(b for b in buttons if b.accessibleName() == f"correct {words}").click()


def test_a_correction_stands_beside_the_struck_out_original(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    side = window.page.amending
    begin(window, "BP 182/92 mmHg")
    side.form.fields[Vital.SBP].setText("128")
    side.form.fields[Vital.DBP].setText("82")
    side.form.reason.setText("digits swapped")
    press(qtbot, window, side.form.correct_button)
    assert side.problem.text() == NO_NAME
    side.name.setText(NURSE)
    press(qtbot, window, side.form.correct_button)
    assert side.problem.text().startswith("Added: ")
    opened = window.page.opened
    assert opened is not None
    assert [p.sbp_mmhg for p in opened.history.blood_pressures][-1] == 128
    told = observation_rows(opened)
    struck = [row for row in told if isinstance(row.cells[2], Struck)]
    assert [row.cells[2] for row in struck] == ["BP 182/92 mmHg"]
    below = told[told.index(struck[0]) + 1]
    assert below.cells[2] == "→ right is SBP 128 mmHg, DBP 82 mmHg (N. Okafor: digits swapped)"
    assert any("digits swapped" in row.cells[3] for row in event_rows(opened))
    assert window.page.middle.tabs["Added"].accessibleName() == "Added 1"
    model = window.page.middle.tables["Observations"].rows_model
    place = model.index(told.index(struck[0]), 2)
    assert model.data(place, Qt.ItemDataRole.FontRole).strikeOut()


def test_an_unusual_value_is_confirmed_by_sending_it_again(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    side = window.page.amending
    side.name.setText(NURSE)
    begin(window, "BP 182/92 mmHg")
    side.form.fields[Vital.SBP].setText("251")
    side.form.fields[Vital.DBP].setText("92")
    side.form.reason.setText("read again")
    press(qtbot, window, side.form.correct_button)
    assert "Not added: SBP 251 mmHg is unusual" in side.problem.text()
    assert side.form.fields[Vital.SBP].text() == "251"
    press(qtbot, window, side.form.correct_button)
    assert side.problem.text().startswith("Added: ")


def test_a_signature_says_what_it_covers_and_what_came_after_it(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    side = window.page.amending
    opened = window.page.opened
    assert opened is not None
    end = opened.count
    side.name.setText("C. Novak PhD")
    side.sign.meaning.button("performed").click()
    side.sign.show_button.click()
    sentence = side.sign.statement.text()
    assert f"It covers events 1 to {end}, hash {opened.chain[:16]}…" in sentence
    press(qtbot, window, side.sign.sign_button)
    shown = side.sign.signed_label.text()
    assert shown.startswith("✓ performed by C. Novak PhD (name typed, not proven)")
    assert sentence in shown
    side.late.text.setText("rang the patient: well")
    side.late.reason.setText("follow-up call")
    press(qtbot, window, side.late.add_button)
    assert f"not covered: event {end + 4}" in side.sign.signed_label.text()


def test_a_session_that_still_runs_is_not_amended_here(qtbot: QtBot, tmp_path: Path) -> None:
    with open_database(record(tmp_path, scene()), read_only=True) as database:
        window = show(qtbot, Archive(database))
        assert window.page.amending.notice.text() == NOT_CLOSED
        assert window.page.amending.work.isHidden()
