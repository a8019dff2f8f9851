"""Forms and sheets by name, filled from a session and made into a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import (
    NoSuchResourceError,
    data_folder,
    names_of,
    program_version,
    read_form,
    read_sheet,
)
from protocols.forms import (
    Facts,
    FilledForm,
    Form,
    FormError,
    SessionRecord,
    fill,
    parse_form,
    typed_into,
)

if TYPE_CHECKING:
    from app.printing.paper import Imprint

FORMS, SHEETS = "forms", "sheets"


class DocumentError(Exception):
    """A document that could not be made; the text is a sentence that says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What documents say of the site: the lines of its card by name, and the size of its paper."""

    card: Mapping[str, str]
    paper: str = "A4"


def load_form(name: str) -> Form:
    """The form of that shipped name or in that file.

    Raises:
        DocumentError: there is none, or it has mistakes.
    """
    return _load(read_form, name)


def load_sheet(name: str) -> Form:
    """The sheet of that shipped name or in that file; DocumentError as for `load_form`."""
    return _load(read_sheet, name)


def _load(read: Callable[[str], tuple[str, str]], name: str) -> Form:
    try:
        text, path = read(name)
        return parse_form(text, path)
    except NoSuchResourceError as error:
        raise DocumentError(str(error)) from error
    except FormError as error:
        raise DocumentError("; ".join(str(problem) for problem in error.problems)) from error


def forms_for(protocol: str) -> list[Form]:
    """The shipped forms that are offered in a session of `protocol`; DocumentError."""
    return [form for name in names_of(FORMS) if (form := load_form(name)).is_for(protocol)]


def fill_from(form: Form, record: SessionRecord, site: Site) -> FilledForm:
    """`form` filled from `record`, from what was typed into it there, and from the site card."""
    facts = Facts(record, site.card)
    return fill(form, facts, typed_into(form, facts))


def make_form(filled: FilledForm, record: SessionRecord, site: Site) -> bytes:
    """The PDF of a filled form."""
    from app.printing.form_pdf import form_pdf  # the layout is loaded with the first document

    return form_pdf(filled, _imprint(filled.form, record, site))


def make_sheet(filled: FilledForm, record: SessionRecord, site: Site) -> bytes:
    """The PDF of a sheet for the patient."""
    from app.printing.sheet_pdf import sheet_pdf

    return sheet_pdf(filled, _imprint(filled.form, record, site))


def _imprint(form: Form, record: SessionRecord, site: Site) -> Imprint:
    from app.printing.paper import Imprint

    opened = record.opened
    return Imprint(
        title=form.title,
        document=f"{form.id} version {form.version}",
        approved_by=form.approved_by,
        session="" if opened is None else opened.session,
        program=program_version(),
        simulated=opened is not None and opened.simulated,
        paper=site.paper,
    )


def place_for(form: Form, record: SessionRecord) -> Path:
    """Where the program itself keeps the document: a folder beside the record, by session.

    Raises:
        DocumentError: the folder cannot be made.
    """
    session = "blank" if record.opened is None else record.opened.session
    try:
        folder = data_folder() / "documents" / session
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(f"No folder for documents: {error.strerror or error}.") from error
    return folder / f"{form.id}.pdf"


def write_document(data: bytes, path: Path) -> None:
    """Write a document whole or not at all; an old one of that name is replaced.

    Raises:
        DocumentError: it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise DocumentError(f"{path} cannot be written: {error.strerror or error}.") from error
