"""A site's own protocols: found by name beside the shipped ones, and never in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import places
from app.reception.visits import Reception
from app.rules_files import load_rules


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    monkeypatch.setattr(places, "site_folder", lambda kind: folder / kind)
    (folder / "protocols").mkdir(parents=True)
    return folder


def _copy_of(name: str, as_name: str) -> str:
    own = (places.RESOURCES / "protocols" / f"{name}.toml").read_text(encoding="utf-8")
    return own.replace(f'id = "{name}"', f'id = "{as_name}"', 1)


def test_a_file_in_the_sites_folder_is_a_protocol(site: Path) -> None:
    text = _copy_of("iv-0.5-40", "iv-ours").replace(
        'approved_by = ""', 'approved_by = "Dr. Lund"', 1
    )
    (site / "protocols" / "iv-ours.toml").write_text(text, encoding="utf-8")
    assert "iv-ours" in places.names_of("protocols")
    assert load_rules("iv-ours").definition.approved_by == "Dr. Lund"


def test_a_shipped_name_is_never_taken_over(site: Path) -> None:
    text = _copy_of("iv-0.5-40", "iv-0.5-40").replace("duration_min = 40 ", "duration_min = 41 ", 1)
    (site / "protocols" / "iv-0.5-40.toml").write_text(text, encoding="utf-8")
    assert load_rules("iv-0.5-40").definition.dose.duration_min == 40
    assert places.names_of("protocols").count("iv-0.5-40") == 1


def test_every_protocol_is_offered_with_what_it_is_and_a_broken_one_with_why(
    site: Path, tmp_path: Path
) -> None:
    (site / "protocols" / "iv-broken.toml").write_text('id = "iv-broken"\n', encoding="utf-8")
    desk = Reception(str(tmp_path / "record.db"))
    offered = {one.name: one for one in desk.protocol_choices()}
    assert desk.protocol_choices()[0].name == desk.settings.protocol
    assert set(offered) == set(places.names_of("protocols"))
    assert offered["spravato-84"].title
    assert not offered["spravato-84"].approved
    assert "is missing" in offered["iv-broken"].problem
    assert [one.name for one in offered.values() if one.problem] == ["iv-broken"]
