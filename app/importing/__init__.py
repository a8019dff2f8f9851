"""Recordings from elsewhere: files of other monitors and programs, checked and read for review.

`app.importing.isolated.read_apart` is what windows and commands call: it reads in a process of its
own. No Qt; nothing of a file is ever written, and nothing of it enters the record.
"""
