"""Alarm sound: tones made from parameters, an output, who sounds when, and a watch on the output.

No Qt, and nothing here waits for the screen, the disk or the rules. `player` alone is enough for a
process that only has to sound: it knows no session.
"""
