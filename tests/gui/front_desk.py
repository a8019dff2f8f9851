"""A desk made by hand for tests of the first pages: what it is asked is kept, nothing is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from app.feed import Feed
from app.reception.desk import (
    Binding,
    CutSession,
    DeskError,
    DriverChoice,
    EarlierPatient,
    Found,
    Heard,
    ProtocolChoice,
    SeenPort,
)
from app.reception.settings import Person, Settings
from app.records.course_book import CourseError, CourseOffer, CoursePicture, NewCourse
from app.signing import RecordEnd
from protocols.courses.entries import Entry
from protocols.courses.outcome import ResponseRate, response_rate
from protocols.courses.template import CourseTemplate
from protocols.events import PersonIdentified
from tests.gui.people_stories import FakePeople
from tests.gui.session_stories import StoryFeed
from tests.unit.protocols.course_stories import template

FTDI = SeenPort(
    address="/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
    identity="USB 0403:6001 A50285BI",
    description="FTDI, FT232R USB UART, serial A50285BI",
)
PLAIN = SeenPort(address="/dev/ttyS0", identity="")


class FakeListening:
    """Hears what it is told to."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self.lines = tuple(Heard(device=binding.device, link="port open") for binding in bindings)
        self.stopped = False

    def heard(self) -> tuple[Heard, ...]:
        return self.lines

    def stop(self) -> None:
        self.stopped = True


class FakeSearch:
    """Finds what it is told to, when it is told."""

    def __init__(self) -> None:
        self.result: tuple[Found, ...] | None = None

    def found(self) -> tuple[Found, ...] | None:
        return self.result


class FakeCourses:
    """A book of courses made by hand: what is entered is kept."""

    def __init__(self) -> None:
        self.offered: Sequence[CourseOffer] = ()
        self.pictures: Sequence[CoursePicture] = ()
        self.opened: list[tuple[NewCourse, str]] = []
        self.added: list[tuple[str, Entry]] = []
        self.refuse = ""

    def templates(self) -> Sequence[CourseTemplate]:
        return [template("twice-weekly-3wk"), template("2-vs-3-weekly"), template("maintenance")]

    def courses(self) -> Sequence[CoursePicture]:
        self._ask()
        return self.pictures

    def response_rate(self, pictures: Sequence[CoursePicture]) -> ResponseRate:
        return response_rate(p.view.outcome for p in pictures if p.view is not None)

    def offers(self, mrn: str, *, simulated: bool, but: str = "") -> Sequence[CourseOffer]:
        self._ask()
        return self.offered

    def open_course(self, wanted: NewCourse, by: str) -> str:
        self._ask()
        self.opened.append((wanted, by))
        return "c-new"

    def add(self, course: str, entry: Entry) -> None:
        self._ask()
        self.added.append((course, entry))

    def _ask(self) -> None:
        if self.refuse:
            raise CourseError(self.refuse)


class FakeVisit:
    """A visit over a story's feed."""

    def __init__(self, feed: StoryFeed, *, written: bool = True) -> None:
        self.story = feed
        self.courses = FakeCourses()
        self.end_of_record = RecordEnd(seq=1, chain="ab" * 32)
        self.begun = 0
        self.ended = 0
        self.ended_early = ""
        self._written = written

    @property
    def feed(self) -> Feed:
        return self.story

    @property
    def demo(self) -> None:
        return None

    def begin(self) -> None:
        self.begun += 1

    def end(self) -> bool:
        self.ended += 1
        return self._written

    def end_early(self, reason: str) -> None:
        self.ended_early = reason

    def record_end(self) -> RecordEnd:
        return self.end_of_record

    def earlier_patients(self) -> Sequence[EarlierPatient]:
        return (
            EarlierPatient(
                given_name="Jane",
                family_name="Doe",
                mrn="004711",
                birth_date="1985-03-02",
                sex="female",
                height_cm=Decimal(171),
                allergies="none known",
                visit=4,
                visits_planned=6,
                last_weight_kg=Decimal("70.0"),
            ),
        )


