"""Samples and marks in the bytes of WFDB files, as signal(5) and annot(5) describe them. Pure."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from app.importing.foreign import Floats, ForeignFileError, ForeignMark
from app.importing.wfdb_header import WfdbSignal

_Ints = npt.NDArray[np.int64]

NO_VALUE = {
    16: -32768,
    61: -32768,
    24: -(1 << 23),
    32: -(1 << 31),
    80: -128,
    160: -32768,
    212: -2048,
}
"""The sample that stands for no value, by format."""

_COMPRESSED = (508, 516, 524)
_CODES = ' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r'
_SKIP, _AUX = 59, 63
_RESOLUTION = re.compile(r"## time resolution: ([\d.eE+-]+)")


def _packed_12(block: bytes) -> _Ints:
    """Two samples of 12 bits in three bytes."""
    whole = np.frombuffer(block, np.uint8, len(block) // 3 * 3).reshape(-1, 3).astype(np.int64)
    first = whole[:, 0] | ((whole[:, 1] & 0x0F) << 8)
    second = whole[:, 2] | ((whole[:, 1] & 0xF0) << 4)
    found = np.stack((first, second), axis=1).reshape(-1)
    rest = len(block) % 3
    if rest == 2:  # an odd number of samples ends in two bytes
        found = np.append(found, block[-2] | ((block[-1] & 0x0F) << 8))
    return np.where(found > 2047, found - 4096, found)


def _of_24(block: bytes) -> _Ints:
    whole = np.frombuffer(block, np.uint8, len(block) // 3 * 3).reshape(-1, 3).astype(np.int64)
    found = whole[:, 0] | (whole[:, 1] << 8) | (whole[:, 2] << 16)
    return np.where(found >= 1 << 23, found - (1 << 24), found)


def _plain(form: str, less: int = 0) -> Callable[[bytes], _Ints]:
    size = np.dtype(form).itemsize
    return lambda block: np.frombuffer(block, form, len(block) // size).astype(np.int64) - less


_DECODE: dict[int, Callable[[bytes], _Ints]] = {
    16: _plain("<i2"),
    24: _of_24,
    32: _plain("<i4"),
    61: _plain(">i2"),
    80: _plain("u1", 128),
    160: _plain("<u2", 32768),
    212: _packed_12,
}


def check_formats(signals: Sequence[WfdbSignal], name: str) -> None:
    """Refuse formats that are not read.

    Raises:
        ForeignFileError: a signal has one of them.
    """
    for signal in signals:
        if signal.format in _COMPRESSED:
            raise ForeignFileError(
                f"{name} keeps its samples compressed (format {signal.format}), which is not read; "
                "convert it with xform of the WFDB tools."
            )
        if signal.format not in _DECODE and signal.format != 0:
            raise ForeignFileError(
                f"{name} keeps its samples in format {signal.format}, which is not read."
            )


def frames_of(content: bytes, signals: Sequence[WfdbSignal]) -> _Ints:
    """The samples of `signals`, which share one file, as whole frames, one a row."""
    width = sum(signal.frame for signal in signals)
    counts = _DECODE[signals[0].format](content[signals[0].offset :])
    return counts[: len(counts) // width * width].reshape(-1, width)


def values_of(counts: _Ints, signal: WfdbSignal) -> Floats:
    """`counts` of one signal in its unit, NaN where there is no value."""
    values = (counts - signal.baseline) / signal.gain
    values[counts == NO_VALUE[signal.format]] = np.nan
    return values[signal.skew :]


def checksum_of(counts: _Ints) -> int:
    """The sum of all samples as headers have it: 16 bits, signed."""
    total = int(counts.sum()) & 0xFFFF
    return total - 65536 if total > 32767 else total


def read_marks(content: bytes, rate_hz: float) -> Iterator[ForeignMark]:
    """The annotations in the bytes of an annotation file; what is cut ends them.

    Times count in `rate_hz` unless the file names its own resolution.
    """
    at, ticks, code = 0, 0, 0
    pending: tuple[int, int, str] | None = None
    while at + 2 <= len(content):
        word = struct.unpack_from("<H", content, at)[0]
        at += 2
        code, interval = word >> 10, word & 0x3FF
        if word == 0:
            break
        if code == _SKIP:
            if at + 4 > len(content):
                break
            high, low = struct.unpack_from("<hH", content, at)
            ticks += (high << 16) | low
            at += 4
        elif code == _AUX:
            text = content[at : at + interval].decode("utf-8", "replace").strip("\x00 ")
            at += interval + interval % 2
            named = _RESOLUTION.match(text)
            if named is not None:
                rate_hz, pending = _positive(named[1], rate_hz), None
            elif pending is not None:
                pending = (pending[0], pending[1], text)
        elif code < _SKIP:
            if pending is not None:
                yield _mark(pending, rate_hz)
            ticks += interval
            pending = (ticks, code, "") if code else None  # 0 only passes time
    if pending is not None:
        yield _mark(pending, rate_hz)


def _mark(found: tuple[int, int, str], rate_hz: float) -> ForeignMark:
    ticks, code, text = found
    sign = _CODES[code] if code < len(_CODES) else str(code)
    return ForeignMark(t_s=ticks / rate_hz, text=text or f"annotation {sign}")


def _positive(text: str, otherwise: float) -> float:
    try:
        found = float(text)
    except ValueError:
        return otherwise
    return found if 0 < found < 1e9 else otherwise
