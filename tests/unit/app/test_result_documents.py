"""Results on paper and on the screen: one content, two layouts, and a seal that shows changes."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.commands.registration import run
from app.printing.document_seal import check, sealed
from app.printing.office import Office, ready_key
from app.printing.result_document import (
    Fact,
    Outcome,
    ResultDocument,
    ResultTable,
    Section,
    SignatureLine,
    VerdictLine,
    worst,
)
from app.printing.result_html import result_html
from app.printing.result_pdf import result_pdf
from storage.sealing import KnownKeys, SealKey, make_or_load_key

DOCUMENT = ResultDocument(
    kind="verification 1",
    title="Verification of an archive",
    subject="sessions of <Room 3> & others",
    program="9.9.9",
    made_at="2026-11-26 10:00:00 +01:00",
    made_by="A. Inspector",
    outcome=Outcome.FAIL,
    summary="1 of 3 sessions differs",
    facts=(Fact(name="Sessions", value="3", source="list of 2026-11-26"),),
    sections=(
        Section(
            heading="What was asked",
            verdicts=(
                VerdictLine(outcome=Outcome.PASS, text="The chain is whole"),
                VerdictLine(
                    outcome=Outcome.FAIL, text="Outputs equal", detail="first difference at 412"
                ),
            ),
            tables=(
                ResultTable(
                    headings=("session", "events"),
                    rows=tuple((f"s-{n}", str(n)) for n in range(30)),
                    right=(1,),
                ).cut(5),
            ),
        ),
    ),
    record="sessions.db",
    rests_on=("chain 0123 of session s-1",),
    signatures=(SignatureLine(role="medical director", meaning="approved by"),),
    simulated=True,
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    """A site's key."""
    return make_or_load_key(tmp_path_factory.mktemp("site") / "seal-key.pem")


def known(key: SealKey) -> KnownKeys:
    return KnownKeys(public={key.name: key.public})


def pdf_words(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def html_words(data: bytes) -> str:
    from html import unescape

    return " ".join(
        unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", data.decode(), flags=re.S)).split()
    )


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(pdf_words(result_pdf(DOCUMENT)), id="pdf"),
        pytest.param(html_words(result_html(DOCUMENT)), id="html"),
    ],
)
def test_both_layouts_say_all_of_the_content(words: str) -> None:
    for piece in (
        "Verification of an archive",
        "sessions of <Room 3> & others",
        "[x] FAIL: 1 of 3 sessions differs",
        "[+] PASS",
        "The chain is whole",
        "first difference at 412",
        "list of 2026-11-26",
        "25 more, see the export.",
        "approved by",
        "medical director",
        "to be signed by hand",
        "2026-11-26 10:00:00 +01:00 by A. Inspector",
        "Infusion Room 9.9.9",
        "chain 0123 of session s-1",
        "SIMULATED: no person was treated",
    ):
        assert piece in words
    assert DOCUMENT.digest in words.replace(" ", "")


def test_the_same_content_gives_the_same_bytes_and_another_word_another_digest() -> None:
    assert result_pdf(DOCUMENT) == result_pdf(replace(DOCUMENT))
    assert result_html(DOCUMENT) == result_html(replace(DOCUMENT))
    assert replace(DOCUMENT, summary="0 of 3 differ").digest != DOCUMENT.digest


def test_html_escapes_everything_runs_nothing_and_fetches_nothing() -> None:
    hostile = "<script src='http://x'>alert(1)</script>\"&"
    document = ResultDocument(
        kind=hostile,
        title=hostile,
        subject=hostile,
        program=hostile,
        made_at=hostile,
        made_by=hostile,
        outcome=Outcome.OPEN,
        summary=hostile,
        record=hostile,
        rests_on=(hostile,),
        facts=(Fact(name=hostile, value=hostile, source=hostile),),
        signatures=(
            SignatureLine(role=hostile, meaning=hostile, name=hostile, date=hostile, note=hostile),
        ),
        sections=(
            Section(
                heading=hostile,
                paragraphs=(hostile,),
                verdicts=(VerdictLine(outcome=Outcome.FAIL, text=hostile, detail=hostile),),
                tables=(ResultTable(headings=(hostile,), rows=((hostile,),), caption=hostile),),
            ),
        ),
    )
    page = result_html(document, sealed_with=hostile).decode()
    assert "<script" not in page
    assert page.count("&lt;script") >= 20
    assert not re.search(
        r"""(?:src|href|url)\s*[=(]""", page.replace(hostile, "").replace("src=&#x27;", "")
    )
    assert "default-src 'none'" in page


