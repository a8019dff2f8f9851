#!/usr/bin/env python3
"""Verifies a record of Infusion Room without the program: this one file and Python 3.9 or newer.

    python3 verify_record.py RECORD.db [--key FILE|NAME ...] [--json]
    python3 verify_record.py EXPORT.json [--key FILE|NAME ...] [--json]

RECORD.db is a record file; RECORD.db.heads, where it stands beside it, is read too. Nothing is ever
written to either. EXPORT.json is a copy made by ``main.py export SESSION --format json``. A key is
a PEM file or the short name (16 digits) of a key that you trust; without one, seals are held
against the public keys that the record itself names, and this is said.

Exit status: 0 nothing is wrong, 1 something is, 2 the file cannot be verified. Everything that is
checked is described in docs/file-format.md of the program; no code is shared with it.
"""

from __future__ import annotations

import argparse
import array
import base64
import binascii
import hashlib
import json
import re
import shutil
import sqlite3
import struct
import sys
import tempfile
import zlib
from collections import Counter
from datetime import datetime, timezone
from itertools import accumulate, islice
from pathlib import Path

NEWEST_VERSION = 4
APPLICATION_ID = 0x49524D31
SQLITE_MAGIC = b"SQLite format 3\x00"
EMPTY_WHEN_CLOSED = 4
KEY_DIGITS = 16

# What a file of each version declares, beside what the version before did: SHA-256 of its SQL with
# spaces made one, 16 digits. Made by tests/golden/make_golden.py from the program's migrations.
# schema begins
SCHEMA = {
    1: {
        "index ix_session_mrn": "76bfceea7e558060",
        "index ix_session_started_utc": "1e1fd68a25197ded",
        "table alembic_version": "c85bfd889cff304b",
        "table journal": "4156ff76feadfe96",
        "table live": "bb3f8c12087390b4",
        "table session": "3794601523019fde",
        "trigger journal_in_order": "9abc7071114dc92f",
        "trigger journal_no_delete": "e32217def835a765",
        "trigger journal_no_update": "21d6920b148cdbcd",
        "trigger journal_pack_covers": "793e0b19978c36bc",
        "trigger live_in_order": "27692b6142844277",
        "trigger live_no_update": "cb676721268a7dc0",
        "trigger live_only_packed_leave": "16f9e26f792a5622",
        "trigger session_keeps_name": "484c50c86be9b3d5",
        "trigger session_no_delete": "21789b5341252bf9",
    },
    2: {
        "trigger live_only_packed_leave": "4d8f50ed6f7b5b45",
    },
    3: {
        "index ix_course_entry_mrn": "ca6799b3ec050404",
        "table course_entry": "fd1b812b66064919",
        "trigger course_entry_in_order": "c0320898c43a444f",
        "trigger course_entry_no_delete": "bf77f6b06a4f87b4",
        "trigger course_entry_no_update": "81f5257b7d3a3763",
    },
    4: {
        "table log_entry": "148bcd4e866be2a9",
        "table seal": "7d91d87c577d1594",
        "trigger log_entry_in_order": "5d1210c962ea465e",
        "trigger log_entry_no_delete": "b7b1ddea6b268b50",
        "trigger log_entry_no_update": "9289ebc6ded9d59d",
        "trigger seal_no_delete": "4e91c519ef1a7127",
        "trigger seal_no_update": "9c57a0a7fad9ce09",
    },
}
# schema ends


DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises of a damaged file; its own words may hold a name that is no text."""


NOTHING_SEALED = "Nothing in this record is sealed, though a key was given to check it by."
UNSEALED = (
    "It is not sealed, though the record names a key: its seal is still to be made, or was taken"
    " away."
)


class UnusableError(Exception):
    """The file cannot be verified; the text says why."""


# -------------------------------------------------------------------- Ed25519 (RFC 8032, 5.1)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    return P - x if (x & 1) != sign else x


_G_Y = 4 * pow(5, P - 2, P) % P
_G_X = _recover_x(_G_Y, 0)
BASE = (_G_X, _G_Y, 1, _G_X * _G_Y % P)


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(number, point, other=0, second=(0, 1, 1, 0)):
    """`number` times `point`, and `other` times `second` added to it, in one go."""
    result, both = (0, 1, 1, 0), _add(point, second)
    for place in range(max(number.bit_length(), other.bit_length()) - 1, -1, -1):
        result = _add(result, result)
        bits = number >> place & 1, other >> place & 1
        if any(bits):
            result = _add(result, both if all(bits) else point if bits[0] else second)
    return result


def _equal(p, q):
    return not ((p[0] * q[2] - q[0] * p[2]) % P or (p[1] * q[2] - q[1] * p[2]) % P)


def _point(data):
    if len(data) != 32:
        return None
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def ed25519_fits(public, message, signature):
    """Whether `signature` is that of `message` by the key of which `public` is the public half."""
    if len(signature) != 64:
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return _equal(_multiply(s, BASE, h, minus_a), r)


def ed25519_public(seed):
    """The public key of a private key of 32 bytes."""
    h = bytearray(hashlib.sha512(seed).digest()[:32])
    h[0] &= 248
    h[31] = h[31] & 127 | 64
    x, y, z, _ = _multiply(int.from_bytes(h, "little"), BASE)
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


# -------------------------------------------------------------------- keys and seals


def key_name(public):
    """The short name of a public key."""
    return hashlib.sha256(public).hexdigest()[:KEY_DIGITS]


def read_key(path):
    """The public key in a PEM file of either half (RFC 8410)."""
    found = re.search(
        rb"-----BEGIN (PUBLIC|PRIVATE) KEY-----(.*?)-----END", path.read_bytes(), re.DOTALL
    )
    try:
        der = base64.b64decode(b"".join(found.group(2).split())) if found else b""
    except binascii.Error:
        der = b""
    if der[:-32] == bytes.fromhex("302a300506032b6570032100"):
        return der[-32:]
    if der[:-32] == bytes.fromhex("302e020100300506032b657004220420"):
        return ed25519_public(der[-32:])
    raise UnusableError(f"The file {path} is not an Ed25519 key.")


class Keyring:
    """The keys that whoever verifies trusts, and those that the record names."""

    def __init__(self, texts):
        self.public, self.names, self.announced = {}, set(), {}
        for text in texts:
            path = Path(text).expanduser()
            if path.is_file():
                public = read_key(path)
                self.public[key_name(public)] = public
            elif re.fullmatch(r"[0-9a-f]{16}", text.lower()):
                self.names.add(text.lower())
            else:
                raise UnusableError(f"{text}: neither a key file nor the short name of a key.")

    def trusted(self):
        """Names of the keys that are trusted."""
        return sorted({*self.public, *self.names})

    def find(self, name):
        """The public key of that name; None where nobody gives it or it is not trusted."""
        if not self.trusted():
            return self.announced.get(name)
        return self.public.get(name) or (self.announced.get(name) if name in self.names else None)


def canonical_json(content):
    """`content` in canonical form."""
    try:
        return json.dumps(
            content, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
    except UnicodeEncodeError:
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


class End:
    """The end of a chain as it was noted; with a key it is a seal."""

    def __init__(self, subject, seq, chain, at_utc, key="", signature=b""):
        self.values = (subject, seq, chain, at_utc, key, signature)
        self.subject, self.seq, self.chain, self.at_utc, self.key, self.signature = self.values
        self.sealed = bool(key or signature)

    def fields(self):
        """What is signed, without the key."""
        return {
            "at_utc": self.at_utc,
            "chain": self.chain.hex(),
            "seq": self.seq,
            "subject": self.subject,
        }

    def signed_bytes(self):
        """What the signature is over."""
        return b"infusion-room seal 1\n" + canonical_json({**self.fields(), "key": self.key})

    def line(self):
        """Its line in the heads file."""
        more = {"key": self.key, "signature": self.signature.hex()} if self.sealed else {}
        return canonical_json({**self.fields(), **more})

    def fits(self, public):
        """Whether it was sealed with that key."""
        return ed25519_fits(public, self.signed_bytes(), self.signature)


def read_line(line):
    """What a line of the heads file notes; None where it is not as the program writes it."""
    try:
        item = json.loads(line)
        seq, chain = item["seq"], item["chain"]
        if type(seq) is not int or type(chain) is not str:
            return None
        chain = bytes.fromhex(chain)
        if "subject" in item:
            end = End(
                item["subject"],
                seq,
                chain,
                item["at_utc"],
                item.get("key", ""),
                bytes.fromhex(item.get("signature", "")),
            )
            return end if end.line() == line else None
        old = {name: item[name] for name in ("session", "seq", "chain", "utc")}
        if json.dumps(old, separators=(",", ":")).encode() != line:
            return None
        return End(f"session {item['session']}", seq, chain, item["utc"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Ends:
    """All that is noted of ends of chains: rows of the table of seals, lines of the heads file."""

    def __init__(self, keyring):
        self.keyring = keyring
        self.rows, self.lines = {}, {}
        self.unsound, self.unreadable = [], []
        self.has_heads, self.judged = False, {}
        self.logged = {}

    def take_rows(self, rows):
        """Take the rows of the table of seals."""
        kinds = (str, int, bytes, str, str, bytes)
        for row in rows:
            if all(type(value) is kind for value, kind in zip(row, kinds)):  # noqa: B905
                self.rows.setdefault(row[0], []).append(End(*row))
            else:
                where = f"The seal of {shown(row[0])} at {shown(row[1])}"
                self.unsound.append(f"{where} has a column that is not of its type.")

    def take_heads(self, path):
        """Take the lines of the heads file, where there is one."""
        if not path.is_file():
            return
        self.has_heads = True
        lines = path.read_bytes().split(b"\n")
        torn = lines.pop()
        for number, line in enumerate(lines, 1):
            end = read_line(line)
            if end is None:
                self.unreadable.append((number, line))
            else:
                self.lines.setdefault(end.subject, []).append(end)
        if torn:
            self.unreadable.append((len(lines) + 1, torn))

    def take_logged(self, bodies):
        """Take the ends that a logbook notes, of the entries that are as they were recorded."""
        kinds = {"subject": str, "seq": int, "chain": str, "at_utc": str}
        for body in bodies:
            if not body.startswith(b'["journal_ended",'):
                continue
            try:
                fields = json.loads(body)[1]
                if any(type(fields[name]) is not kind for name, kind in kinds.items()):
                    continue
                end = fields["seq"], bytes.fromhex(fields["chain"]), fields["at_utc"]
            except (ValueError, KeyError, TypeError):
                continue
            self.logged.setdefault(fields["subject"], []).append(end)

    def wanted(self, subject):
        """The numbers at which something is noted of `subject`."""
        logged = {seq for seq, _, _ in self.logged.get(subject, ())}
        return logged | {end.seq for end in self.of(subject)}

    def logged_problems(self, present):
        """What logbooks note and is not so; `present` has end and chain values of each subject.

        Where these are None, the rows are wrong, which is said already.
        """
        problems = []
        for subject, ends in sorted(self.logged.items()):
            name, found = shown(subject), present.get(subject, (-1, {}))
            what = "entry" if subject.startswith("course ") else "event"
            for seq, chain, at_utc in sorted(ends, reverse=True) if found else ():
                where = (
                    f"{name[:1].upper()}{name[1:]}: the logbook notes its end at {what} {seq} on"
                    f" {shown(at_utc[:10])}"
                )
                if subject not in present or seq > found[0]:
                    problems.append(f"{where}; it is not there.")
                    break
                if found[1].get(seq) != chain:
                    problems.append(f"{where}; it has another chain value there.")
                    break
        return problems

    def of(self, subject):
        """All that is noted of `subject`, by number."""
        found = [*self.rows.get(subject, ()), *self.lines.get(subject, ())]
        return sorted(found, key=lambda end: (end.seq, not end.sealed))

    def line_problems(self):
        """Lines that are not as they were written; a torn copy of a seal is none."""
        whole = [end.line() for ends in self.rows.values() for end in ends]
        return [
            f"Line {number} of the heads file is not as it was written."
            for number, line in self.unreadable
            if not any(line and other.startswith(line) for other in whole)
        ]

    def missing(self, present):
        """What is noted of journals that are not there."""
        problems = list(self.unsound)
        for subject in sorted(self.rows.keys() | self.lines.keys()):
            if subject in present:
                continue
            found = self.of(subject)
            unfit = [words for end in found for words in self.unfit(end)]
            gone = (
                f"The {shown(subject)} is missing: {source(found[-1])} notes its end at"
                f" {found[-1].seq}."
            )
            problems.append(unfit[0] if unfit else gone)
        return problems

    def unfit(self, end):
        """What is wrong with a seal itself."""
        if not end.sealed:
            return
        public = self.keyring.find(end.key)
        where = f"The seal of {shown(end.subject)} at {end.seq}"
        if public is None:
            yield f"{where} is by the key {shown(end.key)}, which is not known."
        elif not self._fits(end, public):
            yield f"{where} is not what was sealed: its signature does not fit."

    def _fits(self, end, public):
        """Whether a seal fits; row and line of one seal are worked out once."""
        if (end.values, public) not in self.judged:
            self.judged[end.values, public] = end.fits(public)
        return self.judged[end.values, public]

    def judge(self, subject, seq, values, grows=False):
        """What the noted ends say of a chain that ends at `seq`: problem, seal, what follows it."""
        found = self.of(subject)
        problem = next(self._wrong(found, seq, values), "")
        sealed = [end for end in found if end.sealed]
        last = sealed[-1] if sealed else found[-1] if found else None
        later = 0 if last is None else max(0, seq - last.seq)
        if not problem and later and not grows:
            what = "sealed" if last.sealed else "noted"
            problem = (
                f"Events {last.seq + 1} to {seq} were added after the close, which is {what}"
                f" at event {last.seq}."
            )
        return problem, sealed[-1] if sealed and not problem else None, later

    def _wrong(self, found, seq, values):
        for end in found:
            yield from self.unfit(end)
            if end.seq > seq:
                yield (
                    f"The end is cut off: {seq} events are here, but {source(end)} notes {end.seq}."
                )
            if values.get(end.seq) != end.chain:
                yield (
                    f"The whole chain was made anew: at event {end.seq} it has another hash than"
                    f" {source(end)} notes."
                )
        if not self.has_heads or not found:
            return
        rows = Counter(end.values for end in self.rows.get(found[0].subject, ()))
        lines = Counter(end.values for end in self.lines.get(found[0].subject, ()))
        for end in found:
            what = f"{'seal' if end.sealed else 'end'} of {shown(end.subject)} at {end.seq}"
            if lines[end.values] > 1:
                yield f"The {what} stands twice in the heads file."
            if end.sealed and not rows[end.values]:
                yield f"The {what} is in the heads file, but no longer in the record."
            if end.sealed and not lines[end.values]:
                yield f"The {what} is in the record, but no longer in the heads file."


def source(end):
    """Where an end is noted, for a sentence."""
    return "a seal" if end.sealed else "the heads file"


def shown(value):
    """`value` for a sentence, always printable."""
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "backslashreplace").decode()


# -------------------------------------------------------------------- packed bodies

DICTIONARY = (
    b'["rejected","bp","checksum"],["sent","bp","poll"],["chunk","bp"],'
    b'["wave","oximeter","pleth",13333333,65535,true],'
    b'["wave","oximeter","pleth",13333333,127,true],'
    b'["wave","oximeter","pleth",13333333,255,false],'
    b'["reading","spo2","searching","oximeter",false,false,"",true],'
    b'["reading","pr","sensor-off","oximeter",false,false,"",true],'
    b'["reading","hr","low-confidence","oximeter",false,false,"",false],'
    b'["reading","cuff","good","bp",false,false,"",false],'
    b'{"t_ns":0000000000,"unit_ns":1000000,"streams":[["chunk","oximeter"],'
    b'["wave","oximeter","pleth",13333333,255,true],'
    b'["reading","pr","good","oximeter",false,false,"",false],'
    b'["reading","spo2","good","oximeter",false,false,"",false]]}'
)


def inflate(data, dictionary=b""):
    """The content of a zlib stream and what follows it; None where it is damaged."""
    reader = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    try:
        content = reader.decompress(data)
    except zlib.error:
        return None, b""
    return (content if reader.eof else None), reader.unused_data


def blocks(data):
    """The blocks of a section: each a length of 32 bits and that many bytes."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def integers(data):
    """Decode *integers*."""
    method, width, count, first = struct.unpack_from("<BBIq", data)
    planes = data[14:]
    if method == 0:
        return [first] * count
    if method == 3:
        return [n & 255 for n in accumulate(planes)]
    if method == 4:
        return list(planes)
    wide = bytearray(8 * count)
    for k in range(width):
        wide[k::8] = planes[k * count : (k + 1) * count]
    codes = array.array("Q", bytes(wide))
    if sys.byteorder == "big":
        codes.byteswap()
    values = [(c >> 1) ^ -(c & 1) for c in codes]
    if method == 2:
        values = [first + n for n in accumulate(values)]
    return [(n + 2**63) % 2**64 - 2**63 for n in values]


