"""Who may do what in a session: at the bedside, as a second person, locked, without signing in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from protocols.events import (
    Command,
    CommandRefused,
    DosePlanned,
    Meaning,
    PersonIdentified,
    SessionClosed,
    SessionResumed,
    StationLocked,
)
from protocols.people import sentences
from protocols.people.authority import PROGRAM, Authority
from protocols.people.rights_file import COMMAND_KINDS
from tests.unit.protocols.people_cases import (
    ANNA,
    BEN,
    PIA,
    QUINN,
    S,
    command,
    identified,
    standard,
    unproven,
)

ANNA_NAME, BEN_NAME, PIA_NAME = ANNA[1], BEN[1], PIA[1]
SAFER = ("stop_infusion", "pause_infusion", "abort_bp", "pause_audio")


def room(*events: PersonIdentified | StationLocked) -> Authority:
    authority = Authority(standard())
    for event in events:
        authority.note(event)
    return authority


def locked(t_s: float = 0) -> StationLocked:
    return StationLocked(t_ns=round(t_s * S), locked=True, by=ANNA_NAME, cause="by hand")


def waste(by: str, witness: str, t_s: float = 0) -> Command:
    return command("waste_drug", by, t_s, witness=witness, amount_mg=Decimal(1), method="sink")


@pytest.mark.parametrize("kind", COMMAND_KINDS)
def test_without_rights_everything_is_taken_from_anybody(kind: str) -> None:
    authority = Authority(None)
    authority.note(locked())
    assert authority.refusal(command(kind, "whoever")) == ""


@pytest.mark.parametrize("kind", COMMAND_KINDS)
def test_while_locked_only_what_makes_safer_or_comes_from_a_station_is_taken(kind: str) -> None:
    authority = room(identified(ANNA), identified(ANNA, purpose=kind), locked())
    taken = authority.refusal(command(kind, ANNA_NAME)) == ""
    assert taken is (kind in (*SAFER, "accept_alarm", "reject_alarm"))


@pytest.mark.parametrize("kind", SAFER)
def test_what_makes_safer_is_taken_from_anybody_even_where_nobody_signed_in(kind: str) -> None:
    assert room().refusal(command(kind, "not signed in")) == ""
    assert room(identified(ANNA)).refusal(command(kind, BEN_NAME)) == ""


def test_nothing_else_is_done_before_somebody_signs_in() -> None:
    assert room().refusal(command("take_bp", ANNA_NAME)) == sentences.NOBODY_SIGNED_IN


def test_only_who_is_at_the_bedside_acts_there() -> None:
    authority = room(identified(ANNA))
    assert authority.refusal(command("take_bp", ANNA_NAME)) == ""
    assert authority.refusal(command("take_bp", f"  {ANNA_NAME.upper()} ")) == ""
    assert BEN_NAME in authority.refusal(command("take_bp", BEN_NAME))
    authority.note(identified(BEN, 5))
    assert authority.refusal(command("take_bp", BEN_NAME, 6)) == ""
    assert ANNA_NAME in authority.refusal(command("take_bp", ANNA_NAME, 6))


def test_signing_in_frees_a_locked_bedside() -> None:
    authority = room(identified(ANNA), locked(10), identified(BEN, 20))
    assert authority.refusal(command("take_bp", BEN_NAME, 21)) == ""


def test_what_the_program_does_itself_is_taken() -> None:
    assert room().refusal(command("write_note", PROGRAM)) == ""


def test_a_proof_given_before_the_lock_does_not_outlive_it() -> None:
    authority = room(identified(ANNA), identified(BEN, purpose="check_dose"), locked(1))
    authority.note(identified(ANNA, 2))
    assert authority.refusal(command("check_dose", BEN_NAME, 3)) != ""


def test_a_proof_stands_for_its_command_alone_and_for_sixty_seconds() -> None:
    authority = room(identified(ANNA), identified(BEN, 10, "check_dose"))
    assert authority.refusal(command("check_dose", BEN_NAME, 70)) == ""
    assert authority.refusal(command("check_dose", BEN_NAME, 70.001)) != ""
    assert authority.refusal(command("take_bp", BEN_NAME, 11)) != ""


def test_a_proof_serves_once_and_a_refused_command_does_not_use_it_up() -> None:
    authority = room(identified(ANNA), identified(BEN, purpose="check_dose"))
    check = command("check_dose", BEN_NAME)
    refused = CommandRefused(t_ns=0, command="check_dose", by=BEN_NAME, reason="wrong weight")
    authority.after(check, [refused])
    assert authority.refusal(check) == ""
    authority.after(check, [])
    assert authority.refusal(check) != ""


def test_the_person_at_the_bedside_checks_a_dose_only_with_a_proof_for_it() -> None:
    authority = room(identified(ANNA))
    assert authority.refusal(command("check_dose", ANNA_NAME)) != ""
    authority.note(identified(ANNA, purpose="check_dose"))
    assert authority.refusal(command("check_dose", ANNA_NAME)) == ""


def test_who_ordered_does_not_check() -> None:
    authority = room(identified(PIA))
    assert _order(authority, PIA_NAME).taken_by == ""
    authority.note(identified(PIA, purpose="check_dose"))
    assert authority.refusal(command("check_dose", PIA_NAME)) == sentences.same_person(PIA_NAME)


def test_a_verbal_order_says_who_took_it_and_the_taker_does_not_check_it() -> None:
    authority = room(identified(ANNA))
    assert authority.refusal(command("order_dose", "Dr Telephone MD")) == ""
    assert _order(authority, "Dr Telephone MD").taken_by == ANNA_NAME
    authority.note(identified(ANNA, purpose="check_dose"))
    assert authority.refusal(command("check_dose", ANNA_NAME)) == sentences.same_person(ANNA_NAME)
    authority.note(identified(BEN, purpose="check_dose"))
    assert authority.refusal(command("check_dose", BEN_NAME)) == ""


def test_a_nurse_orders_nothing_in_her_own_or_in_another_nurses_name() -> None:
    authority = room(identified(BEN), identified(ANNA, 1))
    assert authority.refusal(command("order_dose", ANNA_NAME, 2)) != ""
    assert authority.refusal(command("order_dose", BEN_NAME, 2)) != ""


def test_a_prescriber_who_was_here_before_may_still_order_by_word() -> None:
    authority = room(identified(PIA), identified(ANNA, 1))
    assert authority.refusal(command("order_dose", PIA_NAME, 2)) == ""
    assert _order(authority, PIA_NAME).taken_by == ANNA_NAME


def test_a_proven_prescribers_order_is_no_verbal_order() -> None:
    authority = room(identified(ANNA), identified(PIA, purpose="order_dose"))
    assert _order(authority, PIA_NAME).taken_by == ""


def _order(authority: Authority, by: str) -> DosePlanned:
    planned = DosePlanned(
        t_ns=0,
        weight_kg=Decimal(70),
        dose_mg_per_kg=Decimal("0.5"),
        dose_mg=Decimal(35),
        volume_ml=Decimal(35),
        rate_ml_per_h=Decimal("52.5"),
        rate_mg_per_min=Decimal("0.875"),
        duration_min=Decimal(40),
        concentration_mg_per_ml=Decimal(1),
        ordered_by=by,
    )
    (made,) = authority.after(command("order_dose", by), [planned])
    assert isinstance(made, DosePlanned)
    return made


def test_a_waste_needs_a_witness_who_proved_it_and_is_another_person() -> None:
    authority = room(identified(ANNA))
    assert authority.refusal(waste(ANNA_NAME, BEN_NAME)) != ""
    authority.note(identified(BEN, purpose="waste_drug"))
    assert authority.refusal(waste(ANNA_NAME, BEN_NAME)) == ""
    assert authority.refusal(waste(ANNA_NAME, BEN_NAME), givers=[BEN_NAME]) != ""
    assert authority.refusal(waste(ANNA_NAME, ANNA_NAME)) != ""


def test_a_new_name_makes_nobody_another_person() -> None:
    renamed = ("anna", "Anna Berg-Lund RN", ANNA[2])
    authority = room(identified(ANNA), identified(renamed, purpose="waste_drug"))
    said = authority.refusal(waste(ANNA_NAME, renamed[1]))
    assert said == sentences.same_person(renamed[1])


def test_who_works_without_signing_in_does_not_witness_herself_with_her_account() -> None:
    authority = room(unproven(ANNA_NAME), identified(ANNA, purpose="waste_drug"))
    assert authority.refusal(waste(ANNA_NAME, ANNA_NAME)) == sentences.same_person(ANNA_NAME)


def test_quality_assurance_is_no_witness() -> None:
    authority = room(identified(ANNA), identified(QUINN, purpose="waste_drug"))
    assert "nurse" in authority.refusal(waste(ANNA_NAME, QUINN[1]))


def test_a_name_without_proof_is_a_witness_only_where_all_work_without_signing_in() -> None:
    signed_in = room(identified(ANNA), unproven("Cora", purpose="waste_drug"))
    assert signed_in.refusal(waste(ANNA_NAME, "Cora")) != ""
    emergency = room(unproven("Anna"), unproven("Cora", purpose="waste_drug"))
    assert emergency.refusal(waste("Anna", "Cora")) == ""


def test_without_signing_in_one_may_do_what_a_nurse_does_and_sign_nothing() -> None:
    authority = room(unproven("Anna"), unproven("Anna", purpose="sign_record"))
    assert authority.refusal(command("start_infusion", "Anna")) == ""
    sign = command("sign_record", "Anna", meaning=Meaning.PERFORMED)
    assert authority.refusal(sign) == sentences.SIGNING_UNPROVEN


@pytest.mark.parametrize(
    ("named", "taken"), [("", True), ("Dr Away MD", True), (PIA_NAME, True), (BEN_NAME, False)]
)
def test_a_prescriber_may_be_named_who_is_not_there_but_no_nurse_as_one(
    named: str, taken: bool
) -> None:
    authority = room(identified(PIA), identified(BEN, 1), identified(ANNA, 2))
    asked = command("switch_rule_off", ANNA_NAME, 3, rule="r", reason="x", prescriber=named)
    assert (authority.refusal(asked) == "") is taken


def test_a_signature_needs_the_role_of_its_meaning() -> None:
    authority = room(identified(QUINN, purpose="sign_record"))
    assert authority.refusal(command("sign_record", QUINN[1], meaning=Meaning.REVIEWED)) == ""
    assert authority.refusal(command("sign_record", QUINN[1], meaning=Meaning.PERFORMED)) != ""
    signer = authority.signer(QUINN[1], 0)
    assert signer is not None
    assert signer.user == "quinn"


@pytest.mark.parametrize(
    "end",
    [
        SessionResumed(
            t_ns=5, gap_start_ns=1, utc="", by=ANNA_NAME, reason="cut", gap_from_wall_clock=True
        ),
        SessionClosed(t_ns=5, by=ANNA_NAME, reason="", delivered_mg=Decimal(0)),
    ],
)
def test_after_a_cut_or_the_close_everybody_signs_in_again(
    end: SessionResumed | SessionClosed,
) -> None:
    authority = room(identified(ANNA), identified(BEN, purpose="check_dose"))
    authority.note(end)
    assert authority.refusal(command("take_bp", ANNA_NAME)) == sentences.NOBODY_SIGNED_IN
    assert authority.refusal(command("check_dose", BEN_NAME)) != ""
