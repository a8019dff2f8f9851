"""The limits editor: the table of rules, the form of the one chosen, and what was changed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.qa.changes_box import ChangesBox
from app.qa.rule_editor import RuleEditor
from app.qa.rules_table import RulesTable
from app.rejudging.draft import Draft
from app.rejudging.limit_parts import Place, Value
from app.rejudging.results import Result
from protocols.limits_page import approval_text, by_heading

ALL_RULES = "All rules"
CHANGED_RULES = "Changed rules"


class RulesPage(QWidget):
    """Edits a draft.

    Signals:
        edited: the draft is another now.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.about = wrapped_label(name="limits begun from")
        theme.style(self.about, tone="dim")
        self.heading = QComboBox()
        self.heading.setAccessibleName("rules shown")
        self.heading.currentIndexChanged.connect(self._list)
        self.table = RulesTable()
        self.editor = RuleEditor()
        self.changes = ChangesBox()
        self._lay_out()
        self.table.rule_chosen.connect(self._choose)
        self.editor.wanted.connect(self._change)
        self.editor.put_back.connect(self._put_back)
        self.changes.put_back.connect(self._put_back)
        self.changes.undo_wanted.connect(self._undo)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.heading)
        row.addWidget(self.about, 1)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        column.addWidget(parts, 1)
        parts.addWidget(self.table)
        side = QSplitter(Qt.Orientation.Vertical)
        side.setChildrenCollapsible(False)
        parts.addWidget(side)
        for inner in (self.editor, self.changes):
            side.addWidget(_scrolled(inner))
        side.setStretchFactor(0, 3)
        side.setStretchFactor(1, 1)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        self._side = side

    def show_draft(self, draft: Draft) -> None:
        """Edit `draft` from here on."""
        self.draft = draft
        profile = draft.original
        show_text(
            self.about,
            f"{profile.title}: {profile.id} version {profile.version}, {approval_text(profile)}. "
            "What is not a number here is changed in the file.",
        )
        chosen = self.heading.currentText()
        with QSignalBlocker(self.heading):
            self.heading.clear()
            self.heading.addItems([ALL_RULES, CHANGED_RULES, *by_heading(profile)])
            self.heading.setCurrentIndex(max(0, self.heading.findText(chosen)))
        self._list()
        self.changes.show_draft(draft)

    def show_result(self, result: Result | None) -> None:
        """Show the alarms of each rule in one session."""
        self.table.rules_model.show_result(result)

    @Slot()
    def _list(self) -> None:
        draft = self.draft
        if draft is None:
            return
        chosen = self.heading.currentText()
        rules = draft.original.rules
        if chosen == CHANGED_RULES:
            changed = {change.place.subject for change in draft.changes}
            rules = tuple(one for one in rules if one.id in changed or one.vital in changed)
        elif chosen != ALL_RULES:
            rules = by_heading(draft.original).get(chosen, ())
        before = "" if self.editor.rule is None else self.editor.rule.id
        self.table.rules_model.show_rules(draft, rules)
        self.table.fit()
        names = [rule.id for rule in rules]
        if names:
            self.table.choose(before if before in names else names[0])

    @Slot(str)
    def _choose(self, rule: str) -> None:
        if self.draft is not None:
            self.editor.show_rule(self.draft, self.draft.original.rule(rule))

    @Slot(object, object, str)
    def _change(self, place: Place, value: Value, reason: str) -> None:
        if self.draft is None:
            return
        before = self.draft.setting(place)
        refused = self.draft.change(place, value, reason)
        if refused is not None:
            self.editor.show_refusal(str(place.part), refused)
        elif self.draft.setting(place) != before:
            self._refresh()
        else:
            self.editor.refresh(self.draft)

    @Slot(object)
    def _put_back(self, place: Place) -> None:
        if self.draft is not None:
            self.draft.put_back(place)
            self._refresh()

    @Slot()
    def _undo(self) -> None:
        if self.draft is not None:
            self.draft.undo()
            self._refresh()

    def _refresh(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self.editor.refresh(draft)
        self.table.rules_model.refresh()
        self.table.fit()
        self.changes.show_draft(draft)
        self.edited.emit()

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.table.fit()
        self._side.setMinimumWidth(round(theme.active_sizes().body * 22))


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(widget)
    return area
