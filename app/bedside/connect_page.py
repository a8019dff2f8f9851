"""Connecting monitors: which ports are seen, what is heard on each, which is bound to what."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.bedside.scrolling_page import ScrollingPage
from app.bedside.wording import DEVICE_NAMES
from app.reception.desk import (
    Binding,
    Desk,
    DeskError,
    DriverChoice,
    Found,
    Heard,
    Listening,
    Search,
    SeenPort,
)
from app.theme import style

LOOK_MS = 500
"""How often what is heard is shown anew."""

PLUG_MS = 1000
"""How often the page looks for ports that were plugged in or pulled out."""

NOTHING = "Nothing: no monitor here"
OTHER_PORT = "Another port, typed at the right"
NO_PORTS = (
    "No serial port is seen. Plug in the monitor's cable or its adapter and look again; a serial "
    "server on the network is typed as socket://host:port."
)


class SlotRow(QFrame):
    """One slot: its monitor and its port, nothing chosen at first, and what is heard.

    Signals:
        changed: a choice was changed.
    """

    changed = Signal()

    def __init__(
        self,
        device: str,
        title: str,
        drivers: Sequence[DriverChoice],
        parent: QWidget | None = None,
    ) -> None:
        """Offer `drivers` for the slot `device`."""
        super().__init__(parent)
        style(self, surface="panel")
        self.device = device
        self.setAccessibleName(title)
        heading = QLabel(title)
        style(heading, role="title")
        self.driver_box = QComboBox()
        self.driver_box.setAccessibleName(f"{title}: monitor")
        self.driver_box.addItem(NOTHING, "")
        self._lines = {driver.name: driver.lines for driver in drivers}
        for driver in drivers:
            if device in driver.slots:
                self.driver_box.addItem(driver.title, driver.name)
        self.line_box = QComboBox()
        self.line_box.setAccessibleName(f"{title}: line")
        self.port_box = QComboBox()
        self.port_box.setAccessibleName(f"{title}: port")
        self.address = TextField(f"{title}: port typed", "/dev/ttyUSB0, COM3 or socket://host:port")
        self.heard_label = wrapped_label(name=f"heard: {device}")
        style(self.heard_label, strong=True)
        self.count_label = small_label(name=f"counts: {device}")
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 16, 24, 16)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.addWidget(heading, 0, 0, 1, 4)
        grid.addWidget(labelled("Monitor", self.driver_box), 1, 0)
        grid.addWidget(labelled("Port", self.port_box), 1, 1)
        grid.addWidget(labelled("Port, typed", self.address), 1, 2)
        self.line_field = labelled("Line", self.line_box)
        grid.addWidget(self.line_field, 1, 3)
        grid.addWidget(self.heard_label, 2, 0, 1, 4)
        grid.addWidget(self.count_label, 3, 0, 1, 4)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        self.show_ports([])
        self.show_heard(None)
        self.show_lines()
        self.driver_box.currentIndexChanged.connect(self.show_lines)
        for box in (self.driver_box, self.port_box, self.line_box):
            box.currentIndexChanged.connect(self._tell)
        self.address.textChanged.connect(self._tell)

    @Slot()
    def show_lines(self) -> None:
        """Offer the line settings of the monitor chosen, where it is found with several."""
        lines = self._lines.get(self.driver_box.currentData() or "", ())
        with QSignalBlocker(self.line_box):
            self.line_box.clear()
            for line in lines:
                self.line_box.addItem(line, line)
        self.line_field.setVisible(len(lines) > 1)

    def show_ports(self, ports: Sequence[SeenPort]) -> None:
        """Offer `ports`; what was chosen stays chosen while it is there."""
        kept = self.port_box.currentData()
        with QSignalBlocker(self.port_box):
            self.port_box.clear()
            self.port_box.addItem("No port chosen: no data", None)
            for port in ports:
                told = port.description or port.identity
                words = f"{told}  ·  {port.address}" if told else port.address
                self.port_box.addItem(words, (port.address, port.identity))
            self.port_box.addItem(OTHER_PORT, ("", ""))
            for index in range(self.port_box.count()):
                if self.port_box.itemData(index) == kept:
                    self.port_box.setCurrentIndex(index)
                    break
        self._tell()

    def binding(self) -> Binding | None:
        """The monitor chosen; None while monitor or port are not."""
        driver, port = self.driver_box.currentData(), self.port_box.currentData()
        if not driver or port is None:
            return None
        address, identity = port
        address = address or self.address.words()
        if not address:
            return None
        line = self.line_box.currentData() if self.line_box.currentIndex() > 0 else ""
        return Binding(
            device=self.device, driver=driver, port=address, identity=identity, line=line
        )

    def missing(self) -> str:
        """What is chosen only by half, a sentence; empty when nothing or all is chosen."""
        driver, port = self.driver_box.currentData(), self.port_box.currentData()
        name = self.accessibleName()
        if bool(driver) == (port is not None) and (not driver or self.binding() is not None):
            return ""
        if not driver:
            return f"{name}: a port is chosen, but no monitor."
        return f"{name}: a monitor is chosen, but no port."

    def choose(self, binding: Binding) -> None:
        """Choose the monitor and the port of `binding`; a port not offered is typed."""
        self.driver_box.setCurrentIndex(max(0, self.driver_box.findData(binding.driver)))
        addresses = [self.port_box.itemData(i) for i in range(self.port_box.count())]
        places = [i for i, data in enumerate(addresses) if data and data[0] == binding.port]
        if places:
            self.port_box.setCurrentIndex(places[0])
        else:
            self.port_box.setCurrentIndex(self.port_box.count() - 1)
            self.address.setText(binding.port)
        if binding.line:
            self.line_box.setCurrentIndex(max(0, self.line_box.findData(binding.line)))

    @property
    def is_untouched(self) -> bool:
        """Whether neither monitor nor port is chosen."""
        return not self.driver_box.currentData() and self.port_box.currentData() is None

    def offers(self, driver: str) -> bool:
        """Whether the slot is for monitors of `driver`."""
        return self.driver_box.findData(driver) > 0

    def show_heard(self, heard: Heard | None) -> None:
        """Show what is heard on the port; None while nobody listens."""
        if heard is None:
            show_text(self.heard_label, "")
            show_text(self.count_label, "")
            return
        values = "    ".join(heard.values)
        show_text(self.heard_label, values or f"{heard.link}.")
        show_text(
            self.count_label,
            f"{heard.link}  ·  {heard.bytes_heard} bytes heard, {heard.frames} frames understood, "
            f"{heard.rejected} refused",
        )

    @Slot()
    def _tell(self) -> None:
        port = self.port_box.currentData()
        self.address.setEnabled(port is not None and not port[0])
        self.changed.emit()


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
        column.addLayout(self._make_buttons())
        column.addWidget(self.found_label)
        column.addWidget(self.problem)
        column.addWidget(
            small_label(
                "Listening sends nothing to a monitor. Without an oximeter the infusion cannot be "
                "started; blood pressure may be typed by hand."
            )
        )
        column.addStretch(1)
        show_text(self.problem, "")
        show_text(self.found_label, "")

    def _make_buttons(self) -> QHBoxLayout:
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
        row.setSpacing(16)
        for button in (self.prepare_button, self.listen_button, self.look_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.back_button)
        return row

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
