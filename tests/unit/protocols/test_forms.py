"""Forms: what their files may say, how they are filled, and what persons type into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.definition import parse_protocol
from protocols.events import CloseSession, CommandRefused, FillForm, FormAnswer, FormFilled
from protocols.forms import (
    FilledForm,
    Form,
    FormError,
    Standing,
    fill,
    gather_facts,
    parse_form,
    typed_into,
    what_is_wrong_with,
)
from protocols.forms.filling import fill_form
from protocols.forms.names import FIXED, PATTERNS
from protocols.limits import parse_limits
from protocols.session import Session
from protocols.visit import Visit
from tests.unit.protocols import spray_visit as visit

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
SHIPPED = sorted([*(RESOURCES / "forms").glob("*.toml"), *(RESOURCES / "sheets").glob("*.toml")])
REMS = (RESOURCES / "forms" / "spravato-rems-monitoring.toml").read_text(encoding="utf-8")

SMALL = """id = "small"
version = "1"
title = "Small"
source = ["nobody"]
review_date = 2027-11-30
approved_by = ""

[[section]]
heading = "Patient"

[[section.field]]
id = "name"
label = "Name"
kind = "text"
from = "patient.family_name"

[[section.field]]
id = "ill"
label = "Ill?"
kind = "yes-no"

