"""The site's figures and the published ones beside them, as rows of words for screen and file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.reviewing.cohort import Cohort, Figure
from app.reviewing.published import FigureKind, Published, PublishedFigure

OWN = "This site"
PUBLISHED = "Published figures"
ALONE = "Published, without a figure of the site like it"
HEADINGS = ("Figure", "Whose", "Value", "n", "What exactly", "How sure")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One row: a heading of a group (nothing but `group`), or a figure.

    Attributes:
        is_own: whether it is the site's.
        note: what the study says besides, or what else there is to say.
    """

    group: str
    what: str = ""
    whose: str = ""
    value: str = ""
    n: str = ""
    measured: str = ""
    certainty: str = ""
    note: str = ""
    is_own: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether it is the heading of a group."""
        return not self.what

    @property
    def cells(self) -> tuple[str, ...]:
        """Its words under `HEADINGS`."""
        if self.is_heading:
            return (self.group, *[""] * (len(HEADINGS) - 1))
        return (self.what, self.whose, self.value, self.n, self.measured, self.certainty)

    @property
    def sentence(self) -> str:
        """All of it, to be read whole."""
        parts = (self.measured, self.certainty, self.note)
        words = ". ".join(part[0].upper() + part[1:].rstrip(".") for part in parts if part)
        return f"{self.what}, {self.whose}: {self.value}; n: {self.n}. {words}."


def cohort_rows(cohort: Cohort | None, published: Published) -> list[CohortRow]:
    """Every group with the site's figures, each followed by the published ones beside it.

    Without a cohort only the published figures are listed.
    """
    figures: Sequence[Figure] = () if cohort is None else cohort.figures
    rows: list[CohortRow] = []
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            rows.append(CohortRow(group=group))
        rows.append(_own(figure))
        rows += (_published(one, group) for one in published.beside(figure.id))
    rows += _alone(published, [figure.id for figure in figures])
    return rows


def _alone(published: Published, shown: Sequence[str]) -> Iterator[CohortRow]:
    left = published.alone(shown)
    if left:
        yield CohortRow(group=ALONE if shown else PUBLISHED)
    yield from (_published(one, ALONE) for one in left)


def _own(figure: Figure) -> CohortRow:
    n = f"{figure.n} {figure.of}"
    if figure.unknown:
        n += f", {figure.unknown} not known"
    return CohortRow(
        group=figure.group,
        what=figure.what,
        whose=OWN,
        value=figure.value,
        n=n,
        measured=figure.measured,
        certainty="recorded here",
        note=figure.more,
        is_own=True,
    )


def _published(figure: PublishedFigure, group: str) -> CohortRow:
    return CohortRow(
        group=group,
        what=figure.what,
        whose=figure.source,
        value=figure.value,
        n=figure.n,
        measured=_measured(figure),
        certainty=figure.certainty.words,
        note=figure.note,
    )


def _measured(figure: PublishedFigure) -> str:
    if figure.kind in (FigureKind.SHARE, FigureKind.POOLED):
        return figure.measured  # which begins with these words
    return f"{figure.kind.words}: {figure.measured}"


def cohort_sentences(cohort: Cohort, confidence: float) -> list[str]:
    """What must be known before the figures are read."""
    told = [
        f"{cohort.sessions} sessions with drug of {cohort.patients} patients.",
    ]
    if cohort.nameless:
        told.append(
            f"{cohort.nameless} sessions have no record number: they count among the sessions, not "
            "among the patients."
        )
    if cohort.without_drug:
        told.append(f"{cohort.without_drug} sessions without drug are not counted.")
    if cohort.unread:
        told.append(f"Of {cohort.unread} sessions parts of the record cannot be read.")
    if cohort.mixed:
        told.append("Simulated and real sessions are counted together.")
    told.append(
        f"In brackets: {100 * confidence:g} % interval after Wilson. It takes sessions as "
        "independent; several sessions of one patient are not, so that it is then too narrow."
    )
    return told