def floats(data):
    """Decode *floats*."""
    if data[0] == 255:
        return list(struct.unpack(f"<{len(data) // 8}d", data[1:]))
    scale = 10.0 ** data[0]
    return [n / scale for n in integers(data[1:])]


def stream(data):
    """Decode *bytes*."""
    stride, count = struct.unpack_from("<BI", data)
    methods, at = data[5 : 5 + stride], 5 + stride
    flat, residue = bytearray(count), None
    for j, method in enumerate(methods):
        column = data[at : at + len(range(j, count, stride))]
        at += len(column)
        if method == 2:
            residue = j, column
        elif method:
            flat[j::stride] = bytes(n & 255 for n in accumulate(column))
        else:
            flat[j::stride] = column
    if residue:
        for n, i in enumerate(range(residue[0], count, stride)):
            flat[i] = (residue[1][n] + sum(flat[max(0, i - stride + 1) : i])) & 255
    return bytes(flat)


def _text(value, ascii_only):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only)


def _number(value):
    return json.dumps(value) if value is None or value - value else repr(value)


def _events(key, times, first, second):
    """The canonical forms of the events of one stream, as functions of the escape that is used."""
    kind = key[0]
    if kind == "reading":
        names = ("vital", "quality", "source", "manual", "spot", "note")
        lags, values = integers(next(first)), floats(next(first))
        rows = [
            (t, t - lag, value)
            for t, lag, value in zip(times, lags, [None] * len(lags) if key[7] else values)  # noqa: B905
        ]
        return "reading", dict(zip(names, key[1:7])), rows  # noqa: B905
    lengths = integers(next(second))
    data = integers(next(second)) if kind == "wave" else stream(next(second))
    rows, at = [], 0
    for t, length in zip(times, lengths):  # noqa: B905
        rows.append((t, data[at : at + length]))
        at += length
    names = {
        "wave": ("device", "vital", "interval_ns", "full_scale", "usable"),
        "chunk": ("device",),
        "rejected": ("device", "reason"),
        "sent": ("device", "purpose"),
    }[kind]
    return kind, dict(zip(names, key[1:])), rows  # noqa: B905


