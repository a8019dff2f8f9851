"""The verdict on the chains of courses, printed for `verify` and `courses verify`."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from app.commands.answers import print_json
from storage.courses import CourseChain


def print_chains(chains: Iterable[CourseChain], *, as_json: bool) -> bool:
    """Print each course's verdict, one JSON object a course if `as_json`; whether all are whole."""
    good = True
    for chain in chains:
        good &= chain.ok
        if as_json:
            print_json(
                {
                    "course": chain.course,
                    "chain_ok": chain.ok,
                    "chain_problem": chain.problem,
                    "entries": chain.entries,
                    "head": chain.head,
                }
            )
        else:
            typer.echo(f"course   {chain.course}")
            words = "ok" if chain.ok else chain.problem
            typer.echo(f"chain    {words} ({_entries(chain.entries)})")
    return good


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
