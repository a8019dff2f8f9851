"""A rights file: read with every mistake named, and shown as tables that say what is enforced."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.events.terms import Meaning, Proof, Role
from protocols.people.authority import UNPROVEN_NEVER, Authority
from protocols.people.rights_file import (
    COMMAND_KINDS,
    PAGES,
    RightsError,
    parse_rights,
    unnamed_kinds,
)
from protocols.people.rights_page import rights_page
from tests.unit.protocols.people_cases import (
    command,
    identified,
    standard,
    standard_text,
    unproven,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "people.md"


def test_the_shipped_file_says_who_may_do_every_command_and_is_not_yet_approved() -> None:
    assert unnamed_kinds(standard()) == ()
    assert standard().approved_by == ""


def test_the_tables_in_the_documentation_are_those_of_the_shipped_file() -> None:
    documented = PAGE.read_text(encoding="utf-8").split("<!-- rights -->\n")[1]
    assert documented.split("<!-- /rights -->")[0] == rights_page(standard())


MISTAKES = [
    ("password_length = 12", "password_length = 3", "secrets.password_length"),
    ("pin_length = 6 ", 'pin_length = "6" ', "secrets.pin_length"),
    ('"people", "sign_record"', '"people", "sing_record"', "secrets.password_only.1"),
    ("longest_min = 60", "longest_min = 0", "lock_out.longest_min"),
    ("first_min = 1 ", "first_min = 60 ", ""),
    ("proof_counts_s = 60", "proof_counts_s = 5", "bedside.proof_counts_s"),
    ('"abort_bp", "pause_audio"', '"abort_bq", "pause_audio"', "command.0.kinds.2"),
    ('"take_bp", "confirm', '"take_bp", "give_dose", "confirm', "command.6.kinds.12"),
    ("always = true", 'always = true\nroles = ["nurse"]', "command.0.always"),
    ('roles = ["prescriber"]\nverbal', "verbal", "command.1.roles"),
    ("proven = true #", 'proven = true\nverbal_to = ["nurse"] #', "command.2.verbal_to"),
    ('second = "witness"\n', "", "command.3.second_roles"),
    ('second = "witness"', 'second = "wetness"', "command.3.second"),
    ('approved = ["prescriber"', 'approved = ["boss"', "signatures.approved.0"),
    ('people = ["administrator"]', "people = []", "pages.people"),
    ('people = ["administrator"]', "", "pages.people"),
    ("[bedside]", "[bedside", "(syntax)"),
]


@pytest.mark.parametrize(("right", "wrong", "field"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_field(right: str, wrong: str, field: str) -> None:
    text = standard_text().replace(right, wrong, 1)
    assert text != standard_text()
    if not field:
        parse_rights(text, "site.toml")  # as long as the longest: allowed
        return
    with pytest.raises(RightsError) as caught:
        parse_rights(text, "site.toml")
    assert field in [problem.field for problem in caught.value.problems]
    lines = text.splitlines()
    assert all(1 <= problem.line <= len(lines) for problem in caught.value.problems)


@pytest.mark.parametrize("kind", COMMAND_KINDS)
def test_the_table_is_true_of_every_role_and_every_command(kind: str) -> None:
    row = next(line for line in rights_page(standard()).splitlines() if f"| `{kind}` |" in line)
    cells = [cell.strip() for cell in row.split("|")[2:8]]
    for role, cell in zip((*Role, None), cells, strict=True):
        assert _is_taken(kind, role) is (cell == "yes"), f"{kind} by {role}"


def _is_taken(kind: str, role: Role | None) -> bool:
    """Whether somebody who has only this role (None: no account) may do it, all else given."""
    authority = Authority(standard())
    me = identified(("me", "Me", (role,))) if role else unproven("Me")
    proof = (
        identified(("me", "Me", (role,)), purpose=kind) if role else unproven("Me", purpose=kind)
    )
    authority.note(me)
    authority.note(proof)
    meanings = [{"meaning": meaning} for meaning in Meaning] if kind == "sign_record" else [{}]
    return any(not authority.refusal(command(kind, "Me", **said)) for said in meanings)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_only_to_its_roles(page: str) -> None:
    for role in Role:
        assert standard().may_open(page, [role]) is (role in standard().pages[page])
    assert not standard().may_open("no-such-page", list(Role))


def test_a_pin_is_no_proof_where_the_file_wants_a_password() -> None:
    assert standard().accepts(Proof.PIN, "check_dose")
    assert not standard().accepts(Proof.PIN, "sign_record")
    assert not standard().accepts(Proof.NONE, "")
    assert "sign_record" in UNPROVEN_NEVER
