"""Ports seen: a name that outlives replugging, and what is plugged in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from app.reception.desk import SeenPort
from app.reception.port_listing import list_seen_ports


def port(device: str, **told: object) -> ListPortInfo:
    info = ListPortInfo(device)
    for name, value in told.items():
        setattr(info, name, value)
    return info


def test_no_port_is_an_empty_list(tmp_path: Path) -> None:
    assert list_seen_ports([], tmp_path / "none") == []


@pytest.mark.skipif(os.name == "nt", reason="links by id are Linux's")
def test_the_stable_name_and_the_identity_are_given(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    link = by_id / "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
    link.symlink_to(device)
    seen = port(
        str(device),
        manufacturer="FTDI",
        product="FT232R USB UART",
        serial_number="A50285BI",
        vid=0x0403,
        pid=0x6001,
    )
    assert list_seen_ports([seen], by_id) == [
        SeenPort(address=str(link), identity="FTDI, FT232R USB UART, serial A50285BI")
    ]


def test_ports_that_say_nothing_come_last(tmp_path: Path) -> None:
    ports = list_seen_ports(
        [
            port("COM1", description="n/a"),
            port("COM4", description="n/a", vid=0x1A86, pid=0x7523),
            port("COM3", description="USB Serial Port (COM3)"),
        ],
        tmp_path / "none",
    )
    assert [(one.address, one.identity) for one in ports] == [
        ("COM3", "USB Serial Port (COM3)"),
        ("COM4", "USB 1a86:7523"),
        ("COM1", ""),
    ]
