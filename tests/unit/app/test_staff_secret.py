"""Where the secret and the address of staff stations come from, and what is refused."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands.registration import run
from app.reception.desk import DeskError
from app.reception.settings import Settings, load_settings
from app.reception.staff_stations import StaffWish
from app.reception.visits import Reception
from app.staff.address import USUAL_PORT, StaffAddress, StaffAddressError, parse_address
from app.staff.secret import SECRET_VARIABLE, SecretError, find_secret, write_new_secret


@pytest.fixture(autouse=True)
def _log_of_commands() -> Iterator[None]:
    """Commands log to a file; its handler must not outlive the test."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [h for h in root.handlers if h not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    place = tmp_path / "secret"
    write_new_secret(place)
    return place


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.7:4510", "10.0.0.7", 4510),
        (" ward-pc ", "ward-pc", USUAL_PORT),
        ("[fe80::1]:99", "fe80::1", 99),
        ("[::1]", "::1", USUAL_PORT),
    ],
)
def test_an_address_is_read_and_written_back(text: str, host: str, port: int) -> None:
    address = parse_address(text)
    assert address == StaffAddress(host=host, port=port)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", ":", ":80", "host:", "host:port", "host:65536", "host:-1", "a b:1", "[::1", "::1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(StaffAddressError, match="HOST:PORT"):
        parse_address(text)


def test_a_new_secret_is_random_and_private(tmp_path: Path, secret_file: Path) -> None:
    other = tmp_path / "other"
    write_new_secret(other)
    assert find_secret(str(secret_file), "") != find_secret(str(other), "")
    assert len(find_secret(str(secret_file), "")) == 64
    with pytest.raises(SecretError, match="left as it is"):
        write_new_secret(secret_file)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_a_secret_that_others_can_read_is_refused(secret_file: Path) -> None:
    secret_file.chmod(0o640)
    with pytest.raises(SecretError, match="chmod 600"):
        find_secret(str(secret_file), "")


def test_option_goes_before_variable_and_variable_before_settings(
    tmp_path: Path, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SecretError, match="--new-secret"):
        find_secret(None, "")
    settings_file = tmp_path / "settings-secret"
    write_new_secret(settings_file)
    of_settings = find_secret(None, str(settings_file))
    monkeypatch.setenv(SECRET_VARIABLE, "the secret of the variable")
    assert find_secret(None, str(settings_file)) == b"the secret of the variable"
    of_option = find_secret(str(secret_file), str(settings_file))
    assert len({of_settings, of_option, b"the secret of the variable"}) == 3


@pytest.mark.parametrize("text", [b"short", b"", b"x" * 1025, b"\xff" * 40])
def test_a_file_without_a_usable_secret_is_refused(tmp_path: Path, text: bytes) -> None:
    place = tmp_path / "bad"
    place.write_bytes(text)
    place.chmod(0o600)
    with pytest.raises(SecretError):
        find_secret(str(place), "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--room", "Room 3"], "say where the bedside listens"),
        (["--connect", "host:port"], "write HOST:PORT"),
        (["--connect", "a", "--connect", "a"], "named twice"),
        (["--connect", "a", "--room", "1", "--room", "2"], "2 names for 1 addresses"),
        (["--connect", "a"], "No secret for staff stations"),
        (["--connect", "a", "--secret-file", "/nowhere/secret"], "cannot be read"),
    ],
)
def test_a_station_that_cannot_connect_is_refused_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["staff", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_command_writes_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "ward"
    assert run(["staff", "--new-secret", str(place)]) == 0
    assert "copy it" in capsys.readouterr().out
    assert len(find_secret(str(place), "")) == 64
    assert run(["staff", "--new-secret", str(place)]) == 2


def test_a_bedside_without_an_address_listens_nowhere(tmp_path: Path) -> None:
    desk = Reception(str(tmp_path / "sessions.db"))
    assert desk.staff is None
    assert desk.staff_problem == ""
    desk.close()


def test_a_bedside_that_cannot_listen_says_so(tmp_path: Path) -> None:
    wish = StaffWish(listen="127.0.0.1:0")
    desk = Reception(str(tmp_path / "sessions.db"), staff=wish)
    try:
        assert "No secret for staff stations" in desk.staff_problem
        assert desk.staff_problem in desk.notice
        assert desk.staff is not None, "sessions are told of it"
    finally:
        desk.close()


def test_settings_that_could_not_listen_are_not_saved(tmp_path: Path, secret_file: Path) -> None:
    desk = Reception(str(tmp_path / "sessions.db"))
    try:
        with pytest.raises(DeskError, match="No secret"):
            desk.save_settings(Settings(staff_listen="127.0.0.1:0"))
        assert load_settings()[0].staff_listen == ""
        good = Settings(staff_listen="127.0.0.1:0", staff_secret_file=str(secret_file))
        desk.save_settings(good)
        assert desk.staff is not None
        assert desk.staff.port(5.0)
        desk.save_settings(Settings())
        assert desk.staff is None
    finally:
        desk.close()
