"""Makes the documents of a session, keeps them in the data folder, and has them shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.printing.documents import (
    Site,
    fill_from,
    forms_for,
    load_sheet,
    make_form,
    make_sheet,
    place_for,
    write_document,
)
from protocols.forms import FilledForm, Form, SessionRecord

NO_SITE = Site(card={})
"""A site of which nothing is known."""


def _unnoted(_session: str, _form: str, _path: Path) -> None:
    """Nobody keeps a trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document that was made.

    Attributes:
        filled: what it says, and what is missing in it.
        path: where it is kept.
        shown: whether the system opened it for a person to print.
    """

    filled: FilledForm
    path: Path
    shown: bool

    @property
    def words(self) -> str:
        """What a person is told of it, in a sentence or two."""
        title = self.filled.form.title
        if self.shown:
            return f"“{title}” is open for printing. It is kept as {self.path}."
        return f"No program here opens PDF files. Print “{title}” from {self.path}."

    @property
    def note(self) -> str:
        """What the record says of it: that it was made, never that paper came out."""
        form = self.filled.form
        lacking = ", ".join(one.field.label for one in self.filled.missing)
        missing = f"; to be written by hand: {lacking}" if lacking else ""
        return f"Made for printing: {form.title} ({form.id} version {form.version}){missing}."


class Press:
    """Forms and sheets for one window. Every method may raise `DocumentError`."""

    def __init__(
        self,
        site: Callable[[], Site],
        show: Callable[[Path], bool],
        noted: Callable[[str, str, Path], None] = _unnoted,
    ) -> None:
        """`site` is asked each time; `show` opens a file and says whether it could.

        `noted` is told of each document: the session, its form, and where it is kept.
        """
        self._site = site
        self._show = show
        self._noted = noted

    def forms_for(self, protocol: str) -> list[Form]:
        """The forms that are offered in a session of `protocol`."""
        return forms_for(protocol)

    def fill(self, form: Form, record: SessionRecord) -> FilledForm:
        """`form` as it stands."""
        return fill_from(form, record, self._site())

    def print_form(self, form: Form, record: SessionRecord) -> Made:
        """Make `form` and have it shown."""
        site = self._site()
        filled = fill_from(form, record, site)
        path = place_for(form, record)
        write_document(make_form(filled, record, site), path)
        return self._made(filled, path, record)

    def print_sheet(self, name: str, record: SessionRecord) -> Made:
        """Make the sheet of that name and have it shown."""
        site, form = self._site(), load_sheet(name)
        filled = fill_from(form, record, site)
        path = place_for(form, record)
        write_document(make_sheet(filled, record, site), path)
        return self._made(filled, path, record)

    def _made(self, filled: FilledForm, path: Path, record: SessionRecord) -> Made:
        session = "" if record.opened is None else record.opened.session
        self._noted(session, f"PDF, {filled.form.id}", path)
        return Made(filled=filled, path=path, shown=self._show(path))
