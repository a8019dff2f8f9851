"""The picture of the form for copies, beside the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.exchange.forms import CopyForm
from app.records.archive import Archive
from app.records.catalogue import Progress
from app.records.copies import CopyDone, CopyOrder
from app.review.sources import Sources
from app.review.window import ReviewWindow
from storage.database import Database


class _Shown:
    """Offers copies and makes none: a picture needs only the form."""

    def proposed(self, session: str, form: CopyForm, *, deidentified: bool) -> str:
        return session

    def make(self, order: CopyOrder, progress: Progress) -> CopyDone | None:
        return CopyDone(path=Path(order.path), words="", sha256="")


def picture_copies(
    record: Database, session: str, size: QSize, save: Callable[[QWidget, str], object]
) -> None:
    """The form with FHIR chosen, de-identified."""
    window = ReviewWindow(Sources(catalogue=Archive(record), copies=_Shown()))
    window.resize(size)
    window.show()
    window.open(session)
    page = window.sessions.page
    page.export.setChecked(True)
    page.copying.forms[CopyForm.FHIR].setChecked(True)
    page.copying.deidentified.setChecked(True)
    QApplication.processEvents()
    save(window, "review-copies")
    window.close()
