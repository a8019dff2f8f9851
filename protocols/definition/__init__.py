"""Protocols as versioned data: what one says, how its file is read, and how a nurse reads it.

A protocol is one TOML file. `parse_protocol` takes its text (reading the file is the caller's) and
gives a frozen `ProtocolDefinition`, or a `DefinitionError` that names file, line, field and what is
allowed for every mistake. `describe` writes one page for people.
"""

from __future__ import annotations

from protocols.definition.care_content import (
    CareContent,
    Checklist,
    ChecklistItem,
    ChecklistTime,
    EffectTerm,
    HoldKind,
    HoldRules,
    IntegrationRule,
    PresenceRule,
    RescueDrug,
    RescueStep,
)
from protocols.definition.content import (
    STAND_INS,
    BaselineRule,
    BaselineSide,
    DischargeCriterion,
    GateItem,
    GateState,
    GateVerdict,
    ProtocolDefinition,
    QuickEvent,
    ReadingTest,
    RecheckRule,
    RecoveryRule,
    StartLimit,
)
from protocols.definition.page import describe
from protocols.definition.parse import DefinitionError, parse_protocol
from protocols.dosing.dose_rule import DoseRule

__all__ = [
    "BaselineRule",
    "BaselineSide",
    "CareContent",
    "Checklist",
    "ChecklistItem",
    "ChecklistTime",
    "DefinitionError",
    "describe",
    "DischargeCriterion",
    "DoseRule",
    "EffectTerm",
    "GateItem",
    "GateState",
    "GateVerdict",
    "HoldKind",
    "HoldRules",
    "IntegrationRule",
    "parse_protocol",
    "PresenceRule",
    "ProtocolDefinition",
    "QuickEvent",
    "ReadingTest",
    "RecheckRule",
    "RecoveryRule",
    "RescueDrug",
    "RescueStep",
    "STAND_INS",
    "StartLimit",
]
