"""Connecting monitors: which ports are seen, what is heard on each, which is bound to what."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.bedside.fields import labelled, show_text, small_label, wrapped_label
from app.bedside.scrolling_page import ScrollingPage
from app.bedside.slot_row import SlotRow
from app.bedside.wording import DEVICE_NAMES
from app.reception.desk import (
    Binding,
    Desk,
    DeskError,
    Found,
    Listening,
    ProtocolChoice,
    Search,
    SeenPort,
)
from app.theme import style

LOOK_MS = 500
"""How often what is heard is shown anew."""

PLUG_MS = 1000
"""How often the page looks for ports that were plugged in or pulled out."""

NO_PORTS = (
    "No serial port is seen. Plug in the monitor's cable or its adapter and look again; a serial "
    "server on the network is typed as socket://host:port."
)


class ConnectPage(ScrollingPage):
    """Binds monitors to ports, or to none.

    Signals:
        prepare_wanted: the tuple of `Binding`s to prepare a session with; may be empty.
        back_wanted: to the first page.
    """

    prepare_wanted = Signal(object)
    back_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        """Ask `desk` for ports and drivers; nothing is opened before Listen is pressed."""
        super().__init__("Connect a monitor", parent)
        self._desk = desk
        self._listening: Listening | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._show_heard)
        self._seen: tuple[SeenPort, ...] | None = None
        self._plug_timer = QTimer(self)
        self._plug_timer.setInterval(PLUG_MS)
        self._plug_timer.timeout.connect(self.look)
        self._search: Search | None = None
        self._search_timer = QTimer(self)
        self._search_timer.setInterval(LOOK_MS)
        self._search_timer.timeout.connect(self._show_found)
        self._is_new = True
        column = self.column
        self.protocol_box = QComboBox()
        self.protocol_box.setAccessibleName("protocol of this visit")
        self.protocol_box.currentIndexChanged.connect(self._protocol_chosen)
        self.protocol_label = small_label(name="what the protocol is")
        self._choices: tuple[ProtocolChoice, ...] = ()
        column.addWidget(labelled("Protocol of this visit", self.protocol_box))
        column.addWidget(self.protocol_label)
        self.seen_label = wrapped_label(name="ports seen")
        style(self.seen_label, tone="dim")
        column.addWidget(self.seen_label)
        drivers = desk.drivers()
        self.rows = {
            device: SlotRow(device, name, drivers) for device, name in DEVICE_NAMES.items()
        }
        for row in self.rows.values():
            row.changed.connect(self._choice_changed)
            column.addWidget(row)
        self.found_label = wrapped_label(name="what was found")
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self._add_buttons(column)
        column.addWidget(self.found_label)
        column.addWidget(self.problem)
        column.addWidget(
            small_label(
                "Listening sends nothing to a monitor. Without an oximeter the infusion cannot be "
                "started; blood pressure may be typed by hand. A pump is optional: it is only "
                "read, and its volume is compared with the timer's."
            )
        )
        column.addStretch(1)
        show_text(self.problem, "")
        show_text(self.found_label, "")

    def _add_buttons(self, column: QVBoxLayout) -> None:
        self.look_button = QPushButton("Find monitors")
        self.look_button.setToolTip("Listens to every port for some seconds; nothing is sent.")
        self.look_button.clicked.connect(self._find)
        self.listen_button = QPushButton("Listen")
        self.listen_button.clicked.connect(self._toggle_listening)
        self.prepare_button = QPushButton("Prepare a session")
        style(self.prepare_button, kind="primary")
        self.prepare_button.clicked.connect(self._prepare)
        self.back_button = QPushButton("Back")
        style(self.back_button, kind="quiet")
        self.back_button.clicked.connect(self._leave)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        for button in (self.prepare_button, self.listen_button, self.look_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.back_button)

    @property
    def protocol(self) -> str:
        """The protocol chosen for this visit; empty for the usual one."""
        index = self.protocol_box.currentIndex()
        return self._choices[index].name if 0 <= index < len(self._choices) else ""

    def offer_protocols(self) -> None:
        """Offer every protocol anew, the usual one chosen."""
        self._choices = tuple(self._desk.protocol_choices())
        with QSignalBlocker(self.protocol_box):
            self.protocol_box.clear()
            for one in self._choices:
                self.protocol_box.addItem(f"{one.name}  ·  {one.title or 'cannot be used'}")
        self._protocol_chosen()

    @Slot()
    def _protocol_chosen(self) -> None:
        index = self.protocol_box.currentIndex()
        chosen = self._choices[index] if 0 <= index < len(self._choices) else None
        if chosen is None:
            text = ""
        elif chosen.problem:
            text = f"■ {chosen.problem}"
        else:
            text = "" if chosen.approved else "○ NOT YET APPROVED by a medical director"
        show_text(self.protocol_label, text)

    def bindings(self) -> tuple[Binding, ...]:
        """The monitors chosen so far."""
        found = (row.binding() for row in self.rows.values())
        return tuple(binding for binding in found if binding is not None)

    @Slot()
    def look(self) -> None:
        """Ask anew which ports there are."""
        try:
            ports = tuple(self._desk.ports())
        except DeskError as error:
            show_text(self.problem, str(error))
            return
        if ports == self._seen:
            return
        self._seen = ports
        for row in self.rows.values():
            row.show_ports(ports)
        names = "\n".join(
            f"{port.address}  ·  {port.description or 'says nothing of itself'}" for port in ports
        )
        show_text(self.seen_label, f"Ports seen:\n{names}" if ports else NO_PORTS)

    def showEvent(self, event: QShowEvent) -> None:
        """Look for ports from now on, so that what is plugged in appears by itself."""
        super().showEvent(event)
        self._plug_timer.start()
        self.offer_protocols()
        if self._is_new:
            self._is_new = False
            self.look()
            self._choose_known()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no longer."""
        super().hideEvent(event)
        self._plug_timer.stop()

    def _choose_known(self) -> None:
        """Choose the monitors last used in this room, where nothing was chosen yet."""
        try:
            known = self._desk.known_monitors()
        except DeskError as error:
            show_text(self.problem, str(error))
            return
        for binding in known:
            row = self.rows.get(binding.device)
            if row is not None and row.is_untouched:
                row.choose(binding)

    @Slot()
    def _find(self) -> None:
        if self._search is not None:
            return
        self.stop_listening()
        self.look()
        try:
            self._search = self._desk.search()
        except DeskError as error:
            show_text(self.problem, str(error))
            return
        show_text(self.found_label, "Listening to every port; this takes some seconds.")
        self.look_button.setEnabled(False)
        self._search_timer.start()

    @Slot()
    def _show_found(self) -> None:
        found = None if self._search is None else self._search.found()
        if found is None:
            return
        self._search = None
        self._search_timer.stop()
        self.look_button.setEnabled(True)
        for one in found:
            self._choose_found(one)
        lines = [f"{one.port}: {one.words}" for one in found]
        show_text(self.found_label, "\n".join(lines) if lines else NO_PORTS)

    def _choose_found(self, one: Found) -> None:
        """Put a monitor that was found into the first free slot that it is for."""
        taken = {binding.port for binding in self.bindings()}
        if not one.drivers or one.port in taken:
            return
        driver = one.drivers[0]
        rows = [row for row in self.rows.values() if row.offers(driver) and row.is_untouched]
        if rows:
            # a monitor of several vitals belongs into the slot for such monitors
            row = next((r for r in rows if r.device == "monitor"), rows[0])
            row.choose(
                Binding(
                    device=row.device,
                    driver=driver,
                    port=one.port,
                    identity=one.identity,
                    line=one.line,
                )
            )

    def stop_listening(self) -> None:
        """Close the ports that are listened to."""
        self._timer.stop()
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stop()
        self.listen_button.setText("Listen")
        for row in self.rows.values():
            row.show_heard(None)

    @Slot()
    def _toggle_listening(self) -> None:
        if self._listening is not None:
            self.stop_listening()
            return
        problem = self._problem()
        if not problem and not self.bindings():
            problem = "Choose a monitor and its port first; then listen to it."
        if not problem and not self._start_listening():
            return
        show_text(self.problem, problem)

    def _start_listening(self) -> bool:
        try:
            self._listening = self._desk.listen(self.bindings())
        except DeskError as error:
            show_text(self.problem, str(error))
            return False
        self.listen_button.setText("Stop listening")
        self._timer.start()
        self._show_heard()
        return True

    @Slot()
    def _show_heard(self) -> None:
        if self._listening is None:
            return
        for heard in self._listening.heard():
            self.rows[heard.device].show_heard(heard)

    @Slot()
    def _choice_changed(self) -> None:
        """Ports that are no longer what is chosen are not listened to."""
        if self._listening is not None:
            self.stop_listening()
        show_text(self.problem, "")

    def _problem(self) -> str:
        index = self.protocol_box.currentIndex()
        if 0 <= index < len(self._choices) and self._choices[index].problem:
            return self._choices[index].problem
        missing = [text for row in self.rows.values() if (text := row.missing())]
        if missing:
            return missing[0]
        ports = [binding.port for binding in self.bindings()]
        if len(set(ports)) < len(ports):
            return "Two monitors are bound to the same port. Choose another one."
        return ""

    @Slot()
    def _prepare(self) -> None:
        problem = self._problem()
        show_text(self.problem, problem)
        if not problem:
            self.stop_listening()
            self.prepare_wanted.emit(self.bindings())

    @Slot()
    def _leave(self) -> None:
        self.stop_listening()
        self.back_wanted.emit()
