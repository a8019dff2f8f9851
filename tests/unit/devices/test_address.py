"""Addresses of ports and the line settings that they may carry."""

from __future__ import annotations

import pytest

from devices.address import AddressError, settings_of, split_address, with_line
from devices.driver import PortSettings

USUAL = PortSettings(baud=9600)


@pytest.mark.parametrize("address", ["/dev/ttyUSB0", "COM3", "socket://10.0.0.7:4001", "file:a?b"])
def test_an_address_without_settings_has_those_of_the_driver(address: str) -> None:
    assert settings_of(address, USUAL) == USUAL
    assert split_address(address) == (address, "")


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("19200 8O1", PortSettings(baud=19200, parity="O")),
        ("38400 7E1", PortSettings(baud=38400, data_bits=7, parity="E")),
        ("9600 8N2", PortSettings(baud=9600, stop_bits=2)),
    ],
)
def test_line_settings_go_into_an_address_and_come_out_again(
    line: str, settings: PortSettings
) -> None:
    address = with_line("/dev/ttyUSB0", line)
    assert split_address(address)[0] == "/dev/ttyUSB0"
    assert settings_of(address, USUAL) == settings
    assert str(settings) == line


def test_a_serial_server_has_no_line_of_its_own() -> None:
    assert with_line("socket://10.0.0.7:4001", "19200 8O1") == "socket://10.0.0.7:4001"


def test_settings_that_were_typed_stay_when_no_line_is_chosen() -> None:
    assert with_line("/dev/ttyS0?baud=4800", "") == "/dev/ttyS0?baud=4800"


@pytest.mark.parametrize(
    "query", ["baud=", "baud=fast", "baud=0", "line=9N1", "line=8X1", "line=8N3", "speed=9600", "x"]
)
def test_settings_that_cannot_be_are_named(query: str) -> None:
    with pytest.raises(AddressError, match=r"/dev/ttyS0\?") as error:
        settings_of(f"/dev/ttyS0?{query}", USUAL)
    assert "?baud=19200" in str(error.value)


def test_what_a_line_carries_counts_start_parity_and_stop_bits() -> None:
    assert PortSettings(baud=9600).bytes_per_s == 960
    assert PortSettings(baud=19200, parity="O").bytes_per_s == pytest.approx(19200 / 11)
