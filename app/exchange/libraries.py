"""Libraries of single formats, loaded when first needed; two of them only with an extra."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from app.exchange.forms import NEEDS_EXTRA


class ExtraMissingError(Exception):
    """A library is not installed; the text says how to install it."""


def load_extra(name: str) -> Any:
    """The library `name` of the extra ``exchange``.

    Raises:
        ExtraMissingError: it is not installed.
    """
    try:
        with unwarned():
            return import_module(name)
    except ImportError as error:
        raise ExtraMissingError(NEEDS_EXTRA) from error


@contextmanager
def unwarned() -> Iterator[None]:
    """Keep quiet what such a library says of its own use of others, which nobody here can mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
