"""The drug's ledger: vials taken out, drawn, kept, wasted before a witness, and reconciled.

Wasting before a witness who is not the giver, and the reconciliation drawn = given + wasted +
residual, follow the practice of controlled-substance accounts (21 CFR 1304.21 asks for complete and
accurate records; the second signature is policy of states and sites). Nothing is ever edited.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from protocols.dosing.account import DrugAccount, LedgerRule, Vial, last_day, last_use, same_name
from protocols.dosing.given import given_mg
from protocols.events import (
    AddVial,
    Command,
    CorrectLedger,
    DrawDrug,
    KeepResidual,
    LedgerEntered,
    LedgerReconciled,
    LedgerStep,
    Output,
    Phase,
    ReconcileDrug,
    WasteDrug,
)
from protocols.guardrails import as_decimal, plain_text
from protocols.visit import Visit, refuse

MAX_AMOUNT_MG = Decimal(100_000)
MAX_PLACES = 6

NO_LEDGER = "This protocol keeps no account of the drug."
NO_CLOCK = "The date is not known, so no expiry can be checked."
UNSIGNED = "No vial with lot and expiry is recorded: the dose cannot be signed without them."


def add_vial(visit: Visit, command: AddVial) -> list[Output]:
    """A vial with lot and an expiry that has not passed, and nothing of it drawn yet."""
    rule = visit.definition.ledger
    if rule is None:
        return refuse(command, NO_LEDGER)
    return _enter(
        visit,
        command,
        LedgerStep.VIAL,
        command.content_mg,
        _vial_problem(visit, command, rule),
        vial=command.vial.strip(),
        lot=command.lot.strip(),
        expiry=command.expiry.strip(),
        product=command.product.strip(),
        punctured_on=command.punctured_on.strip(),
        strength_mg_per_ml=command.strength_mg_per_ml,
        volume_ml=_volume(command.content_mg, command.strength_mg_per_ml),
    )


def draw_drug(visit: Visit, command: DrawDrug) -> list[Output]:
    """An amount that the vial holds, drawn before the vial is too old."""
    rule = visit.definition.ledger
    if rule is None:
        return refuse(command, NO_LEDGER)
    today = _today(visit, command.t_ns)
    vial = visit.account.vial(command.vial)
    problem = _amount_problem("amount drawn", command.amount_mg)
    if vial is None:
        problem = problem or f"No vial {command.vial.strip() or 'without a name'} is recorded."
    elif today is None:
        problem = problem or NO_CLOCK
    else:
        problem = problem or _age_problem(vial.name, vial.expiry, vial.punctured_on, rule, today)
        problem = problem or _left_problem(vial, command.amount_mg)
    if command.checked_by.strip() and same_name(command.checked_by, command.by):
        problem = problem or "Who checks must be another person than who draws."
    return _enter(
        visit,
        command,
        LedgerStep.DRAWN,
        command.amount_mg,
        problem,
        vial="" if vial is None else vial.name,
        witness=command.checked_by.strip(),
        volume_ml=_volume(command.amount_mg, None if vial is None else vial.strength_mg_per_ml),
    )


def keep_residual(visit: Visit, command: KeepResidual) -> list[Output]:
    """An amount of what was drawn that stayed in line, bag or syringe."""
    if visit.definition.ledger is None:
        return refuse(command, NO_LEDGER)
    problem = _amount_problem("residual", command.amount_mg) or _nothing_drawn(visit)
    return _enter(
        visit,
        command,
        LedgerStep.RESIDUAL,
        command.amount_mg,
        problem,
        volume_ml=_volume(command.amount_mg, _ordered_concentration(visit)),
    )


def waste_drug(visit: Visit, command: WasteDrug) -> list[Output]:
    """An amount destroyed before a witness: of what was drawn, or straight out of a vial."""
    if visit.definition.ledger is None:
        return refuse(command, NO_LEDGER)
    vial = visit.account.vial(command.vial) if command.vial.strip() else None
    strength = _ordered_concentration(visit) if vial is None else vial.strength_mg_per_ml
    problem = _amount_problem("amount wasted", command.amount_mg)
    if not command.method.strip():
        problem = problem or "Say how it was destroyed."
    problem = problem or _witness_problem(visit, command.by, command.witness)
    if vial is not None:
        problem = problem or _left_problem(vial, command.amount_mg)
    elif command.vial.strip():
        problem = problem or f"No vial {command.vial.strip()} is recorded."
    else:
        problem = problem or _nothing_drawn(visit)
    return _enter(
        visit,
        command,
        LedgerStep.WASTED,
        command.amount_mg,
        problem,
        vial="" if vial is None else vial.name,
        witness=command.witness.strip(),
        detail=command.method.strip(),
        volume_ml=_volume(command.amount_mg, strength),
    )


def correct_ledger(visit: Visit, command: CorrectLedger) -> list[Output]:
    """Another amount counts for an entry, with the reason; the entry itself stays as it is."""
    if visit.definition.ledger is None:
        return refuse(command, NO_LEDGER)
    wrong = visit.account.original(command.entry)
    if wrong is None:
        return refuse(command, f"The account has no entry {command.entry} that can be corrected.")
    problem = _amount_problem("corrected amount", command.amount_mg, lowest=Decimal(0))
    if not command.reason.strip():
        problem = problem or "Give the reason of the correction."
    if wrong.step is LedgerStep.WASTED:
        problem = problem or _witness_problem(visit, command.by, command.witness)
    if wrong.step is LedgerStep.VIAL:
        named = visit.account.vial(wrong.vial)
        if named is not None and named.number != wrong.number:
            problem = problem or f"Another vial {named.name} was recorded since: correct that one."
    strength = None
    if wrong.volume_ml is not None and wrong.amount_mg:
        strength = Fraction(wrong.amount_mg) / Fraction(wrong.volume_ml)
    return _enter(
        visit,
        command,
        wrong.step,
        command.amount_mg,
        problem,
        vial=wrong.vial,
        corrects=wrong.number,
        witness=command.witness.strip(),
        detail=command.reason.strip(),
        volume_ml=_volume(command.amount_mg, strength),
    )


def reconcile_drug(visit: Visit, command: ReconcileDrug) -> list[Output]:
    """Close the account: balanced within tolerance, or a discrepancy with a reason."""
    rule = visit.definition.ledger
    if rule is None:
        return refuse(command, NO_LEDGER)
    if visit.phase in (Phase.INFUSING, Phase.PAUSED):
        return refuse(command, "The drug is not ended: reconcile after its end.")
    account = visit.account
    given = given_mg(visit, command.t_ns)
    if not account.drawn_mg and not given:
        return refuse(command, "Nothing was drawn: there is nothing to reconcile.")
    difference = account.difference_mg(given)
    tolerance = rule.tolerance_of(account.drawn_mg)
    balanced = abs(difference) <= Fraction(tolerance)
    held = "" if balanced else difference_words(account, given, tolerance)
    held = held or _rest_words(account, rule)
    if held and not command.reason.strip():
        return refuse(command, f"{held} Enter what is missing, or give the reason.")
    visit.reconciled = LedgerReconciled(
        t_ns=command.t_ns,
        by=command.by,
        drawn_mg=account.drawn_mg,
        given_mg=as_decimal(given),
        wasted_mg=account.wasted_mg,
        residual_mg=account.residual_mg,
        difference_mg=as_decimal(difference),
        tolerance_mg=tolerance,
        balanced=balanced,
        reason=command.reason.strip(),
        in_vials_mg=account.in_vials_mg,
    )
    return [visit.reconciled]


def start_problem(visit: Visit, t_ns: int) -> str:
    """Why the drug's account does not allow a start at `t_ns`, in a sentence; empty if it does."""
    rule = visit.definition.ledger
    if rule is None or not rule.controlled:
        return ""
    today = _today(visit, t_ns)
    dose_mg = None if visit.calculation is None else visit.calculation.dose_mg
    return NO_CLOCK if today is None else visit.account.start_problem(rule, dose_mg, today)


