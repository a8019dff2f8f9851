"""All commands of `main.py` under one Typer application, and how it is run."""

from __future__ import annotations

import gc
import logging
import logging.handlers
from collections.abc import Sequence
from importlib import import_module

import typer
from typer.main import get_command

from app.commands.answers import EXIT_BAD_INPUT, BadInputError

_log = logging.getLogger(__name__)

_COMMANDS = (
    "bedside",
    "review",
    "replay",
    "staff",
    "simulate",
    "decode",
    "dose",
    "verify",
    "rejudge",
    "burden",
    "cohort",
    "compare",
    "export",
    "amend",
    "accept",
    "import",
)
_MODULES = {"import": "import_file"}
"""Modules and functions of commands whose names are words of the language."""

_GROUPS = {
    "devices": "Monitors: drivers known, live readings from a port.",
    "protocols": "Clinical protocol files.",
    "sessions": "The log of sessions.",
    "versions": "What this version of the program makes of recorded sessions, and another.",
    "people": "Accounts: who may sign in, with what roles.",
    "logbook": "What happened around the sessions: who signed in, looked, took copies.",
    "server": "The server that rooms forward to: how far it is, sending, comparing, rebuilding.",
    "courses": "Courses of treatment: visits, decisions, ratings between the sessions.",
    "encryption": "Encrypting the record, and who may unlock it.",
    "backups": "Copies of the record: made, checked, restored.",
    "report": "The report of a session or a course, as PDF.",
    "documents": "Documents that the program wrote: whether they are as they were sealed.",
    "forms": "Forms filled from a session, and sheets for the patient, as PDF.",
}


def build(named: str = "") -> typer.Typer:
    """The application with the command or group `named`; with all where there is no such one.

    The modules of the others need not be loaded then, which shortens every start.
    """
    app = typer.Typer(
        name="infusion-room",
        help="Runs and monitors one infusion session at a bedside. Not a primary alarm system: "
        "the bedside monitor stays primary.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_nothing)  # so that a single command keeps its name
    known = named in (*_COMMANDS, *_GROUPS)
    for name in (named,) if known else _COMMANDS:
        if name in _GROUPS:
            continue
        called = _MODULES.get(name, name)
        app.command(name)(getattr(import_module(f"app.commands.{called}"), called))
    for name, text in _GROUPS.items():
        if known and name != named:
            continue
        group = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
        import_module(f"app.commands.{name}").register(group)
        app.add_typer(group, name=name)
    return app


def _nothing() -> None:
    """No options stand before the command."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit status is 0 done, 1 the answer is no, 2 bad input."""
    app = _load(arguments[0] if arguments else "")
    try:
        command = get_command(app)
        answer = command.main(list(arguments), prog_name="main.py", standalone_mode=False)
    except typer.TyperException as error:
        return _complain(error.format_message())
    except BadInputError as error:
        return _complain(str(error))
    except typer.Abort:
        return _complain("stopped")
    return answer if isinstance(answer, int) else 0


def _load(named: str) -> typer.Typer:
    """The application with the command `named`, and everything that it needs loaded."""
    gc.disable()  # nothing that is loaded becomes garbage: looking for it costs a tenth of a start
    try:
        _log_to_file()
        return build(named)
    finally:
        gc.freeze()
        gc.enable()


def _complain(text: str) -> int:
    typer.echo(" ".join(text.split()), err=True)
    return EXIT_BAD_INPUT


def _log_to_file() -> None:
    """Errors go to the log in full; a folder that cannot be written must not stop a session."""
    from app.places import log_folder

    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        handler = logging.handlers.RotatingFileHandler(
            log_folder() / "infusion-room.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8"
        )
    except OSError as error:
        typer.echo(f"No log file: {error}", err=True)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
