"""SunTech Advantage OEM blood-pressure modules: the host asks, the module answers."""
