"""Tests that hold for a record in a file and for one on a server alike."""

from __future__ import annotations

import pytest

both_stores = pytest.mark.parametrize(
    "store",
    ["file", pytest.param("server", marks=pytest.mark.xdist_group("postgres"))],
    indirect=True,
)
"""Runs a test that uses the fixtures `database` or `journal` over either store."""