def close_problem(visit: Visit, t_ns: int) -> str:
    """Why the session should not be closed without a reason at `t_ns`; empty if nothing is open."""
    rule = visit.definition.ledger
    if rule is None:
        return ""
    given, account = given_mg(visit, t_ns), visit.account
    if given and not account.vials():
        return UNSIGNED
    if not rule.controlled or not (account.drawn_mg or given):
        return ""
    closed = visit.reconciled
    if closed is not None and closed.given_mg == as_decimal(given):
        return ""
    return "The drug is not reconciled. " + difference_words(account, given)


def difference_words(
    account: DrugAccount, given: Fraction, tolerance_mg: Decimal | None = None
) -> str:
    """What is not accounted for, in sentences, with the tolerance where it is not kept."""
    difference = account.difference_mg(given)
    beyond = "" if tolerance_mg is None else f", tolerance {_mg(tolerance_mg)}"
    if difference > 0:
        left = f"{_mg(difference)} are not accounted for{beyond}."
    elif difference < 0:
        left = f"{_mg(-difference)} more are accounted for than were drawn{beyond}."
    else:
        left = "all of it is accounted for."
    return (
        f"Drawn {_mg(account.drawn_mg)}, given {_mg(given)}, wasted {_mg(account.wasted_mg)}, "
        f"residual {_mg(account.residual_mg)}: {left}"
    )


