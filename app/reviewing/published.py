"""Figures of the literature as data: what was measured, of how many, and how sure the figure is.

The file of them says no more than what was read. A site's own figure stands beside a published one
only where the file names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocols.problems import RefusedFileError, read_record


class PublishedFileError(RefusedFileError):
    """A file of published figures that cannot be used; `problems` lists every mistake."""


class Certainty(StrEnum):
    """Where a figure comes from."""

    READ = "read"
    MEMORY = "memory"
    UNSURE = "unsure"

    @property
    def words(self) -> str:
        """For people, with a mark that is not colour."""
        return {
            Certainty.READ: "read in an excerpt",
            Certainty.MEMORY: "? from memory",
            Certainty.UNSURE: "?? unsure",
        }[self]


class FigureKind(StrEnum):
    """What sort of number a figure is: mean at a time and mean of peaks are never the same."""

    AT_A_TIME = "at-a-time"
    LARGEST_MEAN = "largest-mean"
    MEAN_OF_PEAKS = "mean-of-peaks"
    SHARE = "share"
    POOLED = "pooled"
    NOT_SAID = "not-said"

    @property
    def words(self) -> str:
        """For people."""
        return {
            FigureKind.AT_A_TIME: "mean at a time",
            FigureKind.LARGEST_MEAN: "largest of the means at several times",
            FigureKind.MEAN_OF_PEAKS: "mean of each session's peak",
            FigureKind.SHARE: "share",
            FigureKind.POOLED: "pooled over studies",
            FigureKind.NOT_SAID: "kind of figure not said",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFigure:
    """One figure of a study, in the words of what was read.

    Attributes:
        study, year, n: as in `Study`.
        what: what it is about.
        value: the figure with its unit, interval or standard deviation.
        measured: exactly what was measured, and what was not said.
        note: what the study says besides.
        beside: ids of the site's own figures that it stands beside.
    """

    study: str
    year: int | None
    n: str
    what: str
    value: str
    kind: FigureKind
    measured: str
    certainty: Certainty
    note: str = ""
    beside: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Study and year, for example ``Yale 2024``."""
        return self.study if self.year is None else f"{self.study} {self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study and its figures; `n` and `note` as they were read."""

    id: str
    name: str
    year: int | None
    n: str
    note: str
    figures: tuple[PublishedFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The whole file."""

    version: str
    title: str
    review_date: date
    approved_by: str
    studies: tuple[Study, ...]

    @property
    def figures(self) -> tuple[PublishedFigure, ...]:
        """Every figure, in the order of the file."""
        return tuple(figure for study in self.studies for figure in study.figures)

    def beside(self, own: str) -> tuple[PublishedFigure, ...]:
        """The figures that stand beside the site's own figure of that id."""
        return tuple(figure for figure in self.figures if own in figure.beside)

    def alone(self, shown: Sequence[str]) -> tuple[PublishedFigure, ...]:
        """The figures that stand beside none of the ids `shown`."""
        return tuple(f for f in self.figures if not any(own in shown for own in f.beside))


_Text = Annotated[str, Field(min_length=1, max_length=400)]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Figure(_Table):
    beside: list[_Id]
    what: _Text
    value: _Text
    kind: FigureKind
    measured: _Text
    certainty: Certainty


class _Study(_Table):
    id: _Id
    name: _Text
    year: Annotated[int | None, Field(ge=1900, le=2100)] = None
    n: _Text
    note: Annotated[str, Field(max_length=600)] = ""
    figure: Annotated[list[_Figure], Field(min_length=1)]

    def build(self) -> Study:
        return Study(
            id=self.id,
            name=self.name,
            year=self.year,
            n=self.n,
            note=self.note,
            figures=tuple(
                PublishedFigure(
                    study=self.name,
                    year=self.year,
                    n=self.n,
                    what=one.what,
                    value=one.value,
                    kind=one.kind,
                    measured=one.measured,
                    certainty=one.certainty,
                    note=self.note,
                    beside=tuple(one.beside),
                )
                for one in self.figure
            ),
        )


class _File(_Table):
    version: _Text
    title: _Text
    review_date: date
    approved_by: str
    study: Annotated[list[_Study], Field(min_length=1)]


def parse_published(text: str, file: str) -> Published:
    """The published figures in the TOML `text`; `file` is its name for messages.

    Raises:
        PublishedFileError: with every mistake: file, line, field and what is allowed there.
    """
    content = read_record(text, file, _File, PublishedFileError)
    return Published(
        version=content.version,
        title=content.title,
        review_date=content.review_date,
        approved_by=content.approved_by,
        studies=tuple(study.build() for study in content.study),
    )
