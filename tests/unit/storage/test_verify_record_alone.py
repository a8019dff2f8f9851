"""The verifier that needs Python and nothing else, run in an environment of its own."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import sqlite
from storage.database import open_database
from storage.export import export_json
from storage.faults import Fault, StorageError
from storage.heads import heads_path
from storage.journal import Journal
from storage.packing import canonical_run, encode_columns, encode_lines
from tests.unit.storage.event_strategies import small_session, stream
from tests.unit.storage.sealed_record import AMENDED, SealedRecord, make_sealed_record
from tests.unit.storage.tamper_judging import VERIFIER, ask_alone, ask_program, copy_record


@pytest.fixture(scope="module")
def alone() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_record", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SealedRecord:
    return make_sealed_record(tmp_path_factory.mktemp("sealed"))


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )


RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        "1d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
        "c6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
"""Section 7.1: private key, public key, message, signature."""


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_its_signatures_are_those_of_rfc_8032(
    alone: ModuleType, seed: str, public: str, message: str, signature: str
) -> None:
    seed_, public_, message_, signature_ = map(bytes.fromhex, (seed, public, message, signature))
    assert Ed25519PrivateKey.from_private_bytes(seed_).sign(message_) == signature_
    assert alone.ed25519_public(seed_) == public_
    assert alone.ed25519_fits(public_, message_, signature_)
    chance = random.Random(1)
    for _ in range(20):
        wrong = bytearray(signature_)
        wrong[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not alone.ed25519_fits(public_, message_, bytes(wrong))
    assert not alone.ed25519_fits(public_, message_ + b"x", signature_)
    high = int.from_bytes(signature_[32:], "little") + alone.L
    assert not alone.ed25519_fits(
        public_, message_, signature_[:32] + high.to_bytes(32, "little")
    ), "a signature has one form only"


def test_it_reads_packed_bodies_as_the_program_does(alone: ModuleType) -> None:
    events = list(stream(20))
    for body in (encode_columns(events), encode_lines([])):
        if body:
            assert alone.canonical_forms(body) == canonical_run(body)


def test_it_names_no_module_beyond_the_standard_library() -> None:
    words = VERIFIER.read_text(encoding="utf-8").splitlines()
    modules = {
        line.split()[1].split(".")[0]
        for line in words
        if line.strip().startswith(("import ", "from ")) and " import" in f" {line.strip()}"
    }
    assert modules - {"__future__", "tomllib"} <= set(sys.stdlib_module_names)


def test_it_says_what_it_found_and_changes_nothing(record: SealedRecord, tmp_path: Path) -> None:
    path = copy_record(record, tmp_path)
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    told = run(path, "--key", record.public_key)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == "session  every-kind"
    assert lines[1].startswith("chain    ok (")
    assert lines[2].startswith("seal     by key ")
    assert "record   ok (version 4)" in lines
    assert lines[-1].startswith("keys     trusted: ")
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before


def test_it_reads_a_record_that_is_being_written(database_path: Path) -> None:
    with open_database(database_path) as database:
        Journal(database).append("s1", small_session("s1", closed=False))
        assert database_path.with_name(database_path.name + "-wal").stat().st_size > 0
        assert ask_alone(database_path) == ""
        answer = json.loads(run(database_path, "--json").stdout)
        assert [s["events"] for s in answer["sessions"]] == [len(small_session(closed=False))]


def test_a_newer_file_is_refused_by_both_for_reading_and_writing(
    database_path: Path,
) -> None:
    with sqlite.connect(database_path) as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    before = database_path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(StorageError, match="written by a newer version") as caught:
            open_database(database_path, read_only=read_only)
        assert caught.value.fault is Fault.NEWER
    told = run(database_path)
    assert told.returncode == 2
    assert "was written by a newer version of the program (format 99" in told.stderr
    assert database_path.read_bytes() == before


def test_what_is_no_record_is_refused_in_a_sentence(tmp_path: Path) -> None:
    encrypted = tmp_path / "encrypted.db"
    encrypted.write_bytes(random.Random(1).randbytes(4096))
    told = run(encrypted)
    assert told.returncode == 2
    assert "If it is encrypted, only the program can open it" in told.stderr
    assert "main.py export SESSION --format json" in told.stderr
    other = tmp_path / "other.db"
    with sqlite.connect(other) as raw:
        raw.execute("CREATE TABLE t (a)")
    raw.close()
    assert "belongs to another program" in run(other).stderr
    assert run(tmp_path / "absent.db").returncode == 2
    assert "neither a key file nor the short name" in run(other, "--key", "nothing").stderr


def test_both_kinds_of_key_file_and_a_short_name_serve(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)
    name = record.public_key.name.split(".")[0]
    for key in (record.public_key, record.public_key.with_name("seal-key.pem"), name):
        assert ask_alone(path, "--key", str(key)) == ""
    for key in ("0123456789abcdef",):
        assert "which is not known" in ask_alone(path, "--key", key)
        assert ask_program(path, key) == ask_alone(path, "--key", key)


def test_an_exported_copy_is_verified_with_its_seals(record: SealedRecord, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    with open_database(record.path, read_only=True) as database:
        export_json(database, AMENDED, copy)
    told = run(copy, "--key", record.public_key)
    assert told.returncode == 0, told.stdout
    assert f"session  {AMENDED}" in told.stdout
    assert "seal     by key " in told.stdout
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace('"Ana"', '"Eva"'), encoding="utf-8")
    told = run(copy)
    assert told.returncode == 1
    assert "do not end in the chain value" in told.stdout


def test_a_copy_made_anew_without_the_key_does_not_fit_its_seal(
    alone: ModuleType, record: SealedRecord, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.json"
    with open_database(record.path, read_only=True) as database:
        export_json(database, AMENDED, copy)
    content = json.loads(copy.read_text(encoding="utf-8").replace('"Ana"', '"Eva"'))
    chain = alone.hashlib.sha256(b"infusion-room journal 1\n" + AMENDED.encode()).digest()
    for event in content["events"]:
        chain = alone.hashlib.sha256(chain + alone.canonical_json(event)).digest()
    content["chain"] = chain.hex()
    copy.write_text(json.dumps(content), encoding="utf-8")
    told = run(copy, "--key", record.public_key)
    assert told.returncode == 1
    assert "The whole chain was made anew" in told.stdout


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seals": []}, "holds no seal, though a key is named"),
        ({"simulated": None}, "differ on whether it was simulated"),
        ({"events": [[["x"], 1]]}, "do not end in the chain value"),
    ],
)
def test_a_copy_tells_nothing_else_than_its_events_and_its_key(
    record: SealedRecord, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    copy = tmp_path / "copy.json"
    with open_database(record.path, read_only=True) as database:
        export_json(database, AMENDED, copy)
    content = json.loads(copy.read_text(encoding="utf-8"))
    copy.write_text(json.dumps({**content, **changes}), encoding="utf-8")
    told = run(copy)
    assert (told.returncode, said in told.stdout) == (1, True), told.stdout + told.stderr


def test_without_a_heads_file_it_says_what_cannot_be_seen(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = tmp_path / "alone.db"
    shutil.copy(record.path, path)
    assert not heads_path(path).exists()
    told = run(path)
    assert told.returncode == 0
    assert "no heads file beside it: a session that was taken out may not show" in told.stdout
