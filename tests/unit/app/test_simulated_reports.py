"""Reports of whole simulated visits, long and restless ones: every number proven, four pages."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.printing.session_report import session_report_pdf
from app.rehearsal.simulation import simulate_session
from tests.unit.app.reported_sessions import report_of_record


@pytest.mark.campaign
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("protocol", "patient", "weight_kg"),
    [
        ("iv-0.5-40", "emergency", "83.3"),
        ("iv-0.5-40", "strong", "61.7"),
        ("spravato-56", "typical", None),
        ("spravato-84", "strong", None),
        ("im-0.5", "strong", "77.7"),
        ("sl-200", "mild", None),
    ],
)
def test_every_number_of_a_simulated_visit_is_proven(
    protocol: str, patient: str, weight_kg: str | None, tmp_path: Path
) -> None:
    place = str(tmp_path / "simulated.db")
    made = simulate_session(
        protocol=protocol,
        patient_name=patient,
        database=place,
        seed=9,
        weight_kg=None if weight_kg is None else Decimal(weight_kg),
        start_utc=datetime(2026, 11, 21, 13, 45, tzinfo=UTC),
    )
    one = report_of_record(Path(place), made.session)
    assert one.unproven() == []
    for paper in ("A4", "letter"):
        data = session_report_pdf(one.report, paper=paper)
        assert 1 <= len(PdfReader(io.BytesIO(data)).pages) <= 4