class FakeDesk:
    """Keeps what it was asked; gives the visit it was made with."""

    def __init__(
        self,
        visit: FakeVisit | None = None,
        *,
        cut: CutSession | None = None,
        ports: Sequence[SeenPort] = (FTDI, PLAIN),
        notice: str = "",
        people: FakePeople | None = None,
    ) -> None:
        self.people = people or FakePeople()
        self.person: PersonIdentified | None = None
        self.settings = Settings(
            room="Room 3",
            without_accounts=True,
            people=(
                Person(name="N. Okafor RN"),
                Person(name="P. Example MD", role="prescriber"),
            ),
            user="N. Okafor RN",
        )
        self.notice = notice
        self.told = ""
        self.visit = visit
        self.cut = cut
        self.asked: list[tuple[object, ...]] = []
        self.listening: FakeListening | None = None
        self.refuse = ""
        self.seen = ports
        self.known: Sequence[Binding] = ()
        self.courses = FakeCourses()
        self.searching: FakeSearch | None = None
        self.warnings: Sequence[str] = ()
        self.server = ""

    def news(self) -> str:
        told, self.told = self.told, ""
        return told

    def save_settings(self, settings: Settings) -> None:
        self._ask("save", settings)
        self.settings = settings

    def protocols(self) -> Sequence[str]:
        return ("iv-0.5-40", "iv-1.0-60")

    def protocol_choices(self) -> Sequence[ProtocolChoice]:
        return (
            ProtocolChoice(name="iv-0.5-40", title="0.5 mg/kg over 40 min", approved=True),
            ProtocolChoice(name="spray", title="Spray of 56 mg", approved=False),
            ProtocolChoice(name="broken", title="", approved=False, problem="broken.toml:3: no."),
        )

    def signal_policies(self) -> Sequence[str]:
        return ("bedside", "broken", "quiet-room")

    def signal_table(self, name: str) -> str:
        if name == "broken":
            raise DeskError("broken.toml:3: no.")
        return f"Table of {name}"

    def drivers(self) -> Sequence[DriverChoice]:
        return (
            DriverChoice(
                name="nonin",
                title="Nonin oximeter module",
                certainty="",
                answers_only=False,
                slots=("oximeter",),
                lines=("9600 8N1",),
            ),
            DriverChoice(
                name="suntech",
                title="SunTech Advantage",
                certainty="",
                answers_only=True,
                slots=("bp",),
            ),
            DriverChoice(
                name="both",
                title="A multi-parameter monitor",
                certainty="",
                answers_only=False,
                slots=("oximeter", "bp", "monitor"),
                lines=("19200 8E1", "115200 8E1"),
            ),
            DriverChoice(
                name="pump",
                title="An infusion pump",
                certainty="",
                answers_only=True,
                slots=("pump",),
            ),
        )

    def ports(self) -> Sequence[SeenPort]:
        return self.seen

    def known_monitors(self) -> Sequence[Binding]:
        return self.known

    def search(self) -> FakeSearch:
        self._ask("search")
        self.searching = FakeSearch()
        return self.searching

    def listen(self, bindings: Sequence[Binding]) -> FakeListening:
        self._ask("listen", tuple(bindings))
        self.listening = FakeListening(bindings)
        return self.listening

    def note_copy(self, session: str, form: str, path: Path) -> None:
        self.asked.append(("note_copy", session, form, path))

    def cut_waits(self) -> bool:
        return self.cut is not None

    def server_line(self) -> str:
        return self.server

    def machine_warnings(self) -> Sequence[str]:
        return self.warnings

    def cut_session(self) -> CutSession | None:
        return self.cut

    def open_demo(self, user: str) -> FakeVisit:
        return self._open("demo", user)

    def open_monitors(
        self, bindings: Sequence[Binding], user: str, protocol: str = ""
    ) -> FakeVisit:
        other = (protocol,) if protocol not in ("", "iv-0.5-40") else ()
        return self._open("monitors", tuple(bindings), user, *other)

    def resume(self, session: str, by: str, reason: str) -> FakeVisit:
        return self._open("resume", session, by, reason)

    def close_cut(self, session: str, by: str, reason: str) -> None:
        self._ask("close", session, by, reason)
        self.cut = None

    def _open(self, *asked: object) -> FakeVisit:
        self._ask(*asked)
        assert self.visit is not None
        return self.visit

    def _ask(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.refuse:
            raise DeskError(self.refuse)


def cut_session(*, simulated: bool = False) -> CutSession:
    """A session that was cut while drug was running."""
    return CutSession(
        session="20261121-140000-room3-ab12",
        patient="Doe, Jane",
        phase="infusing",
        delivered_mg=20.7,
        planned_mg=35.0,
        ended_at=datetime(2026, 11, 21, 14, 21, tzinfo=UTC),
        simulated=simulated,
    )