def _mg(amount: Decimal | Fraction) -> str:
    return f"{plain_text(amount, 2)} mg"


def _rest_words(account: DrugAccount, rule: LedgerRule) -> str:
    """What is left in a vial that no other patient may get."""
    left = [vial for vial in account.vials() if vial.left_mg]
    if rule.multi_dose_days or not left:
        return ""
    vial = left[0]
    return f"Vial {vial.name} is for one patient and still holds {_mg(vial.left_mg)}: waste it."


def _vial_problem(visit: Visit, command: AddVial, rule: LedgerRule) -> str:
    """Why the vial cannot be taken, or empty."""
    for name, text in (("vial's name or number", command.vial), ("lot", command.lot)):
        if not text.strip():
            return f"The {name} is missing."
    problem = _amount_problem("content of the vial", command.content_mg)
    strength = command.strength_mg_per_ml
    if strength is not None:
        problem = problem or _amount_problem("strength of the vial", strength, unit="mg/mL")
    known = visit.account.vial(command.vial)
    if known is not None:
        problem = problem or f"Vial {known.name} is in the account already."
    today = _today(visit, command.t_ns)
    if problem or today is None:
        return problem or NO_CLOCK
    return _age_problem(command.vial.strip(), command.expiry, command.punctured_on, rule, today)


def _age_problem(vial: str, expiry: str, punctured_on: str, rule: LedgerRule, today: date) -> str:
    """Why a vial is too old to draw from on `today`, or empty."""
    last = last_day(expiry)
    if last is None:
        return f"Expiry {expiry.strip() or 'missing'}: write it as YYYY-MM-DD or YYYY-MM."
    if today > last:
        return f"Vial {vial} expired on {last.isoformat()}: take another."
    if not punctured_on.strip():
        return ""
    end = last_use(punctured_on, rule.multi_dose_days)
    first = last_day(punctured_on)
    if end is None or first is None or first > today:
        return f"First puncture {punctured_on.strip()}: write the day as YYYY-MM-DD, not ahead."
    if not rule.multi_dose_days and first < today:
        return (
            f"Vial {vial} was opened on {first.isoformat()} and is for one patient: take another."
        )
    if today > end:
        return (
            f"Vial {vial} was opened on {first.isoformat()} and may be used for "
            f"{rule.multi_dose_days} days: take another."
        )
    return ""


