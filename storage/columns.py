"""Columns of numbers and of bytes, coded so that a general compressor finds what repeats.

Integers are kept plain or as differences, in the least width that holds them, low bytes first. A
stream of fixed-length frames cut into chunks is put together again, taken apart by position within
the frame, and a checksum byte becomes a column of equal numbers. ``docs/file-format.md`` describes
each layout.
"""

from __future__ import annotations

import struct
import zlib
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_INTS = struct.Struct("<BBIq")
_CONSTANT, _PLAIN, _DELTA, _BYTE_DELTA, _BYTE_PLAIN = range(5)
_STREAM = struct.Struct("<BI")
_RAW, _DIFFERENCE, _CHECKSUM = range(3)
_WINDOW = 32_768
"""How far back the compressor sees."""
STRIDES = (1, 3, 4, 5, 9)
"""Frame lengths tried for a stream of bytes."""


def _cost(data: bytes) -> int:
    return len(zlib.compress(data, 1))


def _cost_after(context: bytes, data: bytes) -> int:
    """What `data` costs where `context` stands before it and can be pointed back to."""
    return len(zlib.compress(context[-_WINDOW:] + data, 6))


def _zigzag(values: Ints) -> npt.NDArray[np.uint64]:
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def _unzigzag(values: npt.NDArray[np.uint64]) -> Ints:
    return ((values >> np.uint64(1)) ^ (np.uint64(0) - (values & np.uint64(1)))).view(np.int64)


def _pack_ints(method: int, first: int, values: Ints) -> bytes:
    codes = _zigzag(values)
    top = int(codes.max()) if len(codes) else 0
    width = next(w for w in (1, 2, 4, 8) if top < 1 << (8 * w))
    planes = codes.view(np.uint8).reshape(-1, 8)[:, :width].T
    return _INTS.pack(method, width, len(values), first) + planes.tobytes()


def _difference(values: Ints) -> Ints:
    return np.diff(values, prepend=values[:1])


def encode_ints(values: Ints, context: bytes = b"") -> bytes:
    """Code 64-bit integers; `decode_ints` gives them back exactly.

    `context` is what stands before them in the same compressed section, if it may hold the same
    numbers (the samples of a waveform stand in the chunks already).
    """
    if len(values) == 0 or bool((values == values[0]).all()):
        first = int(values[0]) if len(values) else 0
        return _INTS.pack(_CONSTANT, 0, len(values), first)
    first = int(values[0])
    tried = [_pack_ints(_PLAIN, 0, values), _pack_ints(_DELTA, first, _difference(values))]
    if values.min() >= 0 and values.max() <= 0xFF:
        small = values.astype(np.uint8)
        steps = np.diff(small, prepend=np.uint8(0))
        tried.append(_INTS.pack(_BYTE_DELTA, 1, len(values), 0) + steps.tobytes())
        tried.append(_INTS.pack(_BYTE_PLAIN, 1, len(values), 0) + small.tobytes())
    return min(tried, key=partial(_cost_after, context) if context else _cost)


def decode_ints(data: bytes) -> Ints:
    """The integers that `encode_ints` coded."""
    method, width, count, first = _INTS.unpack_from(data)
    if method == _CONSTANT:
        return np.full(count, first, dtype=np.int64)
    planes = np.frombuffer(data, dtype=np.uint8, offset=_INTS.size)
    if method == _BYTE_DELTA:
        return np.cumsum(planes, dtype=np.uint8).astype(np.int64)
    if method == _BYTE_PLAIN:
        return planes.astype(np.int64)
    codes = np.zeros((count, 8), dtype=np.uint8)
    codes[:, :width] = planes.reshape(width, count).T
    values = _unzigzag(codes.reshape(-1).view("<u8").astype(np.uint64, copy=False))
    if method == _PLAIN:
        return values
    return np.cumsum(values, dtype=np.int64) + np.int64(first)


