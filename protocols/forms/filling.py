"""The rule for what persons type into forms."""

from __future__ import annotations

from protocols.events import FillForm, FormFilled, Output
from protocols.forms.fill import what_is_wrong_with
from protocols.visit import Visit, refuse


def fill_form(visit: Visit, command: FillForm) -> list[Output]:
    """Fields of a form as typed: all are recorded, or none."""
    if not command.answers:
        return refuse(command, "Nothing was typed into the form.")
    for answer in command.answers:
        wrong = what_is_wrong_with(answer.kind, answer.value)
        if wrong:
            return refuse(command, f"{answer.label}: {wrong}")
    return [
        FormFilled(
            t_ns=command.t_ns,
            form=command.form,
            version=command.version,
            field=answer.field,
            label=answer.label,
            value=answer.value,
            by=command.by,
        )
        for answer in command.answers
    ]
