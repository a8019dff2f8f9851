"""The files that say what a session may do: protocol, limits and signals, read and checked."""

from __future__ import annotations

from dataclasses import dataclass

from app.places import (
    NoSuchResourceError,
    read_limits,
    read_protocol,
    read_rights,
    read_signals,
)
from protocols.definition import DefinitionError, ProtocolDefinition, parse_protocol
from protocols.limits import LimitsError, LimitsProfile, parse_limits
from protocols.people.rights import Rights
from protocols.people.rights_file import RightsError, parse_rights, unnamed_kinds
from protocols.signals import SignalPolicy
from protocols.signals_file import SignalsError, parse_signals

USUAL_SIGNALS = "bedside"
"""The signal policy of a room where nobody chose another."""

USUAL_RIGHTS = "standard"
"""The rights file of a site that chose no other."""

UNNAMED_HOLDS = (
    "holds: a hold would pass without the name of a prescriber. Needed: the table [holds] with "
    "prescriber_named = true, for example from the part gate/every-room."
)
"""Why a protocol of before the kinds of hold starts no new session."""


class RulesFileError(Exception):
    """A protocol or limits file that cannot be used.

    Attributes:
        problems: one sentence a mistake, with file, line and field where there is one.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Protocol, limits and signals: the texts as the record keeps them, and what they say.

    `signals` is None, and its text empty, where every alarm just sounds at the bedside.
    """

    protocol_text: str
    limits_text: str
    signals_text: str
    definition: ProtocolDefinition
    limits: LimitsProfile
    signals: SignalPolicy | None

    @property
    def texts(self) -> dict[str, str]:
        """The texts, by the name that the opening event has for each."""
        return {
            "protocol_text": self.protocol_text,
            "limits_text": self.limits_text,
            "signals_text": self.signals_text,
        }

    @classmethod
    def from_texts(cls, protocol_text: str, limits_text: str, signals_text: str = "") -> Rules:
        """The rules in their texts; DefinitionError, LimitsError or SignalsError for mistakes."""
        return cls(
            protocol_text=protocol_text,
            limits_text=limits_text,
            signals_text=signals_text,
            definition=parse_protocol(protocol_text, "protocol"),
            limits=parse_limits(limits_text, "limits"),
            signals=parse_signals(signals_text, "signals") if signals_text else None,
        )


def load_rules(protocol: str, signals: str = USUAL_SIGNALS) -> Rules:
    """The protocol of that shipped name or in that file, with the limits it names and `signals`.

    What a new session runs under must say that holds pass only by a named prescriber; a recorded
    session may have begun under a file that did not.

    Raises:
        RulesFileError: one of the three is absent or has mistakes, or holds pass without a name.
    """
    try:
        protocol_text, path = read_protocol(protocol)
        definition = parse_protocol(protocol_text, path)
        limits_text, path = read_limits(definition.limits_profile)
        limits = parse_limits(limits_text, path)
        signals_text, path = read_signals(signals)
        policy = parse_signals(signals_text, path)
    except NoSuchResourceError as error:
        raise RulesFileError((str(error),)) from error
    except (DefinitionError, LimitsError, SignalsError) as error:
        raise RulesFileError(tuple(str(problem) for problem in error.problems)) from error
    if not definition.holds.prescriber_named:
        raise RulesFileError((f"{protocol}: {UNNAMED_HOLDS}",))
    return Rules(
        protocol_text=protocol_text,
        limits_text=limits_text,
        signals_text=signals_text,
        definition=definition,
        limits=limits,
        signals=policy,
    )


def load_rights(name: str = USUAL_RIGHTS) -> tuple[Rights, str]:
    """The rights file of that shipped name or path, read, and its text as a record keeps it.

    Raises:
        RulesFileError: it is absent, has mistakes, or says nothing of a command there is.
    """
    try:
        text, path = read_rights(name)
        rights = parse_rights(text, path)
    except NoSuchResourceError as error:
        raise RulesFileError((str(error),)) from error
    except RightsError as error:
        raise RulesFileError(tuple(str(problem) for problem in error.problems)) from error
    if unsaid := unnamed_kinds(rights):
        kinds = ", ".join(unsaid)
        raise RulesFileError((f"{path}: no row says who may do {kinds}; nobody could.",))
    return rights, text
