"""The plots of a session: zoom, pan, cursor, waveform, linked tables, origins of points."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import plotted_visit
from plotted_visit import SESSION, Visit

from app import theme
from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.records.provenance import RecordedOrigins
from app.records.waves import RecordedWaves
from app.review.lanes.wave_lane import READING, UNUSABLE
from app.review.plots_and_tables import PlotsAndTables
from app.review.trend_view import TrendView
from protocols.events import Phase
from protocols.vitals import NS_PER_S
from storage.database import Database, open_database
from tests.gui.plot_hand import LEFT, at, drag, pixels, wheel

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def visit() -> Visit:
    return plotted_visit.visit()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("plots") / "sessions.db"
    plotted_visit.write(path)
    with open_database(path, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(database: Database) -> OpenedSession:
    return Archive(database).open_session(SESSION)


def hosted(made: PlotsAndTables) -> QWidget:
    """A window of a fixed least size around `made`."""
    host = QWidget()
    row = QHBoxLayout(host)
    row.addWidget(made, 1)
    row.addWidget(made.card)
    made.card.setFixedWidth(300)
    made.card_wanted.connect(made.card.show)
    made.card.closed.connect(made.card.hide)
    host.setMinimumSize(1040, 580)
    host.resize(1040, 580)
    return host


@pytest.fixture(scope="module")
def window(
    database: Database, opened: OpenedSession, qapp: QApplication
) -> Iterator[PlotsAndTables]:
    """One for all tests: each finds it as it is when a session was just opened."""
    made = PlotsAndTables(RecordedWaves(database), RecordedOrigins(database))
    host = hosted(made)
    theme.apply(host, theme.LIGHT, theme.sizes_for(1366, 768))
    host.show()
    made.show_session(opened)
    made.fit()
    yield made
    made.finish()
    host.close()
    host.deleteLater()


@pytest.fixture
def middle(window: PlotsAndTables, opened: OpenedSession, qtbot: QtBot) -> Iterator[PlotsAndTables]:
    """The plots of the visit, shown, with their waveform read."""
    wave = window.view.canvas.wave
    qtbot.waitUntil(lambda: wave is not None and not wave.state)
    window.tabs["Events"].click()
    window.card.closed.emit()
    window.card.wait()
    window.view.show_whole()
    window.go_to(opened.state.infusion_started_ns or 0)
    yield window
    window.finish()


@pytest.fixture
def view(middle: PlotsAndTables) -> TrendView:
    return middle.view


def test_a_click_beside_a_pressure_goes_to_its_moment_and_tells_it(
    middle: PlotsAndTables, opened: OpenedSession, qtbot: QtBot
) -> None:
    view = middle.view
    bar = opened.history.blood_pressures[0]
    t_ns = round(bar.t_s * NS_PER_S)
    qtbot.mouseClick(view.cursor_line, LEFT, pos=at(view, t_ns, "bp") - QPoint(3, 0))
    assert view.cursor_line.t_ns == t_ns
    assert f"{bar.sbp_mmhg:g}/{bar.dbp_mmhg:g}" in middle.values.text()


def test_a_session_read_again_keeps_its_span_and_cursor(
    middle: PlotsAndTables, opened: OpenedSession, qtbot: QtBot
) -> None:
    middle.show_span(60 * NS_PER_S, 120 * NS_PER_S)
    middle.go_to(100 * NS_PER_S)
    shown = middle.view.window_shown
    middle.show_session(opened)
    assert middle.view.window_shown == shown
    assert middle.view.cursor_line.t_ns == 100 * NS_PER_S
    wave = middle.view.canvas.wave
    qtbot.waitUntil(lambda: wave is not None and not wave.state)


def test_the_wheel_zooms_at_the_pointer_and_back_to_the_whole(view: TrendView) -> None:
    moment = 100 * NS_PER_S
    place = at(view, moment)
    under = view.cursor_line.t_ns_at(place.x())
    wheel(view, place, up=5)
    closer = view.window_shown
    assert closer.span_ns < closer.whole_ns // 2
    assert abs(view.cursor_line.t_ns_at(place.x()) - under) < NS_PER_S // 10
    wheel(view, place, up=-40)
    assert view.window_shown.is_whole


def test_the_wheel_sideways_pans_and_over_the_axis_it_zooms_nothing(view: TrendView) -> None:
    view.show_span(60 * NS_PER_S, 90 * NS_PER_S)
    before = view.window_shown
    wheel(view, QPoint(300, 20), up=0, sideways=-2)
    assert view.window_shown.start_ns > before.start_ns
    assert view.window_shown.span_ns == before.span_ns
    moved = view.window_shown
    wheel(view, QPoint(10, 20), up=3)
    assert view.window_shown == moved


def test_pinching_zooms_at_the_pointer(view: TrendView) -> None:
    place = QPointF(at(view, 100 * NS_PER_S))
    device = QPointingDevice.primaryPointingDevice()
    where = (place, place, QPointF(view.cursor_line.mapToGlobal(place.toPoint())))
    kind = Qt.NativeGestureType.ZoomNativeGesture
    event = QNativeGestureEvent(kind, device, 2, *where, 0.5, QPointF(0, 0))
    whole = view.window_shown.span_ns
    QApplication.sendEvent(view.cursor_line, event)
    assert view.window_shown.span_ns == pytest.approx(whole / 1.5, rel=0.01)


def test_dragging_pans_by_what_the_pointer_moved(qtbot: QtBot, view: TrendView) -> None:
    view.show_span(60 * NS_PER_S, 100 * NS_PER_S)
    grabbed = view.cursor_line.t_ns_at(400)
    drag(qtbot, view, QPoint(400, 30), QPoint(300, 30))
    assert abs(view.cursor_line.t_ns_at(300) - grabbed) < NS_PER_S // 5
    assert view.window_shown.span_ns == 40 * NS_PER_S


def test_dragging_over_the_whole_moves_the_cursor(qtbot: QtBot, view: TrendView) -> None:
    end = at(view, 120 * NS_PER_S)
    drag(qtbot, view, at(view, 60 * NS_PER_S), end)
    assert view.window_shown.is_whole
    assert abs(view.cursor_line.t_ns - 120 * NS_PER_S) < NS_PER_S


def test_shift_and_dragging_frames_a_span_to_show(qtbot: QtBot, view: TrendView) -> None:
    drag(qtbot, view, at(view, 120 * NS_PER_S), at(view, 80 * NS_PER_S), SHIFT)
    shown = view.window_shown
    assert shown.start_ns == pytest.approx(80 * NS_PER_S, abs=NS_PER_S)
    assert shown.end_ns == pytest.approx(120 * NS_PER_S, abs=NS_PER_S)


def test_keys_zoom_pan_and_show_the_whole(qtbot: QtBot, view: TrendView) -> None:
    cursor = view.cursor_line
    view.show_moment(100 * NS_PER_S)
    whole = view.window_shown.span_ns
    qtbot.keyClick(cursor, Qt.Key.Key_Plus)
    qtbot.keyClick(cursor, Qt.Key.Key_Plus)
    assert view.window_shown.span_ns == pytest.approx(whole / 4, rel=0.01)
    before = view.window_shown
    qtbot.keyClick(cursor, Qt.Key.Key_Right, CTRL)
    assert view.window_shown.start_ns - before.start_ns == pytest.approx(before.span_ns / 4, abs=2)
    qtbot.keyClick(cursor, Qt.Key.Key_Left, CTRL)
    assert view.window_shown == before
    qtbot.keyClick(cursor, Qt.Key.Key_Minus)
    assert view.window_shown.span_ns > before.span_ns
    qtbot.keyClick(cursor, Qt.Key.Key_0)
    assert view.window_shown.is_whole


def test_arrows_go_on_beyond_the_span_in_view(qtbot: QtBot, view: TrendView) -> None:
    view.show_span(60 * NS_PER_S, 70 * NS_PER_S)
    view.show_moment(70 * NS_PER_S)
    for _ in range(8):
        qtbot.keyClick(view.cursor_line, Qt.Key.Key_Right)
    assert view.cursor_line.t_ns > 70 * NS_PER_S
    assert view.window_shown.holds(view.cursor_line.t_ns)


def test_buttons_show_whole_infusion_and_recovery(
    qtbot: QtBot, view: TrendView, opened: OpenedSession
) -> None:
    state = opened.state
    qtbot.mouseClick(view.bar.infusion, LEFT)
    assert view.window_shown.holds(state.infusion_started_ns or -1)
    assert view.window_shown.start_ns > 0
    qtbot.mouseClick(view.bar.recovery, LEFT)
    recovery = next(s for s in opened.history.phases if s.phase is Phase.RECOVERY)
    assert view.window_shown.holds(round(recovery.start_s * NS_PER_S))
    assert not view.window_shown.holds(state.infusion_started_ns or -1)
    qtbot.mouseClick(view.bar.closer, LEFT)
    closer = view.window_shown.span_ns
    qtbot.mouseClick(view.bar.farther, LEFT)
    assert view.window_shown.span_ns == pytest.approx(2 * closer, rel=0.01)
    qtbot.mouseClick(view.bar.whole, LEFT)
    assert view.window_shown.is_whole
    assert "3 min" in view.bar.said.text()


def test_the_overview_frames_what_is_in_view_and_moves_it(qtbot: QtBot, view: TrendView) -> None:
    view.show_span(60 * NS_PER_S, 90 * NS_PER_S)
    frame = view.overview.frame()
    assert frame.width() < 0.3 * view.overview.width()
    qtbot.mouseClick(view.overview, LEFT, pos=QPoint(view.overview.width() - 40, 5))
    assert view.window_shown.start_ns > 90 * NS_PER_S
    qtbot.keyClick(view.overview, Qt.Key.Key_Left)
    assert view.window_shown.span_ns == pytest.approx(30 * NS_PER_S, abs=2)


def test_the_axis_counts_minutes_and_tells_the_time(view: TrendView, opened: OpenedSession) -> None:
    started = opened.state.infusion_started_ns or 0
    view.show_span(started - 30 * NS_PER_S, started + 90 * NS_PER_S)
    words = {words: t_ns for t_ns, words in view.axis.minute_labels()}
    zero = words.get("0", words.get("0:00"))
    assert zero == started
    clock = opened.clock.local(started)
    hours = [words for _, words in view.axis.clock_labels()]
    assert hours
    assert all(one.startswith(f"{clock:%H}:") for one in hours)
    for t_ns, said in view.axis.clock_labels():
        local = opened.clock.local(t_ns + NS_PER_S // 2)
        assert f"{local:%H:%M:%S}".startswith(said)


def test_a_chosen_row_comes_into_view(middle: PlotsAndTables, view: TrendView) -> None:
    view.show_span(0, 20 * NS_PER_S)
    table = middle.tables["Events"]
    row = next(
        n for n, one in enumerate(table.rows_model.rows) if "comfortable" in " ".join(one.cells)
    )
    table.selectRow(row)
    moment = table.rows_model.rows[row].t_ns
    assert view.cursor_line.t_ns == moment
    assert view.window_shown.holds(moment)
    assert view.window_shown.span_ns == pytest.approx(20 * NS_PER_S, abs=2)
    assert table.currentIndex().row() == row


def test_the_cursor_chooses_the_nearest_row_of_the_table_shown(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, visit: Visit
) -> None:
    qtbot.mouseClick(middle.tabs["Observations"], LEFT)
    qtbot.mouseClick(view.cursor_line, LEFT, pos=at(view, visit.by_hand_ns + NS_PER_S // 4))
    table = middle.tables["Observations"]
    chosen = table.rows_model.rows[table.currentIndex().row()]
    assert abs(chosen.t_ns - visit.by_hand_ns) < 2 * NS_PER_S
    here = view.cursor_line.t_ns
    assert abs(here - visit.by_hand_ns) < 2 * NS_PER_S  # choosing the row did not move the cursor
    assert table.visualRect(table.currentIndex()).intersects(table.viewport().rect())


def test_rows_out_of_view_are_dim_and_can_be_left_out(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, visit: Visit
) -> None:
    table = middle.tables["Events"]
    model = table.rows_model
    first, last = visit.noted_ns - 5 * NS_PER_S, visit.noted_ns + 5 * NS_PER_S
    inside = [n for n, row in enumerate(model.rows) if first <= row.t_ns <= last]
    view.show_span(first, last)
    rows = range(model.rowCount())
    qtbot.waitUntil(lambda: [n for n in rows if model.is_in_view(n)] == inside)
    assert model.data(model.index(0, 0), Qt.ItemDataRole.ForegroundRole) is not None
    assert model.data(model.index(inside[0], 0), Qt.ItemDataRole.ForegroundRole) is None
    qtbot.mouseClick(middle.only_in_view, LEFT)
    shown = [n for n in range(model.rowCount()) if not table.isRowHidden(n)]
    assert shown == inside
    qtbot.mouseClick(middle.only_in_view, LEFT)
    assert not any(table.isRowHidden(n) for n in range(model.rowCount()))


def test_clicking_a_reading_shows_the_bytes_that_the_monitor_sent(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, visit: Visit
) -> None:
    view.show_span(visit.packet_ns - 2 * NS_PER_S, visit.packet_ns + 2 * NS_PER_S)
    area = view.canvas.areas["spo2"]
    place = at(view, visit.packet_ns, y=area.top() + 0.3 * area.height())
    qtbot.mouseClick(view.cursor_line, LEFT, pos=place)
    qtbot.waitUntil(lambda: middle.card.shown is not None)
    card = middle.card
    assert card.isVisible()
    assert card.shown is not None
    assert card.shown.title == "Oxygen saturation 96 %"
    assert card.shown.raw is not None
    assert card.shown.raw.data == visit.packet
    assert visit.packet[-5:].hex(" ") in card.bytes.text().replace("<b>", "").replace("</b>", "")
    qtbot.mouseClick(card.copy, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert copied == card.shown.as_text()
    assert "Port as opened: /dev/oximeter" in copied
    qtbot.mouseClick(card.close_button, LEFT)
    assert not card.isVisible()


def test_clicking_a_pressure_bar_shows_the_answer_of_the_module(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, visit: Visit
) -> None:
    lane = next(one for one in view.canvas.lanes if one.key == "bp")
    area = view.canvas.areas["bp"]
    measured = visit.by_hand_ns - NS_PER_S
    place = at(view, measured, y=lane.y_of(area, 168))  # type: ignore[attr-defined]
    qtbot.mouseClick(view.cursor_line, LEFT, pos=place)
    qtbot.waitUntil(lambda: middle.card.shown is not None)
    assert middle.card.shown is not None
    assert middle.card.shown.title == "Systolic pressure 168 mmHg"
    assert middle.card.shown.raw is not None
    assert middle.card.shown.raw.data[-middle.card.shown.raw.frame :] == visit.cuff


@pytest.mark.parametrize("lane", ["alarms", "events", "scores", "dose"])
def test_marks_can_be_clicked(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, lane: str
) -> None:
    area = view.canvas.areas[lane]
    stage = view.canvas.stage
    found = [
        (x, y)
        for x in range(60, int(stage.width), 3)
        for y in range(int(area.top()) + 2, int(area.bottom()), 4)
        if view.canvas.pick(x, y) is not None
    ]
    assert found
    x, y = found[len(found) // 2]
    picked = view.canvas.pick(x, y)
    assert picked is not None
    qtbot.mouseClick(view.cursor_line, LEFT, pos=QPoint(x, y))
    qtbot.waitUntil(lambda: middle.card.shown is not None)
    assert middle.card.shown is not None
    assert f"Event in the record: {picked.number} of " in middle.card.shown.as_text()


def test_clicking_the_wave_names_its_packet_and_a_refused_frame_says_why(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView, visit: Visit
) -> None:
    area = view.canvas.areas["pleth"]
    qtbot.mouseClick(view.cursor_line, LEFT, pos=at(view, visit.packet_ns - 10**8, "pleth"))
    qtbot.waitUntil(lambda: middle.card.shown is not None)
    assert middle.card.shown is not None
    assert middle.card.shown.title == "pleth of oximeter"
    assert "Usable: yes" in middle.card.shown.as_text()
    wave = view.canvas.wave
    assert wave is not None
    frame = wave.rejected[0]
    middle.card.wait()
    place = at(view, frame.t_ns, y=area.bottom() - 3)
    qtbot.mouseClick(view.cursor_line, LEFT, pos=place)
    qtbot.waitUntil(lambda: middle.card.shown is not None)
    assert f"Why: {frame.reason}" in middle.card.shown.as_text()


def test_a_gap_is_hatched_and_no_wave_is_drawn_in_it(view: TrendView, visit: Visit) -> None:
    start, end = visit.silent_ns
    view.show_span(start - 5 * NS_PER_S, end + 5 * NS_PER_S)
    inner = (start + 2 * NS_PER_S, end - 2 * NS_PER_S)
    assert pixels(view, "pleth", *inner, "faint") > 200
    assert pixels(view, "pleth", *inner, "spo2") == 0
    assert pixels(view, "pleth", end + NS_PER_S, end + 4 * NS_PER_S, "spo2") > 50
    view.show_moment((start + end) // 2)
    assert view.strip.said == "no samples"


def test_an_unusable_stretch_is_dim_and_said(view: TrendView, visit: Visit) -> None:
    start, end = visit.unusable_ns
    view.show_span(start - 5 * NS_PER_S, end + 2 * NS_PER_S)
    inner = (start + NS_PER_S, end - NS_PER_S)
    assert pixels(view, "pleth", *inner, "spo2") == 0
    assert pixels(view, "pleth", start - 4 * NS_PER_S, start - NS_PER_S, "spo2") > 50
    view.show_moment((start + end) // 2)
    assert view.strip.said == UNUSABLE
    view.show_moment(start - 10 * NS_PER_S)
    assert view.strip.said == ""


def test_every_lane_can_be_folded_away_and_comes_back(qtbot: QtBot, view: TrendView) -> None:
    assert list(view.canvas.areas)[:5] == ["bp", "pr", "spo2", "alarms", "events"]
    assert {"dose", "pleth", "scores"} <= set(view.canvas.areas)
    before = view.canvas.areas["spo2"].height()
    view.bar.lane_actions["bp"].trigger()
    assert "bp" not in view.canvas.areas
    assert view.canvas.areas["spo2"].height() >= before
    view.bar.lane_actions["bp"].trigger()
    assert "bp" in view.canvas.areas


def test_the_tables_can_give_their_room_to_the_plots(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView
) -> None:
    before = view.height()
    qtbot.mouseClick(view.bar.tables, LEFT)
    assert not middle.stack.isVisible()
    qtbot.waitUntil(lambda: view.height() > before + 100)
    qtbot.mouseClick(view.bar.tables, LEFT)
    assert middle.stack.isVisible()


def test_no_lane_is_lower_than_it_can_be_read_at(view: TrendView) -> None:
    for lane in view.canvas.lanes:
        assert view.canvas.areas[lane.key].height() >= lane.least_px
    assert view.cursor_line.size() == view.canvas.size()
    assert view.axis.width() == view.canvas.width()
    assert view.overview.width() == view.canvas.width()


def test_the_page_can_be_told_a_moment_and_a_span(
    qtbot: QtBot, middle: PlotsAndTables, view: TrendView
) -> None:
    middle.show_span(60 * NS_PER_S, 80 * NS_PER_S)
    assert view.window_shown.start_ns == 60 * NS_PER_S
    assert view.cursor_line.t_ns == 60 * NS_PER_S
    middle.go_to(150 * NS_PER_S)
    assert view.cursor_line.t_ns == 150 * NS_PER_S
    assert view.window_shown.holds(150 * NS_PER_S)


def test_without_a_source_the_lane_says_that_there_is_no_waveform(
    opened: OpenedSession, qtbot: QtBot
) -> None:
    made = PlotsAndTables()
    host = hosted(made)
    qtbot.addWidget(host)
    with qtbot.waitExposed(host):
        host.show()
    made.show_session(opened)
    wave = made.view.canvas.wave
    assert wave is not None
    qtbot.waitUntil(lambda: "not read" in wave.state)
    qtbot.mouseClick(made.view.cursor_line, LEFT, pos=at(made.view, 100 * NS_PER_S, "spo2"))
    assert not made.card.isVisible()
    assert "not read" in made.view.strip.said
    made.finish()


def test_the_waveform_does_not_hold_up_the_first_picture(
    opened: OpenedSession, database: Database, qtbot: QtBot
) -> None:
    made = PlotsAndTables(RecordedWaves(database), RecordedOrigins(database))
    host = hosted(made)
    qtbot.addWidget(host)
    drawn: list[str] = []
    with qtbot.waitExposed(host):
        host.show()
    made.show_session(opened)
    wave = made.view.canvas.wave
    assert wave is not None
    made.view.canvas.drawn.connect(lambda: drawn.append(wave.state))
    qtbot.waitUntil(lambda: bool(drawn) and not drawn[-1])
    assert drawn[0] == READING
    made.finish()


def test_everything_of_the_plots_has_a_name(middle: PlotsAndTables, view: TrendView) -> None:
    parts = [view.canvas, view.cursor_line, view.axis, view.overview, view.strip, middle.card]
    parts += [middle.only_in_view, view.bar.closer, view.bar.farther, view.bar.said]
    assert all(part.accessibleName() for part in parts)
