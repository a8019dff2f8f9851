"""Every holder opens the same key, nobody else does, and a damaged place is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.faults import Fault, StorageError
from storage.key_file import Holder, KeyFile, key_path, read_key_file, write_key_file
from storage.key_slots import (
    UnsuitableSecretError,
    deposit_slot,
    draw_key,
    open_with_passphrase,
    open_with_record,
    open_with_secret,
    passphrase_slot,
    secret_slot,
    wrapped_key,
)
from storage.recovery_key import (
    ALPHABET,
    RecoveryKeyError,
    draw_recovery_key,
    read_recovery_key,
    write_recovery_key,
)
from tests.unit.storage.holders import NOW, SECRET, new_key

PASSPHRASE = "four words on paper"


def test_every_holder_opens_the_same_key_and_nothing_else_does(tmp_path: Path) -> None:
    key, wrapped = new_key()
    other, other_wrapped = new_key()
    slots = (
        passphrase_slot(key, PASSPHRASE, NOW),
        secret_slot(key, Holder.SYSTEM_STORE, b"s" * 32, NOW),
        deposit_slot(key, other.record, other_wrapped.deposit, NOW),
        *wrapped.slots,
    )
    path = key_path(tmp_path / "sessions.db")
    write_key_file(path, KeyFile(record=key.record, keys=(replace(wrapped, slots=slots),)))
    assert path.stat().st_mode & 0o777 == 0o600
    key_file = read_key_file(path)
    assert key_file is not None
    assert not key_file.problem
    assert open_with_passphrase(key_file, PASSPHRASE) == [key]
    assert open_with_secret(key_file, Holder.SYSTEM_STORE, b"s" * 32) == [key]
    assert open_with_secret(key_file, Holder.RECOVERY, SECRET) == [key]
    assert open_with_record(key_file, other) == [key]
    assert open_with_passphrase(key_file, PASSPHRASE + " ") == []
    assert open_with_secret(key_file, Holder.SYSTEM_STORE, SECRET) == []
    assert open_with_record(key_file, new_key()[0]) == []
    written = path.read_bytes()
    assert key.secret.hex().encode() not in written
    assert key.secret not in written
    assert key.secret.hex() not in repr(key)


def test_a_passphrase_may_be_typed_in_either_form_of_its_accents() -> None:
    key, wrapped = new_key()
    slot = passphrase_slot(key, "ein schöner Satz", NOW)
    key_file = KeyFile(record=key.record, keys=(replace(wrapped, slots=(slot,)),))
    assert open_with_passphrase(key_file, "ein scho\u0308ner Satz") == [key]


def test_a_short_passphrase_is_refused_with_its_length() -> None:
    with pytest.raises(UnsuitableSecretError, match="11 characters; it needs 12"):
        passphrase_slot(new_key()[0], "elevenchars", NOW)


def test_a_slot_moved_to_another_record_or_key_opens_nothing() -> None:
    key, wrapped = new_key()
    another = draw_key(key.record, key.page_bytes)
    moved = replace(wrapped_key(another, NOW), slots=wrapped.slots)
    assert (
        open_with_secret(KeyFile(record=key.record, keys=(moved,)), Holder.RECOVERY, SECRET) == []
    )
    elsewhere = KeyFile(record="0" * 32, keys=(wrapped,))
    assert open_with_secret(elsewhere, Holder.RECOVERY, SECRET) == []
    sizes = KeyFile(record=key.record, keys=(replace(wrapped, page_bytes=4096),))
    assert open_with_secret(sizes, Holder.RECOVERY, SECRET) == []


def test_every_flipped_bit_of_the_key_file_is_noticed_and_the_other_copy_still_opens(
    tmp_path: Path,
) -> None:
    key, wrapped = new_key()
    path = tmp_path / "sessions.db.key"
    write_key_file(path, KeyFile(record=key.record, keys=(wrapped,)))
    written = path.read_bytes()
    unopened = []
    for bit in range(0, len(written) * 8, 7):  # 7 and 8 have no common part: every place in turn
        spoiled = bytearray(written)
        spoiled[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoiled)
        key_file = read_key_file(path)
        assert key_file is not None
        assert "is damaged; the other is used" in key_file.problem, bit
        if open_with_secret(key_file, Holder.RECOVERY, SECRET) != [key]:
            unopened.append(bit)
    assert unopened == []


def test_a_key_file_without_a_whole_copy_is_said_and_not_obeyed(tmp_path: Path) -> None:
    key, wrapped = new_key()
    path = tmp_path / "sessions.db.key"
    write_key_file(path, KeyFile(record=key.record, keys=(wrapped,)))
    path.write_bytes(path.read_bytes().replace(key.record.encode(), b"f" * 32))
    with pytest.raises(StorageError, match="is damaged") as caught:
        read_key_file(path)
    assert caught.value.fault is Fault.ENCRYPTED
    path.write_bytes(b'{"format":"infusion-room-key","version":2}\n' * 2)
    with pytest.raises(StorageError, match="newer version"):
        read_key_file(path)


@given(st.data())
def test_a_recovery_key_typed_with_a_mistake_is_refused_and_the_group_named(
    data: st.DataObject,
) -> None:
    text = write_recovery_key(data.draw(st.binary(min_size=20, max_size=20)))
    groups = text.split("-")
    assert [len(group) for group in groups] == [5] * 8
    place = data.draw(st.integers(0, 7))
    letters = list(groups[place])
    at = data.draw(st.integers(0, 4))
    if at < 4 and letters[at] != letters[at + 1] and data.draw(st.booleans()):
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    else:
        letters[at] = data.draw(st.sampled_from([c for c in ALPHABET if c != letters[at]]))
    groups[place] = "".join(letters)
    with pytest.raises(RecoveryKeyError, match=f"Group {place + 1} "):
        read_recovery_key("-".join(groups))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=20, max_size=20))
def test_a_recovery_key_is_read_as_people_type_it(secret: bytes) -> None:
    text = write_recovery_key(secret)
    assert read_recovery_key(text) == secret
    typed = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_recovery_key(typed + "\n") == secret


def test_swapped_or_missing_groups_of_a_recovery_key_are_refused() -> None:
    groups = write_recovery_key(draw_recovery_key()).split("-")
    with pytest.raises(RecoveryKeyError, match="Group 1 "):
        read_recovery_key("-".join([groups[1], groups[0], *groups[2:]]))
    with pytest.raises(RecoveryKeyError, match="35 characters instead of 40"):
        read_recovery_key("-".join(groups[1:]))
