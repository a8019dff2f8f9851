"""The care around the dose: checklists, side effects, who is there, the session that follows.

What staff see must always be recordable: a side effect is never refused because nobody was told
yet. It then stands as needing the prescriber, and holds the discharge until one is named.
"""

from __future__ import annotations

from datetime import date
from math import isfinite

from protocols.definition import Checklist, ChecklistTime
from protocols.events import (
    AnswerChecklist,
    ChangeEffect,
    ChecklistChanged,
    Command,
    EffectChanged,
    IntegrationPlanned,
    NotePresence,
    Output,
    Phase,
    PlanIntegration,
    PresenceChanged,
    ReportEffect,
)
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S

WITH_DRUG = (Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY)
"""Phases in which a named observer must be with the patient."""


def answer_checklist(visit: Visit, command: AnswerChecklist) -> list[Output]:
    """Accept an answer of a checklist's own choices, with the text where it asks for one."""
    listed = visit.definition.care.checklist(command.checklist)
    item = None if listed is None else listed.item(command.item)
    if listed is None or item is None:
        name = f"{command.checklist}/{command.item}"
        return refuse(command, f"This protocol has no checklist item {name}.")
    if command.answer not in item.answers:
        choices = ", ".join(item.answers)
        return refuse(command, f"{item.label} Choose one of: {choices}.")
    if command.answer in item.needs_text and not command.text.strip():
        return refuse(command, f"{item.label} “{command.answer}” needs “{item.text_label}”.")
    changed = ChecklistChanged(
        t_ns=command.t_ns,
        checklist=listed.id,
        item=item.id,
        label=item.label,
        answer=command.answer,
        by=command.by,
        text=command.text.strip(),
    )
    visit.care.answers[listed.id, item.id] = changed
    return [changed]


def open_items(visit: Visit, listed: Checklist) -> int:
    """How many items of `listed` have no answer."""
    return sum((listed.id, item.id) not in visit.care.answers for item in listed.items)


def open_checklists(visit: Visit, when: ChecklistTime) -> tuple[str, ...]:
    """Required checklists of that time with open items, each with how many."""
    found = []
    for listed in visit.definition.care.checklists:
        count = open_items(visit, listed)
        if listed.required and listed.when is when and count:
            found.append(f"{listed.title}: {count} of {len(listed.items)} not answered")
    return tuple(found)


def effects_without_prescriber(visit: Visit) -> tuple[str, ...]:
    """Side effects of which a prescriber must still be told, in words."""
    return tuple(
        f"{effect.label}: no prescriber named"
        for effect in visit.care.effects.values()
        if effect.needs_prescriber
    )


def report_effect(visit: Visit, command: ReportEffect) -> list[Output]:
    """A side effect of the protocol's list, from when it began."""
    term = visit.definition.care.effect(command.term)
    if term is None:
        return refuse(command, f"This protocol lists no side effect named {command.term}.")
    began_ns, wrong = _earlier(command, command.age_s)
    if wrong:
        return refuse(command, wrong)
    effect = EffectChanged(
        t_ns=command.t_ns,
        effect=f"effect-{len(visit.care.effects) + 1}",
        term=term.id,
        label=term.label,
        onset_ns=began_ns,
        severity=command.severity,
        action=command.action,
        by=command.by,
        treatment=command.treatment.strip(),
        serious=command.serious,
        text=command.text.strip(),
        urgent=term.urgent,
        prescriber=command.prescriber.strip(),
    )
    visit.care.effects[effect.effect] = effect
    return [effect]


def change_effect(visit: Visit, command: ChangeEffect) -> list[Output]:
    """A reported side effect as it is now, or its end; what the command leaves out stays."""
    known = visit.care.effects.get(command.effect)
    if known is None:
        return refuse(command, f"No side effect {command.effect} was reported.")
    if known.ended_ns is not None and not command.ended:
        return refuse(command, f"{known.label} has ended: report it again if it came back.")
    ended_ns, wrong = _earlier(command, command.age_s)
    if wrong:
        return refuse(command, wrong)
    if command.ended and ended_ns < known.onset_ns:
        return refuse(command, f"{known.label} cannot have ended before it began.")
    effect = EffectChanged(
        t_ns=command.t_ns,
        effect=known.effect,
        term=known.term,
        label=known.label,
        onset_ns=known.onset_ns,
        severity=command.severity,
        action=command.action,
        by=command.by,
        ended_ns=(known.ended_ns or ended_ns) if command.ended else None,
        treatment=command.treatment.strip() or known.treatment,
        serious=known.serious if command.serious is None else command.serious,
        text=command.text.strip() or known.text,
        urgent=known.urgent,
        prescriber=command.prescriber.strip() or known.prescriber,
    )
    visit.care.effects[effect.effect] = effect
    return [effect]


def _earlier(command: Command, age_s: float) -> tuple[int, str]:
    """The time `age_s` before `command`, and why it cannot be; empty if it can."""
    if not isfinite(age_s) or age_s < 0:
        return command.t_ns, "The time before now must be 0 min or more."
    at_ns = command.t_ns - round(age_s * 1000) * (NS_PER_S // 1000)
    if at_ns < 0:
        return command.t_ns, "That is before this session began: write a note instead."
    return at_ns, ""


def note_presence(visit: Visit, command: NotePresence) -> list[Output]:
    """A person came or left; while drug acts the observer leaves only by handing over."""
    person, role = command.person.strip(), command.role.strip()
    if not person:
        return refuse(command, "Name the person.")
    rule = visit.definition.care.presence
    if command.present and not role:
        return refuse(command, "Say in which role the person is here.")
    if command.present and rule is not None and role not in rule.roles:
        return refuse(command, f"“{role}” is no role here. Choose one of: {', '.join(rule.roles)}.")
    observes = person.casefold() == visit.observer.strip().casefold()
    if not command.present and observes and visit.phase in WITH_DRUG:
        return refuse(command, f"{person} observes the patient: hand over first, then leave.")
    if not command.present and person not in visit.care.present and not observes:
        return refuse(command, f"{person} was not noted as present.")
    if command.present:
        visit.care.present[person] = role
    else:
        role = visit.care.present.pop(person, role)
    return [
        PresenceChanged(
            t_ns=command.t_ns,
            person=person,
            role=role,
            present=command.present,
            by=command.by,
        )
    ]


def plan_integration(visit: Visit, command: PlanIntegration) -> list[Output]:
    """The session that follows the dose: a day not past, its length and kind as listed."""
    rule = visit.definition.care.integration
    if rule is None:
        return refuse(command, "This protocol plans no integration session.")
    try:
        day = date.fromisoformat(command.on)
    except ValueError:
        return refuse(command, f"Date {command.on}: write it as YYYY-MM-DD.")
    clock = visit.wall_clock
    today = None if clock is None else clock.local(command.t_ns).date()
    if today is not None and day < today:
        return refuse(command, f"Date {command.on} is past: today is {today.isoformat()}.")
    low_min, high_min = rule.minutes
    if not low_min <= command.minutes <= high_min:
        allowed = f"{low_min} to {high_min} min"
        return refuse(command, f"{command.minutes} min: allowed is {allowed}.")
    if command.modality not in rule.modalities:
        return refuse(command, f"Choose one of: {', '.join(rule.modalities)}.")
    planned = IntegrationPlanned(
        t_ns=command.t_ns,
        on=day.isoformat(),
        minutes=command.minutes,
        modality=command.modality,
        with_whom=command.with_whom.strip(),
        by=command.by,
    )
    visit.care.integration = planned
    return [planned]
