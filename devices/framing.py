"""Checksums, buffers and the account of bytes that every parser keeps: pure, shared by drivers."""

from __future__ import annotations

from devices.driver import Counts, Rejected


def sum8(data: bytes) -> int:
    """Sum of `data` modulo 256, 0 to 255."""
    return sum(data) & 0xFF


def negated_sum8(data: bytes) -> int:
    """Two's complement of the sum of `data`: appended, it makes the whole sum 0 modulo 256."""
    return -sum(data) & 0xFF


class Account:
    """Where bytes went: into frames, refused, or passed over. Bytes pending are the buffer's."""

    __slots__ = ("_frame_bytes", "_frames", "_rejected", "_rejected_bytes", "_skipped_bytes")

    def __init__(self) -> None:
        self._frames = 0
        self._rejected = 0
        self._frame_bytes = 0
        self._rejected_bytes = 0
        self._skipped_bytes = 0

    def accept(self, frames: int, size: int) -> None:
        """Count `frames` good frames of `size` bytes in all."""
        self._frames += frames
        self._frame_bytes += size

    def skip(self, size: int) -> None:
        """Count `size` bytes passed over while looking for a frame's start."""
        self._skipped_bytes += size

    def reject(self, reason: str, data: bytes) -> Rejected:
        """Count `data` as refused and give the item that says so."""
        self._rejected += 1
        self._rejected_bytes += len(data)
        return Rejected(reason=reason, data=data)

    @property
    def decided_bytes(self) -> int:
        """Bytes that went anywhere so far."""
        return self._frame_bytes + self._rejected_bytes + self._skipped_bytes

    def counts(self, pending_bytes: int) -> Counts:
        """The account, with `pending_bytes` kept for the next call."""
        return Counts(
            frames=self._frames,
            rejected=self._rejected,
            frame_bytes=self._frame_bytes,
            rejected_bytes=self._rejected_bytes,
            skipped_bytes=self._skipped_bytes,
            pending_bytes=pending_bytes,
        )


class FrameBuffer:
    """Bytes not decided yet, with the account of those that were.

    A parser looks at `data`, then says of its first bytes what they were: `accept`, `skip` or
    `reject`. `limit` is the longest that may stay undecided; more would mean that the parser waits
    for something that never comes, so `settle` passes over the oldest.
    """

    __slots__ = ("_account", "_data", "_is_after_frame", "_limit")

    def __init__(self, limit: int = 4096) -> None:
        self._account = Account()
        self._data = b""
        self._is_after_frame = False
        self._limit = limit

    @property
    def data(self) -> bytes:
        """The undecided bytes, oldest first."""
        return self._data

    def extend(self, data: bytes) -> None:
        """Append bytes that arrived."""
        self._data += data

    def accept(self, size: int) -> bytes:
        """Take the first `size` bytes as one good frame."""
        self._is_after_frame = True
        self._account.accept(1, size)
        return self._take(size)

    def pad(self, size: int) -> None:
        """Take the first `size` bytes as padding that belongs to what came before them."""
        taken = len(self._take(size))
        if self._is_after_frame:
            self._account.accept(0, taken)
        else:
            self._account.skip(taken)

    def skip(self, size: int) -> None:
        """Pass over the first `size` bytes."""
        self._is_after_frame = False
        self._account.skip(len(self._take(size)))

    def reject(self, size: int, reason: str) -> Rejected:
        """Refuse the first `size` bytes for `reason`."""
        self._is_after_frame = False
        return self._account.reject(reason, self._take(size))

    def note(self, reason: str) -> Rejected:
        """Refuse something that good frames said; their bytes are accounted for already."""
        return self._account.reject(reason, b"")

    def settle(self) -> None:
        """Pass over the oldest bytes beyond the limit."""
        excess = len(self._data) - self._limit
        if excess > 0:
            self.skip(excess)

    @property
    def end_byte(self) -> int:
        """How many bytes of the stream are decided: where the frame just accepted ends."""
        return self._account.decided_bytes

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._account.counts(len(self._data))

    def _take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        return taken
