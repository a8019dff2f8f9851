"""People: their accounts as the logbook tells them, what each role may do, and lock-outs.

Pure, as all rules: whether a password fits is found out at the edge and comes in as a fact.
"""
