"""Seals beside the record are counted without reading each, and only whole lines count."""

from __future__ import annotations

from pathlib import Path

from storage.heads import Head, NotedEnd, append_ends, count_sealed_lines

HEAD = Head(seq=7, chain=b"\x01" * 32)


def end(subject: str, *, sealed: bool = True) -> NotedEnd:
    return NotedEnd(
        subject=subject,
        head=HEAD,
        at_utc="2026-03-02T09:00:00.000Z",
        key="00ff00ff00ff00ff" if sealed else "",
        signature=b"\x02" * 64 if sealed else b"",
    )


def test_whole_seals_count_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "r.db.heads"
    assert count_sealed_lines(path) == 0
    ends = [
        end("session a"),
        end("session b", sealed=False),
        end('session with "quotes" \\ and ü'),
        end("logbook c"),
    ]
    append_ends(path, ends)
    assert count_sealed_lines(path) == 3
    path.write_bytes(path.read_bytes()[:-30])
    assert count_sealed_lines(path) == 2
    append_ends(path, [end("session d")])
    assert count_sealed_lines(path) == 3
