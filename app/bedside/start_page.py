"""The first page: its doors, or a session that was cut and waits to be resumed or closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.theme import style


class Door(StrEnum):
    """Where the first page leads."""

    DEMO = "demo"
    MONITOR = "monitor"
    PEOPLE = "people"
    COURSES = "courses"


READING = "Reading the record …"

_DOORS = (
    (
        Door.DEMO,
        "Try the demo room",
        "Simulated monitors and a simulated patient. Everything is marked SIMULATED; nothing is "
        "connected to a person.",
        "Open",
    ),
    (
        Door.MONITOR,
        "Connect a monitor",
        "Shows which ports were found and what is heard on each, then prepares a session with the "
        "monitors you choose.",
        "Connect",
    ),
    (
        Door.PEOPLE,
        "Set up people and room",
        "Names of those who work here, the name of the room, and the usual protocol.",
        "Set up",
    ),
    (
        Door.COURSES,
        "Courses of treatment",
        "Who is due or overdue, visits, decisions and ratings between the sessions.",
        "Open the list",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedSession:
    """A session that was cut, in words for the person who finds it.

    Attributes:
        session: its unique name.
        patient: name and record number, or "no patient yet".
        stood: where it stood, for example ``infusing, 20.7 of 35.0 mg given at 14:21``.
        cut: when the record ends, for example ``today 14:21, 12 minutes ago``.
        simulated: whether its monitors were simulated.
    """

    session: str
    patient: str
    stood: str
    cut: str
    simulated: bool = False


class StartPage(QScrollArea):
    """What the program shows when no session runs.

    Signals:
        door_chosen: a `Door` was opened.
        resume_chosen: the name of the unfinished session to go on with, and why.
        close_chosen: the name of the unfinished session to close, and the reason.
    """

    door_chosen = Signal(object)
    resume_chosen = Signal(str, str)
    close_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._unfinished: UnfinishedSession | None = None
        self.doors: dict[Door, QPushButton] = {}
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(48, 32, 48, 32)
        column.setSpacing(24)
        column.addStretch(1)
        title = QLabel("Infusion Room")
        style(title, role="large")
        column.addWidget(title)
        column.addWidget(small_label("No session is running. Choose what to do."))
        self.machine_label = wrapped_label(name="about this machine")
        style(self.machine_label, tone="attention", strong=True)
        self.machine_label.hide()
        column.addWidget(self.machine_label)
        column.addWidget(self._make_unfinished())
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(24)
        for door, name, text, button in _DOORS:
            row.addWidget(self._make_door(door, name, text, button), 1)
        column.addStretch(2)
        self.server_label = small_label("")
        self.server_label.hide()
        column.addWidget(self.server_label)
        column.addWidget(
            small_label(
                "This program is not the primary alarm. The monitors' own alarms and a person "
                "beside the patient stay in charge."
            )
        )
        self.setWidget(page)

    def _make_door(self, door: Door, name: str, text: str, button_text: str) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        heading = wrapped_label(name)
        style(heading, role="title")
        words = wrapped_label(text)
        style(words, tone="dim")
        button = QPushButton(button_text)
        button.setAccessibleName(name)
        button.setAccessibleDescription(text)
        button.setProperty("door", door)
        button.clicked.connect(self._open_door)
        column.addWidget(heading)
        column.addWidget(words)
        column.addStretch(1)
        column.addWidget(button)
        self.doors[door] = button
        return frame

    def _make_unfinished(self) -> QFrame:
        self.unfinished_frame = QFrame()
        style(self.unfinished_frame, surface="panel")
        column = QVBoxLayout(self.unfinished_frame)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        heading = QLabel("A session was cut before it was closed")
        style(heading, role="title", tone="attention")
        self.unfinished_label = wrapped_label(name="unfinished session")
        self.reason = TextField("reason", "for example: power cut, patient already at home")
        self.resume_button = QPushButton("Resume this session")
        style(self.resume_button, kind="primary")
        self.resume_button.clicked.connect(self._resume)
        self.close_button = QPushButton("Close it with this reason")
        self.close_button.clicked.connect(self._close)
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.problem.hide()
        for widget in (heading, self.unfinished_label):
            column.addWidget(widget)
        column.addWidget(labelled("Reason (needed to close)", self.reason))
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.resume_button)
        row.addWidget(self.close_button)
        row.addStretch(1)
        column.addWidget(self.problem)
        self.unfinished_frame.hide()
        return self.unfinished_frame

    def show_server(self, line: str) -> None:
        """Say how the record stands with the server that rooms share; empty: there is none."""
        show_text(self.server_label, line)

    def show_unfinished(self, found: UnfinishedSession | None) -> None:
        """Offer to resume or close `found`; None: there is none."""
        self._unfinished = found
        self.unfinished_frame.setVisible(found is not None)
        show_text(self.problem, "")
        if found is None:
            return
        mark = "SIMULATED  ·  " if found.simulated else ""
        self.unfinished_label.setText(
            f"{mark}{found.patient}\nIt stood: {found.stood}\nThe record ends: {found.cut}. "
            "Nothing was recorded since; the gap stays visible."
        )

    def show_machine(self, warnings: Sequence[str]) -> None:
        """Say what of this machine may interrupt a session; nothing where nothing may."""
        show_text(self.machine_label, "\n".join(warnings))

    @Slot()
    def _open_door(self) -> None:
        self.door_chosen.emit(Door(self.sender().property("door")))

    @Slot()
    def _resume(self) -> None:
        if self._unfinished is None:
            return
        words = self.resume_button.text()
        self.resume_button.setText(READING)
        self.resume_button.repaint()  # the record of a long session takes seconds to read
        self.resume_chosen.emit(self._unfinished.session, self.reason.words())
        self.resume_button.setText(words)

    @Slot()
    def _close(self) -> None:
        if self._unfinished is None:
            return
        if not self.reason.words():
            show_text(self.problem, "Closing a session before its end needs a reason.")
            self.reason.setFocus()
            return
        show_text(self.problem, "")
        self.close_chosen.emit(self._unfinished.session, self.reason.words())
