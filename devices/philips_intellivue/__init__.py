"""Philips IntelliVue bedside monitors: numerics from the MIB/RS-232 port, read only."""
