"""The verdict on courses and logbooks, printed for `verify` and `courses verify`."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from app.commands.answers import print_json
from storage.heads import NotedEnd
from storage.verification import JournalChain


def print_chains(what: str, chains: Iterable[JournalChain], *, as_json: bool) -> bool:
    """Print the verdict on each course or logbook, one JSON object each if `as_json`.

    Returns:
        Whether all are whole.
    """
    good = True
    for chain in chains:
        good &= chain.ok
        if as_json:
            print_json(
                {
                    what: chain.name,
                    "chain_ok": chain.ok,
                    "chain_problem": chain.problem,
                    "entries": chain.entries,
                    "head": chain.head,
                    "seal": seal_facts(chain.seal),
                }
            )
        else:
            typer.echo(f"{what:<8} {chain.name}")
            words = "ok" if chain.ok else chain.problem
            typer.echo(f"chain    {words} ({_entries(chain.entries)})")
            typer.echo(f"seal     {seal_words(chain.seal, chain.ends.later, 'entries')}")
    return good


def seal_facts(seal: NotedEnd | None) -> dict[str, object] | None:
    """A seal for JSON; null where there is none."""
    if seal is None:
        return None
    return {"seq": seal.head.seq, "at_utc": seal.at_utc, "key": seal.key}


def seal_words(seal: NotedEnd | None, later: int, what: str) -> str:
    """What there is to say of the newest seal that fits; `later` of `what` follow it."""
    if seal is None:
        return "not sealed"
    words = f"by key {seal.key} on {seal.at_utc}"
    return f"{words}; {later} {what} since" if later else words


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
