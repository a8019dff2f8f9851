"""The button of a term that is recorded with one touch: an event, a side effect."""

from __future__ import annotations

from textwrap import wrap

from PySide6.QtWidgets import QPushButton

from app import theme


def make_term_button(term: str, label: str, line_letters: int, *, urgent: bool) -> QPushButton:
    """A button that carries the id `term` as its property ``term``.

    Args:
        term: id of the term.
        label: the words on the button and its accessible name.
        line_letters: a label longer than this is broken over lines.
        urgent: whether the button stands out.
    """
    button = QPushButton("\n".join(wrap(label, line_letters)))
    button.setAccessibleName(label)
    button.setMinimumWidth(1)
    button.setProperty("term", term)
    theme.style(button, kind="action", weighty="true" if urgent else "false")
    return button
