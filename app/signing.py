"""Signatures to a record as people see them: the sentence signed, what is open, what is covered."""

from __future__ import annotations

from dataclasses import dataclass

from app.amended import Amended
from app.state import ViewState
from protocols.episodes import MINDED
from protocols.events import RecordSigned
from protocols.events.terms import Meaning, Proof

MEANING_WORDS = {
    Meaning.PERFORMED: "performed by",
    Meaning.WITNESSED: "witnessed by",
    Meaning.REVIEWED: "reviewed by",
    Meaning.APPROVED: "approved by",
}
"""How a signature is named before the name."""

_STATEMENTS = {
    Meaning.PERFORMED: "I performed this session, and what I entered is true.",
    Meaning.WITNESSED: "I was there and saw what is recorded with my name.",
    Meaning.REVIEWED: "I reviewed this record.",
    Meaning.APPROVED: "I reviewed this record and approve it.",
}

HASH_SHOWN = 16
"""So many digits of the hash are shown; the record keeps all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEnd:
    """What a signature is put to: the last event of a record and the hash there, hexadecimal."""

    seq: int
    chain: str

    @property
    def words(self) -> str:
        """Which events, and the beginning of the hash that binds them."""
        return f"events 1 to {self.seq}, hash {self.chain[:HASH_SHOWN]}…"


def statement_of(meaning: Meaning, end: RecordEnd) -> str:
    """The sentence that a person sees and signs."""
    return f"{_STATEMENTS[meaning]} It covers {end.words}"


def open_signatures(state: ViewState, amended: Amended) -> tuple[Meaning, ...]:
    """What is still to be signed at the bedside.

    Performed always; witnessed where somebody witnessed an entry of the drug's account; approved
    where a dose was ordered.
    """
    wanted = [Meaning.PERFORMED]
    if any(entry.witness for entry in state.ledger.entries):
        wanted.append(Meaning.WITNESSED)
    if state.dose is not None:
        wanted.append(Meaning.APPROVED)
    signed = {one.meaning for _, one in amended.signatures}
    return tuple(meaning for meaning in wanted if meaning not in signed)


def open_words(state: ViewState, amended: Amended) -> str:
    """What is still to be signed, in a sentence; empty where all is."""
    left = open_signatures(state, amended)
    return f"Still to be signed: {', '.join(left)}." if left else ""


APPROVE_IN_REVIEW = (
    "Approving is signed in the review: begin it there, close each episode, then sign."
)
"""What the bedside says, where no episodes are looked for."""


def episodes_problem(meaning: Meaning, amended: Amended) -> str:
    """Why a signature cannot be given yet because of episodes, in a sentence; or empty."""
    return amended.episodes.signing_problem() if meaning in MINDED else ""


def proof_words(signed: RecordSigned) -> str:
    """How a signer proved who they are."""
    if signed.proof is Proof.NONE:
        return "name typed, not proven"
    roles = ", ".join(str(role) for role in signed.roles)
    word = "PIN" if signed.proof is Proof.PIN else "password"
    return f"{roles}, proven by {word}"


def signature_words(signed: RecordSigned) -> str:
    """A signature in a line: what it says, who, how proven, and what it covers."""
    end = RecordEnd(seq=signed.signed_seq, chain=signed.signed_chain)
    covered = "" if end.words in signed.statement else f" ({end.words})"
    said = f"{signed.statement}{covered}"
    return f"{MEANING_WORDS[signed.meaning]} {signed.by} ({proof_words(signed)}): {said}"


def uncovered_words(amended: Amended, signed: RecordSigned) -> str:
    """The corrections and addenda that came after a signature, by number; empty without any."""
    later = [str(seq) for seq, _ in amended.since(signed.signed_seq)]
    if not later:
        return ""
    return f"not covered: event{'' if len(later) == 1 else 's'} {', '.join(later)}"
