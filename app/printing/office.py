"""Writes documents: laid out, sealed with the site's key where it is ready, whole, and noted."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.printing.document_seal import sealed
from app.printing.documents import write_document
from app.printing.paper_words import seal_words
from app.printing.result_document import ResultDocument, WrittenDocument
from app.trail.noting import Trail
from storage.sealing import SealingError, SealKey, load_key


def ready_key(path: Path) -> SealKey | None:
    """The site's key in the file at `path`, if there is one; none is made for a document."""
    if not path.exists():
        return None
    try:
        return load_key(path)
    except SealingError:
        return None


class Office:
    """Writes documents for one window or command, and notes each on its trail."""

    def __init__(
        self, trail: Trail | None, key: SealKey | None, *, paper: str = "A4", unprotected: str = ""
    ) -> None:
        """`unprotected` is said of each copy where the record is encrypted."""
        self._trail = trail
        self._key = key
        self._paper = paper
        self._unprotected = unprotected

    def write_result(
        self, document: ResultDocument, path: Path, *, subject: str = ""
    ) -> WrittenDocument:
        """Lay `document` out as the ending of `path` says, seal it and write it whole.

        Raises:
            DocumentError: it cannot be written.
        """
        key = self.key_name
        if path.suffix.lower() in (".html", ".htm"):
            from app.printing.result_html import result_html

            data = result_html(document, sealed_with=key)
        else:
            from app.printing.result_pdf import result_pdf

            data = result_pdf(document, paper=self._paper, sealed_with=key)
        return self.write(
            data,
            path,
            kind=document.kind,
            content=document.digest,
            subject=subject or document.subject,
        )

    def write(
        self, data: bytes, path: Path, *, kind: str, content: str, subject: str
    ) -> WrittenDocument:
        """Seal `data`, a PDF or HTML file as the ending of `path` says, write it whole and note it.

        `content` is the digest of what it says; `subject` what it is of, for the trail.

        Raises:
            DocumentError: it cannot be written.
        """
        key = self._key
        if key is not None:
            ending = ".html" if path.suffix.lower() == ".htm" else path.suffix
            data = sealed(data, ending, kind=kind, content=content, key=key)
        write_document(data, path)
        if self._trail is not None:
            form = "HTML" if path.suffix.lower() in (".html", ".htm") else "PDF"
            self._trail.exported(subject, f"{form}, {kind}", path)
        said = f"{path}: written, {seal_words(self.key_name)}."
        return WrittenDocument(
            path=path,
            sha256=hashlib.sha256(data).hexdigest(),
            key=self.key_name,
            words=f"{said} {self._unprotected}".strip(),
        )

    @property
    def key_name(self) -> str:
        """Short name of the key that seals; empty where there is none."""
        return "" if self._key is None else self._key.name
