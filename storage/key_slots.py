"""Wraps and unwraps the data key of a record for its holders.

AES-256-GCM with the record's name, the key's and the slot's bound into it, so that a slot moved,
changed or taken from another record opens nothing.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.clock import write_utc
from storage.key_file import DataKey, Holder, KeyFile, Slot, Stretching, WrappedKey

SHORTEST_PASSPHRASE = 12
"""Characters that a passphrase needs at least. A design default."""

_KEY_BYTES = 32
_TIME, _MEMORY_KIB, _LANES = 3, 65_536, 4
"""argon2id as the argon2-cffi library sets it: 0.23 s where it was measured."""

_MOST_TIME, _MOST_MEMORY_KIB, _MOST_LANES = 64, 4_194_304, 64
"""A key file that asks for more is not obeyed: 4 GiB."""


_Unwrapping = Callable[[Slot], bytes | None]
"""The key that unwraps a slot, or None where it cannot be made."""


class UnsuitableSecretError(Exception):
    """A passphrase that cannot be used; the text says why."""


def draw_record_name() -> str:
    """A unique name for a record that is encrypted."""
    return secrets.token_hex(16)


def draw_key(record: str, page_bytes: int) -> DataKey:
    """A new random data key for `record`."""
    return DataKey(
        record=record,
        key=secrets.token_hex(4),
        secret=secrets.token_bytes(_KEY_BYTES),
        salt=secrets.token_bytes(16),
        page_bytes=page_bytes,
    )


def wrapped_key(data_key: DataKey, now: datetime) -> WrappedKey:
    """`data_key` as a key file has it, without a holder yet."""
    return WrappedKey(
        key=data_key.key,
        salt=data_key.salt.hex(),
        page_bytes=data_key.page_bytes,
        made_utc=write_utc(now),
        deposit=_deposit_key(data_key).public_key().public_bytes_raw().hex(),
        slots=(),
    )


def check_passphrase(passphrase: str) -> None:
    """UnsuitableSecretError when `passphrase` is too short."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UnsuitableSecretError(
            f"The passphrase has {len(passphrase)} characters; it needs {SHORTEST_PASSPHRASE}."
            " Several words are easier to type than signs."
        )


def passphrase_slot(data_key: DataKey, passphrase: str, now: datetime) -> Slot:
    """A slot that `passphrase` opens.

    Raises:
        UnsuitableSecretError: the passphrase is too short.
    """
    check_passphrase(passphrase)
    stretching = Stretching(
        time=_TIME, memory_kib=_MEMORY_KIB, lanes=_LANES, salt=secrets.token_hex(16)
    )
    slot = _empty(Holder.PASSPHRASE, now, stretching=stretching)
    return _wrap(data_key, slot, _stretch(passphrase, stretching))


def secret_slot(data_key: DataKey, kind: Holder, secret: bytes, now: datetime) -> Slot:
    """A slot that a random `secret` opens: that of the system's store, or a recovery key."""
    slot = _empty(kind, now)
    return _wrap(data_key, slot, _derive(secret, f"slot {kind.value} {slot.name}"))


def deposit_slot(data_key: DataKey, other: str, deposit: str, now: datetime) -> Slot:
    """A slot that only the holders of the record `other` can open, by its `deposit` key."""
    sender = X25519PrivateKey.generate()
    public = sender.public_key().public_bytes_raw().hex()
    slot = replace(_empty(Holder.DEPOSIT, now), other=other, sender=public)
    shared = sender.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(deposit)))
    return _wrap(data_key, slot, _derive(shared, f"slot {slot.kind.value} {slot.name}"))


def open_with_passphrase(key_file: KeyFile, passphrase: str) -> list[DataKey]:
    """The data keys that `passphrase` opens; none when it is wrong."""
    return _open(key_file, Holder.PASSPHRASE, lambda slot: _stretched(passphrase, slot))


def open_with_secret(key_file: KeyFile, kind: Holder, secret: bytes) -> list[DataKey]:
    """The data keys that the `secret` of a holder of that kind opens; none when it is wrong."""
    return _open(
        key_file, kind, lambda slot: _derive(secret, f"slot {slot.kind.value} {slot.name}")
    )


