"""Forms and sheets: data files that are filled from the record of a session. Pure."""

from __future__ import annotations

from protocols.forms.content import FieldKind, Form, FormField, FormSection
from protocols.forms.facts import Facts, gather_facts
from protocols.forms.fill import (
    FilledField,
    FilledForm,
    Standing,
    fill,
    typed_into,
    what_is_wrong_with,
)
from protocols.forms.parse import FormError, parse_form
from protocols.forms.record import SessionRecord

__all__ = [
    "Facts",
    "FieldKind",
    "FilledField",
    "FilledForm",
    "Form",
    "FormError",
    "FormField",
    "FormSection",
    "SessionRecord",
    "Standing",
    "fill",
    "gather_facts",
    "parse_form",
    "typed_into",
    "what_is_wrong_with",
]