def encode_floats(values: npt.NDArray[np.float64]) -> bytes:
    """Code floats bit for bit: as scaled integers where that is exact, else as they are."""
    for exponent in (0, 1, 2):
        scale = float(10**exponent)
        with np.errstate(all="ignore"):
            scaled = np.rint(values * scale)
            if not bool((np.abs(scaled) < 2**53).all()):
                continue
            whole = scaled.astype(np.int64)
        if bool(((whole / scale).view(np.int64) == values.view(np.int64)).all()):
            return bytes([exponent]) + encode_ints(whole)
    return b"\xff" + values.astype("<f8").tobytes()


def decode_floats(data: bytes) -> npt.NDArray[np.float64]:
    """The floats that `encode_floats` coded."""
    if data[0] == 0xFF:
        return np.frombuffer(data, dtype="<f8", offset=1).astype(np.float64, copy=False)
    return decode_ints(data[1:]) / float(10 ** data[0])


def _checksum_rest(data: Bytes, stride: int) -> Bytes:
    """Each byte minus the sum of the `stride` - 1 bytes before it, modulo 256."""
    sums = np.cumsum(np.concatenate((np.zeros(stride, np.uint8), data)), dtype=np.uint8)
    before = sums[stride - 1 : -1] - sums[: len(data)]
    rest: Bytes = data - before
    return rest


def _encode_stride(data: Bytes, stride: int) -> bytes:
    rest = _checksum_rest(data, stride) if stride > 1 else data
    methods, columns, gains = bytearray(), [], []
    for index in range(stride):
        column = data[index::stride]
        steps = np.diff(column, prepend=np.uint8(0))
        tried = [column.tobytes(), steps.tobytes()]
        costs = [_cost(part) for part in tried]
        best = costs.index(min(costs))
        methods.append((_RAW, _DIFFERENCE)[best])
        columns.append(tried[best])
        residue = rest[index::stride].tobytes()
        gains.append((costs[best] - _cost(residue), index, residue))
    gain, index, residue = max(gains)
    if stride > 1 and gain > 0:  # at most one: it is worked out from all the others
        methods[index] = _CHECKSUM
        columns[index] = residue
    return _STREAM.pack(stride, len(data)) + bytes(methods) + b"".join(columns)


def encode_stream(data: bytes) -> bytes:
    """Code a stream of bytes; `decode_stream` gives it back exactly."""
    flat = np.frombuffer(data, dtype=np.uint8)
    if len(flat) < 4 * max(STRIDES):
        return _STREAM.pack(1, len(data)) + bytes([_RAW]) + data
    return min((_encode_stride(flat, stride) for stride in STRIDES), key=_cost)


def decode_stream(coded: bytes) -> bytes:
    """The bytes that `encode_stream` coded."""
    stride, count = _STREAM.unpack_from(coded)
    at = _STREAM.size + stride
    methods = coded[_STREAM.size : at]
    flat = np.zeros(count, dtype=np.uint8)
    residue: tuple[int, Bytes] | None = None
    for index, method in enumerate(methods):
        size = len(range(index, count, stride))
        column = np.frombuffer(coded, dtype=np.uint8, count=size, offset=at)
        at += size
        if method == _CHECKSUM:
            residue = (index, column)
        elif method == _DIFFERENCE:
            flat[index::stride] = np.cumsum(column, dtype=np.uint8)
        else:
            flat[index::stride] = column
    if residue is not None:
        _restore_checksums(flat, stride, *residue)
    return flat.tobytes()


def _restore_checksums(flat: Bytes, stride: int, index: int, residue: Bytes) -> None:
    """Fill the column `index`, which holds zeros, from the bytes before each of its places."""
    sums = np.cumsum(np.concatenate((np.zeros(stride, np.uint8), flat)), dtype=np.uint8)
    places = np.arange(index, len(flat), stride)
    flat[places] = residue + (sums[places + stride - 1] - sums[places])


def join_blocks(blocks: list[bytes]) -> bytes:
    """Blocks one after another, each led by its length (32-bit, little-endian)."""
    return b"".join(struct.pack("<I", len(block)) + block for block in blocks)


def split_blocks(data: bytes) -> list[bytes]:
    """The blocks that `join_blocks` put together."""
    blocks, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        blocks.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return blocks


def as_ints(values: Any) -> Ints:
    """An array of 64-bit integers.

    Raises:
        OverflowError: a value does not fit.
    """
    return np.array(values, dtype=np.int64)