def _written(kind, common, rows):
    """The rows of a stream as canonical forms; what they have in common is written once."""
    try:
        words = {name: _text(value, False) for name, value in common.items()}
        "".join(words.values()).encode()
    except UnicodeEncodeError:
        words = {name: _text(value, True) for name, value in common.items()}
    if kind == "reading":
        head = f'["reading",{{"manual":{words["manual"]},"measured_ns":'
        mid = (
            f',"note":{words["note"]},"quality":{words["quality"]},"source":{words["source"]}'
            f',"spot":{words["spot"]},"t_ns":'
        )
        tail = f',"vital":{words["vital"]}}}]'
        return [
            f'{head}{measured}{mid}{t},"value":{_number(value)}{tail}'.encode()
            for t, measured, value in rows
        ]
    if kind == "wave":
        head = (
            f'["wave_received",{{"device":{words["device"]},"full_scale":{words["full_scale"]}'
            f',"interval_ns":{words["interval_ns"]},"t_ns":'
        )
        mid = f',"usable":{words["usable"]},"values":['
        tail = f'],"vital":{words["vital"]}}}]'
        return [f"{head}{t}{mid}{','.join(map(str, data))}{tail}".encode() for t, data in rows]
    name = {"chunk": "chunk_received", "rejected": "frame_rejected", "sent": "bytes_sent"}[kind]
    mid = f'","device":{words["device"]}'
    for more in ("purpose", "reason"):
        if more in words:
            mid += f',"{more}":{words[more]}'
    head = f'["{name}",{{"data":"'
    return [
        f'{head}{base64.b64encode(data).decode()}{mid},"t_ns":{t}}}]'.encode() for t, data in rows
    ]


def canonical_forms(body):
    """The canonical forms of the events of a body; ValueError where it is damaged."""
    if body[:1] == b"[":
        return [body]
    try:
        return _unpack(body)
    except (
        zlib.error,
        struct.error,
        LookupError,
        TypeError,
        AttributeError,
        StopIteration,
        OverflowError,
    ) as error:
        raise ValueError(str(error)) from error


def _unpack(body):
    if body[:1] == b"L":
        return zlib.decompress(body[1:]).split(b"\n")
    if body[:1] != b"C":
        raise ValueError("a body of an unknown kind")
    (size,) = struct.unpack_from("<I", body, 1)
    first = blocks(zlib.decompressobj(zdict=DICTIONARY).decompress(body[5 : 5 + size]))
    second = blocks(zlib.decompress(body[5 + size :]))
    head, marks = json.loads(next(first)), next(first)
    steps = iter(integers(next(first)))
    t, times = head["t_ns"], []
    for mark in marks:
        if mark & 128:
            t += next(steps) * head["unit_ns"]
        times.append(t)
    written = []
    for number, key in enumerate(head["streams"]):
        own = [t for t, mark in zip(times, marks) if mark & 127 == number]  # noqa: B905
        written.append(iter(_written(*_events(key, own, first, second))))
    return [next(written[mark & 127]) for mark in marks]


def is_tight(body):
    """Whether no bit of a body could be changed without a change to its events."""
    if body[:1] == b"[":
        return True
    if body[:1] == b"L":
        return _stream_is_tight(body[1:])
    (size,) = struct.unpack_from("<I", body, 1)
    return _stream_is_tight(body[5 : 5 + size], DICTIONARY) and _stream_is_tight(body[5 + size :])


def _stream_is_tight(data, dictionary=b""):
    content, rest = inflate(data, dictionary)
    if content is None or rest:
        return False
    last = data[len(data) - 5]
    if not last:
        return True
    cleared = bytearray(data)
    cleared[len(data) - 5] = last & ~(1 << (last.bit_length() - 1))
    return inflate(bytes(cleared), dictionary)[0] is None


# -------------------------------------------------------------------- what the list should say


