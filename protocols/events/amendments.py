"""What is added to a record afterwards: corrections, addenda, signatures; nothing is overwritten.

Entered while the session runs they take effect at once; entered after its close they follow
`SessionClosed` in the same journal and chain. `at_utc` is then the wall clock of the entry (ISO
8601 in UTC) while `t_ns` stays at the close; while the session runs it is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.commands import Command, TypedValue
from protocols.events.terms import Meaning, Output, Proof, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectEntry(Command):
    """An event of the record is wrong: what is right, and why. The original stays as it is.

    Attributes:
        target_seq: number of the wrong event in its session, from 1.
        original: what it said, for people.
        values: the right values, where the wrong event is a reading; empty where it is not.
        text: the right wording, where it is not a reading; may be empty when `withdrawn`.
        withdrawn: the event should never have been entered, or a monitor's value is an artefact;
            nothing takes its place.
        reason: why; never empty.
        confirmed: the person was asked about unusual values and sends the same again.
    """

    target_seq: int
    original: str
    reason: str
    values: tuple[TypedValue, ...] = ()
    text: str = ""
    withdrawn: bool = False
    at_utc: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCorrected(Output):
    """A correction as it stands in the record. It supersedes an earlier one of the same event.

    Attributes:
        target_seq: number of the corrected event, never of another correction.
        target_kind: its kind.
        consequence: what was already done with the wrong value and stays (the baseline frozen with
            it), or empty.
        also: numbers of the other events of the same entry (the diastolic of a pressure).
        subject: what the entry is about, by its name in the record: a vital, an effect, a scale.
        target_t_ns: session time of the corrected event.
    """

    target_seq: int
    target_kind: str
    original: str
    by: str
    reason: str
    values: tuple[TypedValue, ...] = ()
    text: str = ""
    withdrawn: bool = False
    consequence: str = ""
    at_utc: str = ""
    also: tuple[int, ...] = ()
    subject: str = ""
    target_t_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAddendum(Command):
    """Something is added late: a note, or readings that were written on paper.

    Attributes:
        text: what is added; may be empty where `values` are.
        values: readings taken together.
        happened_utc: when it happened, ISO 8601 in UTC; empty where it is about the whole.
        reason: why it comes late; never empty.
        confirmed: the person was asked about unusual values and sends the same again.
    """

    text: str
    reason: str
    values: tuple[TypedValue, ...] = ()
    happened_utc: str = ""
    at_utc: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumAdded(Output):
    """An addendum as it stands in the record."""

    text: str
    by: str
    reason: str
    values: tuple[TypedValue, ...] = ()
    happened_utc: str = ""
    at_utc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRecord(Command):
    """A person signs all events up to `signed_seq`; `by` was identified for it just before.

    Attributes:
        meaning: what the signature says.
        signed_seq: number of the last event signed.
        signed_chain: the chain value after it, hexadecimal: binds the signature to every byte.
        statement: the sentence that the person saw and signed.
        episodes_closed: a review or an approval is taken only once every episode is closed.
    """

    meaning: Meaning
    signed_seq: int
    signed_chain: str
    statement: str
    at_utc: str = ""
    episodes_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSigned(Output):
    """A signature as it stands in the record: who, as what, how it was proven, what it says."""

    meaning: Meaning
    user: str
    by: str
    roles: tuple[Role, ...]
    proof: Proof
    signed_seq: int
    signed_chain: str
    statement: str
    at_utc: str = ""
