"""The episodes of a session for its report: what was found, how each stands, who says so."""

from __future__ import annotations

from app.episode_words import criteria_words
from app.reviewing.cited import NOTHING, Cited, CitedSession, CitedTable, said
from protocols.episode_book import EpisodeBook, EpisodeStanding
from protocols.events import AddendumAdded, EntryCorrected, EpisodesAssessed, EpisodesFound

NOT_BEGUN = "The review of episodes has not begun: nobody has looked for episodes yet."


def book_of(cited: CitedSession) -> EpisodeBook:
    """The episodes as the record leaves them."""
    book = EpisodeBook()
    kinds = (EpisodesFound, EpisodesAssessed, EntryCorrected, AddendumAdded)
    for _, event in cited.all_of(*kinds):
        book.note(event)
    return book


def episodes_words(cited: CitedSession) -> str:
    """How the review of the episodes stands, in a sentence or two."""
    book = book_of(cited)
    if book.found is None:
        return NOT_BEGUN
    found = len(book.standings)
    number = " ".join(f"#{one}" for one in cited.numbers_of(book.found))
    by = criteria_words(book.found)
    words = f"{found} found ({number}) by {by}; {book.open_count} open."
    if book.stale:
        words += " Values were corrected or added since: they must be found again."
    return words


def episodes_table(cited: CitedSession) -> CitedTable:
    """Every episode of the last finding, in order of its beginning."""
    book = book_of(cited)
    number = cited.numbers_of(book.found)
    return CitedTable(
        heading="Episodes to look at",
        headings=("From", "To", "What", "Standing", "Said of it", "By"),
        rows=tuple(_row(cited, number, one) for one in book.standings),
        shares=(1.3, 1.3, 6.0, 2.0, 3.4, 1.8),
        empty="None was found." if book.found is not None else NOT_BEGUN,
        keeps=4,
    )


def _row(
    cited: CitedSession, number: tuple[int, ...], standing: EpisodeStanding
) -> tuple[Cited, ...]:
    one = standing.episode
    comment, by = NOTHING, NOTHING
    told = standing.remarks[-1] if standing.remarks else None
    if told is not None:
        comment = cited.said_by(told.comment, told)
        by = said(told.by)
    stands = said("OPEN", strong=True)
    if standing.outcome is not None:
        closing = [r for r in standing.remarks if r.outcome is not None][-1:]
        stands = cited.said_by(f"closed: {standing.outcome}", *closing)
    return (
        said(cited.time(one.since_ns)),
        said(cited.time(one.until_ns)),
        said(one.words or one.kind, *number, *one.events[:2]),
        stands,
        comment,
        by,
    )
