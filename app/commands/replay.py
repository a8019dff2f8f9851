"""Being written."""


def replay() -> None:
    """Being written."""
