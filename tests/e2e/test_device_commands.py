"""The commands about monitors, with simulated monitors on real ports."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.capture import times_path
from devices.simulation.room import SimulatedRoom
from tests.unit.devices.steady_body import SteadyBody

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def room() -> Iterator[SimulatedRoom]:
    began_ns = time.monotonic_ns()
    body = SteadyBody(rate_bpm=83, saturation_percent=94)
    with SimulatedRoom.of_patient(body, 1) as room:
        room.start(lambda: time.monotonic_ns() - began_ns)
        yield room


def port(room: SimulatedRoom, device: str) -> str:
    return next(slot.port for slot in room.slots if slot.device == device)


@needs_pty
def test_a_scan_names_what_speaks_and_sends_nothing(room: SimulatedRoom, command: Command) -> None:
    ports = [port(room, "oximeter"), port(room, "bp")]
    status, out, _ = command("devices", "scan", *ports, "--seconds", "1.5", "--json")
    assert status == 0
    talking, quiet = json.loads(out)
    assert (talking["address"], talking["speaks"], talking["line"]) == (
        ports[0],
        ["nonin"],
        "9600 8N1",
    )
    assert (quiet["speaks"], quiet["bytes_heard"]) == ([], 0)
    assert [room.counts(device).received for device in ("oximeter", "bp")] == [0, 0]


@needs_pty
def test_what_is_recorded_is_decoded_again_with_its_times(
    room: SimulatedRoom, command: Command, tmp_path: Path
) -> None:
    capture = tmp_path / "oximeter.bin"
    where = port(room, "oximeter")
    status, out, _ = command("devices", "record", where, str(capture), "--seconds", "2.5")
    assert status == 0
    assert json.loads(out) == {"capture": str(capture), "bytes": capture.stat().st_size}
    times = [json.loads(row) for row in times_path(capture).read_text().splitlines()]
    assert times[0]["port"] == where
    assert sum(row.get("bytes", 0) for row in times) == capture.stat().st_size
    status, out, _ = command("decode", "nonin", str(capture))
    readings = [json.loads(row) for row in out.splitlines()]
    assert status == 0
    assert {r["value"] for r in readings if r.get("vital") == "spo2"} == {94}
    stamps = [r["t_s"] for r in readings[:-1]]
    assert stamps == sorted(stamps)
    assert set(stamps) <= {row["t_ms"] / 1000 for row in times if "bytes" in row}
    assert readings[-1]["summary"]["rejected"] == 0


@needs_pty
def test_a_recording_goes_on_when_the_port_comes_back(
    room: SimulatedRoom, command: Command, tmp_path: Path
) -> None:
    capture = tmp_path / "oximeter.bin"

    def pull() -> None:
        time.sleep(0.7)
        room.unplug("oximeter")
        time.sleep(0.3)
        room.replug("oximeter")

    puller = threading.Thread(target=pull)
    puller.start()
    status, _, err = command(
        "devices", "record", port(room, "oximeter"), str(capture), "--seconds", "3"
    )
    puller.join()
    assert status == 0
    assert "not-connected" in err
    links = [
        row["link"]
        for row in map(json.loads, times_path(capture).read_text().splitlines())
        if "link" in row
    ]
    assert (links[0], links[1], links[-1]) == ("opening", "waiting", "waiting")
    assert set(links[2:-1]) == {"not-connected"}
    assert capture.stat().st_size > 500


@needs_pty
def test_a_recording_never_overwrites(
    room: SimulatedRoom, command: Command, tmp_path: Path
) -> None:
    capture = tmp_path / "kept.bin"
    capture.write_bytes(b"kept")
    status, _, err = command("devices", "record", port(room, "oximeter"), str(capture))
    assert status == 2
    assert f"{capture}: is there already" in err
    assert capture.read_bytes() == b"kept"


@needs_pty
def test_listening_prints_readings(room: SimulatedRoom, command: Command) -> None:
    status, out, _ = command(
        "devices", "listen", "nonin", port(room, "oximeter"), "--seconds", "1.5"
    )
    assert status == 0
    values = [json.loads(row) for row in out.splitlines()]
    assert {row["value"] for row in values if row.get("vital") == "spo2"} == {94}


def test_times_that_are_damaged_are_named(command: Command, tmp_path: Path) -> None:
    capture = tmp_path / "c.bin"
    capture.write_bytes(b"\x01")
    times_path(capture).write_text("no times\n")
    status, _, err = command("decode", "nonin", str(capture))
    assert status == 2
    assert str(times_path(capture)) in err


def test_a_capture_of_another_family_is_no_capture_of_this_one(
    command: Command, tmp_path: Path
) -> None:
    capture = tmp_path / "c.bin"
    capture.write_bytes(bytes.fromhex("3E044B73") * 50)
    status, out, err = command("decode", "nonin", str(capture))
    assert status == 1
    assert json.loads(out) == {"summary": {"frames": 0, "rejected": 0, "skipped_bytes": 200}}
    assert f"{capture}: no frame of nonin in 200 bytes" in err
