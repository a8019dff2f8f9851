"""Who works here and how the room is called: one file in the user's configuration folder.

Text from outside: a file that cannot be read is set aside under a dated name and said so, and the
program goes on with what it ships.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_NAME = "infusion-room"

ROLES = ("nurse", "prescriber", "observer")
"""Roles that a person here may have; they are words for people, not rights."""


class Person(BaseModel):
    """Somebody who works here."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    role: str = Field(default="nurse", max_length=40)


class SiteCard(BaseModel):
    """What printed forms and sheets say of this site; whatever is empty prints as missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=200)
    city: str = Field(default="", max_length=80)
    state: str = Field(default="", max_length=40)
    postal_code: str = Field(default="", max_length=20)
    provider_given_name: str = Field(default="", max_length=80)
    provider_family_name: str = Field(default="", max_length=80)
    phone: str = Field(default="", max_length=40)
    email: str = Field(default="", max_length=120)
    emergency_phone: str = Field(default="", max_length=40)
    paper: Literal["A4", "letter"] = "A4"

    def lines(self) -> dict[str, str]:
        """The lines of the card by the name that a form uses for them."""
        return self.model_dump(exclude={"paper"})


class Settings(BaseModel):
    """What is set up once for this bedside."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    room: str = Field(default="Room 1", min_length=1, max_length=60)
    people: tuple[Person, ...] = Field(default=(), max_length=200)
    user: str = Field(default="", max_length=80)
    protocol: str = Field(default="iv-0.5-40", min_length=1, max_length=200)
    signals: str = Field(default="bedside", min_length=1, max_length=200)
    rights: str = Field(default="standard", min_length=1, max_length=200)
    without_accounts: bool = False
    staff_listen: str = Field(default="", max_length=120)
    staff_secret_file: str = Field(default="", max_length=500)
    backup_folder: str = Field(default="", max_length=500)
    backup_automatic: bool = True
    retention_years: int = Field(default=0, ge=0, le=200)
    encryption_wished: bool = False
    site: SiteCard = SiteCard()


class SettingsError(Exception):
    """The settings could not be written; the text says where and why."""


def settings_path() -> Path:
    """The file of the settings on this machine; the folder may not exist yet."""
    return user_config_path(_NAME, appauthor=False) / "settings.json"


def load_settings(path: Path | None = None) -> tuple[Settings, str]:
    """The settings, and a sentence for people when the file could not be used (else empty)."""
    place = path or settings_path()
    try:
        return Settings.model_validate_json(place.read_bytes()), ""
    except FileNotFoundError:
        return Settings(), ""
    except (ValidationError, UnicodeDecodeError) as error:
        why = _first_problem(error)
    except OSError as error:
        return Settings(), f"{place} cannot be read: {error.strerror}. Room and people are unset."
    return Settings(), f"Room and people could not be read ({why}). {_set_aside(place)}"


def _first_problem(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not text"
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else str(first["msg"])


def _set_aside(place: Path) -> str:
    kept = place.with_name(f"{place.name}.broken-{datetime.now():%Y%m%dT%H%M%S}")
    try:
        place.rename(kept)
    except OSError as error:
        return f"{place} is left as it is: {error.strerror}."
    return f"The file is kept as {kept}; enter them again."


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write `settings` whole or not at all.

    Raises:
        SettingsError: the folder or the file cannot be written.
    """
    place = path or settings_path()
    text = settings.model_dump_json(indent=2) + "\n"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f"{place.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(place)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise SettingsError(f"{place} cannot be written: {error.strerror or error}.") from error
