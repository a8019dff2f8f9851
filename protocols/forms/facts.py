"""Named facts of a session, each with what proves it, or why there is none.

Nothing is guessed: what the record does not say is a `Lack`, and an effect that nobody recorded is
not an effect that was absent. The windows of readings are design defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from protocols.events import Event, LedgerEntered, PatientRecorded
from protocols.forms import effect_facts, reading_facts
from protocols.forms.names import match_of
from protocols.forms.record import SessionRecord
from protocols.forms.said import NS_PER_MIN, Answer, Fact, Lack, known, minute_of, said
from protocols.guardrails import amount_text, plain_text

AT_WINDOW_MIN = 5
"""How far from its minute a reading may be, where a form says nothing else, minutes."""


class Facts:
    """The facts of one session, asked by name."""

    def __init__(self, record: SessionRecord, site: Mapping[str, str] | None = None) -> None:
        """Facts of `record`; `site` are the lines of the site card by name."""
        self.record = record
        self._site = dict(site or {})

    def find(self, name: str, window_min: int = AT_WINDOW_MIN) -> Answer:
        """The fact `name`; readings at a minute may be `window_min` minutes away from it.

        Raises:
            KeyError: no fact has that name (see `protocols.forms.names`).
        """
        found = match_of(name)
        if found is None:
            raise KeyError(name)
        pattern, parts = found
        if pattern.startswith("site."):
            return self._of_site(pattern.removeprefix("site."))
        if pattern.startswith("vital."):
            return reading_facts.reading(self.record, pattern, parts, window_min)
        if pattern.startswith("score."):
            return reading_facts.score(self.record, parts)
        if pattern.startswith("effects.<"):
            return effect_facts.of_term(self.record, pattern, parts)
        answer = _BY_PATTERN.get(pattern)
        if answer is not None:
            return answer(self.record, parts)
        return _FIXED[name](self.record)

    def _of_site(self, name: str) -> Answer:
        value = self._site.get(name, "").strip()
        if not value:
            return Lack(why="not on the site card")
        return Fact(value=value, evidence="site card")


def gather_facts(events: Iterable[Event], site: Mapping[str, str] | None = None) -> Facts:
    """The facts of the session that `events` tell, in their order."""
    return Facts(SessionRecord.of(events), site)


def _of_patient(attribute: str) -> Callable[[SessionRecord], Answer]:
    def answer(record: SessionRecord) -> Answer:
        entered = record.patient
        value = "" if entered is None else str(getattr(entered.entry, attribute) or "")
        if entered is None or not value:
            return Lack(why="not entered")
        return _entered(record, entered, value)

    return answer


def _entered(record: SessionRecord, event: PatientRecorded, value: str) -> Fact:
    return said(record, value, "entered", event.entry.by, event.t_ns)


def _patient_name(record: SessionRecord) -> Answer:
    event = record.patient
    if event is None:
        return Lack(why="not entered")
    name = f"{event.entry.family_name.upper()}, {event.entry.given_name}"
    return _entered(record, event, name)


def _first_treatment(record: SessionRecord) -> Answer:
    """Only that it is not the first is known: an earlier one elsewhere is not in any record."""
    event = record.patient
    if event is None:
        return Lack(why="no patient entered")
    standing = event.entry.standing
    if event.entry.visit > 1:
        return _entered(record, event, "no")
    if event.entry.last_dose is not None:
        return _entered(record, event, "no")
    if standing is not None and standing.doses_before > 0:
        return Fact(value="no", evidence=f"{standing.doses_before} earlier doses in the record")
    return Lack(why="no earlier dose in the record here; one elsewhere is not known")


def _weight(record: SessionRecord) -> Answer:
    event = record.weight
    if event is None:
        return Lack(why="not entered")
    how = "measured, entered" if event.entry.measured else "stated, entered"
    return said(record, plain_text(event.entry.weight_kg), how, event.entry.by, event.t_ns)


def _session_date(record: SessionRecord) -> Answer:
    first_ns = record.first_dose_ns
    local = record.local(0 if first_ns is None else first_ns)
    if local is None:
        return Lack(why="the record has no clock")
    which = "opening of the session" if first_ns is None else "first dose"
    return Fact(value=f"{local:%Y-%m-%d}", evidence=which, t_ns=first_ns)


def _opened(attribute: str) -> Callable[[SessionRecord], Answer]:
    def answer(record: SessionRecord) -> Answer:
        if record.opened is None:
            return Lack(why="the record has no opening")
        value = str(getattr(record.opened, attribute))
        return known(value, "opening of the session", "not named at the opening")

    return answer


def _protocol(attribute: str) -> Callable[[SessionRecord], Answer]:
    def answer(record: SessionRecord) -> Answer:
        if record.definition is None:
            return Lack(why="the protocol in force cannot be read")
        definition = record.definition
        value = str(getattr(definition, attribute))
        return Fact(value=value, evidence=f"protocol {definition.id} version {definition.version}")

    return answer


def _observer(record: SessionRecord) -> Answer:
    event = record.observer
    if event is None:
        return Lack(why="no observer was named")
    return said(record, event.text, "named", event.by, event.t_ns)


def _signed_by(record: SessionRecord) -> Answer:
    event = record.closed
    if event is None:
        return Lack(why="the session is not signed yet")
    return said(record, event.by, "signed", "", event.t_ns)


def _planned_mg(record: SessionRecord) -> Answer:
    event = record.plan
    if event is None:
        return Lack(why="no dose ordered")
    return said(record, amount_text(event.dose_mg), "ordered", event.ordered_by, event.t_ns)


def _ordered_by(record: SessionRecord) -> Answer:
    event = record.plan
    if event is None or not event.ordered_by:
        return Lack(why="no dose ordered")
    return said(record, event.ordered_by, "order", "", event.t_ns)


def _checked_by(record: SessionRecord) -> Answer:
    event = record.check
    if event is None:
        return Lack(why="no second check of the dose")
    return said(record, event.checked_by, "second check", "", event.t_ns)


def _total_mg(record: SessionRecord) -> Answer:
    if record.doses:
        last = record.doses[-1]
        count = f"{len(record.doses)} of {last.of} given, last"
        return said(record, plain_text(last.total_mg), count, last.by, last.t_ns)
    change, closed = record.delivery, record.closed
    if change is None or record.first_dose_ns is None:
        return Lack(why="no dose was given")
    if change.finished or not change.rate_mg_per_min:
        return said(record, plain_text(change.delivered_mg, 2), change.cause, "", change.t_ns)
    if closed is not None:
        return said(record, plain_text(closed.delivered_mg, 2), "delivered", "", closed.t_ns)
    return Lack(why="the dose is still being given")


def _each_dose(record: SessionRecord) -> Answer:
    if not record.doses:
        return Lack(why="no single dose is recorded")
    parts = [f"{plain_text(d.amount_mg)} mg at {minute_of(record, d.t_ns)}" for d in record.doses]
    by = ", ".join(dict.fromkeys(dose.by for dose in record.doses))
    return Fact(value=", ".join(parts), evidence=f"given by {by}", t_ns=record.doses[0].t_ns)


def _given(record: SessionRecord) -> Answer:
    total, definition = _total_mg(record), record.definition
    if isinstance(total, Lack):
        return total
    if definition is None:
        return Lack(why="the protocol in force cannot be read")
    value = f"{definition.drug}, {total.value} mg, {definition.route}"
    return Fact(value=value, evidence=total.evidence, t_ns=total.t_ns)


def _lot(record: SessionRecord) -> Answer:
    lots = [dose.lot.strip() for dose in record.doses]
    if lots and all(lots):
        return Fact(value=", ".join(dict.fromkeys(lots)), evidence="entered with each dose")
    vials = [lot.strip() for lot in record.vial_lots.values()]
    if vials and all(vials):
        unique = ", ".join(dict.fromkeys(vials))
        return Fact(value=unique, evidence=f"account of the drug: {', '.join(record.vial_lots)}")
    if any(lots):
        without = [str(dose.number) for dose in record.doses if not dose.lot.strip()]
        return Lack(why=f"no lot recorded for dose {', '.join(without)}")
    return Lack(why="no lot recorded")


def _first_dose(record: SessionRecord) -> Answer:
    at_ns = record.first_dose_ns
    if at_ns is None:
        return Lack(why="no dose was given")
    return Fact(value=minute_of(record, at_ns), evidence="first dose", t_ns=at_ns)


def _last_dose(record: SessionRecord) -> Answer:
    if not record.doses:
        return Lack(why="no single dose is recorded")
    last = record.doses[-1]
    return Fact(value=minute_of(record, last.t_ns), evidence=f"dose {last.number}", t_ns=last.t_ns)


def _end(record: SessionRecord) -> Answer:
    at_ns = record.ended_ns
    if at_ns is None:
        return Lack(why="not discharged yet")
    return Fact(value=minute_of(record, at_ns), evidence="discharge", t_ns=at_ns)


def _whole_minutes(record: SessionRecord, end_ns: int | None, what: str, why: str) -> Answer:
    first_ns = record.first_dose_ns
    if first_ns is None:
        return Lack(why="no dose was given")
    if end_ns is None:
        return Lack(why=why)
    span = f"{minute_of(record, first_ns)} first dose, {minute_of(record, end_ns)} {what}"
    return Fact(value=str((end_ns - first_ns) // NS_PER_MIN), evidence=span, t_ns=end_ns)


def _to_end_min(record: SessionRecord) -> Answer:
    return _whole_minutes(record, record.ended_ns, "discharge", "not discharged yet")


def _to_criteria_min(record: SessionRecord) -> Answer:
    """When the last criterion was met; answers come late, so that it is an upper bound."""
    met_ns = record.criteria_met_ns
    return _whole_minutes(
        record, met_ns, "all discharge criteria met", "discharge criteria are not all met"
    )


def _account(attribute: str) -> Callable[[SessionRecord], Answer]:
    def answer(record: SessionRecord) -> Answer:
        event: LedgerEntered | None = record.ledger
        if event is None:
            return Lack(why="no account of the drug")
        value = plain_text(getattr(event, attribute))
        return said(record, value, "account of the drug", event.by, event.t_ns)

    return answer


def _integration_on(record: SessionRecord) -> Answer:
    event = record.integration
    if event is None:
        return Lack(why="no appointment recorded")
    return said(record, event.on, "planned", event.by, event.t_ns)


def _appointment(record: SessionRecord) -> Answer:
    event = record.integration
    if event is None:
        return Lack(why="no appointment recorded")
    whom = f", with {event.with_whom}" if event.with_whom else ""
    value = f"{event.on}, {event.minutes} min, {event.modality}{whom}"
    return said(record, value, "planned", event.by, event.t_ns)


def _gate(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    event = record.gate.get(parts[0])
    if event is None or not event.answer:
        return Lack(why=f"gate item “{parts[0]}” is not answered")
    passed = "" if event.state == "done" else f", {event.state}: {event.detail}"
    return said(record, event.answer, f"gate{passed}, answered", event.by, event.t_ns)


def _discharge(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    event = record.discharge.get(parts[0])
    if event is None or event.met is None:
        return Lack(why=f"discharge criterion “{parts[0]}” is open")
    met = "met" if event.met else "not met"
    return said(record, event.detail, f"discharge criterion {met}", event.by, event.t_ns)


def _checklist(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    event = record.checklists.get((parts[0], parts[1]))
    if event is None:
        return Lack(why=f"checklist item “{parts[1]}” is not answered")
    value = event.text.strip() or event.answer
    return said(record, value, f"checklist, {event.answer}", event.by, event.t_ns)


def _scale(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    event = record.scales.get(parts[0])
    if event is None or event.skipped:
        why = f": {event.skipped}" if event is not None else ""
        return Lack(why=f"scale “{parts[0]}” was not filled in{why}")
    value = event.band if parts[1] == "result" else "" if event.total is None else f"{event.total}"
    if not value:
        return Lack(why=f"scale “{parts[0]}” has no {parts[1]}: an item is missing")
    return said(record, value, f"{event.name}, asked", event.by, event.t_ns)


def _gate_text(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    event = record.gate.get(parts[0])
    text = "" if event is None or event.state == "held" else event.detail.strip()
    if event is None or not text:
        return Lack(why=f"nothing is written beside gate item “{parts[0]}”")
    return said(record, text, "gate, written", event.by, event.t_ns)


_BY_PATTERN: dict[str, Callable[[SessionRecord, tuple[str, ...]], Answer]] = {
    "gate.<item>": _gate,
    "gate.<item>.text": _gate_text,
    "discharge.<criterion>": _discharge,
    "checklist.<list>.<item>": _checklist,
    "scale.<scale>.total": _scale,
    "scale.<scale>.result": _scale,
}

_FIXED: dict[str, Callable[[SessionRecord], Answer]] = {
    "session.id": _opened("session"),
    "session.date": _session_date,
    "session.room": _opened("room"),
    "session.program": _opened("program"),
    "session.observer": _observer,
    "session.signed_by": _signed_by,
    "patient.family_name": _of_patient("family_name"),
    "patient.given_name": _of_patient("given_name"),
    "patient.name": _patient_name,
    "patient.mrn": _of_patient("mrn"),
    "patient.birth_date": _of_patient("birth_date"),
    "patient.sex": _of_patient("sex"),
    "patient.height_cm": _of_patient("height_cm"),
    "patient.weight_kg": _weight,
    "patient.allergies": _of_patient("allergies"),
    "patient.visit": _of_patient("visit"),
    "patient.first_treatment": _first_treatment,
    "protocol.title": _protocol("title"),
    "protocol.drug": _protocol("drug"),
    "protocol.route": _protocol("route"),
    "dose.planned_mg": _planned_mg,
    "dose.total_mg": _total_mg,
    "dose.each": _each_dose,
    "dose.given": _given,
    "dose.lot": _lot,
    "dose.ordered_by": _ordered_by,
    "dose.checked_by": _checked_by,
    "times.first_dose": _first_dose,
    "times.last_dose": _last_dose,
    "times.end": _end,
    "times.first_dose_to_end_min": _to_end_min,
    "times.first_dose_to_criteria_min": _to_criteria_min,
    "vitals.acceptable_before": reading_facts.acceptable_before,
    "vitals.acceptable_before_end": reading_facts.acceptable_before_end,
    "effects.list": effect_facts.listed,
    "effects.serious": effect_facts.serious,
    "effects.serious_details": effect_facts.serious_details,
    "ledger.drawn_mg": _account("drawn_mg"),
    "ledger.wasted_mg": _account("wasted_mg"),
    "integration.on": _integration_on,
    "integration.appointment": _appointment,
}
