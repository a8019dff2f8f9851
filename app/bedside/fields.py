"""Fields that a gloved hand can use: decimals with a point, one-of-many answers, scores.

None has a default: what nobody answered stays unanswered and reads as None.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.theme import set_text, style


class TextField(QLineEdit):
    """One line of text with a name for screen readers.

    It remembers whether a person changed it since it was last filled, so that a screen that
    follows the record never writes over what somebody is typing.
    """

    def __init__(self, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        """`name` is said by screen readers; `placeholder` shows how an entry looks."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._typed = False
        self.textEdited.connect(self._note_typing)

    @Slot(str)
    def _note_typing(self, _text: str) -> None:
        self._typed = True

    @property
    def typed(self) -> bool:
        """Whether a person changed the text since `fill` or `settle`."""
        return self._typed

    def touch(self) -> None:
        """Count the text as typed by a person, though it was chosen."""
        self._typed = True

    def settle(self) -> None:
        """The text was handed over: what the record says may be shown here again."""
        self._typed = False

    def fill(self, text: str) -> None:
        """Show `text` from the record, unless a person is typing here."""
        if not self._typed and self.text() != text:
            with QSignalBlocker(self):
                self.setText(text)

    def words(self) -> str:
        """The text without blanks around it."""
        return self.text().strip()


class DecimalField(TextField):
    """A decimal number with at most `decimals` digits after the point; a comma counts as a point.

    The number is read with a point in every locale.
    """

    def __init__(
        self, name: str, *, digits: int = 3, decimals: int = 1, parent: QWidget | None = None
    ) -> None:
        """At most `digits` before the point and `decimals` after it."""
        super().__init__(name, parent=parent)
        fraction = rf"([.,]\d{{0,{decimals}}})?" if decimals else ""
        pattern = QRegularExpression(rf"\d{{0,{digits}}}{fraction}")
        self.setValidator(QRegularExpressionValidator(pattern, self))
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)

    def value(self) -> Decimal | None:
        """The number, or None while there is none."""
        try:
            return Decimal(self.words().replace(",", "."))
        except InvalidOperation:
            return None


class ChoiceRow(QWidget):
    """One of several answers, each a button; nothing is chosen at first.

    Signals:
        chosen: a person touched an answer; carries its value.
    """

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        options: Sequence[tuple[str, str]],
        *,
        columns: int = 0,
        follows_record: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`options` are (value, text); `columns` 0 puts all in one row.

        With `follows_record` a touch only tells; the mark moves when the record says so.
        """
        super().__init__(parent)
        style(self, clear=True)
        self.setAccessibleName(name)
        self._follows = follows_record
        self._value: str | None = None
        self._buttons: dict[str, QPushButton] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        width = columns or len(options)
        for index, (value, text) in enumerate(options):
            button = QPushButton(text, self)
            button.setProperty("answer", value)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {text}")
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(self._touched)
            grid.addWidget(button, index // width, index % width)
            self._buttons[value] = button

    @Slot()
    def _touched(self) -> None:
        value = str(self.sender().property("answer"))
        self.show_value(self._value if self._follows else value)
        self.chosen.emit(value)

    def button(self, value: str) -> QPushButton:
        """The button of the answer `value`."""
        return self._buttons[value]

    def value(self) -> str | None:
        """The answer, or None while there is none."""
        return self._value

    def show_value(self, value: str | None) -> None:
        """Mark `value` as the answer (None: no answer), without saying that a person did."""
        self._value = value
        for key, button in self._buttons.items():
            if button.isChecked() != (key == value):
                button.setChecked(key == value)


class ScoreRow(ChoiceRow):
    """A score as a row of numbers to touch; nothing is chosen at first."""

    def __init__(self, name: str, highest: int, parent: QWidget | None = None) -> None:
        """Scores from 0 to `highest`."""
        options = [(str(score), str(score)) for score in range(highest + 1)]
        super().__init__(name, options, follows_record=True, parent=parent)
        for score in range(highest + 1):
            style(self.button(str(score)), kind="action")  # narrow: eleven must fit in a row


def labelled(text: str, *widgets: QWidget) -> QWidget:
    """`widgets` in a row under their label; the first is the label's buddy."""
    box = QWidget()
    style(box, clear=True)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    label = small_label(text)
    label.setBuddy(widgets[0])
    column.addWidget(label)
    row = QHBoxLayout()
    column.addLayout(row)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    return box


def small_label(text: str = "", name: str = "") -> QLabel:
    """A quiet label for a field or a hint; `name` is its name for screen readers and tests."""
    label = wrapped_label(text, name)
    style(label, role="small", tone="dim")
    return label


def wrapped_label(text: str = "", name: str = "") -> QLabel:
    """A label of plain text that breaks its lines."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if name:
        label.setObjectName(name)
        label.setAccessibleName(name)
    return label


def bare_row(*widgets: QWidget, stretch: QWidget | None = None) -> QWidget:
    """`widgets` side by side in a box of their own, to be hidden together; `stretch` grows."""
    box = QWidget()
    style(box, clear=True)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(16)
    for widget in widgets:
        row.addWidget(widget, int(widget is stretch))
    return box


def strike_out(label: QLabel) -> QLabel:
    """Show the words of `label` struck out, in type and to screen readers."""
    font = label.font()
    font.setStrikeOut(True)
    label.setFont(font)
    label.setAccessibleName(f"struck out: {label.text()}")
    return label


def keep_place(label: QLabel) -> QLabel:
    """Let `label` keep its place in a row while it is hidden, so that nothing moves."""
    policy = label.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    label.setSizePolicy(policy)
    return label


def show_text(label: QLabel, text: str) -> None:
    """Set `text` if it differs, and hide the label while there is nothing to say."""
    set_text(label, text)
    if label.isHidden() == bool(text):
        label.setVisible(bool(text))
