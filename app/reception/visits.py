"""The desk over the real devices and the real record: opens, resumes and closes visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from app.at_rest.backing_up import BackupKeeper, failed_backup
from app.damaged_files import begin_care
from app.live import LiveSession
from app.people.house import House
from app.places import NoSuchResourceError, names_of, read_signals
from app.reception.cut_sessions import (
    NotClosedError,
    close_cut_session,
    find_cut_session,
    read_past,
)
from app.reception.desk import (
    Binding,
    CutSession,
    DeskError,
    DriverChoice,
    EarlierPatient,
    ProtocolChoice,
    SeenPort,
)
from app.reception.earlier_patients import read_earlier_patients
from app.reception.finding import PortSearch
from app.reception.listening import PortsListener
from app.reception.live_visit import LiveVisit
from app.reception.people_of_visit import people_of_visit
from app.reception.protocol_choices import protocol_choice, rules_of
from app.reception.room_server import RoomServer
from app.reception.settings import Settings, SettingsError, load_settings, save_settings
from app.reception.sole_use import lock_path
from app.reception.staff_stations import StaffWish, open_staff_link
from app.reception.watching import WatchWish
from app.rehearsal.demo import DemoRoom, DemoWish
from app.staff.link import StaffLink
from app.trail.room import RoomTrail
from app.wakefulness.machine import look_here
from app.wakefulness.standing import warnings_of
from devices.address import (
    FILE_SCHEME,
    TCP_SCHEME,
    AddressError,
    settings_of,
    split_address,
    with_line,
)
from devices.ports import PortFinder
from devices.registry import DRIVERS
from devices.simulation.scripts import PATIENTS
from protocols.events import DeviceSlot, PersonIdentified
from protocols.signals import signal_table
from protocols.signals_file import SignalsError, parse_signals
from storage.database import open_database
from storage.faults import StorageError
from storage.monitors import last_rooms, last_slots
from storage.sessions import find_summary

DEMO_ROOM = "Demo room"


class Reception:
    """What one bedside program can open. Holds no session itself."""

    def __init__(
        self,
        place: str,
        *,
        demo: DemoWish | None = None,
        protocol: str | None = None,
        room: str | None = None,
        signals: str | None = None,
        staff: StaffWish | None = None,
        watched: bool = False,
        kept_awake: bool = False,
        looked_after: bool = False,
        backed_up: bool = False,
        notice: str = "",
    ) -> None:
        """Serve the record at `place`; what is named here goes before the settings.

        Where staff stations are to connect, they can until `close`. With `watched` a second process
        watches each visit; with `kept_awake` the machine may not sleep during one; `looked_after`:
        the record is looked at now, set aside where it is damaged, and taken over from;
        `backed_up`: it is backed up after each real session. `notice` is said from the start.
        """
        self._place = place
        self._watched = watched
        self._kept_awake = kept_awake
        self._demo = demo or DemoWish()
        self._protocol = protocol
        self._room = room
        self._signals = signals
        self._staff_wish = staff or StaffWish()
        self._finder = PortFinder()
        self.server: RoomServer | None = None
        self.settings, self.notice = load_settings()
        self.people = House(place, where=self._where, rights=self.settings.rights)
        self.person: PersonIdentified | None = None
        self._trail = RoomTrail(self.people.keeper, lambda: self.person)
        self.courses = self._trail.courses(place)
        self.note_copy = self._trail.copy
        self.staff: StaffLink | None = None
        self._open_staff()
        self._told: SimpleQueue[str] = SimpleQueue()
        self._care = begin_care(place, self._told.put) if looked_after else None
        self._backups = BackupKeeper(place, lambda: self.settings, self._told.put, on=backed_up)
        said = (notice, self.notice, self.staff_problem, self.news(), failed_backup(place))
        self.notice = " ".join(sentence for sentence in said if sentence)

    def news(self) -> str:
        """What became known since it was last asked that people should know, or empty."""
        try:
            return self._told.get_nowait()
        except Empty:
            return ""

    def _note_record(self, sentence: str) -> None:
        """Something became known of the record of a visit. From any thread."""
        self._told.put(sentence)
        if self._care is not None:
            self._care.look_again()

    def save_settings(self, settings: Settings) -> None:
        """Keep `settings` and put them in force, whatever the command line said."""
        staff = StaffWish(secret_file=self._staff_wish.secret_file)
        if problem := staff.problem(settings):
            raise DeskError(problem)
        try:
            save_settings(settings)
        except SettingsError as error:
            raise DeskError(str(error)) from error
        self._trail.settings(self.settings, settings)
        self.settings = settings
        self._protocol = self._room = self._signals = None
        self._staff_wish = staff
        self._open_staff()

    def close(self) -> None:
        """Take leave of the staff stations, and end what is noted of people."""
        self._close_staff()
        if self._care is not None:
            self._care.stop()
        self._backups.close()
        self.people.close()

    def _close_staff(self) -> None:
        if self.staff is not None:
            self.staff.stop()
            self.staff = None

    def _where(self) -> str:
        """What this room is called now."""
        return self._room or self.settings.room

    def _open_staff(self) -> None:
        """Let staff stations connect as it is set up now."""
        self._close_staff()
        room = self._where()
        self.staff_problem = self._staff_wish.problem(self.settings)
        self.staff = open_staff_link(self._staff_wish, self.settings, room)

    def signal_policies(self) -> Sequence[str]:
        """Names of the policies of alarm signals, and the one in force."""
        return sorted({*names_of("signals"), self.settings.signals})

    def signal_table(self, name: str) -> str:
        """The policy of that name as one table for people."""
        try:
            text, path = read_signals(name)
            return signal_table(parse_signals(text, path))
        except (NoSuchResourceError, SignalsError) as error:
            raise DeskError(str(error)) from error

    @property
    def _policy(self) -> str:
        return self._signals or self.settings.signals

    def protocols(self) -> Sequence[str]:
        """Names of the shipped protocols, and the one in force."""
        return sorted({*names_of("protocols"), self.settings.protocol})

    def protocol_choices(self) -> Sequence[ProtocolChoice]:
        """What each protocol is, the one in force first."""
        usual = self._protocol or self.settings.protocol
        names = [usual, *(name for name in self.protocols() if name != usual)]
        return [protocol_choice(name) for name in names]

    def check_rules(self) -> None:
        """DeskError when the protocol in force or its limits cannot be used."""
        rules_of(self._protocol or self.settings.protocol, self._policy)

    def drivers(self) -> Sequence[DriverChoice]:
        """Monitors that can be bound."""
        return [
            DriverChoice(
                name=spec.name,
                title=spec.title,
                certainty=spec.certainty,
                answers_only=not spec.speaks_unasked,
                slots=spec.slots,
                lines=tuple(str(line) for line in (spec.settings, *spec.other_settings)),
            )
            for spec in DRIVERS.values()
        ]

    def ports(self) -> Sequence[SeenPort]:
        """Ports that the system shows at the moment."""
        return [
            SeenPort(address=p.address, identity=p.identity, description=p.description)
            for p in self._finder.list_ports()
        ]

    def listen(self, bindings: Sequence[Binding]) -> PortsListener:
        """Listen to ports, sending nothing."""
        try:
            return PortsListener(bindings)
        except AddressError as error:
            raise DeskError(str(error)) from error

    def known_monitors(self) -> Sequence[Binding]:
        """The monitors last used in this room, at the ports where they are now."""
        if not self._has_record():
            return ()
        with _told(self._place), open_database(self._place, read_only=True) as database:
            slots = last_slots(database, self._room or self.settings.room)
        return [binding for slot in slots if (binding := self._binding_now(slot)) is not None]

    def _binding_now(self, slot: DeviceSlot) -> Binding | None:
        """The monitor of `slot` where it is now; None when it is not there."""
        port, _ = split_address(slot.port)
        if slot.driver not in DRIVERS:
            return None
        if slot.identity and not port.startswith(TCP_SCHEME):
            port = self._finder.address_of(slot.identity)
        if not port:
            return None
        usual = DRIVERS[slot.driver].settings
        line = str(settings_of(slot.port, usual))
        return Binding(
            device=slot.device,
            driver=slot.driver,
            port=port,
            identity=slot.identity,
            line="" if line == str(usual) else line,
        )

    def search(self) -> PortSearch:
        """Listen to every port that is seen, to find out what speaks there; nothing is sent."""
        return PortSearch(self._finder.list_ports())

    def cut_session(self) -> CutSession | None:
        """The session to resume or to close first, or None."""
        if not self._has_record():
            return None
        with _told(self._place), open_database(self._place, read_only=True) as database:
            return self._trail.cut(find_cut_session(database))

    def cut_waits(self) -> bool:
        """Whether such a session waits; nothing of it is shown."""
        if not self._has_record():
            return False
        with _told(self._place), open_database(self._place, read_only=True) as database:
            return find_cut_session(database) is not None

    def machine_warnings(self) -> Sequence[str]:
        """What of this machine may interrupt a session: a restart that waits, its battery."""
        return warnings_of(look_here())

    def open_demo(self, user: str) -> LiveVisit:
        """A visit in the demonstration room."""
        room = self._demo_room(self._demo.patient)
        with _told(self._place), _closing(room):
            live = LiveSession.begin(
                database=self._prepared_place(),
                room=DEMO_ROOM,
                rules=rules_of(self._protocol or self.settings.protocol, self._policy),
                slots=room.slots,
                speed=self._demo.speed,
                with_sound=not self._demo.silent,
                tell=self._note_record,
            )
        return LiveVisit(
            live,
            lambda: self._patients(simulated=True),
            self.courses,
            room,
            user,
            self.staff,
            watch=self._watch(quiet=self._demo.silent),
            kept_awake=self._kept_awake,
            server=self.server,
        )

    def open_monitors(
        self, bindings: Sequence[Binding], user: str, protocol: str = ""
    ) -> LiveVisit:
        """A visit with real monitors, under `protocol` or the one in force."""
        room = self._where()
        people = people_of_visit(self.people, self.person)
        with _told(self._place):
            live = LiveSession.begin(
                database=self._prepared_place(),
                room=room,
                people_text=people.text,
                person=people.person,
                rules=rules_of(protocol or self._protocol or self.settings.protocol, self._policy),
                slots=self._slots(bindings, room),
                tell=self._note_record,
            )
        live.runtime.listen(self._backups.listen)
        return LiveVisit(
            live,
            lambda: self._patients(simulated=False),
            self.courses,
            None,
            people.observer(user),
            self.staff,
            watch=self._watch(),
            kept_awake=self._kept_awake,
            server=self.server,
        )

    def resume(
        self, session: str, by: str, reason: str, bindings: Sequence[Binding] = ()
    ) -> LiveVisit:
        """Go on with a session that was cut; `bindings` name other ports for its monitors."""
        with _told(self._place):
            with open_database(self._place, read_only=True) as database:
                opened, changes = read_past(database, session)
            room = None
            slots = {slot.device: slot for slot in opened.devices}
            slots |= {slot.device: slot for slot in self._slots(bindings, opened.room)}
            if opened.simulated:
                room = self._demo_room(self._patient_of(session))
                slots = {slot.device: slot for slot in room.slots}
                room.listen(changes)
            with _closing(room):
                live = LiveSession.resume(
                    database=self._place,
                    session=session,
                    by=by,
                    reason=reason,
                    slots=slots,
                    speed=self._demo.speed if room is not None else 1.0,
                    with_sound=not (room is not None and self._demo.silent),
                    tell=self._note_record,
                    person=self.person if opened.people_text else None,
                )
        simulated = opened.simulated
        if not simulated:
            live.runtime.listen(self._backups.listen)
        return LiveVisit(
            live,
            lambda: self._patients(simulated=simulated),
            self.courses,
            room,
            staff=self.staff,
            watch=self._watch(quiet=simulated and self._demo.silent),
            kept_awake=self._kept_awake,
            server=self.server,
        )

    def _watch(self, *, quiet: bool = False) -> WatchWish | None:
        """How the next visit is watched by a second process; None: it is not."""
        if not self._watched:
            return None
        return WatchWish(quiet=quiet, lock=str(lock_path(self._place)))

    def close_cut(self, session: str, by: str, reason: str) -> None:
        """Close a session that was cut, with its reason."""
        try:
            with _told(self._place):
                close_cut_session(self._place, session, by, reason, self.person)
        except NotClosedError as error:
            raise DeskError(str(error)) from error

    def _slots(self, bindings: Sequence[Binding], room: str) -> list[DeviceSlot]:
        """The monitors as the session binds them, with where each was last used.

        Raises:
            DeskError: a port names line settings that cannot be.
        """
        for binding in bindings:
            try:
                settings_of(binding.port, DRIVERS[binding.driver].settings)
            except AddressError as error:
                raise DeskError(str(error)) from error
        identities = {
            binding.device: binding.identity or self._finder.identity_of(binding.port)
            for binding in bindings
        }
        rooms = self._last_rooms(list(identities.values()))
        return [
            DeviceSlot(
                device=binding.device,
                driver=binding.driver,
                port=with_line(binding.port, binding.line),
                identity=identities[binding.device],
                simulated=binding.port.startswith(FILE_SCHEME),
                interval_s=DRIVERS[binding.driver].interval_s,
                last_room=elsewhere(rooms.get(identities[binding.device], ""), room),
            )
            for binding in bindings
        ]

    def _last_rooms(self, identities: Sequence[str]) -> dict[str, str]:
        if not self._has_record():
            return {}
        with open_database(self._place, read_only=True) as database:
            return last_rooms(database, identities)

    def _has_record(self) -> bool:
        return "://" in self._place or Path(self._place).exists()

    def _prepared_place(self) -> str:
        if "://" not in self._place:
            Path(self._place).expanduser().parent.mkdir(parents=True, exist_ok=True)
        return self._place

    def _demo_room(self, patient: str) -> DemoRoom:
        wish = self._demo
        try:
            return DemoRoom(patient, wish)
        except (ValueError, OSError) as error:
            raise DeskError(str(error)) from error

    def _patient_of(self, session: str) -> str:
        """The simulated patient whose card a session carries, else the one wished for."""
        with open_database(self._place, read_only=True) as database:
            mrn = find_summary(database, session).mrn
        names = {script.card.mrn: name for name, script in PATIENTS.items()}
        return names.get(mrn, self._demo.patient)

    def share(self, server: RoomServer) -> None:
        """Forward what is recorded to `server`, and read what other rooms recorded from it."""
        self.server = server
        self.courses.share(server)

    def server_line(self) -> str:
        """How the room stands with the server that rooms share, or empty where there is none."""
        return "" if self.server is None else self.server.line()

    def _patients(self, *, simulated: bool) -> Sequence[EarlierPatient]:
        if self.server is not None and self.server.answers():
            with suppress(StorageError), self.server.opened(read_only=True) as shared:
                return self._trail.patients(read_earlier_patients(shared, simulated=simulated))
        try:
            with open_database(self._place, read_only=True) as database:
                return self._trail.patients(read_earlier_patients(database, simulated=simulated))
        except StorageError:
            return ()


def elsewhere(last_room: str, room: str) -> str:
    """`last_room` where it is another room than `room`, else empty."""
    return "" if last_room == room else last_room


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Faults of the record as a sentence for people."""
    try:
        yield
    except StorageError as error:
        raise DeskError(f"{place}: {error.user_text}") from error


@contextmanager
def _closing(room: DemoRoom | None) -> Iterator[None]:
    """Close the room when what follows fails."""
    try:
        yield
    except BaseException:
        if room is not None:
            room.close()
        raise
