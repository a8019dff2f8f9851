"""The episodes beside a session's plots: looked at, begun, answered together, and signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.review.episode_side import CHOOSE, NO_COMMENT, NO_NAME, NO_OUTCOME, NOT_CLOSED
from app.review.sessions_desk import SessionsDesk
from protocols.events import CloseSession, EnterBp, EpisodeKind, EpisodeOutcome, StopInfusion
from protocols.events.terms import Role
from storage.database import open_database
from tests.gui.people_stories import NURSE, OTHER_NURSE, PASSWORD, FakePeople
from tests.gui.review_desk import shown_desk
from tests.unit.app import recorded_sessions as recorded
from tests.unit.app.session_scenes import Scene

SESSION = "20260302-090000-room2-0001"


def scene(*, closed: bool = True) -> Scene:
    """A rise, and an oximeter that was silent between the pressures."""
    made = Scene().to_infusing()
    made.oximeter(20)
    made.enter(EnterBp, sbp_mmhg=185, dbp_mmhg=96)
    made.wait(300)
    made.oximeter(20)
    made.enter(EnterBp, sbp_mmhg=122, dbp_mmhg=80)
    made.wait(300)
    made.enter(EnterBp, sbp_mmhg=178, dbp_mmhg=94)
    made.oximeter(20)
    if closed:
        made.do(StopInfusion, reason="test")
        assert not made.refusal(CloseSession, reason="test")
    return made


@pytest.fixture(scope="module")
def events() -> tuple[object, ...]:
    return tuple(scene().record)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, events: tuple[object, ...]) -> Iterator[SessionsDesk]:
    recorded.write(tmp_path / "record.db", SESSION, events)  # type: ignore[arg-type]
    with open_database(tmp_path / "record.db", read_only=True) as database:
        made = shown_desk(qtbot, Archive(database), "record.db")
        yield made
        made.finish()


def press(qtbot: QtBot, window: SessionsDesk, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.work.busy, timeout=20_000)


def choose(window: SessionsDesk, *kinds: EpisodeKind) -> None:
    side = window.page.episodes
    side.list.clearSelection()
    for row, one in enumerate(side.standings()):
        if one.episode.kind in kinds:
            side.list.item(row).setSelected(True)


def recorded_now(window: SessionsDesk) -> OpenedSession:
    """The session as its record says it now, whatever the window shows."""
    return window._catalogue.open_session(SESSION)


def test_when_only_looking_episodes_and_numbers_lead_to_their_moments(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    side, numbers, opened = window.page.episodes, window.page.numbers, window.page.opened
    assert opened is not None
    assert window.page.look.text() == "Episodes: 6 found, not reviewed"
    kinds = Counter(one.episode.kind for one in side.standings())
    assert kinds == {EpisodeKind.RISE: 1, EpisodeKind.GAP: 4, EpisodeKind.OVERDUE_CHECK: 1}

    glance = numbers.lists["At a glance"]
    assert glance.isVisible()
    assert not numbers.lists["Rises"].isVisible()
    numbers.headings["Rises"].click()
    assert numbers.lists["Rises"].isVisible()
    peak = next(at for at, line in enumerate(glance.lines) if line.what == "SBP")
    with qtbot.waitSignal(numbers.moment_chosen) as told:
        glance.buttons[peak].click()
    assert told.args == [glance.lines[peak].t_ns]

    window.page.look.click()
    assert side.isVisible()
    assert not numbers.isVisible()
    assert "not yet recorded" in side.notice.text()
    assert not side.answers.isVisible()
    with qtbot.waitSignal(side.moment_chosen) as told:
        side.list.setCurrentRow(1)
    assert told.args == [side.standings()[1].episode.since_ns]
    assert side.standings()[1].episode.words in side.detail.text()
    with qtbot.waitSignal(side.moment_chosen) as told:
        QTest.keyClick(side.list, Qt.Key.Key_Up)
    assert told.args == [side.standings()[0].episode.since_ns]
    assert recorded_now(window).count == opened.count


def test_no_button_is_cut_on_a_small_screen_beside_the_episodes(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    page, middle = window.page, window.page.middle
    page.look.click()
    bar = middle.view.bar
    head = [page.replay, page.export, page.verify, page.look, page.amend]
    lower = [*middle.tabs.values(), middle.only_in_view]
    upper = [bar.whole, bar.infusion, bar.recovery, bar.lanes, bar.tables]

    def cut(*buttons: QPushButton) -> list[str]:
        shown = [one for one in buttons if one.isVisible()]
        return [one.text() for one in shown if one.width() < one.sizeHint().width()]

    qtbot.waitUntil(lambda: not cut(*head, *lower, *upper))
    assert middle.tabs["Events"].accessibleName().startswith("Events ")
    page.amend.click()
    qtbot.waitUntil(lambda: not cut(*head, *lower, *upper))
    assert middle.tabs["Events"].text() == "Events"
    page.look.setText("Episodes: 12 of 12 open, 12 of them not recorded")
    page.resize(page.width() - 1, page.height())
    qtbot.waitUntil(lambda: not cut(*head))


def test_a_review_is_begun_answered_together_and_then_signed(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    page, side = window.page, window.page.episodes
    page.amend.click()
    sign = page.amending.sign
    sign.meaning.button("reviewed").click()
    assert "not looked for yet" in sign.problem.text()
    assert not sign.show_button.isEnabled()
    sign.meaning.button("performed").click()
    assert sign.show_button.isEnabled()

    page.look.click()
    side.begin.click()
    assert side.problem.text() == NO_NAME
    side.name.setText("C. Novak PhD")
    press(qtbot, window, side.begin)
    assert side.problem.text().startswith("Added: ")
    assert page.look.text() == "Episodes: 6 of 6 open"
    assert side.count.text() == "6 of 6 episodes open"
    assert side.notice.text() == "Begun by C. Novak PhD."
    assert not side.begin.isVisible()
    assert page.middle.tabs["Added"].accessibleName() == "Added 1"

    page.amend.click()
    assert not side.isVisible()
    sign.meaning.button("approved").click()
    assert sign.problem.text().startswith("6 of 6 episodes are open: close each in the review")
    page.look.click()

    assert side.detail.text() == CHOOSE
    assert not side.close_button.isEnabled()
    choose(window, *EpisodeKind)
    side.close_button.click()
    assert side.problem.text() == NO_OUTCOME
    side.outcome.button(EpisodeOutcome.EXPECTED).click()
    side.close_button.click()
    assert side.problem.text() == NO_COMMENT
    side.comment.setText("as before, the patient was talking")
    side.close_button.click()
    assert side.record.text() == "Record 1 answer"
    assert side.count.text() == "6 episodes, all closed"
    assert recorded_now(window).history.amended.episodes.open_count == 6
    side.name.setText("")
    side.record.click()
    assert side.problem.text() == NO_NAME
    assert len(side.drafts) == 1
    side.name.setText("C. Novak PhD")
    press(qtbot, window, side.record)
    assert not side.drafts
    assert page.look.text() == "Episodes: 6, all closed"
    assert recorded_now(window).history.amended.episodes.open_count == 0
    assert "closed as expected by C. Novak PhD" in side.list.item(0).text()

    page.amend.click()
    page.amending.name.setText("C. Novak PhD")
    sign.meaning.button("reviewed").click()
    sign.show_button.click()
    press(qtbot, window, sign.sign_button)
    assert sign.signed_label.text().startswith("✓ reviewed by C. Novak PhD")


def test_a_session_that_still_runs_is_looked_at_only(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "open.db"
    recorded.write(path, SESSION, scene(closed=False).record, seal=False)
    with open_database(path, read_only=True) as database:
        desk = shown_desk(qtbot, Archive(database), "open.db")
        side = desk.page.episodes
        desk.page.look.click()
        assert NOT_CLOSED in side.notice.text()
        assert side.list.count()
        assert not side.begin.isVisible()
        assert not side.answers.isVisible()
        desk.finish()


def test_where_people_have_accounts_each_run_is_proven_by_a_password(
    qtbot: QtBot, tmp_path: Path, events: tuple[object, ...]
) -> None:
    path = tmp_path / "record.db"
    recorded.write(path, SESSION, events)  # type: ignore[arg-type]
    auditor = replace(NURSE, user="quinn", name="Quinn Auditor", roles=(Role.QA,), has_pin=False)
    with open_database(path, read_only=True) as database:
        people = FakePeople(auditor, OTHER_NURSE)
        desk = shown_desk(qtbot, Archive(database), "record.db", people=people)
        side = desk.page.episodes
        desk.page.look.click()
        assert not side.name_box.isVisible()
        side.begin.click()
        prove(qtbot, desk)
        choose(desk, *EpisodeKind)
        side.comment.setText("seen")
        side.outcome.button(EpisodeOutcome.ARTEFACT).click()
        side.close_button.click()
        side.record.click()
        prove(qtbot, desk)
        (finding,) = [one for _, one in recorded_now(desk).history.amended.findings]
        assert finding.by == "Quinn Auditor"
        assert recorded_now(desk).history.amended.episodes.open_count == 0
        desk.finish()


def prove(qtbot: QtBot, desk: SessionsDesk) -> None:
    """The auditor proves it to the form that asks, and what was asked for is added."""
    form = desk.page.episodes.prove
    assert form is not None
    assert form.isVisible()
    form.list.rows["quinn"].click()
    form.password.setText(PASSWORD)
    form.password_button.click()
    qtbot.waitUntil(lambda: desk.work.busy, timeout=5_000)
    qtbot.waitUntil(lambda: not desk.work.busy, timeout=20_000)
