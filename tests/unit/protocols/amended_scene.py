"""A visit with entries to correct, and how tests name them."""

from __future__ import annotations

from protocols.events import (
    CommandRefused,
    CorrectEntry,
    EnterBp,
    EntryCorrected,
    Event,
    Reading,
    TypedValue,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import NURSE, Scene


def values(**given: float) -> tuple[TypedValue, ...]:
    return tuple(TypedValue(vital=Vital(name), value=value) for name, value in given.items())


def number_of(scene: Scene, wanted: Event) -> int:
    """The number of an event of the record: its place in it, from 1."""
    return next(at for at, event in enumerate(scene.record, 1) if event is wanted)


def last_of(scene: Scene, what: type[Event], **fields: object) -> Event:
    return [
        event
        for event in scene.all(what)
        if all(getattr(event, name) == value for name, value in fields.items())
    ][-1]


def last_number(scene: Scene, what: type[Event], **fields: object) -> int:
    return number_of(scene, last_of(scene, what, **fields))


def correct(scene: Scene, seq: int, *, by: str = NURSE, **fields: object) -> EntryCorrected:
    made = scene.do(CorrectEntry, by=by, **amending(seq, **fields))
    assert not [event for event in made if isinstance(event, CommandRefused)], made
    return next(event for event in made if isinstance(event, EntryCorrected))


def refused(scene: Scene, seq: int, **fields: object) -> str:
    return scene.refusal(CorrectEntry, **amending(seq, **fields))


def amending(seq: int, **fields: object) -> dict[str, object]:
    return {"target_seq": seq, "original": "", "reason": "typed wrong", **fields}


def typed_pressure(scene: Scene, sbp: int, dbp: int) -> int:
    scene.enter(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
    return last_number(scene, Reading, vital=Vital.SBP)
