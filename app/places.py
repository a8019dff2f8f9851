"""Where things are on this machine: the program's resources, the database, the log."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_log_path

from protocols.composition import NamedText, compose, missing_parts

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the program."""

RESOURCES = ROOT / "resources"
"""Protocols, limits, forms, fonts and other data that ship with the program."""

DATABASE_VARIABLE = "INFUSION_ROOM_DATABASE"
"""Environment variable that names another database (URL or path)."""

PASSPHRASE_VARIABLE = "INFUSION_ROOM_PASSPHRASE_FILE"  # noqa: S105 - its name only
"""Environment variable that names a file with the passphrase of an encrypted record."""

_NAME = "infusion-room"


def program_version() -> str:
    """Version of the program, from its installed metadata or its project file."""
    from importlib import metadata  # slow to load, and few commands say the version

    try:
        return metadata.version(_NAME)
    except metadata.PackageNotFoundError:
        return _version_in_project_file()


def _version_in_project_file() -> str:
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("version"):
            return line.split('"')[1]
    return "unknown"


def data_folder() -> Path:
    """The user's data folder of the program; made when absent."""
    folder = user_data_path(_NAME, appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_folder() -> Path:
    """The user's log folder of the program; made when absent."""
    folder = user_log_path(_NAME, appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def seal_key_path() -> Path:
    """The key that seals this site's records, in the user's configuration folder."""
    return user_config_path(_NAME, appauthor=False) / "seal-key.pem"


def database(named: str | None) -> str:
    """The database to use: the one named, else the variable's, else a file in the data folder."""
    return named or os.environ.get(DATABASE_VARIABLE) or str(data_folder() / "sessions.db")


class NoSuchResourceError(Exception):
    """A resource that is neither known nor a file; the text says which are known."""


def site_folder(kind: str) -> Path:
    """Where a site keeps its own files of a kind; it need not be there."""
    return user_data_path(_NAME, appauthor=False) / kind


def _named(kind: str, name: str) -> Path | None:
    """The file of that name: shipped, else the site's own. A shipped name is never taken over."""
    for folder in (RESOURCES / kind, site_folder(kind)):
        path = folder / f"{name}.toml"
        if path.is_file():
            return path
    return None


def _read(kind: str, name: str) -> tuple[str, str]:
    path = _named(kind, name) or Path(name)
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(names_of(kind))
        raise NoSuchResourceError(
            f"{name}: no such {kind} file ({getattr(error, 'strerror', None) or error}); "
            f"known: {known}"
        ) from error


def names_of(kind: str) -> list[str]:
    """Names of the files of a kind, shipped and the site's own; the kind names their folder."""
    folders = (RESOURCES / kind, site_folder(kind))
    return sorted({path.stem for folder in folders for path in folder.glob("*.toml")})


def read_course_template(name: str) -> tuple[str, str]:
    """Text and path of a course template, by shipped name or path.

    Raises:
        NoSuchResourceError: there is no such template.
    """
    return _read("courses", name)


def read_protocol(name: str) -> tuple[str, str]:
    """Text and path of a protocol, by shipped name or path, with the text of its parts appended.

    A part is looked for in the folder ``parts`` beside the protocol, then among the shipped ones.

    Raises:
        NoSuchResourceError: the protocol or one of its parts is not there.
    """
    text, path = _read("protocols", name)
    beside = Path(path).parent / "parts"
    parts = []
    for name_of_part in missing_parts(text):
        line = text[: max(0, text.find(name_of_part))].count("\n") + 1
        parts.append(_read_part(beside, name_of_part, f"{path}:{line}: parts"))
    return compose(text, parts), path


def _read_part(beside: Path, name: str, where: str) -> NamedText:
    shipped = RESOURCES / "protocols" / "parts"
    for path in (beside / f"{name}.toml", shipped / f"{name}.toml"):
        if path.is_file():
            try:
                return NamedText(file=f"parts/{name}.toml", text=path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or error
                raise NoSuchResourceError(f"{path}: {reason}") from error
    known = sorted(str(p.relative_to(shipped).with_suffix("")) for p in shipped.rglob("*.toml"))
    raise NoSuchResourceError(
        f"{where}: {name}: no such part of a protocol; shipped: {', '.join(known)}"
    )


def read_limits(name: str) -> tuple[str, str]:
    """Text and path of a limits profile, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("limits", name)


def read_signals(name: str) -> tuple[str, str]:
    """Text and path of a signal policy, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("signals", name)


def read_rights(name: str) -> tuple[str, str]:
    """Text and path of a rights file, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("people", name)


def read_forecast(name: str) -> tuple[str, str]:
    """Text and path of a forecast model, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("forecast", name)


def read_scenario(name: str) -> tuple[str, str]:
    """Text and path of a scripted session, by name or path; NoSuchResourceError otherwise."""
    return _read("scenarios", name)


def read_form(name: str) -> tuple[str, str]:
    """Text and path of a form, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("forms", name)


def read_sheet(name: str) -> tuple[str, str]:
    """Text and path of a sheet, by shipped name or path; NoSuchResourceError otherwise."""
    return _read("sheets", name)


def read_review_criteria(name: str = "standard") -> tuple[str, str]:
    """Text and path of criteria of the review, by name or path; NoSuchResourceError otherwise.

    A site that keeps criteria of its own names the file ``site.toml``: that is then the standard.
    """
    if name == "standard" and (site_folder("review") / "site.toml").is_file():
        name = "site"
    return _read("review", name)


def read_cohort_file(name: str) -> tuple[str, str]:
    """Text and path of what cohorts are made by: ``cohort`` (what is counted) or ``published``.

    A site that keeps its own names it ``site-cohort.toml`` or ``site-published.toml``.

    Raises:
        NoSuchResourceError: there is none of that name.
    """
    own = f"site-{name}"
    return _read("review", own if (site_folder("review") / f"{own}.toml").is_file() else name)
