"""The courses of a record, each look at them noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.reception.courses import Courses, local_now
from app.records.course_book import CourseOffer, CoursePicture
from app.trail.noting import COURSES, Trail


class WatchedCourses(Courses):
    """`Courses` whose looks are on the trail. What is entered stands in the courses themselves."""

    def __init__(self, place: str, trail: Trail, now: Callable[[], datetime] = local_now) -> None:
        """Serve the record at `place`; note on `trail`."""
        super().__init__(place, now)
        self._trail = trail

    def courses(self) -> Sequence[CoursePicture]:
        """Every course as it stands now."""
        found = super().courses()
        self._trail.looked(COURSES)
        return found

    def list_courses(self, go_on: Callable[[float], bool]) -> Sequence[CoursePicture] | None:
        """Every course as it stands now; None when `go_on` stopped it."""
        found = super().list_courses(go_on)
        if found is not None:
            self._trail.looked(COURSES)
        return found

    def course(self, name: str) -> CoursePicture:
        """One course; CourseError where there is none."""
        found = super().course(name)
        self._trail.looked(f"course {name}")
        return found

    def courses_of(self, mrn: str) -> Sequence[CoursePicture]:
        """Every course of one record number as it stands now."""
        found = super().courses_of(mrn)
        if found:
            self._trail.looked(f"patient {mrn}", "courses")
        return found

    def offers(self, mrn: str, *, simulated: bool, but: str = "") -> Sequence[CourseOffer]:
        """The open courses of a patient, and last what holds without one."""
        found = super().offers(mrn, simulated=simulated, but=but)
        if found:
            self._trail.looked(f"patient {mrn}", "courses")
        return found
