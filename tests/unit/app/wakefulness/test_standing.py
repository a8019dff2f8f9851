"""What may interrupt a session is told before it begins, in words, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.wakefulness import linux, machine, macos, windows
from app.wakefulness.standing import (
    POWER_UNKNOWN,
    RESTART_UNKNOWN,
    MachineStanding,
    unknown_of,
    warnings_of,
)

KERNEL = "6.1.0-28-amd64"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Debian machine on mains, its kernel installed and nothing waiting."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/debian_version").write_text("12.8\n")
    (tmp_path / "lib/modules" / KERNEL).mkdir(parents=True)
    (tmp_path / "run/systemd/shutdown").mkdir(parents=True)
    return tmp_path


def supply(root: Path, name: str, **told: str) -> None:
    folder = root / "sys/class/power_supply" / name
    folder.mkdir(parents=True)
    for key, value in told.items():
        (folder / key).write_text(value + "\n")


def test_a_desk_machine_with_nothing_waiting_warns_of_nothing(root: Path) -> None:
    standing = linux.look(root, KERNEL)
    assert standing == MachineStanding(restart=(), battery=False, on_mains=True)
    assert warnings_of(standing) == unknown_of(standing) == ()


def test_a_restart_that_waits_is_told_with_what_asked_for_it(root: Path) -> None:
    (root / "run/reboot-required").write_text("*** System restart required ***\n")
    (root / "run/reboot-required.pkgs").write_text("libc6\nlinux-base\nlibc6\ndbus\nsystemd\n")
    (told,) = warnings_of(linux.look(root, KERNEL))
    assert told == (
        "This machine waits for a restart (libc6, linux-base, dbus and 1 more). Restart it before "
        "the first dose or after the session, not during it."
    )


def test_a_kernel_that_is_gone_from_the_disk_waits_for_a_restart(root: Path) -> None:
    assert linux.look(root, "6.1.0-27-amd64").restart == ("a new kernel",)


def test_a_planned_shutdown_is_told_with_its_time(root: Path) -> None:
    at = datetime(2026, 6, 1, 14, 30, tzinfo=UTC)
    text = f"USEC={int(at.timestamp() * 1e6)}\nWARN_WALL=1\nMODE=reboot\n"
    (root / "run/systemd/shutdown/scheduled").write_text(text)
    standing = linux.look(root, KERNEL)
    assert standing.restart_at == at
    (told,) = warnings_of(standing)
    assert f"at {at.astimezone():%H:%M}" in told


@pytest.mark.parametrize("text", ["", "USEC=", "USEC=soon", "USEC=9" + "9" * 40, "MODE=reboot"])
def test_a_plan_that_cannot_be_read_is_none(text: str) -> None:
    assert linux.parse_scheduled(text) is None


def test_a_machine_on_its_battery_is_to_be_plugged_in(root: Path) -> None:
    supply(root, "AC", type="Mains", online="0")
    supply(root, "BAT0", type="Battery", status="Discharging", capacity="24")
    supply(root, "hid-mouse", type="Battery", scope="Device", status="Discharging", capacity="3")
    standing = linux.look(root, KERNEL)
    assert (standing.battery, standing.on_mains, standing.battery_percent) == (True, False, 24.0)
    (told,) = warnings_of(standing)
    assert told == (
        "This machine is not plugged in: battery at about 20 %, which is low. Plug its charger in."
    )


@pytest.mark.parametrize(("status", "mains"), [("Charging", True), ("Full", True), ("", None)])
def test_without_a_line_of_the_mains_the_battery_tells(
    root: Path, status: str, mains: bool | None
) -> None:
    supply(root, "BAT0", type="Battery", status=status, capacity="80")
    standing = linux.look(root, KERNEL)
    assert standing.on_mains is mains
    assert warnings_of(standing) == ()
    assert unknown_of(standing) == (() if mains else (POWER_UNKNOWN,))


def test_a_system_without_a_list_of_updates_says_that_it_is_not_known(tmp_path: Path) -> None:
    standing = linux.look(tmp_path, KERNEL)
    assert standing.restart is None
    assert unknown_of(standing) == (RESTART_UNKNOWN,)


def test_pmset_tells_of_battery_and_mains() -> None:
    on_battery = (
        "Now drawing from 'Battery Power'\n"
        " -InternalBattery-0 (id=4653155)\t87%; discharging; 4:05 remaining present: true\n"
    )
    standing = macos.parse_battery(on_battery)
    assert (standing.on_mains, standing.battery_percent, standing.restart) == (False, 87.0, None)
    desk = macos.parse_battery("Now drawing from 'AC Power'\n")
    assert (desk.battery, desk.on_mains) == (False, True)
    assert unknown_of(desk) == (RESTART_UNKNOWN,)


@pytest.mark.parametrize(
    ("bytes_told", "expected"),
    [
        ((0, 1, 55), MachineStanding(battery=True, on_mains=False, battery_percent=55.0)),
        ((1, 128, 255), MachineStanding(battery=False, on_mains=True)),
        ((255, 255, 255), MachineStanding()),
    ],
)
def test_the_bytes_that_windows_gives_are_read(
    bytes_told: tuple[int, int, int], expected: MachineStanding
) -> None:
    assert windows.read_power(*bytes_told) == expected


def test_a_system_of_no_known_kind_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Plan9")
    assert unknown_of(machine.look_here()) == (RESTART_UNKNOWN, POWER_UNKNOWN)
