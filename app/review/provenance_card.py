"""The card beside the plots: where the point that was clicked came from."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import wrapped_label
from app.review.provenance_words import Provenance, hex_lines
from app.reviewing.provenance import RawBytes

READING = "Reading the record…"

_BYTES_A_LINE = 8


class ProvenanceCard(QFrame):
    """Title, facts and bytes of one event, with a button that copies all as text.

    Signals:
        closed: it was put away.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("where the chosen point came from")
        theme.style(self, surface="panel")
        self.title = wrapped_label(name="chosen point")
        theme.style(self.title, role="title")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy this card as text")
        self.close_button = QPushButton("Close")
        for button in (self.copy, self.close_button):
            theme.style(button, kind="desk")
        self.facts = wrapped_label(name="facts of the chosen point")
        self.facts.setTextFormat(Qt.TextFormat.RichText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.style(self.facts, role="small")
        self.raw_words = wrapped_label(name="what the bytes are")
        theme.style(self.raw_words, role="small", tone="dim")
        self.bytes = QLabel()
        self.bytes.setAccessibleName("bytes in hexadecimal")
        self.bytes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bytes.setTextFormat(Qt.TextFormat.RichText)
        self.shown: Provenance | None = None
        self._lay_out()
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.closed)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 6)
        column.setSpacing(4)
        head = QHBoxLayout()
        column.addLayout(head)
        head.addWidget(self.title, 1)
        head.addWidget(self.copy)
        head.addWidget(self.close_button)
        page = QWidget()
        theme.style(page, clear=True)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.setSpacing(6)
        for widget in (self.facts, self.raw_words, self.bytes):
            inner.addWidget(widget)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        column.addWidget(scroll, 1)

    def wait(self) -> None:
        """Say that the record is being read."""
        self._show(READING, None)

    def say(self, words: str) -> None:
        """Say why there is nothing to show."""
        self._show(words, None)

    def show_provenance(self, found: Provenance) -> None:
        """Show `found`."""
        self._show(found.title, found)

    def _show(self, title: str, found: Provenance | None) -> None:
        self.shown = found
        theme.set_text(self.title, title)
        self.copy.setEnabled(found is not None)
        self.facts.setText("" if found is None else _facts_html(found))
        raw = None if found is None else found.raw
        self.raw_words.setVisible(raw is not None)
        self.bytes.setVisible(raw is not None and bool(raw.data))
        if found is not None and raw is not None:
            theme.set_text(self.raw_words, "\n".join(found.raw_words))
            self.bytes.setFont(_fixed())
            self.bytes.setText(_hex_html(raw))

    @Slot()
    def _copy(self) -> None:
        if self.shown is not None:
            QGuiApplication.clipboard().setText(self.shown.as_text())


def _facts_html(found: Provenance) -> str:
    """Names and texts in two columns."""
    dim = theme.active_theme().dim
    rows = [
        f"<tr><td style='color: {dim}; padding-right: 12px; white-space: nowrap'>"
        f"{escape(name)}</td><td>{escape(text)}</td></tr>"
        for name, text in found.rows
    ]
    return f"<table cellspacing='0' cellpadding='1'>{''.join(rows)}</table>"


def _fixed() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(theme.active_sizes().small)
    return font


def _hex_html(raw: RawBytes) -> str:
    """The bytes in lines, those of the frame bold."""
    lines = []
    first_of_frame = len(raw.data) - raw.frame if raw.frame else len(raw.data)
    at = 0
    for line in hex_lines(raw.data, _BYTES_A_LINE):
        place, _, digits = line.partition("  ")
        words = []
        for pair in digits.split(" "):
            words.append(f"<b>{pair}</b>" if at >= first_of_frame else pair)
            at += 1
        lines.append(f"{place}&nbsp;&nbsp;{' '.join(words)}")
    return f"<div style='white-space: pre'>{'<br>'.join(lines)}</div>"
