"""The list of episodes: kind, time, what was found, how it stands; several chosen at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from app.episode_words import KIND_WORDS, standing_words
from app.records.catalogue import OpenedSession
from app.review.rows import short_clock_text
from protocols.episode_book import EpisodeStanding

OPEN_MARK, CLOSED_MARK = "○", "✓"


class EpisodeList(QListWidget):
    """Told its episodes; what was chosen stays chosen as long as it is there.

    Signals:
        moment_chosen: session time in ns (as an object) of the episode turned to.
        selection_changed: other episodes are chosen.
    """

    moment_chosen = Signal(object)
    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """An empty list."""
        super().__init__(parent)
        self.setAccessibleName("list of episodes")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setWordWrap(True)
        self.setSpacing(4)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(160)
        self._standings: tuple[EpisodeStanding, ...] = ()
        self.itemSelectionChanged.connect(self.selection_changed)
        self.currentRowChanged.connect(self._turn)
        self.itemClicked.connect(self._touch)

    def show_standings(
        self,
        opened: OpenedSession,
        standings: Sequence[EpisodeStanding],
        unrecorded: Collection[str] = (),
    ) -> None:
        """Show `standings`; those named in `unrecorded` have answers that are not yet recorded."""
        kept = {one.episode.key for one in self.chosen()}
        self._standings = tuple(standings)
        self.blockSignals(True)
        self.clear()
        for one in self._standings:
            self.addItem(_words(opened, one, unrecorded=one.episode.key in unrecorded))
        for row, one in enumerate(self._standings):
            self._item(row).setSelected(one.episode.key in kept)
        self.blockSignals(False)

    def _item(self, row: int) -> QListWidgetItem:
        return self.item(row)

    def chosen(self) -> tuple[EpisodeStanding, ...]:
        """The episodes chosen, in the order of the list."""
        rows = sorted(self.row(item) for item in self.selectedItems())
        return tuple(self._standings[row] for row in rows)

    @Slot(int)
    def _turn(self, row: int) -> None:
        if 0 <= row < len(self._standings):
            self.moment_chosen.emit(self._standings[row].episode.since_ns)

    @Slot(QListWidgetItem)
    def _touch(self, item: QListWidgetItem) -> None:
        self._turn(self.row(item))


def _words(opened: OpenedSession, one: EpisodeStanding, *, unrecorded: bool) -> str:
    episode = one.episode
    mark = OPEN_MARK if one.is_open else CLOSED_MARK
    since, until = (short_clock_text(opened, at) for at in (episode.since_ns, episode.until_ns))
    when = since if since == until else f"{since} to {until}"
    stands = standing_words(one)
    more = "" if not unrecorded or "not yet recorded" in stands else ", answer not yet recorded"
    return f"{mark} {when}  {KIND_WORDS[episode.kind]}\n{episode.words}\n{stands}{more}"
