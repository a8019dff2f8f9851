"""The protocols that ship: worked doses, limits, minutes of observation, and how long one stays."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from app.places import RESOURCES, read_protocol
from protocols.composition import part_names
from protocols.definition import describe, parse_protocol
from protocols.definition.short_page import PAGE_WIDTH, describe_on_one_page
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.events import Giving, OrderDose, Phase, Preparation, WeightBasis
from protocols.guardrails import FindingKind
from protocols.preflight import slots_min
from tests.unit.protocols.shipped import NAMES, shipped

D = Decimal
PSYCHIATRIC_IV = ("iv-0.2-40", "iv-0.5-100", "iv-0.5-40", "iv-0.5-60", "iv-dose-find")
PAIN = ("pain-crps-day", "pain-outpt", "pain-sci")


def dose_of(name: str, weight_kg: str, **changes: object) -> DoseCalculation:
    definition = shipped(name)
    fields = {**{"doses_before": 9}, **changes}
    before = fields.pop("doses_before")
    body = Body(
        weight_kg=D(weight_kg),
        height_cm=fields.pop("height_cm", None),  # type: ignore[arg-type]
        sex=str(fields.pop("sex", "")),
    )
    usual = definition.dose.usual_order()
    values = {one: getattr(usual, one) for one in OrderDose.__dataclass_fields__} | fields
    return calculate_dose(
        OrderDose(**values),
        definition.dose,
        body,
        definition.guardrails,
        doses_before=before,  # type: ignore[arg-type]
    )


def test_the_library_holds_every_published_way_that_is_given_here() -> None:
    assert set(NAMES) == {
        *PSYCHIATRIC_IV, *PAIN,
        "iv-0.75-45", "esk-iv-0.2-40", "esk-iv-0.4-40", "im-0.5", "im-1.0", "sc-0.5-0.9",
        "in-50", "spravato-28", "spravato-56", "spravato-84", "sl-100", "sl-200", "sl-300",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("weight", "mg", "mg_per_min", "ml_per_h"),
    [
        ("70", "35", "0.875", "52.5"),
        ("50", "25", "0.625", "37.5"),
        ("82.5", "41.25", "1.03125", "61.875"),
        ("110", "55", "1.375", "82.5"),
        ("150", "75", "1.875", "112.5"),
    ],
)
def test_half_a_milligram_per_kilogram_over_forty_minutes(
    weight: str, mg: str, mg_per_min: str, ml_per_h: str
) -> None:
    found = dose_of("iv-0.5-40", weight)
    shown = (found.dose_mg, found.rate_mg_per_min, found.volume_ml, found.rate_ml_per_h)
    assert shown == (D(mg), D(mg_per_min), D(mg), D(ml_per_h))
    assert found.rate_mcg_per_kg_per_min == D("12.5")


@pytest.mark.parametrize(
    ("bag", "withdrawn", "ml_per_h"),
    [
        ("100", False, "151.05"),
        ("100", True, "150"),
        ("50", False, "76.05"),
        ("250", False, "376.05"),
    ],
)
def test_a_whole_bag_runs_with_the_drug_that_was_added(
    bag: str, withdrawn: bool, ml_per_h: str
) -> None:
    found = dose_of(
        "iv-0.5-40",
        "70",
        style=Preparation.WHOLE_BAG,
        bag_ml=D(bag),
        vial_mg_per_ml=D(50),
        diluent_withdrawn=withdrawn,
    )
    assert (found.added_ml, found.rate_ml_per_h) == (D("0.7"), D(ml_per_h))
    assert found.rate_mg_per_min == D("0.875")


def test_a_stock_bag_gives_the_volume_of_the_dose() -> None:
    found = dose_of(
        "iv-0.5-40", "70", style=Preparation.STOCK_BAG, concentration_mg_per_ml=D(2), bag_ml=D(250)
    )
    assert (found.volume_ml, found.rate_ml_per_h) == (D("17.5"), D("26.25"))


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("iv-0.5-40", "0.75"),
        ("iv-0.5-60", "0.5"),
        ("iv-0.5-100", "0.3"),
        ("iv-0.2-40", "0.3"),
        ("iv-0.75-45", "1"),
        ("esk-iv-0.2-40", "0.3"),
        ("esk-iv-0.4-40", "0.6"),
        ("pain-crps-day", "0.35"),
        ("pain-sci", "0.421052632"),
    ],
)
def test_the_rate_per_kilogram_is_that_of_the_publication(name: str, rate: str) -> None:
    assert dose_of(name, "70").rate_mg_per_kg_per_h == D(rate)


@pytest.mark.parametrize(
    ("weight", "height", "sex", "total", "ideal", "adjusted"),
    [
        ("140", "178", "male", "70", "36.6", "49.95"),
        ("120", "163", "female", "60", "27.55", "40.55"),
    ],
)
def test_three_weights_give_three_doses(
    weight: str, height: str, sex: str, total: str, ideal: str, adjusted: str
) -> None:
    doses = [
        dose_of("iv-0.5-40", weight, height_cm=D(height), sex=sex, weight_basis=basis).dose_mg
        for basis in (WeightBasis.TOTAL, WeightBasis.IDEAL, WeightBasis.ADJUSTED)
    ]
    assert doses == [D(total), D(ideal), D(adjusted)]


@pytest.mark.parametrize("weight", ["119.9", "86.7"])
def test_from_a_body_mass_index_of_thirty_the_weight_is_a_choice_with_a_reason(weight: str) -> None:
    found = dose_of("iv-0.5-40", weight, height_cm=D(170), sex="male")
    doubts = [one.kind for one in found.findings if one.field == "weight_basis"]
    assert doubts == [FindingKind.SOFT]
    lighter = dose_of("iv-0.5-40", "86.6", height_cm=D(170), sex="male")
    assert not [one for one in lighter.findings if one.field == "weight_basis"]


_PSYCHIATRIC_ROWS = {
    "weight_kg": ("30", "40", "160", "250"),
    "height_cm": ("120", "140", "200", "230"),
    "dose_mg_per_kg": ("0.05", "0.2", "0.6", "1.0"),
    "dose_mg": ("3", "10", "60", "100"),
    "duration_min": ("30", "40", "100", "120"),
    "concentration_mg_per_ml": ("0.2", "0.3", "2", "10"),
    "rate_mg_per_kg_per_h": (None, "0.15", "0.9", "1.5"),
    "rate_ml_per_h": ("5", "15", "200", "400"),
}


@pytest.mark.parametrize("name", PSYCHIATRIC_IV)
@pytest.mark.parametrize("field", sorted(_PSYCHIATRIC_ROWS))
def test_the_psychiatric_library_has_its_limits(name: str, field: str) -> None:
    rail = shipped(name).guardrail(field)
    wanted = tuple(None if one is None else D(one) for one in _PSYCHIATRIC_ROWS[field])
    assert (rail.hard_low, rail.soft_low, rail.soft_high, rail.hard_high) == wanted


@pytest.mark.parametrize(
    ("name", "field", "soft_high", "hard_high"),
    [
        ("iv-0.75-45", "dose_mg_per_kg", "0.75", "1"),
        ("iv-0.75-45", "rate_mg_per_kg_per_h", "1", "1.5"),
        ("im-0.5", "dose_mg_per_kg", "1", "1.5"),
        ("im-1.0", "dose_mg", "90", "120"),
        ("sc-0.5-0.9", "dose_mg", "90", "120"),
        ("in-50", "dose_mg", "50", "100"),
        ("sl-300", "dose_mg", "300", "600"),
        ("spravato-56", "dose_mg", "84", "84"),
        ("pain-crps-day", "rate_mg_per_kg_per_h", "0.5", "1"),
        ("pain-outpt", "duration_min", "300", "360"),
    ],
)
def test_every_other_library_has_its_own_maximum(
    name: str, field: str, soft_high: str, hard_high: str
) -> None:
    rail = shipped(name).guardrail(field)
    assert (rail.soft_high, rail.hard_high) == (D(soft_high), D(hard_high))


def test_a_step_up_without_two_earlier_doses_asks_for_a_reason() -> None:
    kinds = {
        before: [f.kind for f in dose_of("iv-0.75-45", "70", doses_before=before).findings]
        for before in (0, 1, 2)
    }
    assert kinds == {0: [FindingKind.SOFT], 1: [FindingKind.SOFT], 2: []}


@pytest.mark.parametrize("dose", ["0.1", "0.2", "0.5", "1.0"])
def test_the_dose_finding_protocol_gives_its_four_doses(dose: str) -> None:
    found = dose_of("iv-dose-find", "70", dose_mg_per_kg=D(dose))
    assert not found.refused
    assert bool(found.findings) == (dose in ("0.1", "1.0"))
    assert dose_of("iv-dose-find", "70", dose_mg_per_kg=D("0.3")).refused


@pytest.mark.parametrize(
    ("name", "units", "unit_mg", "spacing_s"),
    [
        ("spravato-28", 1, "28", 300),
        ("spravato-56", 2, "28", 300),
        ("spravato-84", 3, "28", 300),
        ("in-50", 5, "10", 300),
        ("sl-100", 1, "100", 0),
        ("sl-200", 1, "200", 0),
        ("sl-300", 1, "300", 0),
    ],
)
def test_doses_in_units_are_whole_and_spaced(
    name: str, units: int, unit_mg: str, spacing_s: int
) -> None:
    found = dose_of(name, "70")
    assert not found.findings
    assert (found.units, found.unit_mg, found.unit_spacing_s) == (units, D(unit_mg), spacing_s)


@pytest.mark.parametrize("name", [one for one in NAMES if one.startswith("spravato")])
def test_no_other_number_of_devices_is_ordered_under_a_protocol(name: str) -> None:
    usual = shipped(name).dose.dose_mg
    others = {D(28), D(56), D(84), D(112), D(42)} - {usual}
    assert all(dose_of(name, "70", dose_mg=other).refused for other in others)


def test_a_lozenge_is_held_for_ten_to_fifteen_minutes() -> None:
    assert {shipped(f"sl-{mg}").dose.hold_s for mg in (100, 200, 300)} == {(600, 900)}


def minutes(name: str, phase: Phase, item: str, until_min: int) -> tuple[int, ...]:
    [row] = [r for r in shipped(name).schedule if (r.phase, r.item) == (phase, item)]
    return slots_min(row, until_min)


@pytest.mark.parametrize(
    ("name", "phase", "item", "until", "wanted"),
    [
        ("iv-0.5-40", Phase.INFUSING, "bp", 40, (5, 10, 15, 25, 35, 40)),
        ("iv-0.5-40", Phase.INFUSING, "rr", 40, (10, 20, 30, 40)),
        ("iv-0.5-40", Phase.RECOVERY, "bp", 120, (0, 15, 30, 45, 60, 90, 120)),
        ("iv-0.5-40", Phase.RECOVERY, "dissociation", 60, (0, 40)),
        ("iv-0.5-60", Phase.INFUSING, "bp", 60, (5, 10, 15, 25, 35, 40, 45, 55)),
        ("iv-0.5-100", Phase.INFUSING, "bp", 100, (10, 20, 30, 40, 55, 70, 85, 100)),
        ("iv-0.5-100", Phase.INFUSING, "moaas", 100, (15, 30, 45, 60, 75, 90)),
        ("im-0.5", Phase.RECOVERY, "bp", 90, (5, 10, 15, 20, 35, 50, 65, 80, 90)),
        ("im-1.0", Phase.RECOVERY, "rr", 90, (15, 30, 45, 60, 75, 90)),
        ("sl-200", Phase.RECOVERY, "bp", 120, (0, 15, 30, 45, 60, 90, 120)),
        ("spravato-84", Phase.RECOVERY, "bp", 120, (40, 60, 90, 120)),
        ("in-50", Phase.RECOVERY, "bp", 120, (25, 40, 60, 90, 120)),
        ("pain-crps-day", Phase.INFUSING, "bp", 240,
         (10, 20, 30, 40, 55, 70, 85, 100, 115, 145, 175, 205, 235)),
    ],
)  # fmt: skip
def test_observations_are_due_at_the_minutes_of_the_protocol(
    name: str, phase: Phase, item: str, until: int, wanted: tuple[int, ...]
) -> None:
    assert minutes(name, phase, item, until) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_observations_after_a_dose_given_at_once_count_from_the_first(name: str) -> None:
    definition = shipped(name)
    at_once = definition.dose.giving is not Giving.INFUSION
    rows = [row for row in definition.schedule if row.phase is Phase.RECOVERY]
    assert {row.from_first_dose for row in rows} == {at_once}
    assert {row.window_s for row in rows} == {300}


@pytest.mark.parametrize(
    ("prefix", "minimum_min", "soft_min", "from_first_dose"),
    [
        ("iv-", 60, 30, False),
        ("esk-", 60, 30, False),
        ("pain-", 60, 30, False),
        ("im-", 90, 90, True),
        ("sc-", 90, 90, True),
        ("in-", 120, 120, True),
        ("spravato-", 120, 120, True),
        ("sl-", 120, 120, True),
    ],
)
def test_patients_stay_as_long_as_the_route_asks(
    prefix: str, minimum_min: int, soft_min: int, from_first_dose: bool
) -> None:
    for name in (one for one in NAMES if one.startswith(prefix)):
        rule = shipped(name).recovery
        stay = (rule.minimum_s // 60, rule.soft_minimum_s // 60, rule.counted_from_first_dose)
        assert stay == (minimum_min, soft_min, from_first_dose)


def test_a_spray_starts_below_the_pressure_of_its_label() -> None:
    go = {
        name: [
            str(limit.go[1]) for limit in shipped(name).start_limits if limit.vital in _PRESSURES
        ]
        for name in ("spravato-56", "iv-0.5-40")
    }
    assert go == {"spravato-56": ["140", "90"], "iv-0.5-40": ["139", "89"]}


_PRESSURES = ("sbp", "dbp")


def test_the_wider_pressures_can_stand_in_place_of_the_usual_ones(tmp_path: Path) -> None:
    own = (RESOURCES / "protocols" / "iv-0.5-40.toml").read_text(encoding="utf-8")
    site = tmp_path / "site.toml"
    site.write_text(
        own.replace('"start-limits/pressure"', '"start-limits/hold-150-95"'), encoding="utf-8"
    )
    limits = parse_protocol(*read_protocol(str(site))).start_limits
    assert [str(one.go[1]) for one in limits if one.vital in _PRESSURES] == ["149", "94"]


def test_a_spray_asks_for_food_and_fluids_and_an_infusion_for_fasting() -> None:
    asked = {name: {item.id for item in shipped(name).gate} for name in NAMES}
    assert {"food", "fluids"} <= asked["spravato-56"]
    assert "fasting" not in asked["spravato-56"]
    assert "fasting" in asked["iv-0.5-40"]
    assert "one-device" in asked["spravato-28"]


@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_says_what_it_rests_on_and_that_nobody_approved_it(name: str) -> None:
    definition = shipped(name)
    assert definition.approved_by == ""
    assert definition.source
    assert definition.review_date.year >= 2027
    assert all(part.source and not part.approved_by for part in definition.parts)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_dose_has_its_evidence_beside_it(name: str) -> None:
    own = (RESOURCES / "protocols" / f"{name}.toml").read_text(encoding="utf-8")
    dose = own.partition("\n[dose]\n")[2]
    numbered = [line for line in dose.splitlines() if re.search(r"= .*\d", line)]
    assert numbered
    bare = [
        line
        for line in numbered
        if not re.search(r"\[(source|unread|design)\]", line) and "hold_max_s" not in line
    ]
    assert not bare


def test_every_part_serves_some_protocol_or_says_that_a_site_may_choose_it() -> None:
    parts = RESOURCES / "protocols" / "parts"
    used = {name for part in NAMES for name in part_names(_own(part))}
    spare = {
        str(path.relative_to(parts).with_suffix(""))
        for path in parts.rglob("*.toml")
        if str(path.relative_to(parts).with_suffix("")) not in used
    }
    chosen = {"start-limits/hold-150-95"}
    assert {one for one in spare if not one.startswith(("scales/", "ledger/"))} == chosen


def _own(name: str) -> str:
    return (RESOURCES / "protocols" / f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_data_stands_in_two_files_of_a_protocol(name: str) -> None:
    """A table that is in a part is not repeated by the protocol's own file."""
    own = _own(name)
    assert set(re.findall(r"^\[+([a-z_]+)", own, re.MULTILINE)) == {"dose"}


@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_fits_on_one_printed_page_with_every_question(name: str) -> None:
    definition = shipped(name)
    page = describe_on_one_page(definition)
    assert len(page.splitlines()) <= 70
    assert max(map(len, page.splitlines())) <= PAGE_WIDTH
    flowing = re.sub(r"\s+", " ", page)
    for item in definition.gate:
        assert item.question in flowing
    for criterion in definition.discharge:
        assert criterion.label in flowing
    for row in definition.schedule:
        assert row.label in flowing
    assert "NOT YET APPROVED" in page


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_page_names_every_way_of_leaving_early(name: str) -> None:
    assert "leaving against advice" in describe(shipped(name))
