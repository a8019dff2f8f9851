"""The electronic seal of a document: one last line in the file, signed with the site's key.

The line is a comment where PDF and HTML end, so the file opens everywhere and needs no second file
beside it. It signs the SHA-256 of every byte before it: whatever is changed afterwards shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from storage.sealing import KnownKeys, SealKey, is_signed, key_name

LABEL = b"infusion-room document seal 1\n"
"""What the bytes under every signature begin with."""

_OPENINGS = {".html": (b"<!-- infusion-room-seal ", b" -->\n")}
_PDF = (b"% infusion-room-seal ", b"\n")
_LINE = re.compile(
    rb"(?:% infusion-room-seal (\{[^\n]*\})|<!-- infusion-room-seal (\{[^\n]*\}) -->)\n\Z"
)
_TOLD = re.compile(rb"infusion-room-seal \{")
_FIELDS = {"content", "kind", "key", "public_key", "sha256", "signature"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentVerdict:
    """What the check of a document found.

    Attributes:
        good: it is sealed, whole, and by a key that is trusted.
        words: the finding in a sentence.
        key: short name of the key that the seal names; empty without a seal.
        content: digest of the content that the seal names, hexadecimal.
        kind: what sort of document the seal names.
    """

    good: bool
    words: str
    key: str = ""
    content: str = ""
    kind: str = ""


def sealed(data: bytes, ending: str, *, kind: str, content: str, key: SealKey) -> bytes:
    """`data` with its seal as the last line; `ending` of the file's name tells the comment.

    `kind` and `content` say what sort of document it is and the digest of what it says.
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    fields = {
        "content": content,
        "kind": kind,
        "key": key.name,
        "public_key": key.public.hex(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    signature = key.private.sign(_signed_bytes(fields))
    before, after = _OPENINGS.get(ending.lower(), _PDF)
    return data + before + _json({**fields, "signature": signature.hex()}) + after


def check(data: bytes, known: KnownKeys) -> DocumentVerdict:
    """Whether a document is as it was sealed, and by a key among `known`."""
    found = _LINE.search(data)
    if found is None:
        if _TOLD.search(data):
            return _bad(
                "The seal is not the last line: something was added after it, or it is cut."
            )
        return _bad("It carries no seal.")
    try:
        fields = json.loads(found[1] or found[2])
    except ValueError:
        return _bad("The line of its seal cannot be read.")
    if not _is_seal(fields):
        return _bad("The line of its seal cannot be read.")
    return _judge(fields, data[: found.start()], known)


def _judge(fields: dict[str, str], body: bytes, known: KnownKeys) -> DocumentVerdict:
    name = fields["key"]
    try:
        told = bytes.fromhex(fields["public_key"])
        signature = bytes.fromhex(fields["signature"])
    except ValueError:
        return _bad("The line of its seal cannot be read.")
    named: dict[str, Any] = {"key": name, "content": fields["content"], "kind": fields["kind"]}
    unsigned = {name: value for name, value in fields.items() if name != "signature"}
    public = known.public.get(name, told)
    if key_name(public) != name or public != told:
        return _bad("The key in the seal is not the one that the seal names.", **named)
    if not is_signed(_signed_bytes(unsigned), signature, public):
        return _bad("The signature does not fit the seal: it was changed.", **named)
    if hashlib.sha256(body).hexdigest() != fields["sha256"]:
        return _bad("The document was changed after it was sealed.", **named)
    if name not in known:
        return _bad(
            f"The document is as it was sealed with key {name}, which is no key known here: who "
            "holds it is not proven. Name the site's public key with --key.",
            **named,
        )
    return DocumentVerdict(
        good=True, words=f"The document is as it was sealed with key {name}.", **named
    )


def _bad(words: str, **named: Any) -> DocumentVerdict:
    return DocumentVerdict(good=False, words=words, **named)


def _is_seal(fields: object) -> bool:
    return (
        isinstance(fields, dict)
        and set(fields) == _FIELDS
        and all(isinstance(value, str) for value in fields.values())
    )


def _signed_bytes(fields: dict[str, str]) -> bytes:
    return LABEL + _json(fields)


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
