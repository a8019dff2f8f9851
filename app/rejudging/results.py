"""What judging recordings under other limits gave: one recording, and many together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.rejudging.account import Account, sum_accounts
from app.rejudging.burden import Burden, Cohort, burden, by_rule
from app.rejudging.comparison import Changes, compare
from app.rejudging.occurrence import Occurrence
from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.events import Priority
from protocols.limits import parse_limits

Alarms = tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One recording, judged.

    Attributes:
        name, subject: of the recording.
        watched_ns: monitored time.
        before: its alarms as recorded, or under the limits compared with; None for a file of
            numbers that is compared with nothing.
        after: its alarms under the limits asked about.
        before_text: the limits that it was recorded under, where those are compared with.
        account: what judging could do, under the limits asked about.
        unjudged: rules that could not be judged at all, and why.
        notes: what was assumed in reading it.
        simulated: whether the session was simulated.
    """

    name: str
    subject: str
    watched_ns: int
    before: Alarms | None
    after: Alarms
    before_text: str = field(default="", repr=False)
    account: Account
    unjudged: Mapping[str, str]
    notes: tuple[str, ...]
    simulated: bool = False

    @property
    def changes(self) -> Changes:
        """How its alarms differ."""
        return compare(self.before or (), self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule over all recordings. `before` and `after` are None where that side lacks the rule.

    `moved_s` holds how much later each moved alarm is raised, negative for earlier.
    """

    rule: str
    before_rule: AlarmRule | None
    after_rule: AlarmRule | None
    before: Burden | None
    after: Burden | None
    gained: int
    lost: int
    moved_s: tuple[float, ...]
    unchanged: int
    unjudged: Mapping[str, int]

    @property
    def alarm_rule(self) -> AlarmRule:
        """The rule, as asked about or else as it was."""
        found = self.after_rule or self.before_rule
        if found is None:
            raise ValueError(f"{self.rule}: in neither of the limits")
        return found

    @property
    def differs(self) -> bool:
        """Whether the rule says something else on either side, as people read it."""
        before, after = self.before_rule, self.after_rule
        if before is None or after is None:
            return before is not after
        return before.sentence() != after.sentence()

    @property
    def has_alarms(self) -> bool:
        """Whether there is an alarm of it on either side."""
        return any(one is not None and one.count for one in (self.before, self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Alarms of one kind over all rules: about the patient by priority, about equipment."""

    label: str
    before: Burden | None
    after: Burden
    gained: int
    lost: int
    moved: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Many recordings together.

    Attributes:
        recordings, subjects, hours: how many, of how many patients, monitored time.
        compared: whether there is something to compare with.
        rules: a row a rule, in the order of the limits asked about, then those that only were.
        totals: a row a priority, one of equipment, one of all.
        account: what judging could do, all together.
        notes: what was assumed in reading, with how many recordings each.
        unread: recordings that could not be read, and why.
    """

    recordings: int
    subjects: int
    hours: float
    compared: bool
    rules: tuple[RuleRow, ...]
    totals: tuple[Total, ...]
    account: Account
    notes: Mapping[str, int]
    unread: Mapping[str, str]


def summarise(
    results: Sequence[Result],
    limits: LimitsProfile,
    against: LimitsProfile | None,
    unread: Mapping[str, str] | None = None,
) -> Summary:
    """The burden of `results` and what differs, rule by rule."""
    cohort = Cohort(
        subjects={one.name: one.subject for one in results},
        watched_ns=sum(one.watched_ns for one in results),
    )
    compared = any(one.before is not None for one in results)
    before_rules = _before_rules(results, against) if compared else {}
    after_rules = {rule.id: rule for rule in limits.rules}
    names = [*after_rules, *(name for name in before_rules if name not in after_rules)]
    before = [(r.name, one) for r in results for one in r.before or ()]
    after = [(r.name, one) for r in results for one in r.after]
    changes = [one.changes for one in results if one.before is not None]
    tally = _tally(changes)
    lacking = _lacking(results)
    before_burden = by_rule(cohort, before, before_rules)
    after_burden = by_rule(cohort, after, after_rules)
    rows = tuple(
        RuleRow(
            rule=name,
            before_rule=before_rules.get(name),
            after_rule=after_rules.get(name),
            before=before_burden.get(name) if compared else None,
            after=after_burden.get(name),
            gained=tally["gained"][name],
            lost=tally["lost"][name],
            moved_s=tuple(
                move.by_ns / 1e9
                for change in changes
                for move in change.moved
                if move.after.rule == name
            ),
            unchanged=tally["unchanged"][name],
            unjudged=lacking.get(name, {}),
        )
        for name in names
    )
    return Summary(
        recordings=len(results),
        subjects=len(set(cohort.subjects.values())),
        hours=cohort.hours,
        compared=compared,
        rules=rows,
        totals=tuple(_totals(cohort, before if compared else None, after, changes)),
        account=sum_accounts(one.account for one in results),
        notes=dict(Counter(note for one in results for note in one.notes)),
        unread=unread or {},
    )


def _before_rules(results: Iterable[Result], against: LimitsProfile | None) -> dict[str, AlarmRule]:
    if against is not None:
        return {rule.id: rule for rule in against.rules}
    found: dict[str, AlarmRule] = {}
    for text in sorted({one.before_text for one in results if one.before_text}):
        for rule in parse_limits(text, "limits of this session").rules:
            found.setdefault(rule.id, rule)
    return found


def _tally(changes: Iterable[Changes]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {
        "gained": Counter(),
        "lost": Counter(),
        "unchanged": Counter(),
    }
    for change in changes:
        for name, counter in found.items():
            counter.update(one.rule for one in getattr(change, name))
    return found


def _lacking(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for one in results:
        for rule, why in one.unjudged.items():
            found.setdefault(rule, Counter())[why] += 1
    return {rule: dict(counter) for rule, counter in found.items()}


_KINDS: tuple[tuple[str, Priority | None, bool | None], ...] = (
    ("critical", Priority.HIGH, False),
    ("warning", Priority.MEDIUM, False),
    ("advisory", Priority.LOW, False),
    ("equipment", None, True),
    ("all", None, None),
)


def _totals(
    cohort: Cohort,
    before: Sequence[tuple[str, Occurrence]] | None,
    after: Sequence[tuple[str, Occurrence]],
    changes: Sequence[Changes],
) -> Iterable[Total]:
    for label, priority, technical in _KINDS:

        def counts(
            one: Occurrence,
            priority: Priority | None = priority,
            technical: bool | None = technical,
        ) -> bool:
            right_kind = technical is None or one.technical is technical
            return right_kind and (priority is None or one.priority is priority)

        yield Total(
            label=label,
            before=None if before is None else burden(cohort, [p for p in before if counts(p[1])]),
            after=burden(cohort, [pair for pair in after if counts(pair[1])]),
            gained=sum(counts(one) for change in changes for one in change.gained),
            lost=sum(counts(one) for change in changes for one in change.lost),
            moved=sum(counts(move.after) for change in changes for move in change.moved),
            unchanged=sum(counts(one) for change in changes for one in change.unchanged),
        )
