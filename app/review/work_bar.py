"""The bar of a long piece of work: what is done, how far it is, and how long it will take."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

STEPS = 1000


class WorkBar(QProgressBar):
    """Told how far a `Work` is; its text says it as well."""

    def __init__(self, name: str, doing: str, parent: QWidget | None = None) -> None:
        """`name` is for screen readers, `doing` what its text begins with: ``verifying``."""
        super().__init__(parent)
        self.doing = doing
        self.setAccessibleName(name)
        self.setRange(0, STEPS)

    def show_share(self, share: float, left_s: float = -1.0) -> None:
        """The work is at `share` (0 to 1); `left_s` seconds are left, below 0: not told."""
        self.setValue(round(share * STEPS))
        left = "" if left_s < 0 else f", about {max(1, round(left_s))} s left"
        self.setFormat(f"{self.doing} {share * 100:.0f} %{left}")
