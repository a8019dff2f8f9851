"""Forms and sheets on paper: what stands in the PDF, what is marked as missing, the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.places import names_of
from app.printing.documents import (
    DocumentError,
    Site,
    fill_from,
    forms_for,
    load_form,
    load_sheet,
    make_form,
    make_sheet,
    place_for,
    write_document,
)
from app.printing.press import Press
from protocols.events import Event
from protocols.forms import SessionRecord
from tests.unit.protocols import spray_visit as visit

SITE = Site(card={"name": "Example Clinic", "phone": "+1 555 0100"})
REMS, HOME, BEFORE = "spravato-rems-monitoring", "discharge-instructions", "preparation"


def text_of(data: bytes) -> str:
    """The words of every page, a blank between any two."""
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def form_of(events: list[Event], site: Site = SITE) -> bytes:
    record = SessionRecord.of(events)
    return make_form(fill_from(load_form(REMS), record, site), record, site)


def sheet_of(events: list[Event], name: str = HOME, site: Site = SITE) -> bytes:
    record = SessionRecord.of(events)
    return make_sheet(fill_from(load_sheet(name), record, site), record, site)


def test_a_form_carries_values_with_what_proves_them_and_marks_what_is_missing() -> None:
    words = text_of(form_of(visit.whole_visit()))
    assert "12 of 41 fields missing" in words
    assert "148/92 10:01, 41 min after the dose, monitor bp" in words
    assert "Patient enrolled in the REMS? MISSING only a person knows" in words
    assert words.count("MISSING") == 12
    assert "Submit within 7 days" in words
    assert "Setting: name Example Clinic site card" in words


def test_every_page_says_form_session_program_and_its_number() -> None:
    pages = PdfReader(io.BytesIO(form_of(visit.whole_visit()))).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        words = " ".join(page.extract_text().split())
        assert f"Page {number} of {len(pages)}" in words
        assert "spravato-rems-monitoring version 1, not approved yet" in words
        assert "Session 20261121-080000-room3-ab12, Infusion Room" in words


def test_a_simulated_session_is_marked_on_every_page_and_a_real_one_on_none() -> None:
    real = [visit.opened(simulated=False), *visit.whole_visit()[1:]]
    for page in PdfReader(io.BytesIO(form_of(visit.whole_visit()))).pages:
        assert "SIMULATED: no person was treated" in " ".join(page.extract_text().split())
    assert "SIMULATED" not in text_of(form_of(real))
    assert "SIMULATED" not in text_of(sheet_of(real))
    assert "SIMULATED" in text_of(sheet_of(visit.whole_visit()))


def test_the_same_record_gives_the_same_bytes() -> None:
    assert form_of(visit.whole_visit()) == form_of(visit.whole_visit())
    assert sheet_of(visit.whole_visit()) == sheet_of(visit.whole_visit())
    assert form_of(visit.whole_visit()) != form_of(visit.whole_visit()[:-1])


def test_fonts_are_embedded() -> None:
    for page in PdfReader(io.BytesIO(form_of(visit.whole_visit()))).pages:
        fonts = page["/Resources"]["/Font"].values()
        names = {str(font.get_object()["/BaseFont"]) for font in fonts}
        embedded = {name for name in names if "IBMPlexSans" in name}
        # the layout names Helvetica once in every file and writes nothing with it
        assert names - embedded <= {"/Helvetica"}
        assert embedded


def test_instructions_for_home_carry_the_record_and_the_restrictions() -> None:
    words = text_of(sheet_of(visit.whole_visit()))
    for piece in (
        "Name DOE, Jane",
        "Date 2026-11-21",
        "84 mg",
        "Until tomorrow, after a night of restful sleep",
        "Do not drive",
        "machines",
        "alcohol",
        "legal",
        "Who takes you home M. Doe, 555 0100",
        "Questions: call us at +1 555 0100",
    ):
        assert piece in words


def test_what_a_sheet_lacks_is_a_line_to_write_on() -> None:
    words = text_of(sheet_of(visit.whole_visit(), site=Site(card={})))
    assert "Emergency number not recorded: write it here" in words


def test_a_sheet_without_a_session_is_blank_and_names_none() -> None:
    words = text_of(sheet_of([], BEFORE))
    assert "comfortable" in words.lower()
    assert "An adult must take you home" in words
    assert "Session" not in words


def test_a_name_that_the_font_cannot_write_is_spelt_and_never_dropped() -> None:
    events = [visit.opened(), visit.patient(family_name="李 <Ström & Ø>")]
    words = text_of(form_of(events))
    assert "[U+674E] <Ström & Ø>" in words


def test_a_long_answer_breaks_its_lines_within_the_page() -> None:
    events = [visit.opened(), visit.patient(family_name="Wolfeschlegelsteinhausen " * 12)]
    assert text_of(form_of(events)).count("Wolfeschlegelsteinhausen") == 12


def test_letter_paper_is_letter_paper() -> None:
    data = form_of(visit.whole_visit(), Site(card={}, paper="letter"))
    box = PdfReader(io.BytesIO(data)).pages[0].mediabox
    assert (box.width, box.height) == (612, 792)


def test_every_shipped_document_can_be_made_of_an_empty_record() -> None:
    record = SessionRecord()
    for name in names_of("forms"):
        assert text_of(make_form(fill_from(load_form(name), record, SITE), record, SITE))
    for name in names_of("sheets"):
        assert text_of(make_sheet(fill_from(load_sheet(name), record, SITE), record, SITE))


def test_forms_are_offered_by_the_protocol() -> None:
    assert REMS in [form.id for form in forms_for("spravato-56")]
    assert REMS not in [form.id for form in forms_for("iv-0.5-40")]


def test_a_document_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(DocumentError, match="nothing: no such forms file"):
        load_form("nothing")


def test_a_file_with_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\nversion = 1\n', encoding="utf-8")
    with pytest.raises(DocumentError, match=r"mine\.toml:2: version"):
        load_form(str(path))


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        write_document(b"x", tmp_path / "absent" / "a.pdf")


def test_the_press_keeps_the_file_by_session_and_says_how_it_went() -> None:
    shown: list[Path] = []

    def show(path: Path) -> bool:
        shown.append(path)
        return len(shown) == 1

    press = Press(lambda: SITE, show)
    record = SessionRecord.of(visit.whole_visit())
    made = press.print_sheet(HOME, record)
    assert made.path == place_for(load_sheet(HOME), record) == shown[0]
    assert made.path.read_bytes() == sheet_of(visit.whole_visit())
    assert "is open for printing" in made.words
    assert made.note == (
        "Made for printing: Instructions for after your treatment (discharge-instructions version "
        "1); to be written by hand: Emergency number."
    )
    again = press.print_form(load_form(REMS), record)
    assert "No program here opens PDF files" in again.words
