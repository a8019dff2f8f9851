"""Ports seen: a name that outlives replugging, what is plugged in, and where it is now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from devices.ports import PortFinder, SystemPort

links_are_linux = pytest.mark.skipif(os.name == "nt", reason="links by id are Linux's")


def port(device: str, **told: object) -> ListPortInfo:
    info = ListPortInfo(device)
    for name, value in told.items():
        setattr(info, name, value)
    return info


def ftdi(device: str, serial: str = "A50285BI") -> ListPortInfo:
    return port(
        device,
        manufacturer="FTDI",
        product="FT232R USB UART",
        serial_number=serial,
        vid=0x0403,
        pid=0x6001,
    )


def test_no_port_is_an_empty_list(tmp_path: Path) -> None:
    assert PortFinder(list, tmp_path / "none").list_ports() == []


@links_are_linux
def test_the_stable_name_the_identity_and_the_description_are_given(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    link = by_id / "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
    link.symlink_to(device)
    assert PortFinder(lambda: [ftdi(str(device))], by_id).list_ports() == [
        SystemPort(
            address=str(link),
            identity="USB 0403:6001 A50285BI",
            description="FTDI, FT232R USB UART, serial A50285BI",
        )
    ]


def test_ports_that_say_nothing_come_last(tmp_path: Path) -> None:
    found = [
        port("COM1", description="n/a"),
        port("COM4", description="n/a", vid=0x1A86, pid=0x7523),
        port("COM3", description="USB Serial Port (COM3)"),
    ]
    ports = PortFinder(lambda: found, tmp_path / "none").list_ports()
    assert [(one.address, one.identity, one.description) for one in ports] == [
        ("COM3", "", "USB Serial Port (COM3)"),
        ("COM4", "", "USB 1a86:7523"),
        ("COM1", "", ""),
    ]


def test_a_unit_that_moved_to_another_port_is_found_by_its_identity(tmp_path: Path) -> None:
    found = [ftdi("COM3")]
    finder = PortFinder(lambda: found, tmp_path / "none")
    identity = finder.identity_of("COM3?baud=19200")
    assert identity == "USB 0403:6001 A50285BI"
    found[:] = [ftdi("COM3", serial="OTHER"), ftdi("COM9")]
    assert finder.address_of(identity) == "COM9"
    assert finder.identity_of("COM3") == "USB 0403:6001 OTHER"
    found[:] = []
    assert finder.address_of(identity) == ""
    assert finder.address_of("") == ""


@links_are_linux
def test_a_port_without_a_serial_number_is_known_by_its_name_under_by_id(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    for number in (0, 1):
        (tmp_path / f"ttyUSB{number}").touch()
    link = by_id / "usb-Prolific-if00"
    link.symlink_to(tmp_path / "ttyUSB0")
    finder = PortFinder(list, by_id)
    assert finder.identity_of(str(tmp_path / "ttyUSB0")) == "usb-Prolific-if00"
    assert finder.identity_of(str(tmp_path / "ttyUSB1")) == ""
    link.unlink()
    link.symlink_to(tmp_path / "ttyUSB1")
    assert finder.address_of("usb-Prolific-if00") == str(link)
    assert finder.identity_of(str(link)) == "usb-Prolific-if00"


def test_a_serial_server_is_known_by_host_and_port() -> None:
    assert PortFinder(list).identity_of("socket://10.0.0.7:4001") == "10.0.0.7:4001"
