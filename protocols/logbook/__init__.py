"""The logbook of a record: what happens around the sessions. Who works here, who looked, what left.

Pure, as all rules. `entries` is its vocabulary; `storage/logbook.py` keeps it, append-only and
chained like a session, one logbook for each record file.
"""
