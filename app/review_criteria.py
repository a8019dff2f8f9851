"""The criteria of the review in force on this machine: the site's own, else those shipped."""

from __future__ import annotations

from dataclasses import dataclass

from app.places import RESOURCES, NoSuchResourceError, read_review_criteria
from protocols.review_criteria import CriteriaError, ReviewCriteria, parse_criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaInForce:
    """Criteria with their text, which is recorded with what they found.

    `problem` says why the site's own are not used, in a sentence; empty where they are, or where
    the site has none.
    """

    text: str
    criteria: ReviewCriteria
    problem: str = ""


def load_criteria(name: str = "standard") -> CriteriaInForce:
    """The criteria of that name or path; a site's own that cannot be used are said, not obeyed.

    Raises:
        NoSuchResourceError: there is no such file.
        CriteriaError: a file that was named cannot be used.
    """
    try:
        text, path = read_review_criteria(name)
        return CriteriaInForce(text=text, criteria=parse_criteria(text, path))
    except (NoSuchResourceError, CriteriaError) as error:
        if name != "standard":
            raise
        path = str(RESOURCES / "review" / "standard.toml")
        text, path = read_review_criteria(path)
        problem = f"The site's own criteria cannot be used, so those shipped are: {error}"
        return CriteriaInForce(text=text, criteria=parse_criteria(text, path), problem=problem)
