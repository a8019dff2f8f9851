"""The people of a record at work: proving who they are, keeping the logbook, changing accounts.

`door` is what windows know of it; the rest is behind it and may read files and start threads.
"""
