"""Pictures of the documents: the side that offers them, and the first page of a report."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QPushButton, QWidget

from app.places import program_version
from app.printing.document_maker import DocumentMaker
from app.printing.documents import Site
from app.printing.office import Office
from app.printing.session_report import session_report_pdf
from app.records.archive import Archive
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.review_criteria import load_criteria
from app.reviewing.figures import figures_of
from app.reviewing.session_report import report_of
from storage.database import Database

RENDERER = "pdftoppm"
DPI = 110


def picture_documents(
    record: Database,
    session: str,
    size: QSize,
    save: Callable[[QWidget, str], object],
    folder: Path,
) -> None:
    """The documents of `session` beside its plots, and page one of its report into `folder`."""
    archive = Archive(record)
    picture_report(archive, session, folder)
    maker = DocumentMaker(
        Office(None, None), lambda: Site(card={}), open_session=archive.open_session
    )
    window = ReviewWindow(Sources(catalogue=archive, documents=maker))
    window.resize(size)
    window.show()
    window.open(session)
    buttons = window.sessions.page.findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Documents").click()
    wait(1500)
    save(window, "review-documents")
    window.close()


def picture_report(archive: Archive, session: str, folder: Path) -> None:
    """Page one of the report, by the renderer of the system; without one the old picture stays."""
    if shutil.which(RENDERER) is None:
        print(f"session-report: left as it is, {RENDERER} (poppler-utils) is not installed")
        return
    opened = archive.open_session(session)
    figures = figures_of(opened, load_criteria().criteria)
    data = session_report_pdf(report_of(opened, figures, program_version()))
    with tempfile.TemporaryDirectory() as place:
        pdf = Path(place) / "report.pdf"
        pdf.write_bytes(data)
        target = str(folder / "session-report")
        command = [RENDERER, "-r", str(DPI), "-png", "-singlefile", "-f", "1", str(pdf), target]
        subprocess.run(command, check=True)


def wait(milliseconds: int) -> None:
    """Let the window work so long."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
