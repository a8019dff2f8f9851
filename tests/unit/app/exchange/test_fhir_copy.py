"""A FHIR R4 bundle: every resource parsed back, codes and units, corrections, what is missing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sessions_to_copy
from fhir.resources.R4B import get_fhir_model_class
from sessions_to_copy import NAME

from app.exchange.copying import make_copy
from app.exchange.fhir_copy import check_bundle, make_bundle, make_fhir
from app.exchange.fhir_words import LOINC, UCUM
from app.exchange.forms import CopyForm
from app.exchange.session_copy import SessionCopy, read_copy
from protocols.events import SessionOpened
from storage.database import Database
from storage.faults import StorageError
from storage.pseudonyms import Pseudonyms

CHANGED_IN_R4B = {
    *("AdministrableProductDefinition", "Citation", "ClinicalUseDefinition", "DeviceDefinition"),
    *("Evidence", "EvidenceReport", "EvidenceVariable", "Ingredient", "ManufacturedItemDefinition"),
    *("MedicinalProductDefinition", "NutritionProduct", "PackagedProductDefinition"),
    *("PlanDefinition", "ActivityDefinition", "RegulatedAuthorization", "ResearchDefinition"),
    *("ResearchElementDefinition", "SubscriptionStatus", "SubscriptionTopic", "Subscription"),
    *("SubstanceDefinition", "EventDefinition", "MessageDefinition", "AuditEvent"),
}
"""Resources that R4B changed, added, or may have; the library knows R4B and not R4."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def bundle(copy: SessionCopy) -> Json:
    return json.loads(make_fhir(copy))


def of_kind(bundle: Json, kind: str) -> list[Json]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def coded(bundle: Json, code: str) -> list[Json]:
    return [
        one
        for one in of_kind(bundle, "Observation")
        if any(coding["code"] == code for coding in one["code"].get("coding", []))
    ]


def test_the_library_parses_every_resource_back_as_it_was(bundle: Json) -> None:
    for entry in bundle["entry"]:
        resource = entry["resource"]
        parsed = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        again = json.loads(parsed.model_dump_json())
        assert again["id"] == resource["id"]
        assert set(again) == set(resource)
    check_bundle(bundle)


def test_no_resource_is_one_that_changed_between_r4_and_r4b(bundle: Json) -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
    assert not CHANGED_IN_R4B & set(kinds)
    assert {"Patient", "Encounter", "Device", "Observation", "Provenance"} <= set(kinds)
    assert {"MedicationAdministration", "DetectedIssue", "AdverseEvent"} <= set(kinds)


def test_what_is_no_fhir_is_not_written(bundle: Json) -> None:
    broken = json.loads(json.dumps(bundle))
    broken["entry"][5]["resource"]["status"] = ["final"]
    with pytest.raises(StorageError, match=r"no valid FHIR: entry\.5"):
        check_bundle(broken)


def test_addresses_are_unique_and_every_reference_leads_somewhere(bundle: Json) -> None:
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    text = json.dumps(bundle)
    for reference in _references(bundle):
        assert reference in urls
    assert text.count("urn:uuid:") > len(urls)


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["reference"]] if "reference" in part else []
        return own + [one for value in part.values() for one in _references(value)]
    if isinstance(part, list):
        return [one for value in part for one in _references(value)]
    return []


def test_the_same_record_gives_the_same_bytes(copy: SessionCopy, bundle: Json) -> None:
    assert json.loads(make_fhir(copy)) == bundle


def test_vital_signs_have_what_their_profile_asks_for(bundle: Json) -> None:
    for one in of_kind(bundle, "Observation"):
        if one["category"][0]["coding"][0]["code"] != "vital-signs":
            continue
        systems = {coding["system"] for coding in one["code"]["coding"]}
        assert LOINC in systems
        assert one["subject"]
        assert "effectiveDateTime" in one or "effectivePeriod" in one
        said = one.get("valueQuantity") or one.get("valueSampledData", {}).get("origin")
        assert said or one.get("component") or one.get("dataAbsentReason")
        if said:
            assert (said["system"], bool(said["code"])) == (UCUM, True)


