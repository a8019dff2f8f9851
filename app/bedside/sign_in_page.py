"""A page that asks who is there before anything of a patient is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.bedside.fields import show_text, small_label, wrapped_label
from app.bedside.sign_in_form import TO_WORK, Ask, SignInForm
from app.people.door import People
from app.theme import style

WIDTH_PX = 560
"""Width of the form: names in large type, and a pad that a hand covers."""


class SignInPage(QScrollArea):
    """The form in the middle of an empty page; nothing else is on it.

    Signals:
        proven: the `Proven`.
        unproven: name and reason of who works without signing in.
        away: the person chose what needs no account.
    """

    proven = Signal(object)
    unproven = Signal(str, str)
    away = Signal()

    def __init__(
        self, people: People, title: str, *, away_text: str = "", parent: QWidget | None = None
    ) -> None:
        """`title` names the window; `away_text` is the button that needs no account, if any."""
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form = SignInForm(people)
        self.form.proven.connect(self.proven)
        self.form.unproven.connect(self.unproven)
        self.notice = wrapped_label(name="what waits")
        style(self.notice, tone="attention", strong=True)
        self.reason = small_label(name="why it is locked")
        self.away_button = QPushButton(away_text)
        style(self.away_button, kind="quiet")
        self.away_button.clicked.connect(self.away)
        self.away_button.setVisible(bool(away_text))
        heading = QLabel(title)
        style(heading, role="large")
        frame = QFrame()
        style(frame, surface="panel")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(24, 16, 24, 24)
        inner.setSpacing(12)
        inner.addWidget(self.form)
        page = QWidget()
        middle = QWidget()
        middle.setMaximumWidth(WIDTH_PX)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addStretch(1)
        for widget in (heading, self.reason, self.notice, frame, self.away_button):
            column.addWidget(widget)
        column.addStretch(2)
        row = QHBoxLayout(page)
        row.setContentsMargins(24, 16, 24, 16)
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        self.setWidget(page)
        self.say()

    def say(self, reason: str = "", notice: str = "") -> None:
        """Say why it is asked, and what waits behind the page."""
        show_text(self.reason, reason)
        show_text(self.notice, notice)

    def ask(self, what: Ask = TO_WORK) -> None:
        """Ask from the beginning; the focus goes to the first name."""
        self.form.ask(what)
        self.form.first_field().setFocus(Qt.FocusReason.OtherFocusReason)
        self.verticalScrollBar().setValue(0)
