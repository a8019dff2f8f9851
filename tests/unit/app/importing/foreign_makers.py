"""Small files of other programs, made byte by byte, and how a test reads one."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.importing.choices import Choices
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.importing.reading import read_foreign

CMS50 = "DATE,TIME,SPO2,PULSE\n"


def read(path: Path, content: bytes | str, choices: Choices | None = None) -> ForeignRecording:
    """Write `content` to `path` and read it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_foreign(path, choices)


def read_or_refuse(path: Path, content: bytes) -> ForeignRecording | str:
    """What is read of `content`, or the sentence that refuses it; anything else fails the test."""
    try:
        return read(path, content)
    except ForeignFileError as refused:
        return str(refused)


def cms50(*rows: str) -> str:
    """A CSV of the maker's program with these rows."""
    return CMS50 + "".join(f"{row}\n" for row in rows)


def seconds(count: int, spo2: int = 97, pulse: int = 60) -> list[str]:
    """Rows of one second each from 10:00:00 on, all with the same values."""
    return [
        f"2026-03-02, 10:{n // 60:02d}:{n % 60:02d}, {spo2}, {pulse + n % 7}" for n in range(count)
    ]


# -- EDF ------------------------------------------------------------------------------------------


def edf(
    channels: Sequence[tuple[str, str, int, np.ndarray]],
    *,
    record_s: float = 1.0,
    kind: str = "",
    onsets: Sequence[float] = (),
    notes: Sequence[tuple[int, str]] = (),
    promised: int | None = None,
    transducer: str = "",
) -> bytes:
    """An EDF file of channels (label, unit, samples a record, digital values); values are digital.

    With `kind` EDF+C or EDF+D each record says its onset, and `notes` (record, bytes as text).
    """
    records = len(channels[0][3]) // channels[0][2]
    plain = [(label, unit, count) for label, unit, count, _ in channels]
    if kind:
        plain.append(("EDF Annotations", "", 40))
    count = len(plain)
    text = "0".ljust(8) + "X X X X".ljust(80) + "Startdate 02-MAR-2026 X X X".ljust(80)
    text += "02.03.26" + "10.00.00" + str(256 * (count + 1)).ljust(8) + kind.ljust(44)
    text += str(records if promised is None else promised).ljust(8) + f"{record_s:g}".ljust(8)
    text += str(count).ljust(4)
    fields = (
        (16, [one[0] for one in plain]),
        (80, [transducer] * count),
        (8, [one[1] for one in plain]),
        (8, ["-3276.8"] * count),
        (8, ["3276.7"] * count),
        (8, ["-32768"] * count),
        (8, ["32767"] * count),
        (80, [""] * count),
        (8, [str(one[2]) for one in plain]),
        (32, [""] * count),
    )
    text += "".join(value.ljust(width) for width, values in fields for value in values)
    body = b""
    for number in range(records):
        for _, _, each, values in channels:
            body += values[number * each : (number + 1) * each].astype("<i2").tobytes()
        if kind:
            onset = onsets[number] if onsets else number * record_s
            tal = f"+{onset:g}\x14\x14\x00" + "".join(t for n, t in notes if n == number)
            body += tal.encode().ljust(80, b"\x00")
    return text.encode("latin-1") + body


# -- WFDB -----------------------------------------------------------------------------------------


def wfdb_pair(
    folder: Path, *, name: str = "rec", rate: str = "1", count: int = 100, label: str = "SpO2"
) -> Path:
    """A record of one signal in tenths of a percent, 970 and a little, and its header's path."""
    samples = (970 + np.arange(count) % 5).astype("<i2")
    total = int(samples.astype(np.int64).sum()) & 0xFFFF
    checksum = total - 65536 if total > 32767 else total
    (folder / f"{name}.dat").write_bytes(samples.tobytes())
    header = folder / f"{name}.hea"
    header.write_text(
        f"{name} 1 {rate} {count} 10:00:00 02/03/2026\n"
        f"{name}.dat 16 10/% 16 0 970 {checksum} 0 {label}\n"
    )
    return header


# -- .vital ---------------------------------------------------------------------------------------


def _text(words: str) -> bytes:
    coded = words.encode()
    return struct.pack("<I", len(coded)) + coded


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack("<BI", kind, len(body)) + body


def vital_track(
    number: int, kind: int, form: int, name: str, unit: str = "", rate: float = 0.0
) -> bytes:
    """The packet that describes a track of device 1."""
    body = struct.pack("<HBB", number, kind, form) + _text(name) + _text(unit)
    body += struct.pack("<ffIfddBI", 0, 0, 0, rate, 1.0, 0.0, 0, 1)
    return _packet(0, body)


def vital_record(number: int, at_s: float, body: bytes) -> bytes:
    """A packet with values of a track."""
    return _packet(1, struct.pack("<HdH", 10, at_s, number) + body)


def vital(*packets: bytes, level: int = 6) -> bytes:
    """The file with these packets after a device called Mon."""
    header = struct.pack("<hIIddB", -60, 0, 0, 0.0, 0.0, 0)
    device = _packet(9, struct.pack("<I", 1) + _text("Monitor") + _text("Mon") + _text(""))
    plain = b"VITA" + struct.pack("<IH", 3, len(header)) + header + device + b"".join(packets)
    return gzip.compress(plain, level)


BEGAN_S = 1_772_442_000.0


def vital_numbers(count: int = 60, *, rate: int = 0) -> bytes:
    """A file with SpO2 once a second, a mark, and a pulse wave where `rate` is given."""
    packets = [
        vital_track(1, 2, 1, "SpO2", "%"),
        vital_track(2, 5, 1, "EVENT"),
    ]
    if rate:
        packets.append(vital_track(3, 1, 5, "PLETH", "", rate))
    for n in range(count):
        packets.append(vital_record(1, BEGAN_S + n, struct.pack("<f", 97 + n % 2)))
        if rate:
            wave = np.arange(n * rate, (n + 1) * rate).astype("<i2")
            body = struct.pack("<I", rate) + wave.tobytes()
            packets.append(vital_record(3, BEGAN_S + n, body))
    packets.append(vital_record(2, BEGAN_S + 5, struct.pack("<I", 0) + _text("turned on side")))
    return vital(*packets)
