"""One slot of a session before it begins: its monitor, its port, and what is heard there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QWidget

from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.reception.desk import Binding, DriverChoice, Heard, SeenPort
from app.theme import style

NOTHING = "Nothing: no monitor here"
OTHER_PORT = "Another port, typed at the right"


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
