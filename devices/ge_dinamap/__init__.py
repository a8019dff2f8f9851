"""GE / Critikon DINAMAP monitors, ASCII host communications: the host asks, the monitor answers."""
