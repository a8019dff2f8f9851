"""The machine is kept awake from the start of a visit to its close, and always let go again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from app.wakefulness.keeping import FAILED, MAY_SLEEP, Wakefulness
from app.wakefulness.standing import MachineStanding
from protocols.events import SessionClosed

PATIENCE_S = 10.0
DESK = MachineStanding(restart=(), battery=False, on_mains=True)
CLOSED = SessionClosed(t_ns=0, by="N. Nurse", reason="", delivered_mg=Decimal(0))


class Holder:
    """Stands for the system: whether somebody keeps it awake."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.held = threading.Event()
        self.freed = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[str]:
        self.held.set()
        try:
            yield self.problem
        finally:
            self.freed.set()


class Reports:
    def __init__(self) -> None:
        self.said: list[tuple[bool, str]] = []
        self.came = threading.Semaphore(0)

    def __call__(self, working: bool, detail: str) -> None:
        self.said.append((working, detail))
        self.came.release()

    def wait(self) -> tuple[bool, str]:
        assert self.came.acquire(timeout=PATIENCE_S)
        return self.said[-1]


def test_it_is_held_until_it_is_stopped_and_said_once() -> None:
    holder, reports = Holder(), Reports()
    wake = Wakefulness(reports, look=lambda: DESK, hold=holder, look_s=0.01)
    wake.start()
    assert reports.wait() == (True, "")
    assert not holder.freed.is_set()
    wake.stop()
    assert holder.freed.is_set()
    assert reports.said == [(True, "")]


def test_the_close_of_the_session_lets_it_go() -> None:
    holder, reports = Holder(), Reports()
    wake = Wakefulness(reports, look=lambda: DESK, hold=holder)
    wake.start()
    reports.wait()
    wake.listen([CLOSED])
    assert holder.freed.wait(PATIENCE_S)
    wake.stop()


def test_what_cannot_be_kept_awake_is_said_with_what_else_may_interrupt() -> None:
    reports = Reports()
    battery = MachineStanding(restart=(), battery=True, on_mains=False, battery_percent=61.0)
    wake = Wakefulness(reports, look=lambda: battery, hold=Holder(MAY_SLEEP))
    wake.start()
    working, detail = reports.wait()
    wake.stop()
    assert not working
    assert detail.startswith(MAY_SLEEP)
    assert "battery at about 60 %" in detail


def test_a_charger_pulled_out_is_said_when_it_happens_and_once() -> None:
    reports = Reports()
    plugged = threading.Event()
    plugged.set()

    def look() -> MachineStanding:
        return MachineStanding(
            restart=(), battery=True, on_mains=plugged.is_set(), battery_percent=82.0
        )

    wake = Wakefulness(reports, look=look, hold=Holder(), look_s=0.01)
    wake.start()
    assert reports.wait() == (True, "")
    plugged.clear()
    working, detail = reports.wait()
    assert (working, "not plugged in" in detail) == (False, True)
    plugged.set()
    assert reports.wait() == (True, "")
    wake.stop()
    assert len(reports.said) == 3


@pytest.mark.expects_log_warnings
def test_a_defect_of_the_watch_itself_is_said() -> None:
    def look() -> MachineStanding:
        raise RuntimeError("a defect")

    reports = Reports()
    wake = Wakefulness(reports, look=look, hold=Holder())
    wake.start()
    assert reports.wait() == (False, FAILED)
    wake.stop()


SCREEN_SAVER = """
import sys
from jeepney import DBusAddress, MessageType, new_method_return, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection("SESSION")
reply = connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.ScreenSaver"))
assert reply.body == (1,)
watch = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
connection.send_and_get_reply(new_method_call(watch, "AddMatch", "s", (rule,)))
print("ready", flush=True)
holder = ""
while True:
    message = connection.receive()
    fields = {int(key): value for key, value in message.header.fields.items()}
    if message.header.message_type is MessageType.method_call:
        member, sender = fields[3], fields[7]
        if member == "Inhibit":
            holder = sender
            connection.send(new_method_return(message, "u", (7,)))
        else:
            connection.send(new_method_return(message))
        print(member, flush=True)
    elif fields.get(3) == "NameOwnerChanged" and message.body[0] == holder and not message.body[2]:
        print("holder gone", flush=True)
"""

HOLDER = """
import sys, time
from app.wakefulness.keeping import hold_awake

with hold_awake() as problem:
    print(repr(problem), flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(
    not Path("/usr/bin/dbus-daemon").exists(), reason="needs dbus-daemon: no desktop bus here"
)
@pytest.mark.parametrize("killed", [False, True])
def test_a_desktop_is_asked_and_let_go_however_the_program_ends(
    tmp_path: Path, killed: bool
) -> None:
    bus = subprocess.Popen(
        ["/usr/bin/dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bus.stdout is not None
    environment = os.environ | {"DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip()}
    environment.pop("WAKEPY_FAKE_SUCCESS", None)

    def run(script: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    desktop = run(SCREEN_SAVER)
    holder: subprocess.Popen[str] | None = None
    try:
        assert desktop.stdout is not None
        assert desktop.stdout.readline() == "ready\n"
        holder = run(HOLDER)
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "''\n"
        assert desktop.stdout.readline() == "Inhibit\n"
        if killed:
            holder.send_signal(signal.SIGKILL)
        else:
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert desktop.stdout.readline() == "UnInhibit\n"
        assert desktop.stdout.readline() == "holder gone\n"
        holder.wait(PATIENCE_S)
    finally:
        for process in (holder, desktop, bus):
            if process is not None:
                process.kill()
                process.communicate()
