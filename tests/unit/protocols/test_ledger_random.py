"""Whatever is entered into the account of the drug: its sums are those of its entries."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocols.dosing.account import DrugAccount
from protocols.events import (
    AddVial,
    CommandRefused,
    CorrectLedger,
    DrawDrug,
    Event,
    KeepResidual,
    LedgerEntered,
    LedgerReconciled,
    LedgerStep,
    Phase,
    ReconcileDrug,
    WasteDrug,
)
from tests.unit.app.session_scenes import NURSE, SECOND, Scene
from tests.unit.protocols.test_ledger import CONTROLLED, scene

AMOUNTS = st.one_of(
    st.decimals(min_value=0, max_value=120, places=2),
    st.sampled_from([Decimal(text) for text in ("-1", "0", "35", "50", "1e6", "NaN", "Infinity")]),
)
VIALS = st.sampled_from(["A", "B", "a ", "", "nothing"])
NAMES = st.sampled_from([NURSE, SECOND, NURSE.upper(), ""])
WORDS = st.sampled_from(["", "sink", "read again"])


class Account(RuleBasedStateMachine):
    """Vials, draws, waste, residual and corrections in any order, some of it after the drug."""

    scene: Scene
    own: list[LedgerEntered]

    @initialize(ended=st.booleans())
    def begin(self, ended: bool) -> None:
        self.scene = scene(CONTROLLED)
        self.own = []
        if ended:
            self.scene.to_recovery()
            self.own = self.scene.all(LedgerEntered)

    def take(self, made: list[Event]) -> None:
        entered = [event for event in made if isinstance(event, LedgerEntered)]
        refused = [event for event in made if isinstance(event, CommandRefused)]
        assert len(entered) + len(refused) == 1
        assert all(event.reason for event in refused)
        self.own += entered

    @rule(vial=VIALS, content=AMOUNTS, strength=st.none() | AMOUNTS)
    def add(self, vial: str, content: Decimal, strength: Decimal | None) -> None:
        fields = {"lot": "L", "expiry": "2027-08", "strength_mg_per_ml": strength}
        self.take(self.scene.do(AddVial, vial=vial, content_mg=content, **fields))

    @rule(vial=VIALS, amount=AMOUNTS, checker=NAMES)
    def draw(self, vial: str, amount: Decimal, checker: str) -> None:
        self.take(self.scene.do(DrawDrug, vial=vial, amount_mg=amount, checked_by=checker))

    @rule(amount=AMOUNTS)
    def keep(self, amount: Decimal) -> None:
        self.take(self.scene.do(KeepResidual, amount_mg=amount))

    @rule(amount=AMOUNTS, vial=st.just("") | VIALS, method=WORDS, witness=NAMES)
    def waste(self, amount: Decimal, vial: str, method: str, witness: str) -> None:
        fields = {"vial": vial, "method": method, "witness": witness}
        made = self.scene.do(WasteDrug, amount_mg=amount, **fields)
        self.take(made)
        if any(isinstance(event, LedgerEntered) for event in made):
            assert method
            assert witness.casefold() not in ("", NURSE.casefold())

    @rule(entry=st.integers(-1, 12), amount=AMOUNTS, reason=WORDS, witness=NAMES)
    def correct(self, entry: int, amount: Decimal, reason: str, witness: str) -> None:
        fields = {"entry": entry, "reason": reason, "witness": witness}
        self.take(self.scene.do(CorrectLedger, amount_mg=amount, **fields))

    @rule(reason=WORDS)
    def reconcile(self, reason: str) -> None:
        made = self.scene.do(ReconcileDrug, reason=reason)
        for closed in (event for event in made if isinstance(event, LedgerReconciled)):
            accounted = closed.given_mg + closed.wasted_mg + closed.residual_mg
            assert closed.difference_mg == closed.drawn_mg - accounted
            assert closed.tolerance_mg == max(Decimal("0.5"), closed.drawn_mg * 2 / 100)
            assert closed.balanced == (abs(closed.difference_mg) <= closed.tolerance_mg)
            assert closed.balanced or closed.reason
            assert self.scene.state.reconciled is closed

    @invariant()
    def the_sums_are_those_of_the_entries(self) -> None:
        standing = {one.number: one for one in self.own if not one.corrects}
        amounts = {number: one.amount_mg for number, one in standing.items()}
        amounts.update({one.corrects: one.amount_mg for one in self.own if one.corrects})
        sums = {
            step: sum((amounts[n] for n, one in standing.items() if one.step is step), Decimal(0))
            for step in LedgerStep
        }
        straight = sum(
            (
                amounts[n]
                for n, one in standing.items()
                if one.step is LedgerStep.WASTED and one.vial
            ),
            Decimal(0),
        )
        known = self.scene.state.ledger
        assert known.drawn_mg == sums[LedgerStep.DRAWN] + straight
        assert known.wasted_mg == sums[LedgerStep.WASTED]
        assert known.residual_mg == sums[LedgerStep.RESIDUAL]
        assert known.in_vials_mg == sums[LedgerStep.VIAL] - known.drawn_mg
        if self.own:
            last = self.own[-1]
            assert (last.drawn_mg, last.wasted_mg) == (known.drawn_mg, known.wasted_mg)

    @invariant()
    def no_vial_is_below_zero_and_no_entry_is_lost(self) -> None:
        known: DrugAccount = self.scene.state.ledger
        assert all(0 <= vial.left_mg <= vial.content_mg for vial in known.vials())
        assert [entry.number for entry in known.entries] == list(range(1, len(self.own) + 1))
        assert list(known.entries) == self.own
        assert self.scene.pipeline.session.visit.account == known
        assert self.scene.state.phase in (Phase.SETUP, Phase.RECOVERY)


TestAccount = pytest.mark.timeout(300)(Account.TestCase)
TestAccount.settings = settings(deadline=None, stateful_step_count=30)
