"""Tables of oximeters: what stands for no value, clocks, dates, separators, every row."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from foreign_makers import CMS50, cms50, read, seconds

from app.importing.bytes_of import FileBytes
from app.importing.choices import Choices, choose_pairs
from app.importing.csv_reader import read_csv_rows
from app.importing.foreign import FileKind, ForeignFileError, ForeignRecording, SourceFile
from protocols.vitals import Vital


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.csv"


def values(recording: ForeignRecording, vital: Vital) -> list[float | None]:
    stream = recording.stream(vital)
    assert stream is not None
    return [None if value != value else value for value in stream.values]


def times(recording: ForeignRecording) -> list[float]:
    return recording.streams[0].t_s.tolist()


def test_the_makers_table_becomes_two_streams_with_its_date(path: Path) -> None:
    recording = read(path, cms50(*seconds(3)))
    assert recording.kind is FileKind.CSV
    assert [one.vital for one in recording.streams] == [Vital.PR, Vital.SPO2]
    assert recording.start_words == "2026-03-02 10:00:00"
    assert times(recording) == [0, 1, 2]
    assert recording.checked == ("All 3 rows are read.",)


def test_no_finger_is_no_value_and_a_pulse_of_127_is_one(path: Path) -> None:
    recording = read(
        path,
        cms50(
            "2026-03-02,10:00:00,97,127",
            "2026-03-02,10:00:01,127,255",
            "2026-03-02,10:00:02,127,127",
            "2026-03-02,10:00:03,0,0",
            "2026-03-02,10:00:04,,",
        ),
    )
    assert values(recording, Vital.SPO2) == [97, None, None, None, None]
    assert values(recording, Vital.PR) == [127, None, None, None, None]


def test_implausible_values_are_kept_and_counted_but_not_shown(path: Path) -> None:
    recording = read(path, cms50("2026-03-02,10:00:00,97,8", "2026-03-02,10:00:01,104,60"))
    pulse, spo2 = recording.streams
    assert pulse.odd_values.tolist() == [8]
    assert spo2.odd_values.tolist() == [104]
    assert recording.implausible == 2
    assert values(recording, Vital.PR) == [None, 60]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + cms50(*seconds(5)),
        cms50(*seconds(5)).replace("\n", "\r\n"),
        cms50(*seconds(5)).replace("\n", "\r"),
        cms50(*seconds(5)).replace(",", ";"),
        cms50(*seconds(5)).replace(",", "\t"),
        "Some Oximeter 2.1\n\n" + cms50(*seconds(5)),
        cms50(*seconds(5)).encode("utf-16"),
    ],
    ids=["mark", "crlf", "cr", "semicolon", "tab", "lines-above", "utf-16"],
)
def test_the_same_table_written_otherwise_is_the_same(path: Path, content: bytes | str) -> None:
    recording = read(path, content)
    assert values(recording, Vital.SPO2) == [97] * 5
    assert times(recording) == [0, 1, 2, 3, 4]


def test_a_decimal_comma_is_read_where_commas_do_not_separate(path: Path) -> None:
    recording = read(path, "DATE;TIME;SPO2;PULSE\n2026-03-02;10:00:00;97,4;60\n")
    assert values(recording, Vital.SPO2) == [97.4]


def test_missing_seconds_leave_a_gap(path: Path) -> None:
    rows = seconds(20)
    recording = read(path, cms50(*rows[:5], *rows[15:]))
    assert times(recording) == [0, 1, 2, 3, 4, 15, 16, 17, 18, 19]


def test_a_clock_set_back_is_said_and_time_never_falls(path: Path) -> None:
    recording = read(path, cms50(*seconds(5), *seconds(3)))
    assert times(recording) == list(range(8))
    assert any("goes back from “2026-03-02 10:00:04”" in one for one in recording.notes)


def test_a_day_changes_with_its_date_and_without(path: Path) -> None:
    dated = cms50("2026-03-02,23:59:59,97,60", "2026-03-03,00:00:00,97,60")
    assert times(read(path, dated)) == [0, 1]
    undated = "Time,SpO2(%),PR(bpm)\n23:59:59,97,60\n00:00:00,97,60\n"
    recording = read(path, undated)
    assert times(recording) == [0, 1]
    assert recording.start is None
    assert "date is unknown" in recording.start_words


def test_times_without_seconds_are_spread_and_said(path: Path) -> None:
    rows = [f"2026-03-02,10:0{n // 4},97,60" for n in range(8)]
    recording = read(path, cms50(*rows))
    assert times(recording) == [0, 15, 30, 45, 60, 75, 90, 105]
    assert any("whole minutes" in one for one in recording.notes)


def test_a_date_that_may_be_two_is_not_known_until_said(path: Path) -> None:
    text = cms50("03/04/2026,10:00:00,97,60", "03/04/2026,10:00:01,97,60")
    assert read(path, text).start is None
    april = read(path, text, Choices(day_first=True)).start
    march = read(path, text, Choices(day_first=False)).start
    assert april is not None
    assert (april.month, april.day) == (4, 3)
    assert march is not None
    assert (march.month, march.day) == (3, 4)
    settled = read(path, text + "13/04/2026,10:00:00,97,60\n").start
    assert settled is not None
    assert settled.month == 4


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Date,Time,SpO2(%),PR(bpm)", "3/14/2026,10:00:00 AM,97,60"),
        (
            "Time,SpO2(%),Pulse Rate(bpm),Motion,SpO2 Reminder",
            '"10:00:00AM Mar 14, 2026",97,60,0,0',
        ),
    ],
    ids=["emay", "wellue"],
)
def test_relatives_of_other_makers_are_known(path: Path, header: str, row: str) -> None:
    recording = read(path, f"{header}\n{row}\n")
    assert recording.start_words == "2026-03-14 10:00:00"
    assert values(recording, Vital.SPO2) == [97]
    assert values(recording, Vital.PR) == [60]


def test_a_column_that_is_not_in_the_table_is_listed_and_may_be_mapped(path: Path) -> None:
    text = "TIME,Sättigung,Note\n10:00:00,97,a\n10:00:01,255,b\n"
    recording = read(path, text)
    assert not recording.streams
    listed = [(one.name, one.numeric) for one in recording.unknown]
    assert listed == [("Sättigung", True), ("Note", False)]
    mapped = read(path, text, Choices(vitals=choose_pairs("spo2=Sättigung", [255])))
    assert values(mapped, Vital.SPO2) == [97, None]
    assert "as you say" in mapped.streams[0].mapped


def test_a_unit_in_brackets_is_used_and_an_unknown_one_is_not_guessed(path: Path) -> None:
    recording = read(path, "t_s,SBP [kPa],HR [Hz]\n0,16,1\n60,18,1\n")
    assert values(recording, Vital.SBP) == pytest.approx([120.01, 135.01], abs=0.01)
    assert [one.name for one in recording.unknown] == ["HR [Hz]"]
    assert "not known for HR" in recording.unknown[0].why


def test_without_a_time_nothing_is_shown_and_it_is_asked_for(path: Path) -> None:
    text = "ppg\n" + "\n".join(str(100 + n % 30) for n in range(150)) + "\n"
    recording = read(path, text)
    assert not recording.streams
    assert not recording.waves
    assert any("time is not known" in one for one in recording.missing)
    wave = read(path, text, Choices(vitals=choose_pairs("pleth=ppg"), rate_hz=75)).waves[0]
    assert (wave.rate_hz, wave.samples) == (75, 150)


def test_zeros_of_other_tables_stand_until_said_and_are_counted(path: Path) -> None:
    text = "t_s,RR [/min]\n0,12\n60,0\n120,14\n"
    recording = read(path, text)
    assert values(recording, Vital.RR) == [12, 0, 14]
    assert recording.zeros == ((Vital.RR, 1),)
    said = read(path, text, Choices(zero_is_missing=True))
    assert values(said, Vital.RR) == [12, None, 14]


def test_pressures_that_are_repeated_are_read_once_where_said(path: Path) -> None:
    rows = "".join(f"{n},{120 if n < 5 else 130},80\n" for n in range(10))
    text = f"t_s,SBP [mmHg],DBP [mmHg]\n{rows}"
    assert len(values(read(path, text), Vital.SBP)) == 10
    once = read(path, text, Choices(last_repeated=True))
    assert values(once, Vital.SBP) == [120, 130]
    assert values(once, Vital.DBP) == [80, 80]
    assert any("8 repeats" in one for one in once.notes)


def test_a_cut_line_lacks_its_cells_and_is_said(path: Path) -> None:
    whole = cms50(*seconds(10))
    for lost in range(1, 26):
        recording = read(path, whole[:-lost])
        spo2 = recording.stream(Vital.SPO2)
        assert spo2 is not None
        assert np.isfinite(spo2.values[:9]).all()
        if lost > 4:
            assert recording.missing


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 400, b"PK\x03\x04aaaa", b"%PDF-1.7"])
def test_what_is_no_table_is_refused_in_one_sentence(path: Path, content: bytes) -> None:
    with pytest.raises(ForeignFileError) as refused:
        read(path, content)
    assert str(refused.value).startswith("night.csv")
    assert "\n" not in str(refused.value)


_CELL = st.one_of(
    st.sampled_from(
        ["", "97", "127", "255", "0", "nan", "inf", "1e400", "--", '"', "97,5", "2026-03-02"]
    ),
    st.sampled_from(["10:00:00", "25:00:00", "10:00", "2026-03-02 10:00:00+01:00", "12:00 PM"]),
    st.text(max_size=12),
)
_ROW = st.lists(_CELL, max_size=7)


@given(
    header=st.one_of(st.just(["DATE", "TIME", "SPO2", "PULSE"]), _ROW),
    rows=st.lists(_ROW, max_size=12),
    separator=st.sampled_from([",", ";", "\t"]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_table_is_read_or_refused_and_every_row_is_accounted_for(
    header: list[str], rows: list[list[str]], separator: str, ending: str
) -> None:
    text = ending.join(separator.join(row) for row in [header, *rows])
    content = text.encode("utf-8", "surrogatepass")
    source = SourceFile(name="any.csv", size_bytes=len(content), sha256="")
    try:
        recording, account = read_csv_rows(FileBytes(source=source, content=content), Choices())
    except ForeignFileError:
        return
    for stream in recording.streams:
        assert len(stream.t_s) == account.read
        assert (np.diff(stream.t_s) >= 0).all()
        assert stream.found + stream.missing + len(stream.odd_values) == account.read
    if account.untimed:
        assert recording.missing


def test_the_header_is_found_below_other_lines(path: Path) -> None:
    text = "Serial: 7\nOwner: none\n" + CMS50 + "2026-03-02,10:00:00,97,60\n"
    assert any("2 lines stand above" in one for one in read(path, text).notes)