def open_with_record(key_file: KeyFile, other: DataKey) -> list[DataKey]:
    """The data keys that were left to the holders of the record of which `other` is the key."""

    def unwrapping(slot: Slot) -> bytes | None:
        if slot.other != other.record:
            return None
        try:
            sender = X25519PublicKey.from_public_bytes(bytes.fromhex(slot.sender))
            shared = _deposit_key(other).exchange(sender)
        except ValueError:
            return None
        return _derive(shared, f"slot {slot.kind.value} {slot.name}")

    return _open(key_file, Holder.DEPOSIT, unwrapping)


def _open(key_file: KeyFile, kind: Holder, unwrapping: _Unwrapping) -> list[DataKey]:
    found = []
    for wrapped in key_file.keys:
        for slot in wrapped.slots:
            if slot.kind is not kind:
                continue
            opened = _unwrap(key_file.record, wrapped, slot, unwrapping)
            if opened is not None:
                found.append(opened)
                break
    return found


def _unwrap(
    record: str, wrapped: WrappedKey, slot: Slot, unwrapping: _Unwrapping
) -> DataKey | None:
    try:
        kek = unwrapping(slot)
        if kek is None:
            return None
        bound = _bound(record, wrapped.key, wrapped.salt, wrapped.page_bytes, slot)
        nonce, sealed = bytes.fromhex(slot.nonce), bytes.fromhex(slot.wrapped)
        secret = AESGCM(kek).decrypt(nonce, sealed, bound)
        salt = bytes.fromhex(wrapped.salt)
    except (InvalidTag, ValueError):
        return None
    return DataKey(
        record=record, key=wrapped.key, secret=secret, salt=salt, page_bytes=wrapped.page_bytes
    )


def _wrap(data_key: DataKey, slot: Slot, kek: bytes) -> Slot:
    bound = _bound(data_key.record, data_key.key, data_key.salt.hex(), data_key.page_bytes, slot)
    nonce = secrets.token_bytes(12)
    return replace(
        slot, nonce=nonce.hex(), wrapped=AESGCM(kek).encrypt(nonce, data_key.secret, bound).hex()
    )


def _bound(record: str, key: str, salt: str, page_bytes: int, slot: Slot) -> bytes:
    """Everything around the wrapped bytes, so that none of it can be changed unseen."""
    around = msgspec.to_builtins(replace(slot, nonce="", wrapped=""))
    return json.dumps([record, key, salt, page_bytes, around], sort_keys=True).encode()


def _empty(kind: Holder, now: datetime, *, stretching: Stretching | None = None) -> Slot:
    return Slot(
        kind=kind,
        name=secrets.token_hex(4),
        made_utc=write_utc(now),
        nonce="",
        wrapped="",
        stretching=stretching,
    )


def _stretched(passphrase: str, slot: Slot) -> bytes | None:
    wish = slot.stretching
    if (
        wish is None
        or not 1 <= wish.time <= _MOST_TIME
        or not 1 <= wish.lanes <= _MOST_LANES
        or not 8 * wish.lanes <= wish.memory_kib <= _MOST_MEMORY_KIB
    ):
        return None
    return _stretch(passphrase, wish)


def _stretch(passphrase: str, stretching: Stretching) -> bytes:
    text = unicodedata.normalize("NFC", passphrase)
    return hash_secret_raw(
        text.encode(),
        bytes.fromhex(stretching.salt),
        time_cost=stretching.time,
        memory_cost=stretching.memory_kib,
        parallelism=stretching.lanes,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )


def _deposit_key(data_key: DataKey) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_derive(data_key.secret, "deposit"))


def derived_key(data_key: DataKey, purpose: str) -> bytes:
    """A key of its own for `purpose`, 256 bits, made of the data key."""
    return _derive(data_key.secret, purpose)


def _derive(secret: bytes, purpose: str) -> bytes:
    info = f"infusion-room {purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(secret)