def to_utc(text):
    """ISO 8601 as the list of sessions has it; what is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(re.sub("Z$", "+00:00", text))
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)  # noqa: UP017
    written = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")  # noqa: UP017
    return written.replace("+00:00", "Z")


def protocol_name(text):
    """The id or name that a protocol file (TOML) gives itself; empty where it gives none."""
    try:
        import tomllib
    except ImportError:  # Python 3.9 and 3.10
        return _plain_protocol_name(text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    section = content.get("protocol")
    for table in (content, section if isinstance(section, dict) else {}):
        for key in ("id", "name"):
            if isinstance(table.get(key), str):
                return table[key]
    return ""


def _plain_protocol_name(text):
    found, section = {}, ""
    for line in re.sub(r'"""(?:.|\n)*?"""', '""', text).splitlines():
        header = re.match(r"\s*\[+([^]]*)\]", line)
        if header:
            section = header.group(1).strip()
        pair = re.match(r'\s*(id|name)\s*=\s*("(?:[^"\\]|\\.)*")', line)
        if pair and section in ("", "protocol"):
            found.setdefault((section, pair.group(1)), json.loads(pair.group(2)))
    for place in (("", "id"), ("", "name"), ("protocol", "id"), ("protocol", "name")):
        if place in found:
            return found[place]
    return ""


class Listed:
    """What the list of sessions should say of one session, from its events."""

    def __init__(self):
        self.said = {
            "started_utc": "",
            "room": "",
            "protocol": "",
            "program": "",
            "patient": "",
            "mrn": "",
            "simulated": 0,
            "closed": 0,
            "phase": "",
            "delivered_mg": "0",
            "alarms": 0,
            "technical_alarms": 0,
            "last_t_ns": 0,
            "anchor_t_ns": 0,
            "anchor_utc": "",
        }
        self.occurrences = set()

    def add(self, kind, fields):
        """Take one event into account."""
        said = self.said
        if kind == "session_opened":
            said["started_utc"] = to_utc(fields["utc"])
            said["room"], said["program"] = fields["room"], fields["program"]
            said["protocol"] = protocol_name(fields["protocol_text"])
            said["simulated"] = int(fields["simulated"])
        if kind in ("session_opened", "clock_anchored", "session_resumed"):
            said["anchor_t_ns"], said["anchor_utc"] = fields["t_ns"], fields["utc"]
        if kind == "patient_recorded":
            entry = fields["entry"]
            said["patient"] = f"{entry['family_name']}, {entry['given_name']}".strip(", ")
            said["mrn"] = entry["mrn"]
        if kind == "phase_changed":
            said["phase"] = fields["after"]
        if kind in ("delivery_changed", "session_closed"):
            said["delivered_mg"] = fields["delivered_mg"]
        if kind == "session_closed":
            said["closed"] = 1
        if kind == "alarm_changed" and fields["state"] not in ("off", "pending", "held"):
            self.occurrences.add((fields["alarm"], fields["since_ns"], fields["technical"]))
        for name, text in said.items():
            if isinstance(text, str):
                said[name] = text.replace("\0", "\ufffd")

    def columns(self):
        """The columns of the list."""
        technical = sum(1 for _, _, technical in self.occurrences if technical)
        return {
            **self.said,
            "alarms": len(self.occurrences) - technical,
            "technical_alarms": technical,
        }


# -------------------------------------------------------------------- one session

FREQUENT = (b'["chunk_received",', b'["wave_received",', b'["frame_rejected",', b'["bytes_sent",')
READING = b'["reading",'
OWN_ROW = (b'"manual":true', b'"vital":"sbp"', b'"vital":"dbp"', b'"vital":"map"')
ROW_KINDS = (int, int, int, int, str, bytes, bytes)


def is_frequent(body):
    """Whether the event of this canonical form shares a row with others."""
    if body.startswith(READING):
        return not any(mark in body for mark in OWN_ROW)
    return body.startswith(FREQUENT)


class Walk:
    """Follows the rows of one session up to the first that is wrong."""

    def __init__(self, session, wanted):
        self.chain = hashlib.sha256(b"infusion-room journal 1\n" + _bytes(session)).digest()
        self.seq, self.wanted = 0, wanted
        self.values = {0: self.chain} if 0 in wanted else {}
        self.listed = Listed()

    def follow(self, rows):
        """The first thing wrong, or an empty text; `rows` are of the table first."""
        if not rows:
            return "It holds no event."
        for table, *row in rows:
            problem = self._row(table, row)
            if problem:
                return problem
            self.seq, self.chain = row[1], row[6]
        return ""

    def _row(self, table, row):
        first, last, _, _, kind, body, recorded = row
        where = f"The row of events {shown(first)} to {shown(last)} ({shown(kind)})"
        if not all(type(v) is k for v, k in zip(row, ROW_KINDS)):  # noqa: B905
            return f"{where} has a column that is not of its type."
        if first > self.seq + 1:
            return f"Events {self.seq + 1} to {first - 1} are missing."
        if first <= self.seq:
            return f"{where} repeats events that came before it."
        try:
            bodies = canonical_forms(body)
            if kind not in ("pack", "batch") and body[:1] != b"[" and not bodies:
                return f"{where} cannot be read."
        except ValueError:
            return f"{where} cannot be read."
        if len(bodies) != last - first + 1:
            return f"{where} holds {len(bodies)} events."
        chain, found = self.chain, {}
        for seq, event in enumerate(bodies, first):
            chain = hashlib.sha256(chain + event).digest()
            if seq in self.wanted:
                found[seq] = chain
        if chain != recorded:
            return (
                f"{where} is not what was recorded: its hash does not follow from those before it."
            )
        try:
            problem = next(self._mislabelled(table, row, where, bodies), "")
        except (ValueError, LookupError, TypeError, AttributeError):
            return f"{where} cannot be read."
        self.values.update({} if problem else found)
        return problem

    def _mislabelled(self, table, row, where, bodies):
        _, _, first_t_ns, last_t_ns, kind, body, _ = row
        head, tail = json.loads(bodies[0]), json.loads(bodies[-1])
        if (head[1]["t_ns"], tail[1]["t_ns"]) != (first_t_ns, last_t_ns):
            yield f"{where} says other times than its events."
        misplaced = f"{where} stands in the table {table}, where it does not belong."
        if kind in ("pack", "batch"):
            if (kind == "pack") != (table == "journal"):
                yield misplaced
            if not all(map(is_frequent, bodies)):
                yield f"{where} is labelled {kind}, but holds an event that has a row of its own."
        else:
            if len(bodies) != 1 or head[0] != kind:
                yield f"{where} holds an event of kind {head[0]}."
            if table != "journal":
                yield misplaced
            if bodies[0].startswith(FREQUENT):
                yield f"{where} holds a frequent event in a row of its own."
        if not is_tight(body):
            yield f"{where} has bytes that belong to no event."
        said = self.listed.said
        said["last_t_ns"] = max(said["last_t_ns"], last_t_ns)
        if kind not in ("pack", "batch"):
            self.listed.add(*head)


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")


def list_problem(row, listed, version):
    """Where the list of sessions tells otherwise than the events; `row` by column."""
    for column, wanted in listed.columns().items():
        if type(row[column]) is not type(wanted) or row[column] != wanted:
            return (
                f"The list of sessions says {column} {shown(repr(row[column]))}, but the events say"
                f" {shown(repr(wanted))}."
            )
    committed = row["committed_utc"]
    if listed.said["closed"] and version >= EMPTY_WHEN_CLOSED:
        if committed != "":
            return f"The list of sessions says committed_utc {shown(repr(committed))}, not ''."
    elif not isinstance(committed, str) or not re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00)?", committed
    ):
        said = shown(repr(committed))
        return f"The list of sessions says committed_utc {said}, which is no time."
    return ""


# -------------------------------------------------------------------- courses and logbooks


def follow_entries(label, title, name, rows):
    """The chain values of a course or logbook, and what is wrong with the first wrong row.

    `rows` hold seq, kind, body, chain and, in a course, the record number of the patient.
    """
    values = [hashlib.sha256(label + b"\n" + _bytes(name)).digest()]
    mrn = None
    for number, (seq, kind, body, recorded, *patient) in enumerate(rows, 1):
        label_of = f" ({kind})" if type(kind) is str else ""
        where = f"{title}, entry {number}{shown(label_of)}"
        if type(seq) is not int or type(body) is not bytes or type(recorded) is not bytes:
            return values, f"{where} has a column that is not of its type."
        if seq != number:
            there = f"entry {seq}{shown(label_of)} stands in its place"
            return values, f"{title}, entry {number} is missing: {there}."
        chain = hashlib.sha256(values[-1] + body).digest()
        if chain != recorded:
            return values, f"{where} is not what was recorded."
        try:
            said, fields = json.loads(body)
            mrn = fields.get("mrn", "") if mrn is None else mrn
        except (ValueError, AttributeError, TypeError):
            return values, f"{where} cannot be read."
        if kind != said or (patient and patient[0] != mrn):
            return values, f"{where} does not agree with the columns beside it."
        values.append(chain)
    return values, ""


# -------------------------------------------------------------------- a record file

LOGBOOK = b"infusion-room logbook 1"
RUN = "first_seq, last_seq, first_t_ns, last_t_ns, kind, body, chain"


class Record:
    """A record file, opened for reading only."""

    def __init__(self, path, keyring):
        self.path, self.keyring = path, keyring
        self.problems = {name: [] for name in ORDER}
        self.sessions, self.journals, self.values = [], [], {}
        self.folder = None
        self.connection = self._open()
        self.connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        self.version = self._identify()

    def _open(self):
        address = self.path.resolve().as_uri()
        log = self.path.with_name(self.path.name + "-wal")
        if not log.exists() or not log.stat().st_size:
            return sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:  # its folder may not be written: read a copy
            connection.close()
            self.folder = tempfile.TemporaryDirectory()
            copy = Path(self.folder.name) / "record.db"
            shutil.copyfile(self.path, copy)
            shutil.copyfile(log, copy.with_name("record.db-wal"))
            connection = sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)
        return connection

    def _identify(self):
        (application,) = self.connection.execute("PRAGMA application_id").fetchone()
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION_ID:
            raise UnusableError(f"{self.path} belongs to another program.")
        if version > NEWEST_VERSION:
            raise UnusableError(
                f"{self.path} was written by a newer version of the program (format {version}; this"
                f" verifier knows {NEWEST_VERSION}). Use the verifier of that version."
            )
        return version

    def close(self):
        """Let go of the file."""
        self.connection.close()
        if self.folder is not None:
            self.folder.cleanup()

    def verify(self):
        """Check everything; the problems are in `problems`, by what they are about."""
        damage = ""
        try:
            (found,) = self.connection.execute("PRAGMA integrity_check(1)").fetchone()
            damage = "" if found == "ok" else f"The file is damaged: {found}"
        except DAMAGED as error:
            damage = f"The file is damaged: {error}"
        try:
            self._verify()
        except DAMAGED as error:
            self.problems = {name: [] for name in ORDER}
            damage = damage or f"The file is damaged: {error}"
        if damage:
            self.problems["damage"].append(damage)

    def _rows(self, table, columns, order):
        query = f"SELECT {columns} FROM {table} ORDER BY {order}"  # noqa: S608 - names of ours
        return self.connection.execute(query).fetchall() if table in self.tables else []

    def _groups(self, table, columns):
        """The rows of courses or logbooks by their names, which stand in the first column."""
        groups = {}
        for name, *row in self._rows(table, columns, ", ".join(columns.split(", ")[:2])):
            groups.setdefault(name if isinstance(name, str) else shown(name), []).append(row)
        return sorted(groups.items())

    def _verify(self):
        self.connection.execute("BEGIN")
        found = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.tables = {name for (name,) in found}
        for _, body in self._rows("log_entry", "logbook, body", "logbook, seq"):
            self._announce(body)
        self.ends = Ends(self.keyring)
        self.ends.take_heads(self.path.with_name(self.path.name + ".heads"))
        columns = "subject, seq, chain, at_utc, key, signature"
        self.ends.take_rows(self._rows("seal", columns, "subject, seq"))
        for name, rows in self._groups("log_entry", "logbook, seq, kind, body, chain"):
            values, _ = follow_entries(LOGBOOK, "", name, rows)
            self.ends.take_logged(row[2] for row in rows[: len(values) - 1])
        self._check_sessions()
        self._check_stray()
        for table, name, label, title in (
            ("course_entry", "course", b"infusion-room course 1", "Course"),
            ("log_entry", "logbook", LOGBOOK, "Logbook"),
        ):
            self._check_journals(table, name, label, title)
        present = {f"session {s['session']}" for s in self.sessions}
        present |= {f"{j['what']} {j['name']}" for j in self.journals}
        self.problems["missing"] = [
            *self.ends.missing(present),
            *self._unnamed_keys(),
            *self.ends.logged_problems(self.values),
            *self._nothing_sealed(),
        ]
        self.problems["heads"] = self.ends.line_problems()
        self._check_tables()

    def _sealed(self):
        return [end for rows in self.ends.rows.values() for end in rows]

    def _nothing_sealed(self):
        lines = [end for ends in self.ends.lines.values() for end in ends if end.sealed]
        sealed = lines or self.ends.unsound or self._sealed() or self.keyring.announced
        if sealed or not self.keyring.trusted():
            return []
        return [NOTHING_SEALED] if any(s["closed"] for s in self.sessions) else []

    def _unnamed_keys(self):
        keys = {end.key for end in self._sealed()} - self.keyring.announced.keys()
        return [
            f"No logbook names the key {shown(key)}, which sealed this record."
            for key in sorted(keys)
        ]

    def _announce(self, body):
        if type(body) is bytes and body.startswith(b'["key_made",'):
            try:
                public = bytes.fromhex(json.loads(body)[1]["public_key"])
                self.keyring.announced[key_name(public)] = public
            except (ValueError, KeyError, TypeError):
                return

    def _check_sessions(self):
        names = [*Listed().columns(), "committed_utc"]
        listed = self._rows("session", f"id, name, {', '.join(names)}", "id")
        for number, name, *said in listed:
            self._check_session(number, name, dict(zip(names, said)))  # noqa: B905
        there = sorted({0, *(number for number, *_ in listed if number > 0)})
        gaps = [(a + 1, b - 1) for a, b in zip(there, there[1:]) if b > a + 1]  # noqa: B905, RUF007
        self.problems["numbering"] = [
            f"Session number {a} is missing."
            if a == b
            else f"Session numbers {a} to {b} are missing."
            for a, b in gaps
        ]
        last = max((n for n, s in enumerate(self.sessions) if s["seal"]), default=-1)
        for session in self.sessions[: max(0, last)]:
            if session["closed"] and not session["seal"] and not session["ends"]:
                session["ends"] = "It is not sealed, though later sessions are."
        for session in self.sessions:
            bare = session["closed"] and not session["seal"]
            if bare and not (session["chains"] or session["ends"]) and self.keyring.announced:
                session["ends"] = UNSEALED
        for session in self.sessions:
            for about in ("chains", "ends", "lists"):
                if session[about]:
                    title = f"Session {shown(session['session'])}: "
                    self.problems[about].append(title + session[about])

    def _check_session(self, number, name, said):
        name = name if isinstance(name, str) else shown(name)
        parts = [
            f"SELECT '{table}' AS place, {RUN} FROM {table} WHERE session_id = ?"  # noqa: S608
            for table in ("journal", "live")
            if table in self.tables
        ]
        query = " UNION ALL ".join(parts) + " ORDER BY first_seq, last_seq, place"
        rows = self.connection.execute(query, (number,) * len(parts)).fetchall() if parts else []
        subject = f"session {name}"
        walk = Walk(name, self.ends.wanted(subject))
        problem = walk.follow(rows)
        self.values[subject] = None if problem else (walk.seq, walk.values)
        ends, seal, later, lists = "", None, 0, ""
        if not problem:
            ends, seal, later = self.ends.judge(subject, walk.seq, walk.values)
            lists = list_problem(said, walk.listed, self.version)
        self.sessions.append(
            {
                "session": name,
                "events": walk.seq,
                "head": walk.chain.hex(),
                "closed": bool(walk.listed.said["closed"]),
                "chains": problem,
                "ends": ends,
                "lists": lists,
                "seal": seal,
                "later": later,
            }
        )

    def _check_stray(self):
        known = {number for number, *_ in self._rows("session", "id", "id")}
        for table in ("journal", "live"):
            columns = "session_id, first_seq, last_seq, kind"
            for number, first, last, kind in self._rows(table, columns, "session_id, first_seq"):
                if number not in known:
                    self.problems["stray"].append(
                        f"The row of events {shown(first)} to {shown(last)} ({shown(kind)}) in the"
                        f" table {table} belongs to session number {shown(number)}, which is not"
                        " there."
                    )

    def _check_journals(self, table, column, label, title):
        more = ", mrn" if table == "course_entry" else ""
        columns = f"{column}, seq, kind, body, chain{more}"
        for name, rows in self._groups(table, columns):
            values, problem = follow_entries(label, f"{title} {shown(name)}", name, rows)
            seq = len(values) - 1
            ends, seal, later = "", None, 0
            known = dict(enumerate(values))
            if column == "course":
                self.values[f"course {name}"] = None if problem else (seq, known)
            if problem:
                self.problems["entries"].append(problem)
            else:
                subject, grows = f"{column} {name}", column == "logbook"
                ends, seal, later = self.ends.judge(subject, seq, known, grows)
            if grows_bare(column, problem or ends, seal, self._sealed()):
                ends = "It is not sealed, though other journals are."
            if ends:
                self.problems["ends"].append(f"{title} {shown(name)}: {ends}")
            self.journals.append(
                {
                    "what": column,
                    "name": name,
                    "entries": seq,
                    "head": values[-1].hex(),
                    "problem": problem or ends,
                    "seal": seal,
                    "later": later,
                }
            )

    def _check_tables(self):
        found = {}
        for kind, name, sql in self.connection.execute("SELECT type, name, sql FROM sqlite_master"):
            if not shown(name).startswith("sqlite_"):
                text = " ".join(shown(sql).split())
                found[shown(kind), shown(name)] = hashlib.sha256(text.encode()).hexdigest()[:16]
        wanted = {}
        for version in range(1, self.version + 1):
            wanted.update({tuple(k.split(" ", 1)): v for k, v in SCHEMA.get(version, {}).items()})
        for sort, name in sorted(found.keys() | wanted.keys()):
            where = f"The {sort} {name}"
            if (sort, name) not in found:
                self.problems["tables"].append(f"{where} of the file is missing.")
            elif (sort, name) not in wanted:
                self.problems["tables"].append(
                    f"{where} is in the file, but the program did not make it."
                )
            elif found[sort, name] != wanted[sort, name]:
                self.problems["tables"].append(f"{where} of the file was changed.")
        revisions = [str(r) for (r,) in self._rows("alembic_version", "version_num", "version_num")]
        if revisions != [f"{self.version:04d}"]:
            said = ", ".join(map(shown, revisions)) or "none"
            self.problems["tables"].append(
                f"The file says migration {said}, its version is {self.version}."
            )


def grows_bare(column, problem, seal, sealed):
    """Whether it is a logbook without a seal, though another kind of journal has one."""
    if column != "logbook" or problem or seal:
        return False
    return any(not end.subject.startswith("logbook ") for end in sealed)


ORDER = (
    "chains",
    "stray",
    "entries",
    "ends",
    "missing",
    "heads",
    "lists",
    "numbering",
    "tables",
    "damage",
)


# -------------------------------------------------------------------- an exported copy


def _copy_problems(content, seal, keyring):
    """What a copy says beside its events that they do not; and whether its seals were left out."""
    name, events = shown(content["session"]), content["events"]
    pairs = [e for e in events if type(e) is list and list(map(type, e)) == [str, dict]]
    kinds = dict(reversed(pairs))
    simulated = kinds.get("session_opened", {}).get("simulated", False)
    if "simulated" in content and content["simulated"] != simulated:
        yield f"Session {name}: The copy and its events differ on whether it was simulated."
    if "session_closed" in kinds and seal is None and (keyring.trusted() or keyring.announced):
        yield f"Session {name}: The copy of a closed session holds no seal, though a key is named."


def verify_export(path, keyring):
    """The verdict on a JSON export: its chain, and the seals that it carries."""
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != "infusion-room-session":
            raise UnusableError(f"{path} is not an export of a session.")
        name, events, wanted = content["session"], content["events"], content["chain"]
        seals = content.get("seals", [])
        for public in content.get("public_keys", []):
            keyring.announced[key_name(bytes.fromhex(public))] = bytes.fromhex(public)
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableError(f"{path} is not an export of a session: {error}") from error
    chain = hashlib.sha256(b"infusion-room journal 1\n" + _bytes(name)).digest()
    ends = Ends(keyring)
    for item in seals:
        end = read_line(canonical_json(item))
        if end is None:
            ends.unsound.append(f"A seal in the copy is not as it was written: {shown(item)}")
        else:
            ends.rows.setdefault(end.subject, []).append(end)
    values = {0: chain}
    asked = {end.seq for end in ends.of(f"session {name}")}
    for seq, event in enumerate(events, 1):
        chain = hashlib.sha256(chain + canonical_json(event)).digest()
        if seq in asked:
            values[seq] = chain
    problems = []
    if chain.hex() != wanted:
        problems.append(
            f"Session {shown(name)}: The events of the copy do not end in the chain value that it"
            " gives."
        )
    ending, seal, later = ends.judge(f"session {name}", len(events), values)
    problems += [f"Session {shown(name)}: {ending}"] if ending and not problems else []
    problems += ends.missing({f"session {name}"})
    problems += [] if problems else _copy_problems(content, seal, keyring)
    found = {
        "session": name,
        "events": len(events),
        "head": chain.hex(),
        "seal": seal,
        "later": later,
        "problem": problems[0] if problems else "",
    }
    return problems, found


# -------------------------------------------------------------------- the report


def seal_words(seal, later, what):
    """What there is to say of the newest seal that fits."""
    if seal is None:
        return "not sealed"
    words = f"by key {seal.key} on {seal.at_utc}"
    return f"{words}; {later} {what} since" if later else words


def seal_facts(seal):
    """A seal for JSON."""
    return seal and {"seq": seal.seq, "at_utc": seal.at_utc, "key": seal.key}


def report_file(path, keyring):
    """Verify a record file; its report."""
    try:
        record = Record(path, keyring)
    except DAMAGED as error:
        raise UnusableError(f"{path} cannot be read: {error}") from error
    try:
        record.verify()
    finally:
        record.close()
    sessions = [
        {
            "session": s["session"],
            "events": s["events"],
            "head": s["head"],
            "problem": s["chains"] or s["ends"] or s["lists"],
            "seal": s["seal"],
            "later": s["later"],
        }
        for s in record.sessions
    ]
    problems = [problem for about in ORDER for problem in record.problems[about]]
    return {
        "file": str(path),
        "version": record.version,
        "heads_file": getattr(record, "ends", None) is not None and record.ends.has_heads,
        "problems": problems,
        "sessions": sessions,
        "courses": [j for j in record.journals if j["what"] == "course"],
        "logbooks": [j for j in record.journals if j["what"] == "logbook"],
    }


def report_export(path, keyring):
    """Verify an exported copy; its report."""
    problems, found = verify_export(path, keyring)
    return {
        "file": str(path),
        "version": "export",
        "problems": problems,
        "sessions": [found],
        "courses": [],
        "logbooks": [],
    }


def make_report(path, keyring):
    """Verify whatever `path` is."""
    if not path.is_file():
        raise UnusableError(f"There is no file {path}.")
    with path.open("rb") as file:
        start = file.read(16)
    if start == SQLITE_MAGIC:
        return report_file(path, keyring)
    if start.lstrip()[:1] == b"{":
        return report_export(path, keyring)
    raise UnusableError(
        f"{path} is no readable record. If it is encrypted, only the program can open it, with its"
        " passphrase: make a copy of a session with main.py export SESSION --format json --output"
        " FILE and verify that, or verify the record with main.py verify."
    )


def print_report(report, keyring):
    """The report for people."""
    lines = []
    for item in report["sessions"]:
        lines.append(f"session  {shown(item['session'])}")
        lines.append(f"chain    {item['problem'] or 'ok'} ({item['events']} events)")
        lines.append(f"seal     {seal_words(item['seal'], item['later'], 'events')}")
    for item in (*report["courses"], *report["logbooks"]):
        lines.append(f"{item['what']:<8} {shown(item['name'])}")
        lines.append(f"chain    {item['problem'] or 'ok'} ({item['entries']} entries)")
        lines.append(f"seal     {seal_words(item['seal'], item['later'], 'entries')}")
    problems = report["problems"]
    lines.append(f"record   {problems[0] if problems else 'ok'} (version {report['version']})")
    lines += [f"         {problem}" for problem in problems[1:]]
    if not report.get("heads_file", True):
        lines.append("heads    no heads file beside it: a session that was taken out may not show")
    trusted = ", ".join(keyring.trusted())
    lines.append(
        f"keys     trusted: {trusted}"
        if trusted
        else "keys     none given: seals are held against keys the record itself names"
    )
    sys.stdout.write("\n".join(lines) + "\n")


def print_json(report, keyring):
    """The report as one JSON object."""
    for name in ("sessions", "courses", "logbooks"):
        report[name] = [
            {**item, "seal": seal_facts(item["seal"])} for item in islice(report[name], None)
        ]
    problems = report["problems"]
    first = problems[0] if problems else ""
    whole = {"ok": not problems, "first_problem": first, "trusted_keys": keyring.trusted()}
    text = json.dumps({**whole, **report}, ensure_ascii=True)
    sys.stdout.write(text + "\n")


def main():
    """Verify what the command line names."""
    parser = argparse.ArgumentParser(
        description="Verify a record of Infusion Room, or a JSON export of a session, without it."
    )
    parser.add_argument("file", type=Path, help="record file, or JSON export of a session")
    parser.add_argument(
        "--key", action="append", default=[], help="key file (PEM) or short name to trust; repeat"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    try:
        keyring = Keyring(arguments.key)
        report = make_report(arguments.file, keyring)
    except UnusableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename or arguments.file}: {error.strerror or error}\n")
        return 2
    bad = bool(report["problems"])
    (print_json if arguments.json else print_report)(report, keyring)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
