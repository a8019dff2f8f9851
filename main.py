#!/usr/bin/env python3
"""Infusion Room: runs and monitors one infusion session at a bedside. Start here.

The composition root: commands are registered, options become configuration, and the program runs.
"""

from __future__ import annotations

import sys

from app.commands.registration import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
