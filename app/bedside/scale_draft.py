"""A scale while it is being filled in: the answers so far, and the command they make."""

from __future__ import annotations

from app.bedside.scale_words import measured_now
from app.state import ViewState
from protocols.events import ItemAnswer, RecordScale
from protocols.scales import Entry, Scale, ScaleItem, is_asked


class ScaleDraft:
    """Answers that are not recorded yet. Nothing is answered at first.

    Attributes:
        scores: the score of each item that a person answered.
        sources: what the answer to an item that readings could score rests on.
        confirmed: items whose readings count because a person confirmed their condition.
        by_hand: items that readings could score and that a person answers instead.
        total, result: of a scale that is entered so.
    """

    def __init__(self, scale: Scale) -> None:
        """Begin `scale` without any answer."""
        self.scale = scale
        self.scores: dict[str, int] = {}
        self.sources: dict[str, str] = {}
        self.confirmed: set[str] = set()
        self.by_hand: set[str] = set()
        self.total: int | None = None
        self.result = ""

    def read_score(self, item: ScaleItem, state: ViewState, now_ns: int) -> int | None:
        """The score that readings give `item` now, once what they need is confirmed."""
        measured = measured_now(item, state, now_ns)
        if measured is None or item.measure is None or item.id in self.by_hand:
            return None
        if item.measure.provided and item.id not in self.confirmed:
            return None
        return measured.score

    def present_scores(self, state: ViewState, now_ns: int) -> dict[str, int]:
        """The scores of all items that are asked and have one, those of readings among them."""
        found: dict[str, int] = {}
        for item in self.scale.items:
            score = self.read_score(item, state, now_ns)
            if score is None:
                score = self.scores.get(item.id)
            if score is not None and is_asked(item, found):
                found[item.id] = score
        return found

    def asked(self, state: ViewState, now_ns: int) -> tuple[ScaleItem, ...]:
        """The items that are asked after the answers so far, in order."""
        scores = self.present_scores(state, now_ns)
        return tuple(item for item in self.scale.items if is_asked(item, scores))

    def command(self, state: ViewState, now_ns: int, skipped: str = "") -> RecordScale:
        """What is sent: the answers of the person; readings are scored by the rules."""
        scores = self.present_scores(state, now_ns)
        answers = tuple(
            ItemAnswer(item=item.id, score=self.scores[item.id], source=self._source(item))
            for item in self.scale.items
            if item.id in scores
            and item.id in self.scores
            and self.read_score(item, state, now_ns) is None
        )
        return RecordScale(
            t_ns=0,
            by="",
            scale=self.scale.id,
            answers=answers,
            total=self.total if self.scale.entry is Entry.TOTAL else None,
            result=self.result if self.scale.entry is Entry.RESULT else "",
            skipped=skipped,
            confirmed=tuple(sorted(self.confirmed)),
        )

    def _source(self, item: ScaleItem) -> str:
        return self.sources.get(item.id, "").strip() if item.measure is not None else ""
