"""Where a recorded value came from: its bytes are those that the monitor sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import plotted_visit
import recorded_sessions as recorded
from plotted_visit import SESSION, Visit

from app.records.archive import Archive
from app.records.catalogue import CatalogueError, OpenedSession
from app.records.provenance import RecordedOrigins
from app.records.waves import RecordedWaves
from app.review.provenance_words import hex_lines, provenance_of
from app.reviewing.provenance import NumberedEvent, Origin
from protocols.events import AlarmChanged, FrameRejected, ObservationRecorded, Reading, WaveReceived
from protocols.vitals import NS_PER_S, Vital
from storage.database import Database, open_database


@pytest.fixture(scope="module")
def visit() -> Visit:
    return plotted_visit.visit()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("plotted") / "sessions.db"
    plotted_visit.write(made)
    return made


@pytest.fixture(scope="module")
def database(path: Path) -> Iterator[Database]:
    with open_database(path, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(database: Database) -> OpenedSession:
    return Archive(database).open_session(SESSION)


def told(opened: OpenedSession) -> list[NumberedEvent]:
    pairs = zip(opened.numbers, opened.events, strict=True)
    return [NumberedEvent(number=number, event=event) for number, event in pairs]


Find = Callable[[int], Origin]


@pytest.fixture
def find(database: Database, opened: OpenedSession) -> Find:
    def found(number: int) -> Origin:
        return RecordedOrigins(database).find_origin(SESSION, number, told(opened))

    return found


def reading_number(visit: Visit, vital: Vital, t_ns: int) -> int:
    return next(
        number
        for number, event in enumerate(visit.events, 1)
        if isinstance(event, Reading) and event.vital is vital and event.t_ns == t_ns
    )


def test_a_streamed_reading_comes_from_the_packet_that_was_sent(visit: Visit, find: Find) -> None:
    origin = find(reading_number(visit, Vital.SPO2, visit.packet_ns))
    assert isinstance(origin.event, Reading)
    assert origin.event.value == 96
    assert origin.raw.exact
    assert origin.raw.data == visit.packet
    assert origin.raw.data[-origin.raw.frame :] == visit.packet[-5:]
    assert origin.rejected == ()


def test_a_pressure_comes_from_the_answer_of_the_module(visit: Visit, find: Find) -> None:
    numbers = [
        number
        for number, event in enumerate(visit.events, 1)
        if isinstance(event, Reading) and event.vital is Vital.SBP and event.source == "bp"
    ]
    origin = find(numbers[-1])
    assert isinstance(origin.event, Reading)
    assert origin.event.value == 168
    assert origin.raw.exact
    assert origin.raw.data[-origin.raw.frame :] == visit.cuff
    assert "SunTech" in origin.driver_title


def test_what_was_refused_before_a_reading_is_told_with_its_bytes(visit: Visit, find: Find) -> None:
    refused = next(
        number for number, event in enumerate(visit.events, 1) if isinstance(event, FrameRejected)
    )
    event = visit.events[refused - 1]
    assert isinstance(event, FrameRejected)
    assert event.data == visit.refused
    after = next(
        number
        for number, one in enumerate(visit.events[refused:], refused + 1)
        if isinstance(one, Reading) and one.vital is Vital.SPO2
    )
    origin = find(after)
    assert origin.raw.exact
    assert refused in [one.number for one in origin.rejected]


def test_every_refused_frame_of_a_session_is_found(visit: Visit, database: Database) -> None:
    found = RecordedOrigins(database).find_rejected(SESSION)
    wanted = [
        (number, event.reason, event.data)
        for number, event in enumerate(visit.events, 1)
        if isinstance(event, FrameRejected)
    ]
    assert [(one.number, one.reason, one.data) for one in found] == wanted
    assert wanted


def test_a_typed_value_has_a_person_and_no_bytes(
    visit: Visit, opened: OpenedSession, find: Find
) -> None:
    origin = find(reading_number(visit, Vital.SBP, visit.by_hand_ns))
    words = provenance_of(opened, origin)
    rows = dict(words.rows)
    assert words.raw is None
    assert rows["Source"] == "typed by N. Okafor; no device and no bytes"
    assert rows["Flags"] == "by hand"
    assert "Driver" not in rows


def test_the_card_of_a_reading_names_everything(
    visit: Visit, opened: OpenedSession, find: Find
) -> None:
    words = provenance_of(opened, find(reading_number(visit, Vital.SPO2, visit.packet_ns)))
    rows = dict(words.rows)
    assert words.title == "Oxygen saturation 96 %"
    assert rows["Port as opened"] == "/dev/oximeter"
    assert rows["Unit"].startswith("not recorded")
    assert rows["Simulated"] == "yes"
    assert rows["Quality"] == "good"
    assert opened.state.opened is not None
    assert opened.state.opened.program in rows["Parser"]
    text = words.as_text()
    assert visit.packet[:16].hex(" ") in text
    assert "Proven" in text


def test_an_alarm_says_what_it_was_judged_on(opened: OpenedSession, find: Find) -> None:
    number, event = next(
        (number, event)
        for number, event in zip(opened.numbers, opened.events, strict=True)
        if isinstance(event, AlarmChanged) and event.vital is Vital.SBP
    )
    rows = dict(provenance_of(opened, find(number)).rows)
    assert rows["Judged on"] == "systolic pressure"
    assert rows["Value, limit, baseline"].startswith("168 mmHg, ")
    assert rows["Rule"].startswith(f"{event.alarm}: ")
    assert "mmHg" in rows["Rule"]
    assert rows["Newest reading then"].startswith("event ")


def test_a_note_says_who_and_when(opened: OpenedSession, find: Find) -> None:
    number = next(
        number
        for number, event in zip(opened.numbers, opened.events, strict=True)
        if isinstance(event, ObservationRecorded) and event.kind == "note"
    )
    rows = dict(provenance_of(opened, find(number)).rows)
    assert rows["By"] == "N. Okafor"
    assert rows["Event in the record"].startswith(f"{number} of {opened.count}")


def test_an_event_that_is_not_there_is_said(find: Find) -> None:
    with pytest.raises(CatalogueError, match="no event 999999"):
        find(999_999)


def test_bytes_that_do_not_give_the_reading_again_are_only_called_the_chunk(
    visit: Visit, database: Database, opened: OpenedSession
) -> None:
    other = [one for one in told(opened) if type(one.event).__name__ != "BpCommanded"]
    number = next(
        number
        for number, event in enumerate(visit.events, 1)
        if isinstance(event, Reading) and event.vital is Vital.SBP and event.value == 168
    )
    raw = RecordedOrigins(database).find_origin(SESSION, number, other).raw
    assert not raw.exact
    assert raw.frame == 0
    assert "cannot be told apart" in raw.words
    assert raw.data == visit.cuff


def test_the_waveform_is_read_back_with_its_silence_and_its_unusable_part(
    visit: Visit, database: Database
) -> None:
    (track,) = RecordedWaves(database).read_waves(SESSION).tracks
    silent = [(start, end) for start, end in track.gaps.tolist() if end - start > 15 * NS_PER_S]
    assert any(abs(start - visit.silent_ns[0]) < NS_PER_S for start, _ in silent)
    inside = (track.t_ns > visit.unusable_ns[0] + NS_PER_S) & (
        track.t_ns < visit.unusable_ns[1] - NS_PER_S
    )
    assert track.unusable[inside].all()
    assert inside.sum() > 200
    assert track.values.max() == 149
    sent = [event for event in visit.events if isinstance(event, WaveReceived)]
    assert len(track.t_ns) == sum(len(event.values) for event in sent)
    assert np.all(np.diff(track.t_ns) >= 0)


def test_a_damaged_row_leaves_out_its_part_of_the_waveform_and_says_so(
    path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "damaged.db"
    copy.write_bytes(path.read_bytes())
    recorded.damage(
        copy,
        "UPDATE journal SET body = x'4300' WHERE first_seq = "
        "(SELECT max(first_seq) FROM journal WHERE kind = 'pack')",
    )
    with open_database(copy, read_only=True) as database:
        waves = RecordedWaves(database).read_waves(SESSION)
        assert any("cannot be read" in one for one in waves.missing)
        assert waves.tracks


def test_hexadecimal_is_laid_out_in_lines_of_sixteen() -> None:
    assert hex_lines(bytes(range(18))) == [
        "0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
        "0010  10 11",
    ]