[[section.field]]
id = "since"
label = "Since"
kind = "date"
needed_if = "ill = yes"
"""


def filled(form: Form, *events: object, site: dict[str, str] | None = None) -> FilledForm:
    facts = gather_facts(events, site)  # type: ignore[arg-type]
    return fill(form, facts, typed_into(form, facts))


def typed(field: str, value: str, form: str = "small", minute: float = 140.0) -> FormFilled:
    return FormFilled(
        t_ns=visit.at(minute),
        form=form,
        version="1",
        field=field,
        label=field,
        value=value,
        by="P. Example MD",
    )


# Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_can_be_read_and_is_named_after_its_id(path: Path) -> None:
    form = parse_form(path.read_text(encoding="utf-8"), path.name)
    assert form.id == path.stem
    assert form.approved_by == ""
    assert form.source


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ('kind = "text"', 'kind = "words"', 14, "section[0].field[0].kind", "'text', 'yes-no'"),
        ("family_name", "surname", 15, "section[0].field[0].from", "patient.family_name"),
        ("patient.family_name", "vital.xyz.before", 15, "section[0].field[0].from", "no vital"),
        ("patient.family_name", "weather.today", 15, "section[0].field[0].from", "begins with"),
        ('"ill = yes"', '"sick = yes"', 26, "section[0].field[2].needed_if", "no field before"),
        ('"ill = yes"', '"ill = maybe"', 26, "section[0].field[2].needed_if", "yes or no"),
        ('"ill = yes"', '"ill"', 26, "section[0].field[2].needed_if", "pattern"),
        ('id = "since"', 'id = "ill"', 23, "section[0].field[2].id", "second time"),
        (
            'kind = "date"',
            'kind = "date"\nat_least = 3',
            26,
            "section[0].field[2].at_least",
            "number",
        ),
        ('label = "Ill?"', 'lable = "Ill?"', 19, "section[0].field[1].lable", "not a known field"),
        ("review_date = 2027-11-30", "", 1, "review_date", "missing"),
        ('heading = "Patient"', 'heading = "Patient', 9, "", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    old: str, new: str, line: int, field: str, words: str
) -> None:
    assert old in SMALL
    with pytest.raises(FormError) as refused:
        parse_form(SMALL.replace(old, new, 1), "small.toml")
    found = [p for p in refused.value.problems if p.field == field]
    assert [p.line for p in found] == [line], refused.value
    assert words in found[0].message
    assert str(found[0]).startswith(f"small.toml:{line}: ")


def test_every_name_of_a_fact_is_explained() -> None:
    page = (RESOURCES.parent / "docs" / "forms.md").read_text(encoding="utf-8")
    assert [name for name in (*FIXED, *PATTERNS) if f"`{name}`" not in page] == []


def test_a_form_is_offered_for_the_protocols_it_names() -> None:
    form = parse_form(REMS, "rems")
    assert form.is_for("spravato-84")
    assert not form.is_for("iv-0.5-40")
    assert parse_form(SMALL, "small").is_for("anything")


# Filling -------------------------------------------------------------------------------------


def test_the_monitoring_form_of_a_whole_visit() -> None:
    form = filled(parse_form(REMS, "rems"), *visit.whole_visit())
    values = {one.field.id: one.value for one in form.fields if one.value}
    assert values == {
        "given-name": "Jane",
        "family-name": "Doe",
        "birth-date": "1985-03-02",
        "sex": "female",
        "first-treatment": "no",
        "benzodiazepines": "no",
        "sedative-hypnotics": "no",
        "opioids": "no",
        "psychostimulants": "no",
        "mao-inhibitors": "no",
        "session-date": "2026-11-21",
        "dose-mg": "84",
        "lot": "A1B",
        "monitored-min": "125",
        "vitals-before": "yes",
        "bp-before": "126/80",
        "bp-40": "148/92",
        "bp-end": "128/82",
        "spo2-before": "98",
        "spo2-40": "96",
        "spo2-end": "97",
        "vitals-end": "yes",
        "sedation": "no",
        "dissociation": "yes",
        "dissociation-onset": "09:35",
        "dissociation-resolution": "10:30",
        "dissociation-severity": "moderate",
    }
    assert form.get("sedation-onset").standing is Standing.NOT_NEEDED
    assert form.get("middle-initial").standing is Standing.OPEN
    missing = [one.field.id for one in form.missing]
    assert missing[0] == "enrolled"
    assert {"ready-min", "serious", "serious-details", "provider-phone"} <= set(missing)
    assert form.count_text == "14 of 41 fields missing"


def test_a_yes_to_a_list_leaves_open_which() -> None:
    events = [e for e in visit.whole_visit() if getattr(e, "item", "") != "depressants"]
    form = filled(parse_form(REMS, "rems"), *events, visit.gate("depressants", "yes"))
    one = form.get("opioids")
    assert one.standing is Standing.MISSING
    assert "the record says “yes”" in one.evidence


def test_a_stay_below_the_least_is_said() -> None:
    events = visit.whole_visit()
    events[-1] = visit.phase(visit.after_dose(90), *_END)
    form = filled(parse_form(REMS, "rems"), *events)
    assert form.get("monitored-min").caution == "below 120"


_END = (visit.Phase.RECOVERY, visit.Phase.DISCHARGED)


def test_nothing_is_filled_from_an_empty_record() -> None:
    form = filled(parse_form(REMS, "rems"))
    assert all(not one.value for one in form.fields)
    assert len(form.missing) == form.needed
    assert all(one.evidence for one in form.missing)


def test_what_was_typed_fills_and_names_who() -> None:
    form = filled(parse_form(SMALL, "small"), visit.opened(), typed("ill", "no"))
    one = form.get("ill")
    assert (one.standing, one.value) == (Standing.TYPED, "no")
    assert one.evidence == "typed by P. Example MD 11:20"
    assert form.get("since").standing is Standing.NOT_NEEDED


def test_the_last_that_was_typed_stands() -> None:
    form = filled(parse_form(SMALL, "small"), typed("ill", "no"), typed("ill", "yes"))
    assert form.get("ill").value == "yes"
    assert form.get("since").standing is Standing.MISSING


def test_a_field_waits_for_the_one_it_depends_on() -> None:
    one = filled(parse_form(SMALL, "small")).get("since")
    assert (one.standing, one.evidence) == (Standing.MISSING, "depends on: Ill?")


def test_typing_never_replaces_the_record_and_is_not_dropped() -> None:
    form = filled(parse_form(SMALL, "small"), visit.patient(), typed("name", "Roe"))
    one = form.get("name")
    assert (one.standing, one.value) == (Standing.RECORDED, "Doe")
    assert one.caution == "P. Example MD typed “Roe”"


def test_what_was_typed_into_another_form_fills_nothing() -> None:
    form = filled(parse_form(SMALL, "small"), typed("ill", "no", form="other"))
    assert form.get("ill").standing is Standing.MISSING


def test_a_fact_of_another_kind_fills_nothing() -> None:
    text = SMALL.replace('kind = "text"', 'kind = "number"')
    one = filled(parse_form(text, "small"), visit.patient()).get("name")
    assert one.standing is Standing.MISSING
    assert one.evidence.startswith("the record says “Doe”")


# Typing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("text", "anything", True),
        ("text", "  ", False),
        ("text", "x" * 301, False),
        ("yes-no", "yes", True),
        ("yes-no", "Yes", False),
        ("number", "12.5", True),
        ("number", "12,5", False),
        ("number", "-1", False),
        ("number", "1e3", False),
        ("number", "NaN", False),
        ("date", "2027-11-30", True),
        ("date", "30.11.2027", False),
        ("date", "2027-02-30", False),
        ("colour", "red", False),
    ],
)
def test_what_may_be_typed(kind: str, value: str, good: bool) -> None:
    assert bool(what_is_wrong_with(kind, value)) is not good


@pytest.fixture
def room() -> Visit:
    limits_text = (RESOURCES / "limits" / "standard.toml").read_text(encoding="utf-8")
    definition, limits = parse_protocol(visit.PROTOCOL, "p"), parse_limits(limits_text, "l")
    return Session(definition, limits).visit


def _command(*answers: tuple[str, str, str]) -> FillForm:
    return FillForm(
        t_ns=7,
        by=visit.NURSE,
        form="small",
        version="1",
        answers=tuple(
            FormAnswer(field=field, label=field.title(), kind=kind, value=value)
            for field, kind, value in answers
        ),
    )


def test_every_field_typed_is_recorded_by_name(room: Visit) -> None:
    outputs = fill_form(room, _command(("ill", "yes-no", "no"), ("since", "date", "2026-01-01")))
    assert outputs == [
        FormFilled(
            t_ns=7,
            form="small",
            version="1",
            field=field,
            label=field.title(),
            value=value,
            by=visit.NURSE,
        )
        for field, value in (("ill", "no"), ("since", "2026-01-01"))
    ]


def test_one_wrong_field_refuses_them_all(room: Visit) -> None:
    outputs = fill_form(room, _command(("ill", "yes-no", "no"), ("since", "date", "soon")))
    assert [type(one) for one in outputs] == [CommandRefused]
    assert "Since: “soon” is no date: write it as 2027-11-30." in str(outputs[0])


def test_nothing_typed_is_refused(room: Visit) -> None:
    assert isinstance(fill_form(room, _command())[0], CommandRefused)


def test_the_session_takes_what_is_typed_until_it_is_closed(room: Visit) -> None:
    session = Session(room.definition, room.limits)
    command = _command(("ill", "yes-no", "no"))
    assert [type(one) for one in session.handle(command)] == [FormFilled]
    session.handle(CloseSession(t_ns=8, by=visit.NURSE, reason="test"))
    assert session.handle(command) == []
