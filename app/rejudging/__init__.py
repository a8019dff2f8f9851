"""What if the limits were others: recordings judged again, and what that changes.

`rejudge` is the whole of it for other programs; the command of that name reads and compares many.
"""
