"""A hold button that a key can work too: held for a second, or pressed twice within two seconds."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.bedside.hold_button import HoldButton

AGAIN_MS = 2000
"""A second press of the key within this time confirms."""


class KeyedHold(HoldButton):
    """A `HoldButton` with a key of its own, named on its face.

    The window calls `press_key` and `release_key`; a short press arms the button, which then asks
    for the second press.
    """

    def __init__(self, text: str, key_name: str, parent: QWidget | None = None) -> None:
        """`text` is what it does, `key_name` the key that does it."""
        super().__init__(text, parent)
        theme.style(self, kind="action", weighty="true")
        self._text = text
        self._key_name = key_name
        self._keyed = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._disarm)
        self.held.connect(self._disarm)
        self._disarm()
        self.setAccessibleName(text)
        self.setAccessibleDescription(
            f"Hold for one second, or press {key_name} twice within two seconds."
        )

    def call(self, text: str) -> None:
        """Let the button say `text`."""
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        if not self.armed:
            self._disarm()

    @property
    def armed(self) -> bool:
        """Whether one more press of the key confirms."""
        return self._again.isActive()

    def press_key(self) -> None:
        """The key went down."""
        if not self.isEnabled() or not self.isVisible():
            return
        if self.armed:
            self.held.emit()
            return
        self._keyed = True
        self.setDown(True)
        self.pressed.emit()

    def release_key(self) -> None:
        """The key came up: a press too short to confirm arms the button."""
        if not self._keyed:
            return
        self._keyed = False
        self.setDown(False)
        self.released.emit()
        self._again.start()
        self._say(f"{self._text}?\n{self._key_name} again")

    @Slot()
    def _disarm(self) -> None:
        self._keyed = False
        self._again.stop()
        self.setDown(False)
        self._say(f"{self._text}\n{self._key_name} hold")

    def _say(self, text: str) -> None:
        if self.text() != text:
            self.setText(text)

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden button is not armed."""
        self.released.emit()
        self._disarm()
        super().hideEvent(event)