def test_a_row_that_does_not_fit_its_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns, but a row of 1"):
        ResultTable(headings=("a", "b"), rows=(("1",),))


def test_the_worst_outcome_stands_for_the_whole_and_nothing_asked_is_no_pass() -> None:
    assert worst([Outcome.PASS, Outcome.FAIL, Outcome.OPEN]) is Outcome.FAIL
    assert worst([Outcome.PASS, Outcome.OPEN]) is Outcome.OPEN
    assert worst([Outcome.PASS]) is Outcome.PASS
    assert worst([]) is Outcome.OPEN


@pytest.mark.parametrize("ending", [".pdf", ".html"])
def test_a_seal_fits_and_every_later_change_is_found(key: SealKey, ending: str) -> None:
    made = result_html(DOCUMENT) if ending == ".html" else result_pdf(DOCUMENT)
    whole = sealed(made, ending, kind=DOCUMENT.kind, content=DOCUMENT.digest, key=key)
    good = check(whole, known(key))
    assert good.good
    assert (good.key, good.content, good.kind) == (key.name, DOCUMENT.digest, DOCUMENT.kind)
    for at in range(0, len(whole), len(whole) // 97):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert not check(changed, known(key)).good, f"byte {at} was changed unseen"
    assert "added after it" in check(whole + b"more", known(key)).words
    assert check(made, known(key)).words == "It carries no seal."


def test_a_seal_by_a_key_of_nobody_known_is_no_good(key: SealKey, tmp_path: Path) -> None:
    other = make_or_load_key(tmp_path / "other.pem")
    whole = sealed(result_html(DOCUMENT), ".html", kind="k", content="c", key=other)
    verdict = check(whole, known(key))
    assert not verdict.good
    assert "no key known here" in verdict.words
    assert check(whole, KnownKeys(names=frozenset({other.name}))).good


def test_a_sealed_pdf_still_opens_and_says_who_sealed_it(key: SealKey, tmp_path: Path) -> None:
    written = Office(None, key).write_result(DOCUMENT, tmp_path / "result.pdf")
    data = written.path.read_bytes()
    assert f"sealed with key {key.name}" in pdf_words(data)
    assert check(data, known(key)).good
    assert written.key == key.name
    unsealed = Office(None, None).write_result(DOCUMENT, tmp_path / "plain.html")
    assert "no seal" in unsealed.words
    assert "no seal" in html_words(unsealed.path.read_bytes())


def test_no_key_is_made_for_a_document(tmp_path: Path) -> None:
    assert ready_key(tmp_path / "seal-key.pem") is None
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_a_whole_document_from_a_changed_one(
    key: SealKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Office(None, key).write_result(DOCUMENT, tmp_path / "result.html").path
    assert run(["documents", "check", str(path), "--key", key.name]) == 0
    assert f"as it was sealed with key {key.name}" in capsys.readouterr().out
    path.write_bytes(path.read_bytes().replace(b"1 of 3", b"0 of 3"))
    assert run(["documents", "check", str(path), "--key", key.name]) == 1
    assert "was changed after it was sealed" in capsys.readouterr().out
    assert run(["documents", "check", str(tmp_path / "none.pdf")]) == 2


def test_a_copy_of_an_encrypted_record_is_said_to_be_unprotected(tmp_path: Path) -> None:
    said = "This copy is not encrypted, unlike the record that it was made from."
    written = Office(None, None, unprotected=said).write_result(DOCUMENT, tmp_path / "r.html")
    assert written.words.endswith(said)
