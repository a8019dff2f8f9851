"""Frames of every family as others captured, published or constructed them, with what they say.

The bytes stand here as they were found, built with nothing of the drivers. `kind` says how much
they prove: *captured* came from a real unit, *published* is the example of a maker or of another
program's tests, *constructed* was put together by hand from the documented layout (where a part
was captured, `source` says which).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["captured", "published", "constructed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """One stream as it was found.

    Attributes:
        kind: how much it proves.
        source: where it is from.
        data: the bytes.
        values: every reading in order, a vital's name and its value, None for missing.
        checked: whether a checksum protects its values.
    """

    kind: Kind
    source: str
    data: bytes
    values: tuple[tuple[str, float | None], ...]
    checked: bool = True


def _hex(
    kind: Kind, source: str, text: str, *values: tuple[str, float | None], checked: bool = True
) -> Frames:
    return Frames(
        kind=kind, source=source, data=bytes.fromhex(text), values=values, checked=checked
    )


def _text(
    kind: Kind, source: str, *lines: str, values: tuple[tuple[str, float | None], ...]
) -> Frames:
    data = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    return Frames(kind=kind, source=source, data=data, values=values)


_OEM_TESTS = "tests of a ventilator's firmware (pufferfish)"
_FORMATS = "layout of Nonin's data formats"
_DESKTOP_FX = "tests of ak-git/DesktopFX, from the vendor's examples"
_V7 = "layout of the maker's protocol V7.0"
_BCI = "layout of BCI Protocol V1.2"
_HOST = "layout of TK-BP and a V100 program, checksum by the rule of the published requests"
_COSMO = "N-560 session of konz/cosmopusher"
_ANSAR_WAVES = b"\x80" * 200 + b"\xfb" * 200

PUBLISHED: dict[str, tuple[Frames, ...]] = {
    "nonin": (
        _hex(
            "captured",
            "mattjlewis/NoninPulseOx: four frames, a packet in format 2, the next SYNC",
            "01804900CA 0180464A11 01804400C5 01804300C4 01814300C5 0180434A0E 0180436024"
            "0180439458 01804300C4 01804100C2 01803E17D6 01803C04C1 018039601A 0180366017"
            "0180356016 01803400B5 01803400B5 01803400B5 0180354A00 0180366017 0180376018"
            "01803A00BB 01804000C1 01804A00CB 0180574A22 01806900EA 01807C4A47 0180900011"
            "0180A10022 0181AF0031",
            ("pr", 74),
            ("spo2", 96),
        ),
        _hex(
            "published",
            _OEM_TESTS,
            "01 81 01 00 83  01 80 01 48 CA  01 80 01 61 E3",
            ("pr", 72),
            ("spo2", 97),
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 2, both missing",
            "01 81 80 03 05  01 80 80 7F 80  01 80 80 7F 80",
            ("pr", None),
            ("spo2", None),
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 7",
            "81 12 34 00 C7  80 12 50 48 2A  80 12 62 61 55",
            ("pr", 72),
            ("spo2", 97),
        ),
        _hex(
            "constructed", f"{_FORMATS}: 8", "80 48 62 00", ("pr", 72), ("spo2", 98), checked=False
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 8, SmartPoint",
            "81 0C 61 20",
            ("pr", 140),
            ("spo2", 97),
            checked=False,
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 8, no sensor",
            "C3 7F 7F 00",
            ("pr", None),
            ("spo2", None),
            checked=False,
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 8, values held while the sensor is off",
            "A0 48 62 08",
            ("pr", None),
            ("spo2", None),
            checked=False,
        ),
        _hex(
            "constructed",
            f"{_FORMATS}: 13",
            "00 02 00 0D 00 0E 20 24 03 15 10 22 30 00 02 00 00 48 00 62 6A 03",
            ("pr", 72),
            ("spo2", 98),
        ),
    ),
    "nonin-ascii": tuple(
        _text("constructed", "line formats of seven manuals", line, values=values)
        for line, values in (
            ("SPO2=098 HR=072", (("pr", 72), ("spo2", 98))),
            ("10:22:31 SPO2=098 HR=072", (("pr", 72), ("spo2", 98))),
            ("SPO2=098 HR=072 F", (("pr", 72), ("spo2", 98))),
            ("SPO2=--- HR=---", (("pr", None), ("spo2", None))),
        )
    ),
    "masimo": (
        _text(
            "captured",
            "Rad-8, yahnatan/pulseox",
            "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% "
            "DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800",
            values=(("pr", 97), ("spo2", 98), ("pi", 3.6)),
        ),
        _text(
            "captured",
            "Rad-7, Iukekini/Baby-Monitor-Masimo-Pulse-Oximeter",
            "03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% "
            "SPHB=--.- SPOC=-- RESVD=--- DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 "
            "EXC1=00000000",
            values=(("pr", 123), ("spo2", 98), ("pi", 0.55)),
        ),
        _text(
            "captured",
            "Radical-5, MD PnP",
            "09/15/10 15:10:29 SPO2=097% BPM=064 PI=11.82% ALARM=20 EXC=800",
            values=(("pr", 64), ("spo2", 97), ("pi", 11.82)),
        ),
        _text(
            "captured",
            "Rad-8 without a sensor, Iukekini/Baby-Monitor-Masimo-Pulse-Oximeter",
            "03/19/16 13:37:12 SN=0000093112 SPO2=---% BPM=---% DESAT=-- PIDELTA=+-- ALARM=0000 "
            "EXC=000001",
            values=(("pr", None), ("spo2", None)),
        ),
    ),
    "nellcor": tuple(
        _text("captured", _COSMO, line, values=values)
        for line, values in (
            (
                "29-Dec-17 07:18:43    99      66      12                     ",
                (("pr", 66), ("spo2", 99)),
            ),
            (
                "29-Dec-17 07:18:57    89*     66     201    MO SL            ",
                (("pr", 66), ("spo2", 89)),
            ),
            (
                "29-Dec-17 07:19:29   ---     ---     ---    SD          AS   ",
                (("pr", None), ("spo2", None)),
            ),
            (
                "29-Dec-17 07:20:27     0       0     ---    PS               ",
                (("pr", None), ("spo2", None)),
            ),
            (
                "29-Dec-17 07:21:13    96      63     ---    PS               ",
                (("pr", None), ("spo2", None)),
            ),
        )
    ),
    "contec-cms50": (
        _hex(
            "captured",
            "CMS50E, titinho11/CMS50E-raw-ppg-data",
            "01 E0 84 93 92 BC E3 FF FF",
            ("pr", 60),
            ("spo2", 99),
            ("pi", None),
        ),
        _hex(
            "captured",
            "headrotor/contec_data",
            "01 E0 85 B3 96 C1 E1 FF FF",
            ("pr", 65),
            ("spo2", 97),
            ("pi", None),
        ),
        _hex(
            "constructed",
            f"{_V7}: a rate whose highest bit stands in the second byte",
            "01 A8 84 A0 85 98 E2 90 81",
            ("pr", 152),
            ("spo2", 98),
            ("pi", 4.0),
        ),
        _hex(
            "constructed",
            f"{_V7}: probe error",
            "01 E9 80 C0 90 FF FF FF FF",
            ("pr", None),
            ("spo2", None),
            ("pi", None),
        ),
        _hex(
            "constructed",
            "layout of the maker's sheet V5.0A, old format",
            "85 40 07 48 62 C6 5A 4A 0C 61 90 00 50 7F 7F",
            ("pr", 72),
            ("spo2", 98),
            ("pr", 140),
            ("spo2", 97),
            ("pr", None),
            ("spo2", None),
        ),
    ),
    "bci": (
        _hex("constructed", _BCI, "85 40 07 48 62", ("pr", 72), ("spo2", 98)),
        _hex("constructed", _BCI, "C6 5A 4A 0C 61", ("pr", 140), ("spo2", 97)),
        _hex(
            "constructed",
            f"{_BCI}: no signal, no finger",
            "90 00 50 7F 7F",
            ("pr", None),
            ("spo2", None),
        ),
    ),
    "dinamap": (
        _hex(
            "constructed",
            _HOST,
            "20 4E 41 31 30 30 30 30 30 31 31 32 30 30 37 30 30 39 30 25 57 0D",
            ("sbp", 120),
            ("dbp", 70),
            ("map", 90),
        ),
        _text("constructed", _HOST, ' OA1098"I', values=(("spo2", 98),)),
        _text("constructed", _HOST, ' RA20072"V', values=(("pr", 72),)),
        _text(
            "constructed",
            f"{_HOST}: status 3, an error",
            " NA3000000000000000%E",
            values=(("sbp", None), ("dbp", None), ("map", None)),
        ),
        _text("published", "requests of TK-BP: no replies", " NA!2", " OA!3", " RC!8", values=()),
    ),
    "suntech": (
        _hex(
            "published",
            _DESKTOP_FX,
            "3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9",
            ("sbp", 115),
            ("dbp", 74),
            ("map", 88),
            ("pr", 85),
        ),
        _hex("published", _DESKTOP_FX, "3E 05 02 01 BA", ("cuff", 258)),
        _hex("published", f"{_DESKTOP_FX}: bad checksum", "3E 05 02 01 B1"),
        _hex("published", f"{_DESKTOP_FX}: received, complete", "3E 04 4F 6F 3E 04 4B 73"),
        _hex(
            "constructed",
            "the documented layout: pressure invalid",
            "3E 05 FF FF BF",
            ("cuff", None),
        ),
        _hex(
            "constructed",
            "the documented layout: error 57, leak or loose cuff",
            "3E 18" + "00" * 18 + "57 00 00 53",
            ("sbp", None),
            ("dbp", None),
            ("map", None),
        ),
    ),
    "datex-s5": (
        _hex(
            "constructed",
            "groups of blood pressure and saturation in a record as documents 8005313 and M1017617 "
            "lay it out",
            "7E 3E01 00 09 0000 00000060 0000 0000 0000"
            + "000001"
            + "0000FF" * 7
            # time and 72 bytes of groups that the record does not have
            + "00" * 76
            + "03 00 00 00 00 00 E0 2E 58 1B 28 23 48 00"
            + "00" * 32
            + "03 00 00 00 00 00 48 26 48 00 FA 00"
            + "00" * 144
            + "6C 7E",
            ("spo2", 98),
            ("pr", 72),
            ("sbp", 120),
            ("dbp", 70),
            ("map", 90),
            ("pr", 72),
        ),
        _hex(
            "published",
            "document M1017617: a request, which says no value",
            "7e 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff 00 00 00 00 00 00"
            "00 00 00 00 00 00 00 00 00 00 00 00 01 0a 00 0e 00 00 00 00 00 49 7e",
        ),
    ),
    "ivy-450c": (
        Frames(
            kind="captured",
            source="lines of a monitor in demo mode, mdpnp/mdpnp; its waves are not in it",
            data=b"\xffANSAR-B "
            + _ANSAR_WAVES
            + b"HR=1;80;ECG-II-DIAG;\rRR=1;35;APNEA: 20 SEC;\rETCO2=1;;;\rSPO2=1;100;PR=80 ;\r"
            + b"NIBP=4;121;75;92;80;;\rP1=3;111;73;88;;\rP2=3;;;;NO TRANSDUCER;\rT1=1;;;\rT2=1;;;\r"
            + b"\xfe",
            values=(
                ("hr", 80),
                ("spo2", 100),
                ("pr", 80),
                ("rr", 35),
                ("sbp", 121),
                ("dbp", 75),
                ("map", 92),
                ("pr", 80),
            ),
        ),
    ),
    "intellivue": (
        _hex(
            "captured",
            "vinod898/JVSCapture: a whole frame, the empty result of an extended poll",
            "C0 11 01 00 32 E1 00 00 02 00 02 00 2A 00 01 00 07 00 24 00 21 00 00 00 00 F1 3B 00 1A"
            "00 01 00 00 00 1D D4 00 FF FF FF FF FF FF FF FF 00 01 00 06 00 00 00 00 00 00"
            "F8 57 C1",
        ),
        _hex(
            "constructed",
            "captured items of vinod898/JVSCapture (a heart rate of 60, an invalid saturation, no "
            "cuff pressure, its time stamp) in the frame of a single poll",
            "C0 11 01 00 96 E1 00 00 02 00 02 00 8E 00 01 00 07 00 88 00 21 00 00 00 00 0C 16 00 7E"
            "00 01 00 1D D4 00 FF FF FF FF FF FF FF FF 00 01 00 06 00 00 00 01 00 66 00 00 00 03 00"
            "60 82 CF 00 01 00 0E 09 50 00 0A 41 82 00 00 0A A0 00 00 00 3C"
            "84 00 00 01 00 0E 09 50 00 0A 4B B8 80 00 02 20 00 7F FF FF"
            "82 72 00 02 00 32 09 4B 00 22 00 03 00 1E 4A 05 20 00 0F 20 00 7F FF FF"
            "4A 06 20 00 0F 20 00 7F FF FF 4A 07 20 00 0F 20 00 7F FF FF"
            "09 90 00 08 20 21 03 29 12 46 18 00 BD 8B C1",
            ("hr", 60),
            ("spo2", None),
            ("sbp", None),
            ("dbp", None),
            ("map", None),
        ),
    ),
    "alaris-ash": (
        Frames(
            kind="captured",
            source="mdpnp/mdpnp: an answer to INF of a unit on hold with an alarm, as kept there",
            data=b"!INF^8002-51733^A^HLD^0.00^ml/h^^0.969^ml^530.15^mmHg^00:04:09^EVENT^214725|DB9D\r",
            values=(("rate_ml_per_h", 0), ("volume_ml", 0.969)),
        ),
        Frames(
            kind="published",
            source="mdpnp/mdpnp: serial number and no alarm, as its simulated pump answers",
            data=b"!INST_SERIALNO^8002-51740|050B\r!ALARM^AL_NOALM^ ^ |C73B\r",
            values=(),
        ),
        Frames(
            kind="constructed",
            source="single answers by the rule of the published ones",
            data=b"!INF_VI^1.25^ml|C4CD\r!INF_RATE^12.0^ml/h|AEB5\r",
            values=(
                ("rate_ml_per_h", None),
                ("volume_ml", 1.25),
                ("rate_ml_per_h", 12),
                ("volume_ml", 1.25),
            ),
        ),
    ),
    "bbraun-bcc": (
        Frames(
            kind="constructed",
            source="values captured from a station by mindleaving/patient-monitor-datalogger, in a "
            "shorter block of the same form",
            data=b"\x0100238\x02ComSystem/1/1>215,50113,INRT,0.30\x1e215,50113,INSOL,Arterenol4mg/50"
            b"\x1e215,50113,INVI,1.4\x1e215,50113,INTIME,97\x1e215,50113,INSERNUM,40864"
            b"\x1e215,50113,DSSTATUS,00051\x1e215,50113,INM3,1\x1e215,50113,INA1,0"
            b"\x1e215,50113,INA6,_NV\x1e215,50113,INA3,0\x0300014\x04",
            values=(("rate_ml_per_h", 0.3), ("volume_ml", 1.4)),
        ),
    ),
}
"""Frames of each driver by its registry name."""
