"""The site's signature key, and the seals it makes: signed ends of chains.

Who can write the record file can make its hash chains anew; without this key they cannot make the
seals of it. The key is Ed25519 (RFC 8032) in a PEM file that only its owner may read, outside the
record's folder. Its short name is the first 16 hexadecimal digits of SHA-256 of the public key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.clock import write_utc
from storage.heads import Head, NotedEnd
from storage.whole_files import keep_also_as, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_NAME_DIGITS = 16
"""Hexadecimal digits of a key's short name."""

PUBLIC_BYTES = 32
"""Length of a public key."""

PUBLIC_ENDING = ".public.pem"
"""How the public keys beside the key file are named, after their short name."""


class SealingError(Exception):
    """There is no usable key; the text is the sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKey:
    """A key that can seal.

    Attributes:
        public: the public key, 32 bytes.
        name: its short name.
    """

    private: Ed25519PrivateKey = field(repr=False)
    public: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals ends of chains with the site's key. `now` is the wall clock."""

    key: SealKey
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def seal(self, subject: str, head: Head) -> NotedEnd:
        """The signed end of the chain of `subject`."""
        unsigned = NotedEnd(
            subject=subject, head=head, at_utc=write_utc(self.now()), key=self.key.name
        )
        return NotedEnd(
            subject=subject,
            head=head,
            at_utc=unsigned.at_utc,
            key=self.key.name,
            signature=self.sign(unsigned.signed_bytes),
        )

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`, 64 bytes, the same each time."""
        return self.key.private.sign(data)


def key_name(public: bytes) -> str:
    """The short name of a public key."""
    return sha256(public).hexdigest()[:KEY_NAME_DIGITS]


def signature_fits(end: NotedEnd, public: bytes) -> bool:
    """Whether `end` was sealed with the key of which `public` is the public half."""
    return is_signed(end.signed_bytes, end.signature, public)


def is_signed(data: bytes, signature: bytes, public: bytes) -> bool:
    """Whether `signature` over `data` was made with the key whose public half is `public`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_key(path: Path) -> SealKey:
    """The key in the file at `path`.

    Raises:
        SealingError: there is no file, or no such key in it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise SealingError(f"The key file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise SealingError(f"The file {path} is not a key that can seal.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SealingError(f"The key in {path} is not of the kind Ed25519.")
    return _named(private)


def make_or_load_key(path: Path) -> SealKey:
    """The key in the file at `path`; where there is no file, a new one is made (mode 0600).

    Its public half is laid beside it, for whoever verifies elsewhere. A file that is there is
    never written over.

    Raises:
        SealingError: the file cannot be read or made.
    """
    if path.exists():
        return load_key(path)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = _named(Ed25519PrivateKey.generate())
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(part, _private_pem(key))
        with suppress(FileExistsError):  # another program was quicker: its key is the site's
            keep_also_as(part, path)
        part.unlink()
    except OSError as error:
        raise SealingError(f"The key file {path} cannot be made: {error.strerror}.") from error
    made = load_key(path)
    if made.public == key.public:
        with suppress(OSError):
            write_whole(public_path(path, made.name), public_pem(made.public), mode=0o644)
    return made


def public_path(path: Path, name: str) -> Path:
    """Where the public key `name` lies beside the key file at `path`."""
    return path.with_name(name + PUBLIC_ENDING)


def public_pem(public: bytes) -> bytes:
    """A public key as a PEM file (RFC 8410)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private_pem(key: SealKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _named(private: Ed25519PrivateKey) -> SealKey:
    public = private.public_key().public_bytes_raw()
    return SealKey(private=private, public=public, name=key_name(public))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKeys:
    """The keys whose seals are trusted.

    Attributes:
        public: public keys by their short names.
        names: short names of which the record itself may give the public key.
        given: whether a person named them for this check; else they are those of this site.
    """

    public: Mapping[str, bytes] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    given: bool = False

    def __bool__(self) -> bool:
        """Whether any key is known."""
        return bool(self.public or self.names)

    def __contains__(self, name: str) -> bool:
        """Whether the key of that short name is trusted."""
        return name in self.public or name in self.names


def read_known_keys(texts: Iterable[str]) -> KnownKeys:
    """Keys named by a person: each a PEM file (private or public), or a key's short name.

    Raises:
        SealingError: one of them is neither.
    """
    public: dict[str, bytes] = {}
    names = set()
    for text in texts:
        path = Path(text).expanduser()
        if path.is_file():
            found = _read_public(path)
            public[key_name(found)] = found
        elif len(text) == KEY_NAME_DIGITS and all(c in "0123456789abcdef" for c in text.lower()):
            names.add(text.lower())
        else:
            raise SealingError(
                f"{text}: neither a key file nor the name of a key ({KEY_NAME_DIGITS} hexadecimal"
                " digits)."
            )
    return KnownKeys(public=public, names=frozenset(names), given=bool(public or names))


def site_keys(path: Path) -> KnownKeys:
    """The site's own keys: of the key file at `path`, and each public key beside it.

    A key that was lost leaves its public half there, so what it sealed is still known.
    """
    public: dict[str, bytes] = {}
    for found in (path, *sorted(path.parent.glob(f"*{PUBLIC_ENDING}"))):
        with suppress(SealingError):
            key = _read_public(found)
            public[key_name(key)] = key
    return KnownKeys(public=public)


def _read_public(path: Path) -> bytes:
    """The public key in a PEM file of either half."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealingError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if b"PRIVATE KEY" in content:
        return load_key(path).public
    try:
        key: Any = load_pem_public_key(content)
    except (ValueError, TypeError) as error:
        raise SealingError(f"The file {path} is not a key.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SealingError(f"The key in {path} is not of the kind Ed25519.")
    return key.public_bytes_raw()
