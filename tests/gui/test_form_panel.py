"""Forms on the summary and instructions at discharge: what is missing, typed, exported, said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from app.bedside.form_panel import FormPanel
from app.bedside.print_row import PrintRow
from app.places import data_folder, read_limits, read_protocol
from app.printing.documents import Site
from app.printing.press import Press
from app.theme import DARK, apply, sizes_for
from protocols.events import CommandRefused, FillForm, FormFilled, SessionClosed, SessionOpened
from protocols.events import WriteNote as Note
from tests.gui.session_stories import StoryFeed
from tests.unit.protocols import spray_visit as visit

REMS = "spravato-rems-monitoring"


class Room:
    """A panel over a story, in a window; what it wants done is kept and can be answered."""

    def __init__(self, qtbot, protocol: str = "spravato-84", *, opens: bool = True) -> None:
        texts = {
            "protocol_text": read_protocol(protocol)[0],
            "limits_text": read_limits("standard")[0],
        }
        events = [
            replace(e, **texts) if isinstance(e, SessionOpened) else e for e in visit.whole_visit()
        ]
        self.qtbot = qtbot
        self.feed = StoryFeed(events, visit.END_MIN * 60 + 30)
        self.shown: list[Path] = []
        self.opens = opens
        self.card = {"name": "Example Clinic"}
        self.press = Press(lambda: Site(card=self.card), self._show)
        self.wanted: list[object] = []
        self.window = QWidget()
        self.window.resize(1366, 768)
        qtbot.addWidget(self.window)
        apply(self.window, DARK, sizes_for(1366, 768))

    def _show(self, path: Path) -> bool:
        self.shown.append(path)
        return self.opens

    def add(self, view) -> None:
        self.view = view
        view.setParent(self.window)
        view.resize(1300, 740)
        view.intended.connect(self.wanted.append)
        self.window.show()
        self.render()

    def render(self) -> None:
        self.view.render(self.feed.state, self.feed.history, self.feed.now_ns())

    def tell(self, *events) -> None:
        self.feed.tell(*events)
        self.render()

    def accept(self, command: FillForm) -> None:
        """What the rules make of `command`."""
        self.tell(
            *(
                FormFilled(
                    t_ns=self.feed.now_ns(),
                    form=command.form,
                    version=command.version,
                    field=answer.field,
                    label=answer.label,
                    value=answer.value,
                    by=visit.NURSE,
                )
                for answer in command.answers
            )
        )


@pytest.fixture
def room(qtbot):
    made = Room(qtbot)
    made.add(FormPanel(made.press))
    return made


def sees(room: Room, field: str) -> bool:
    return room.view.rows[field].isVisibleTo(room.window)


def test_missing_fields_are_listed_with_the_reason_and_recorded_ones_are_not(room):
    assert room.view.count.text() == "○ 13 of 41 fields missing; 28 are filled from the record."
    assert sees(room, "enrolled")
    assert room.view.rows["enrolled"].standing.text() == "○ missing: only a person knows"
    assert not sees(room, "given-name")
    assert not sees(room, "setting-name")


def test_nothing_is_chosen_beforehand(room):
    assert room.view.rows["enrolled"].choice.value() is None
    room.view.record_button.click()
    assert room.wanted == []
    assert room.view.outcome.text() == "Nothing new was typed."


def test_what_was_typed_is_sent_as_one_command_and_shown_when_it_comes_back(room):
    room.view.rows["enrolled"].choice.button("yes").click()
    room.qtbot.keyClicks(room.view.rows["ready-min"].text, "75")
    room.render()
    assert room.view.rows["enrolled"].standing.text().startswith("○ missing")
    room.view.record_button.click()
    (command,) = room.wanted
    assert isinstance(command, FillForm)
    assert (command.form, command.version) == (REMS, "1")
    assert [(a.field, a.kind, a.value) for a in command.answers] == [
        ("enrolled", "yes-no", "yes"),
        ("ready-min", "number", "75"),
    ]
    room.accept(command)
    assert room.view.rows["enrolled"].standing.text().startswith("✓ yes, typed by N. Okafor RN")
    assert room.view.count.text().startswith("○ 11 of 41")
    room.view.record_button.click()
    assert len(room.wanted) == 1


def test_a_field_goes_when_the_answer_makes_it_needless(room):
    assert sees(room, "serious-details")
    room.view.rows["serious"].choice.button("no").click()
    room.view.record_button.click()
    room.accept(room.wanted[0])
    assert not sees(room, "serious-details")


def test_typing_is_not_written_over_while_the_record_grows(room):
    room.qtbot.keyClicks(room.view.rows["provider-email"].text, "dr@exa")
    room.tell(visit.gate("escort", "yes", "somebody else"))
    room.feed.clock_ns += 60_000_000_000
    room.render()
    assert room.view.rows["provider-email"].text.text() == "dr@exa"


def test_a_refusal_is_shown_in_its_place(room):
    refused = CommandRefused(
        t_ns=room.feed.now_ns(), command="fill_form", by=visit.NURSE, reason="“x” is no number."
    )
    room.tell(refused)
    assert room.view.refusals.text() == "Not accepted: “x” is no number."


def test_the_export_is_made_shown_and_noted(room):
    room.view.export_button.click()
    (path,) = room.shown
    assert path.read_bytes().startswith(b"%PDF")
    assert path.is_relative_to(data_folder())
    (note,) = room.wanted
    assert isinstance(note, Note)
    assert note.text.startswith("Made for printing: SPRAVATO REMS")
    assert "13 of 41 fields missing." in room.view.outcome.text()


def test_nothing_is_exported_while_something_typed_is_not_recorded(room):
    room.view.rows["enrolled"].choice.button("yes").click()
    room.view.export_button.click()
    assert room.shown == []
    assert room.view.outcome.text() == "Not made: record what was typed first."


def test_a_closed_session_takes_no_more_but_can_be_exported(room):
    room.tell(SessionClosed(t_ns=room.feed.now_ns(), by=visit.NURSE, reason="", delivered_mg=84))
    assert not room.view.rows["enrolled"].choice.isEnabled()
    assert not room.view.record_button.isVisibleTo(room.window)
    room.view.export_button.click()
    assert len(room.shown) == 1
    assert room.wanted == []


def test_another_form_can_be_chosen(room):
    room.view.choice.button("session-summary").click()
    assert room.view.heading.text() == "Summary of the session"
    assert "diagnosis" in room.view.rows
    assert "enrolled" not in room.view.rows


def test_a_protocol_without_a_programme_offers_the_summary_alone(qtbot):
    room = Room(qtbot, "iv-0.5-40")
    room.add(FormPanel(room.press))
    assert room.view.choice is None
    assert room.view.form.id == "session-summary"


def test_no_viewer_says_where_the_file_is(qtbot):
    room = Room(qtbot, opens=False)
    room.add(FormPanel(room.press))
    room.view.export_button.click()
    assert str(room.shown[0]) in room.view.outcome.text()
    assert "No program here opens PDF files" in room.view.outcome.text()


# Instructions --------------------------------------------------------------------------------


@pytest.fixture
def desk(qtbot):
    room = Room(qtbot)
    row = PrintRow("discharge-instructions", "Print instructions")
    row.press = room.press
    row.render = lambda state, history, now_ns: row.watch(history)
    room.add(row)
    return room


def test_instructions_are_made_and_the_record_says_what_was_made(desk):
    desk.view.button.click()
    assert desk.shown[0].name == "discharge-instructions.pdf"
    (note,) = desk.wanted
    assert isinstance(note, Note)
    assert note.text.endswith("to be written by hand: Emergency number, Questions: call us at.")
    assert "is open for printing" in desk.view.outcome.text()


def test_instructions_that_cannot_be_made_are_a_sentence_and_not_noted(desk, user_folder):
    folder = data_folder()
    (folder / "documents").write_text("in the way", encoding="utf-8")
    desk.view.button.click()
    assert desk.view.outcome.text().startswith("Not made: No folder for documents:")
    assert desk.wanted == []
