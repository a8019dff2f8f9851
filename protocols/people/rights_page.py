"""A rights file as tables for people: every role and every command, signatures, pages, numbers."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.events.terms import Meaning, Role
from protocols.people.authority import EMERGENCY_ROLES, UNPROVEN_NEVER
from protocols.people.lock_out import rest_min
from protocols.people.rights import CommandRight, Rights
from protocols.people.rights_file import COMMAND_KINDS, PAGES
from protocols.people.sentences import roles_text

EMERGENCY = "without signing in"
"""Heading of the column for work that nobody proved."""


def rights_page(rights: Rights) -> str:
    """The tables of `rights` in Markdown; each says only what the rules enforce."""
    lines = [
        f"**{rights.title}** (`{rights.id}` version {rights.version}; "
        f"approved by {rights.approved_by or 'nobody yet'})",
        "",
        *_table("command", [(kind, _marks(rights, kind)) for kind in COMMAND_KINDS]),
        "",
        *_table("signature", [(m.value, _plain_marks(rights.signatures[m])) for m in Meaning]),
        "",
        *_table("page", [(page, _plain_marks(rights.pages[page])) for page in PAGES]),
        "",
        *_numbers(rights),
    ]
    return "\n".join(lines) + "\n"


def may_do(right: CommandRight | None, roles: Iterable[Role]) -> bool:
    """Whether somebody of `roles` may do it, if all else that it asks for is there."""
    if right is None:
        return False
    return right.always or not right.roles.isdisjoint(roles)


def _table(heading: str, rows: Iterable[tuple[str, tuple[list[str], str]]]) -> list[str]:
    columns = [heading, *(role.value for role in Role), EMERGENCY, "also needed"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name, (cells, also) in rows:
        lines.append("| " + " | ".join([f"`{name}`", *cells, also]) + " |")
    return lines


def _marks(rights: Rights, kind: str) -> tuple[list[str], str]:
    right = rights.of_command(kind)
    cells = [_mark(may_do(right, {role})) for role in Role]
    unproven = may_do(right, EMERGENCY_ROLES) and kind not in UNPROVEN_NEVER
    return [*cells, _mark(unproven)], "" if right is None else _also(right)


def _plain_marks(roles: frozenset[Role]) -> tuple[list[str], str]:
    return [*(_mark(role in roles) for role in Role), ""], ""


def _mark(yes: bool) -> str:
    return "yes" if yes else ""


def _also(right: CommandRight) -> str:
    words = []
    if right.always:
        words.append("nothing: taken from anybody, also while the bedside is locked")
    if right.proven:
        words.append("proof for this very action")
    if right.verbal_to:
        words.append(f"a verbal order may be entered by {roles_text(right.verbal_to)}")
    if right.second:
        who = roles_text(right.second_roles)
        there = "may be named without being there" if right.second_verbal else "proves it"
        words.append(f"whom it names as `{right.second}`: {who}, who {there}")
    return "; ".join(words)


def _numbers(rights: Rights) -> list[str]:
    rule = rights.lock_out
    rests = [rest_min(wrong, rule) for wrong in range(rule.tries, rule.tries + 8)]
    told = ", ".join(str(minutes) for minutes in dict.fromkeys(rests))
    secrets = rights.secrets
    return [
        "| number | value |",
        "|---|---|",
        f"| shortest password | {secrets.password_length} characters |",
        f"| shortest PIN | {secrets.pin_length} digits |",
        f"| a PIN is no proof for | {', '.join(sorted(secrets.password_only)) or 'nothing'} |",
        f"| wrong tries in a row before an account rests | {rule.tries} |",
        f"| how long it rests, longer with each further wrong try | {told} min |",
        f"| a bedside locks itself after | {rights.auto_lock_min} min without a touch |",
        f"| a proof for one action stands for | {rights.proof_counts_s} s |",
        f"| cost of a verifier (argon2id) | {secrets.memory_kib // 1024} MiB, "
        f"{secrets.time_cost} passes, {secrets.parallelism} lanes |",
    ]
