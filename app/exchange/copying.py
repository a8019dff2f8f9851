"""Makes a copy of a session in any format, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.exchange.deidentify import Disguise
from app.exchange.forms import FORMS, CopyForm, file_name
from app.exchange.libraries import ExtraMissingError, load_extra
from app.exchange.session_copy import SessionCopy, make_disguise, make_variant, read_copy
from app.places import seal_key_path
from storage.database import Database
from storage.export import CopyStoppedError, GoOn, always, export_csv, export_json, whole_file
from storage.faults import Fault, StorageError
from storage.folders import sync_folder
from storage.pseudonyms import SECRET_NAME, PseudonymError, Pseudonyms, make_or_load_secret
from storage.whole_files import sync_file, write_whole

READ_SHARE = 0.6
"""Share of the work that reading is, as far as a progress bar is concerned."""

_MODE = 0o666
"""As far as the system lets files be read by others: a copy is for taking away."""


class CopyError(Exception):
    """A copy could not be made; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMade:
    """A copy that was made.

    Attributes:
        path: the file, or the folder of its files.
        words: what it holds, for people: ``1234 rows``.
    """

    path: Path
    words: str


def site_pseudonyms() -> Pseudonyms:
    """The pseudonyms of this site; its secret lies beside the key that seals.

    Raises:
        CopyError: there is no usable secret.
    """
    try:
        return make_or_load_secret(seal_key_path().with_name(SECRET_NAME))
    except PseudonymError as error:
        raise CopyError(str(error)) from error


def proposed_name(
    database: Database, session: str, form: CopyForm, pseudonyms: Pseudonyms | None
) -> str:
    """What a copy is called where nobody says otherwise; never after the room where that is secret.

    Raises:
        StorageError: there is no such session.
    """
    if pseudonyms is None:
        return file_name(session, form)
    disguise: Disguise = make_disguise(database, session, pseudonyms)
    return file_name(disguise.session, form)


def make_copy(
    database: Database,
    session: str,
    form: CopyForm,
    path: Path,
    *,
    pseudonyms: Pseudonyms | None = None,
    waveforms: bool = False,
    go_on: GoOn = always,
) -> CopyMade:
    """Write a copy of `session` to `path`.

    Args:
        database: the record.
        session: its name.
        form: the format.
        path: the file to make; of several files the folder. A file of this name is replaced once
            the new one is whole; a folder must not be there, or be empty.
        pseudonyms: de-identify it with them.
        waveforms: of the format ``csv``: a row for each sample too.
        go_on: asked now and then; where it answers no, nothing is written.

    Raises:
        StorageError: there is no such session, it cannot be read, or the copy not be written.
        CopyError: a library is missing, or the folder is in use.
        CopyStoppedError: `go_on` answered no.
    """
    try:
        if FORMS[form].needs_extra:
            load_extra("wfdb" if form is CopyForm.WFDB else "vitaldb")
        if form is CopyForm.CSV or form is CopyForm.JSON:
            return _by_storage(database, session, form, path, pseudonyms, waveforms, go_on)
        return _by_copy(database, session, form, path, pseudonyms, go_on)
    except ExtraMissingError as error:
        raise CopyError(f"The format {form} {error}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageError(Fault.IO, f"{path} cannot be written: {why}.") from error


def _by_storage(
    database: Database,
    session: str,
    form: CopyForm,
    path: Path,
    pseudonyms: Pseudonyms | None,
    waveforms: bool,
    go_on: GoOn,
) -> CopyMade:
    variant = None if pseudonyms is None else make_variant(database, session, pseudonyms)
    if form is CopyForm.JSON:
        count = export_json(database, session, path, variant=variant, go_on=go_on)
        return CopyMade(path=path, words=f"{count} events")
    count = export_csv(database, session, path, waveforms=waveforms, variant=variant, go_on=go_on)
    return CopyMade(path=path, words=f"{count} rows")


def _by_copy(
    database: Database,
    session: str,
    form: CopyForm,
    path: Path,
    pseudonyms: Pseudonyms | None,
    go_on: GoOn,
) -> CopyMade:
    copy = read_copy(
        database,
        session,
        pseudonyms=pseudonyms,
        go_on=lambda share: go_on(share * READ_SHARE),
    )
    if not go_on(READ_SHARE):
        raise CopyStoppedError
    words = _WRITERS[form](copy, path)
    go_on(1.0)
    return CopyMade(path=path, words=words)


def _write_wide(copy: SessionCopy, path: Path) -> str:
    from app.exchange.wide_table import write_wide

    with whole_file(path) as file:
        return f"{write_wide(copy, file)} rows, one a second"


def _write_fhir(copy: SessionCopy, path: Path) -> str:
    from app.exchange.fhir_copy import make_fhir

    content = make_fhir(copy)
    write_whole(path, content, mode=_MODE)
    return f"{content.count(b'fullUrl')} resources"


def _write_edf(copy: SessionCopy, path: Path) -> str:
    from app.exchange.edf_copy import make_edf

    content = make_edf(copy)
    write_whole(path, content, mode=_MODE)
    return f"{len(content)} bytes"


def _write_vital(copy: SessionCopy, path: Path) -> str:
    from app.exchange.vital_copy import write_vital

    part = path.with_name(f".{path.name}.part")
    try:
        write_vital(copy, part)
        sync_file(part)
        size = part.stat().st_size
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)
    return f"{size} bytes"


def _write_wfdb(copy: SessionCopy, path: Path) -> str:
    """The set of files in a folder that gets its name only when all of them are whole."""
    from app.exchange.wfdb_copy import write_wfdb

    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CopyError(f"{path} is there already: name another folder, for the files of one copy.")
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        files = write_wfdb(copy, part, _record_name(copy.name))
        for file in files:
            sync_file(file)
        if path.exists():
            path.rmdir()
        part.replace(path)
    finally:
        with suppress(OSError):
            shutil.rmtree(part, ignore_errors=True)
    sync_folder(path.parent)
    return f"{len(files)} files"


def _record_name(session: str) -> str:
    """A name as WFDB takes it: letters, digits, hyphens and underscores."""
    return "".join(c if (c.isascii() and c.isalnum()) or c in "-_" else "_" for c in session)


_WRITERS: dict[CopyForm, Callable[[SessionCopy, Path], str]] = {
    CopyForm.CSV_WIDE: _write_wide,
    CopyForm.FHIR: _write_fhir,
    CopyForm.EDF: _write_edf,
    CopyForm.WFDB: _write_wfdb,
    CopyForm.VITAL: _write_vital,
}
