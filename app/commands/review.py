"""Being written."""


def review() -> None:
    """Being written."""
