"""One file from elsewhere, by what it holds and not by what it is called."""

from __future__ import annotations

from pathlib import Path

from app.importing.bytes_of import FileBytes, read_whole
from app.importing.choices import Choices
from app.importing.foreign import ForeignFileError, ForeignRecording

_SQLITE = b"SQLite format 3\x00"
_BDF = b"\xffBIOSEMI"
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet; save the sheet as CSV",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"MATLAB 5": "a MATLAB file; choose the .hea file beside it",
    b"\xd0\xcf\x11\xe0": "an old office document; save the sheet as CSV",
}


def read_foreign(path: Path, choices: Choices | None = None) -> ForeignRecording:
    """Check the file at `path` and read it as far as it goes.

    Of a WFDB record the header is named; the files that it names are read from the same folder.

    Raises:
        ForeignFileError: it is not shown; the text says why.
    """
    wanted = choices or Choices()
    file = read_whole(path)
    content = file.content
    if content.startswith(_SQLITE):
        raise ForeignFileError(
            f"{path.name} is a database. If it is a record of this program, open it with: "
            "main.py review --database FILE."
        )
    if content.startswith(_BDF):
        raise ForeignFileError(f"{path.name} is a BDF file of 24 bits, which is not read.")
    for begin, words in _OTHERS.items():
        if content.startswith(begin):
            raise ForeignFileError(f"{path.name} is {words}; it is not read.")
    return _by_content(path, file, wanted)


def _by_content(path: Path, file: FileBytes, choices: Choices) -> ForeignRecording:
    from app.importing.csv_reader import read_csv
    from app.importing.edf_file import looks_like_edf
    from app.importing.edf_reader import read_edf
    from app.importing.vital_file import GZIP
    from app.importing.vital_reader import read_vital
    from app.importing.wfdb_header import looks_like_header
    from app.importing.wfdb_reader import read_wfdb

    content = file.content
    if content.startswith(GZIP):
        return read_vital(file, choices)
    if looks_like_edf(content):
        return read_edf(file, choices)
    if looks_like_header(content):
        return read_wfdb(path, file, choices)
    header = path.with_suffix(".hea")
    if path.suffix == ".dat" and header.is_file():
        raise ForeignFileError(f"{path.name} holds samples alone; choose {header.name} beside it.")
    return read_csv(file, choices)
