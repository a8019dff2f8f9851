"""The rules of a draft as a table: what each number was and is, and what that does to alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from app import theme
from app.rejudging.draft import Draft
from app.rejudging.limit_parts import Part, Place, adjustments_of, value_text
from app.rejudging.results import Result
from app.review.headed_model import AnyIndex, HeadedModel
from app.review.reading_table import dress_to_read
from protocols.alarm_rules import AlarmRule

HEADINGS = ("Rule", "Limit", "Alarms", "Delay", "Readings", "Hysteresis", "Severity", "Judged")
_NUMBERS = (Part.LIMIT, Part.BY, Part.BY_PERCENT, Part.COMPANION, Part.WINDOW)
_COLUMNS: dict[int, tuple[Part, ...]] = {
    1: _NUMBERS,
    3: (Part.DELAY,),
    4: (Part.READINGS,),
    5: (Part.HYSTERESIS,),
    6: (Part.TIER,),
    7: (Part.JUDGED,),
}
WIDEST, ALARMS = 1, 2


class RulesModel(HeadedModel):
    """Rules with what was changed of them; a changed cell shows before and after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.rules: Sequence[AlarmRule] = ()
        self._places: dict[str, dict[Part, Place]] = {}
        self._before: Counter[str] | None = None
        self._after: Counter[str] | None = None

    def show_rules(self, draft: Draft | None, rules: Sequence[AlarmRule]) -> None:
        """Show `rules` of `draft` in place of those before."""
        self.beginResetModel()
        self.draft, self.rules = draft, rules
        self._places = {
            rule.id: {one.place.part: one.place for one in adjustments_of(rule)} for rule in rules
        }
        self.endResetModel()

    def show_result(self, result: Result | None) -> None:
        """Show how many alarms each rule has in one session, before and after."""
        self._before = self._after = None
        if result is not None:
            self._after = Counter(one.rule for one in result.after)
            if result.before is not None:
                self._before = Counter(one.rule for one in result.before)
        self.refresh()

    def refresh(self) -> None:
        """Draw every cell anew."""
        if self.rules:
            last = self.index(len(self.rules) - 1, len(HEADINGS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def heads(self) -> Sequence[str]:
        """The headings."""
        return HEADINGS

    def count_rows(self) -> int:
        """Number of rules."""
        return len(self.rules)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words of a cell; in bold where it was changed; the sentence as tool tip."""
        rule, column = self.rules[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(rule, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{rule.title}. {rule.sentence()}"
        if role == Qt.ItemDataRole.FontRole and self._is_changed(rule, column):
            return theme.font(strong=True)
        return None

    def _words(self, rule: AlarmRule, column: int) -> str:
        if column == 0:
            return rule.id
        if column == ALARMS:
            return self._alarms(rule)
        return ", ".join(
            self._part(rule, part) for part in _COLUMNS[column] if self._has(rule, part)
        )

    def _has(self, rule: AlarmRule, part: Part) -> bool:
        return part in self._places[rule.id]

    def _part(self, rule: AlarmRule, part: Part) -> str:
        place = self._places[rule.id][part]
        draft = self.draft
        if draft is None:
            return ""
        original = draft.adjustment(place)
        if not draft.is_changed(place):
            return original.text
        after = value_text(draft.setting(place).value, original.unit)
        return f"{value_text(original.value)} → {after}"

    def _is_changed(self, rule: AlarmRule, column: int) -> bool:
        if self.draft is None:
            return False
        places = self._places[rule.id]
        parts = _COLUMNS.get(column, tuple(places) if column == 0 else ())
        return any(self.draft.is_changed(places[part]) for part in parts if part in places)

    def _alarms(self, rule: AlarmRule) -> str:
        if self._after is None:
            return ""
        after = str(self._after[rule.id])
        if self._before is None:
            return after
        before = str(self._before[rule.id])
        return after if before == after else f"{before} → {after}"


class RulesTable(QTableView):
    """The table of the rules; choosing one tells.

    Signals:
        rule_chosen: the name of the rule that a person went to.
    """

    rule_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rules_model = RulesModel(self)
        self.setModel(self.rules_model)
        header = dress_to_read(self, "rules of the limits")
        header.setSectionResizeMode(WIDEST, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def choose(self, rule: str) -> None:
        """Go to the rule of that name, where it is shown."""
        for row, one in enumerate(self.rules_model.rules):
            if one.id == rule:
                self.selectRow(row)

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.verticalHeader().setDefaultSectionSize(round(theme.active_sizes().body * 1.75))
        for column in range(len(HEADINGS)):
            if column != WIDEST:
                self.resizeColumnToContents(column)

    @Slot()
    def _tell(self) -> None:
        row = self.currentIndex().row()
        if 0 <= row < len(self.rules_model.rules):
            self.rule_chosen.emit(self.rules_model.rules[row].id)
