"""The rules that a visit can be prepared with, or why they cannot be used, for people."""

from __future__ import annotations

from app.reception.desk import DeskError, ProtocolChoice
from app.rules_files import USUAL_SIGNALS, Rules, RulesFileError, load_rules


def rules_of(protocol: str, signals: str = USUAL_SIGNALS) -> Rules:
    """A protocol, the limits it names and `signals`; DeskError when one of them cannot be used."""
    try:
        return load_rules(protocol, signals)
    except RulesFileError as error:
        raise DeskError(str(error)) from error


def protocol_choice(name: str) -> ProtocolChoice:
    """The protocol of that name as a person may choose it, or why it cannot be used."""
    try:
        definition = rules_of(name).definition
    except DeskError as error:
        return ProtocolChoice(name=name, title="", approved=False, problem=str(error))
    return ProtocolChoice(name=name, title=definition.title, approved=bool(definition.approved_by))
