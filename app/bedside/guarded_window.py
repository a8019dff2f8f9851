"""A window that shows what is recorded only to who signed in, and covers it after a rest.

Reading old records is no emergency: here nobody works without signing in. Where nobody has an
account, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.bedside.at_bedside import BY_HAND, lock_reason
from app.bedside.doorkeeper import RESTED
from app.bedside.lock_watch import LockWatch
from app.bedside.sign_in_form import Ask
from app.bedside.sign_in_page import SignInPage
from app.people.door import People, Proven, identify
from app.people.reader import Reader
from protocols.events import PersonIdentified

FULL_HD = QSize(1920, 1080)
"""No window asks for more of the screen at first, pixels."""

TO_READ = Ask(heading="Who reads here?", emergency=False)

NOT_RECORDED = (
    "not all that was said here is recorded. Sign in to record it; closing again gives it up."
)

GIVEN_UP = "given_up"
"""Property of content that is to close although something in it is not recorded."""


class GuardedWindow(QWidget):
    """The page that asks, and behind it the content, made once somebody may see it.

    Ctrl+Q locks. What one person had open is not shown to another. Content that does not close,
    since something in it is not recorded, is kept for its person, also while another reads.

    Attributes:
        content: what is guarded, or None before the first time.
    """

    def __init__(
        self,
        people: People,
        page: str,
        title: str,
        make: Callable[[], QWidget],
        look: theme.Theme,
        reader: Reader,
    ) -> None:
        """Guard what `make` gives, for those who may open `page`; `reader` is told who looks.

        Whoever `reader` names already has signed in.
        """
        super().__init__()
        self.setWindowTitle(f"{title}: Infusion Room")
        self.setMinimumSize(1024, 740)
        self._people = people
        self._page, self._title, self._make = page, title, make
        self._look = look
        self._reader = reader
        self._made_for = ""
        self._sizes: theme.Sizes | None = None
        self.content: QWidget | None = None
        self._kept: dict[str, QWidget] = {}
        self._warned = False
        self.asking = SignInPage(people, title)
        self.asking.proven.connect(self._take)
        self.bar = self._make_bar()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.asking)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.bar)
        self.watch = LockWatch(self)
        self.watch.rested.connect(self._rest)
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.lock)
        self._dress()
        if not people.has_accounts:
            self._open()
        elif reader.person is not None:
            self._let_in(reader.person)
        else:
            self._ask("")

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        self.name = QLabel()
        theme.style(self.name, role="small", tone="dim")
        self.lock_button = QPushButton("Lock  Ctrl+Q")
        theme.style(self.lock_button, kind="quiet")
        self.lock_button.clicked.connect(self.lock)
        row = QHBoxLayout(bar)
        row.setContentsMargins(2 * theme.GRID_PX, 4, 2 * theme.GRID_PX, 4)
        row.addWidget(self.name, 1)
        row.addWidget(self.lock_button)
        bar.hide()
        return bar

    def _ask(self, reason: str) -> None:
        self.bar.hide()
        self.asking.say(reason)
        self.stack.setCurrentWidget(self.asking)
        self.asking.ask(TO_READ)

    @Slot(object)
    def _take(self, proven: Proven) -> None:
        self._let_in(identify(proven))

    def _let_in(self, person: PersonIdentified) -> None:
        policy = self._people.policy
        if not policy.may_open(self._page, person.roles):
            self._reader.person = None
            who = ", ".join(sorted(policy.pages.get(self._page, ())))
            self._ask(f"{person.name}: {self._title} is for {who}.")
            return
        self._reader.person = person
        self.name.setText(f"Signed in: {person.name}")
        self.bar.show()
        self.watch.watch(policy.auto_lock_min)
        self._open()

    def _open(self) -> None:
        person = self._reader.person
        user = "" if person is None else person.user
        if self.content is not None and user != self._made_for:
            self._put_away(self.content)
            self.content = None
        self._made_for, self._warned = user, False
        if self.content is None:
            self.content = self._kept.pop(user, None)
        if self.content is None:
            self.content = self._make()
            self.content.setWindowFlags(Qt.WindowType.Widget)
            self.stack.addWidget(self.content)
        self.stack.setCurrentWidget(self.content)
        self.content.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put_away(self, content: QWidget) -> None:
        """End what another person had open, or keep it where it does not close."""
        if content.close():
            self.stack.removeWidget(content)
            content.deleteLater()
        else:
            self._kept[self._made_for] = content

    def _may_close(self) -> bool:
        """Whether all content closes, or who closes was told of what others have not recorded."""
        content = self.content
        if content is not None:
            if not content.close():
                if self.stack.currentWidget() is content:
                    return False
                self._kept[self._made_for] = content
                self.content = None
            elif self._kept and not self._warned:
                self._put_away(content)
                self.content = None
        if not self._kept or self._warned:
            for kept in self._kept.values():
                kept.setProperty(GIVEN_UP, True)
                kept.close()
            return True
        self._warned = True
        self.watch.watch(0)
        words = f"{', '.join(self._kept)}: {NOT_RECORDED}"
        self._sign_out("the window was to be closed")
        self._ask(words)
        return False

    @Slot()
    def lock(self, cause: str = BY_HAND) -> None:
        """Cover the content until somebody signs in; it stays as it is."""
        if not self._sign_out(cause):
            return
        self.watch.watch(0)
        self._ask(lock_reason(cause))

    def _sign_out(self, cause: str) -> bool:
        """Nobody reads any more; whether somebody did."""
        person, self._reader.person = self._reader.person, None
        if person is not None:
            self._people.note_sign_out(person.user, cause)
        return person is not None

    @Slot()
    def _rest(self) -> None:
        self.lock(RESTED.format(minutes=round(self.watch.rest_min)))

    def _dress(self) -> None:
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        if sizes == self._sizes:
            return
        self._sizes = sizes
        self.setStyleSheet(f"GuardedWindow {{ background: {self._look.ground}; }}")
        sheet = theme.stylesheet(self._look, sizes)
        for part in (self.asking, self.bar):
            part.setStyleSheet(sheet)

    def show_large(self) -> None:
        """Show it as large as the screen lets it be, also where nothing maximises windows."""
        self.resize(FULL_HD.boundedTo(self.screen().availableSize()))
        self.showMaximized()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        self._dress()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to notice touches; the first name has the focus where one is asked."""
        super().showEvent(event)
        self.watch.attach()
        if self.stack.currentWidget() is self.asking:
            self.asking.form.first_field().setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Note that whoever read has left, and end what still works; not while it says no."""
        if not self._may_close():
            event.ignore()
            return
        self._sign_out("the window was closed")
        self.watch.stop()
        super().closeEvent(event)