def test_a_pressure_is_a_panel_with_its_components(bundle: Json) -> None:
    cuff = next(one for one in coded(bundle, "85354-9") if one["status"] == "final")
    parts = {part["code"]["coding"][0]["code"]: part for part in cuff["component"]}
    assert {code: parts[code]["valueQuantity"]["value"] for code in parts} == {
        "8480-6": 138,
        "8462-4": 88,
        "8478-0": 104,
    }
    assert {part["valueQuantity"]["code"] for part in parts.values()} == {"mm[Hg]"}
    assert cuff["effectiveDateTime"] == "2026-03-29T01:59:50.547+01:00"


def test_the_wrong_pressure_and_its_correction_both_stand_in_the_bundle(bundle: Json) -> None:
    by_status = {one["status"]: one for one in coded(bundle, "85354-9")}
    wrong, right = by_status["entered-in-error"], by_status["corrected"]
    assert wrong["component"][0]["valueQuantity"]["value"] == 172
    assert right["component"][0]["valueQuantity"]["value"] == 127
    addresses = {entry["resource"]["id"]: entry["fullUrl"] for entry in bundle["entry"]}
    assert right["derivedFrom"] == [{"reference": addresses[wrong["id"]]}]
    assert "dataAbsentReason" in right["component"][2]
    sample = [one for one in coded(bundle, "59408-5") if one["status"] == "entered-in-error"]
    assert [one["valueQuantity"]["value"] for one in sample] == [71]


def test_streams_are_sampled_data_with_missing_said(bundle: Json) -> None:
    (stream,) = [one for one in coded(bundle, "59408-5") if "valueSampledData" in one]
    samples = stream["valueSampledData"]["data"].split()
    assert samples[:3] == ["97", "97", "97"]
    assert samples[30] == "E"
    assert set(samples[40:60]) == {"E"}
    (perfusion,) = [one for one in coded(bundle, "61006-3") if "valueSampledData" in one]
    assert perfusion["valueSampledData"]["data"].split()[:3] == ["3.4", "3.5", "3.6"]
    absent = [one for one in coded(bundle, "59408-5") if "dataAbsentReason" in one]
    assert {one["dataAbsentReason"]["text"] for one in absent} == {
        "sensor-off",
        "the session was cut and resumed",
    }


def test_the_dose_says_how_much_how_fast_from_when_to_when(bundle: Json) -> None:
    drug, other = of_kind(bundle, "MedicationAdministration")
    assert drug["status"] == "stopped"
    assert drug["effectivePeriod"] == {
        "start": "2026-03-29T01:59:40.047+01:00",
        "end": "2026-03-29T03:01:20.047+02:00",
    }
    assert drug["dosage"]["dose"]["value"] == 1.46
    assert drug["dosage"]["rateQuantity"]["value"] == 0.875
    assert drug["performer"] == [{"actor": {"display": "P. Adams"}}]
    assert other["medicationCodeableConcept"] == {"text": "an antiemetic"}


def test_a_drug_has_the_codes_that_its_protocol_gives(tmp_path: Path) -> None:
    from dataclasses import replace

    first, *rest = sessions_to_copy.hard_session()
    assert isinstance(first, SessionOpened)
    code = 'drug_code = [{ system = "http://www.whocc.no/atc", code = "X99YZ01" }]\n'
    coded_text = replace(first, protocol_text=code + first.protocol_text)
    database = sessions_to_copy.recorded(tmp_path, events=(coded_text, *rest))
    drug, _ = of_kind(make_bundle(read_copy(database, NAME)), "MedicationAdministration")
    assert drug["medicationCodeableConcept"]["coding"] == [
        {"system": "http://www.whocc.no/atc", "code": "X99YZ01"}
    ]
    database.close()


