"""Courses: templates, a course's own journal, and what follows from it and from the sessions.

Pure, as all rules. `template` and `rules` say what a file may hold, `parse` reads it; `entries` are
what people decide and do, `facts` what sessions recorded; `course.view_course` makes one picture of
them, `standing` its sentences for a session and for the list of what is due.
"""
