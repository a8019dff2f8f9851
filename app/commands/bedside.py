"""Being written."""


def bedside() -> None:
    """Being written."""
