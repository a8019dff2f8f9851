"""How probable it is that a reading meets its warning limit within the next minutes. Pure.

A forecast rests on what was really delivered, on the readings so far and on a model of a cohort
that is data. It is no alarm and feeds none, and it is never recorded: asked about the same facts it
gives the same numbers.
"""
