"""People and room on disk: whole or not at all, and a broken file is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reception.settings import (
    Person,
    Settings,
    SettingsError,
    load_settings,
    save_settings,
    settings_path,
)

SET_UP = Settings(
    room="Room 3",
    people=(Person(name="N. Okafor RN"), Person(name="P. Example MD", role="prescriber")),
    user="N. Okafor RN",
    protocol="iv-1.0-60",
)


def test_without_a_file_the_defaults_hold_and_nothing_is_said() -> None:
    assert load_settings() == (Settings(), "")
    assert not settings_path().exists()


def test_what_was_saved_is_loaded() -> None:
    save_settings(SET_UP)
    assert load_settings() == (SET_UP, "")
    save_settings(Settings(room="Room 4"))
    assert load_settings() == (Settings(room="Room 4"), "")
    assert [path.name for path in settings_path().parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "JSON"),
        (b'{"room": "Room 3"', "JSON"),
        (b'{"room": ""}', "room"),
        (b'{"colour": "blue"}', "colour"),
        (b'{"people": [{"name": 3}]}', "people"),
        (b"\xff\xfe\x00", "JSON"),
    ],
)
def test_a_broken_file_is_set_aside_and_said(tmp_path: Path, content: bytes, word: str) -> None:
    place = tmp_path / "settings.json"
    place.write_bytes(content)
    settings, sentence = load_settings(place)
    assert settings == Settings()
    assert word in sentence
    assert not place.exists()
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == content
    assert str(kept) in sentence


@given(content=st.binary(max_size=200))
def test_no_content_raises(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    place = tmp_path_factory.mktemp("settings") / "settings.json"
    place.write_bytes(content)
    settings, sentence = load_settings(place)
    assert (settings == Settings()) or not sentence


def test_a_place_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(SettingsError, match="cannot be written"):
        save_settings(SET_UP, blocked / "settings.json")