def _amount_problem(
    name: str, amount: Decimal, *, lowest: Decimal | None = None, unit: str = "mg"
) -> str:
    """Why `amount` cannot be an amount, or empty. `lowest` is allowed; None: above 0."""
    if not amount.is_finite():
        return f"The {name} is not a number. Enter it in {unit}."
    too_low = amount <= 0 if lowest is None else amount < lowest
    if too_low or amount >= MAX_AMOUNT_MG:
        bound = "above 0" if lowest is None else f"{lowest} or more"
        return (
            f"The {name}, {amount:.6g} {unit}, is not possible: it must be {bound} and below "
            f"{MAX_AMOUNT_MG}."
        )
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_PLACES:
        return f"The {name} may have at most {MAX_PLACES} decimals."
    return ""


def _left_problem(vial: Vial, amount_mg: Decimal) -> str:
    if amount_mg <= vial.left_mg:
        return ""
    return (
        f"Vial {vial.name} holds {_mg(vial.left_mg)}: {_mg(amount_mg)} cannot come out of it. "
        "Read the amount again."
    )


def _nothing_drawn(visit: Visit) -> str:
    return "" if visit.account.drawn_up_mg else "Nothing was drawn yet."


def _witness_problem(visit: Visit, by: str, witness: str) -> str:
    if not by.strip():
        return "Say who wastes it."
    if not witness.strip():
        return "A witness is needed: enter the name of who saw it."
    if any(same_name(witness, giver) for giver in (by, *visit.givers)):
        return "The witness must be another person than who gives or wastes the drug."
    return ""


def _today(visit: Visit, t_ns: int) -> date | None:
    clock = visit.wall_clock
    return None if clock is None else clock.local(t_ns).date()


def _ordered_concentration(visit: Visit) -> Decimal | None:
    calculation = visit.calculation
    return None if calculation is None else calculation.concentration_mg_per_ml


def _volume(amount_mg: Decimal, strength: Decimal | Fraction | None) -> Decimal | None:
    usable = not isinstance(strength, Decimal) or strength.is_finite()
    if not strength or not usable or not amount_mg.is_finite():
        return None
    return as_decimal(Fraction(amount_mg) / Fraction(strength))


def _enter(
    visit: Visit,
    command: Command,
    step: LedgerStep,
    amount_mg: Decimal,
    problem: str,
    **more: object,
) -> list[Output]:
    """The entry, unless something is wrong with it or with the account that it would make."""
    rule = visit.definition.ledger
    if problem or rule is None:
        return refuse(command, problem or NO_LEDGER)
    entry = _entry(visit, command, step, amount_mg, **more)
    after = visit.account.with_entry(entry)
    for vial in after.vials():
        if vial.left_mg < 0:
            drawn = _mg(vial.drawn_mg)
            return refuse(command, f"{drawn} came out of vial {vial.name}: it held no less.")
    if after.at_hand_mg < -rule.tolerance_of(after.drawn_mg):
        return refuse(
            command,
            f"{_mg(after.wasted_mg)} wasted and {_mg(after.residual_mg)} residual are more than "
            f"the {_mg(after.drawn_mg)} drawn. Read the amount again.",
        )
    visit.account, visit.reconciled = after, None
    return [entry]


def _entry(
    visit: Visit, command: Command, step: LedgerStep, amount_mg: Decimal, **more: object
) -> LedgerEntered:
    nothing = Decimal(0)
    fields = {"vial": "", "witness": "", "detail": "", **more}
    return visit.account.summed(
        LedgerEntered(
            t_ns=command.t_ns,
            step=step,
            amount_mg=amount_mg,
            by=command.by,
            drawn_mg=nothing,
            wasted_mg=nothing,
            residual_mg=nothing,
            **fields,  # type: ignore[arg-type]
        )
    )