def test_an_alarm_is_an_issue_with_what_was_done_about_it(bundle: Json) -> None:
    (issue,) = of_kind(bundle, "DetectedIssue")
    assert issue["severity"] == "moderate"
    assert issue["code"]["text"] == "SBP 172 mmHg, limit 160"
    assert issue["evidence"] == [{"code": [{"text": "SBP 172 mmHg, limit 160"}]}]
    assert issue["identifiedPeriod"]["end"] == "2026-03-29T03:00:46.047+02:00"
    (done,) = issue["mitigation"]
    assert (done["action"]["text"], done["author"]["display"]) == ("measured again", "N. Okafor")


def test_a_side_effect_is_an_adverse_event_and_a_scale_has_its_code(bundle: Json) -> None:
    (effect,) = of_kind(bundle, "AdverseEvent")
    assert effect["event"]["text"] == "Nausea"
    assert effect["severity"]["coding"][0]["code"] == "mild"
    assert effect["outcome"]["coding"][0]["code"] == "resolved"
    assert effect["suspectEntity"]
    (scale,) = coded(bundle, "44261-6")
    assert scale["valueQuantity"] == {
        "value": 18,
        "unit": "{score}",
        "system": UCUM,
        "code": "{score}",
    }
    assert len(scale["component"]) == 9


def test_it_says_where_it_comes_from_and_what_it_is(bundle: Json, copy: SessionCopy) -> None:
    (origin,) = of_kind(bundle, "Provenance")
    assert origin["entity"][0]["what"]["identifier"]["value"] == copy.chain
    assert len(origin["target"]) == len(bundle["entry"]) - 1
    assert any(agent["who"].get("display") == "Q. Reviewer" for agent in origin["agent"])
    for entry in bundle["entry"]:
        tags = {tag["code"] for tag in entry["resource"]["meta"]["tag"]}
        assert {"HTEST", "not-primary-alarm-record"} <= tags
    program = next(one for one in of_kind(bundle, "Device") if "version" in one)
    assert [note["text"] for note in program["note"]] == list(copy.notices)


def test_a_number_is_written_alike_in_every_country(
    copy: SessionCopy, bundle: Json, comma_locale: str
) -> None:
    assert json.loads(make_fhir(copy)) == bundle


def test_a_de_identified_bundle_is_valid_and_says_so(
    database: Database, tmp_path: Path, pseudonyms: Pseudonyms
) -> None:
    path = tmp_path / "x.fhir.json"
    make_copy(database, NAME, CopyForm.FHIR, path, pseudonyms=pseudonyms)
    bundle = json.loads(path.read_text("utf-8"))
    check_bundle(bundle)
    (patient,) = of_kind(bundle, "Patient")
    assert "name" not in patient
    assert "birthDate" not in patient
    (age,) = coded(bundle, "30525-0")
    assert age["valueQuantity"]["value"] == 90
    codes = {one["code"] for one in patient["meta"]["security"]}
    assert codes == {"HTEST", "PSEUDED"}


EXAMPLES = Path(__file__).resolve().parents[5] / "shared" / "data" / "17_fhir_examples"


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not on this machine")
@pytest.mark.parametrize(
    ("example", "code"),
    [("blood-pressure", "85354-9"), ("heart-rate", "8867-4"), ("respiratory-rate", "9279-1")],
)
def test_an_observation_has_the_shape_of_a_published_one(
    bundle: Json, example: str, code: str
) -> None:
    yaml = pytest.importorskip("yaml", reason="no reader of YAML is installed")
    published = yaml.safe_load((EXAMPLES / f"{example}.yml").read_text("utf-8"))
    ours = [one for one in coded(bundle, code) if one["status"] != "entered-in-error"]
    assert ours
    own = {"id", "meta", "performer", "effectiveDateTime", "valueQuantity"}
    for one in ours:
        assert set(published) - own <= set(one)
        assert one["category"][0]["coding"][0]["code"] == "vital-signs"
        codes = {coding["code"] for coding in one["code"]["coding"]}
        assert codes & {coding["code"] for coding in published["code"]["coding"]}
        parts = {part["code"]["coding"][0]["code"] for part in one.get("component", [])}
        wanted = {part["code"]["coding"][0]["code"] for part in published.get("component", [])}
        assert wanted <= parts
