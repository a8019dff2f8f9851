"""Who is there, asked by the same form everywhere; the first account; the accounts; the guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.bedside.account_form import Act
from app.bedside.accounts_frame import AccountsFrame
from app.bedside.first_account_page import FirstAccountPage, proposed_user
from app.bedside.guarded_window import GuardedWindow
from app.bedside.new_secret import strength_words
from app.bedside.people_list import MANY, until_words
from app.bedside.rights_frame import OwnSecretFrame, rights_rows
from app.bedside.sign_in_form import Ask, SignInForm, refusal_words
from app.people.door import TO_ADMINISTER, Account, Proven, Refused
from app.people.reader import Reader
from app.theme import DARK, sizes_for, stylesheet
from protocols.events.terms import Proof, Role
from tests.gui.people_stories import (
    ADMINISTRATOR,
    NURSE,
    PASSWORD,
    PIN,
    PRESCRIBER,
    FakePeople,
    staff,
)

OWN = "my own long password"


def shown(qtbot: QtBot, widget: QWidget) -> QWidget:
    window = QWidget()  # without a layout: it asks the platform for no size of its own
    window.resize(800, 768)
    widget.window_of_test = window  # it would be gone with the end of this function
    qtbot.addWidget(window)
    window.setStyleSheet(stylesheet(DARK, sizes_for(1366, 768)))
    widget.setParent(window)
    widget.resize(800, 768)
    window.show()
    widget.show()
    window.activateWindow()
    return widget


def form_of(qtbot: QtBot, people: FakePeople, ask: Ask | None = None) -> SignInForm:
    form = SignInForm(people)
    shown(qtbot, form)
    if ask is not None:
        form.ask(ask)
    return form


def type_pin(form: SignInForm, pin: str = PIN) -> None:
    for digit in pin:
        form.pad.keys[digit].click()
    form.pad.enter.click()


# -- the form -------------------------------------------------------------------------------------


def test_the_pin_is_typed_by_touch_or_keys_and_proves_who_it_is(qtbot: QtBot) -> None:
    people = staff()
    form = form_of(qtbot, people)
    assert list(form.list.rows) == ["lund", "sato", "weber", "okafor"]
    form.list.rows["okafor"].click()
    assert form.focusWidget() is form.pad
    qtbot.keyClicks(form.pad, PIN[:-1] + "9")
    qtbot.keyClick(form.pad, Qt.Key.Key_Backspace)
    qtbot.keyClicks(form.pad, PIN[-1])
    assert form.pad.dots.text() == "●" * len(PIN)
    with qtbot.waitSignal(form.proven, timeout=1000) as told:
        qtbot.keyClick(form.pad, Qt.Key.Key_Return)
        assert form.waiting
    assert told.args == [Proven(account=NURSE, proof=Proof.PIN)]
    assert form.pad.count == 0


def test_keys_of_the_pad_can_be_hit_with_gloves(qtbot: QtBot) -> None:
    form = form_of(qtbot, staff())
    form.resize(432, 700)
    form.list.rows["okafor"].click()
    for key in form.pad.keys.values():
        assert key.width() >= 44
        assert key.height() >= 44


def test_who_has_no_pin_types_the_password_and_either_may_be_chosen(qtbot: QtBot) -> None:
    people = staff()
    form = form_of(qtbot, people)
    form.list.rows["weber"].click()
    assert form.pad.isHidden()
    assert form.swap_button.isHidden()
    assert form.password.echoMode() is QLineEdit.EchoMode.Password
    form.other_button.click()
    form.list.rows["okafor"].click()
    assert form.password_box.isHidden()
    form.swap_button.click()
    qtbot.keyClicks(form.password, PASSWORD)
    with qtbot.waitSignal(form.proven, timeout=1000) as told:
        qtbot.keyClick(form.password, Qt.Key.Key_Return)
    assert told.args[0].proof is Proof.PASSWORD
    assert form.password.text() == ""


def test_the_last_try_is_named_once() -> None:
    sentence = "This is not the password or PIN of this account. Try again."
    assert refusal_words(Refused(sentence=sentence, tries_left=1)) == f"{sentence} One try is left."
    said = Refused(sentence=f"{sentence} One try is left.", tries_left=1)
    assert refusal_words(said) == said.sentence


def test_who_got_an_account_elsewhere_is_offered_without_a_restart(qtbot: QtBot) -> None:
    people = FakePeople(NURSE)
    form = form_of(qtbot, people, Ask(heading="Who works here?"))
    people.known["novak"] = replace(NURSE, user="novak", name="C. Novak RN")
    qtbot.waitUntil(lambda: "novak" in form.list.rows, timeout=5_000)


def test_a_rest_is_named_by_the_minute_from_which_a_try_is_not_refused() -> None:
    end = datetime(2026, 11, 26, 14, 35, 1).astimezone()
    at_once = end.replace(second=0)
    day = f"{end:%Y-%m-%d} " if end.date() != datetime.now().astimezone().date() else ""
    assert until_words(end.isoformat()) == f"{day}14:36"
    assert until_words(at_once.isoformat()) == f"{day}14:35"


def test_a_wrong_secret_says_how_many_tries_are_left_and_a_resting_account_until_when(
    qtbot: QtBot,
) -> None:
    rests = replace(
        NURSE, user="novak", name="C. Novak RN", locked_until_utc="2026-11-26T14:35:00Z"
    )
    people = FakePeople(NURSE, rests)
    form = form_of(qtbot, people)
    assert "locked until" in form.list.rows["novak"].text()
    form.list.rows["novak"].click()
    assert form.sentence.text().startswith("Locked until")
    assert "administrator can lift it" in form.sentence.text()
    form.other_button.click()
    form.list.rows["okafor"].click()
    with qtbot.assertNotEmitted(form.proven):
        type_pin(form, "111111")
        people.deliver()
    assert form.sentence.text().endswith("4 tries are left.")


def test_only_who_may_stand_for_a_command_is_offered(qtbot: QtBot) -> None:
    ask = Ask(
        heading="Witness",
        purpose="waste_drug",
        roles=frozenset({Role.NURSE}),
        besides=frozenset({NURSE.name}),
    )
    form = form_of(qtbot, staff(), ask)
    assert list(form.list.rows) == ["lund"]
    assert form.without_button.isHidden()
    form.ask(replace(ask, roles=frozenset({Role.QA})))
    assert form.list.empty.isVisible()


def test_a_pin_is_no_proof_where_the_rights_ask_for_the_password(qtbot: QtBot) -> None:
    form = form_of(qtbot, staff(), Ask(heading="Sign", purpose="sign_record"))
    form.list.rows["okafor"].click()
    assert form.pad.isHidden()
    assert form.swap_button.isHidden()


def test_among_many_a_few_letters_find_the_name(qtbot: QtBot) -> None:
    accounts = [replace(NURSE, user=f"nurse{n}", name=f"N. Number{n} RN") for n in range(MANY + 1)]
    form = form_of(qtbot, FakePeople(*accounts))
    assert form.first_field() is form.list.filter
    form.list.filter.setText("number3")
    assert [user for user, row in form.list.rows.items() if row.isVisible()] == ["nurse3"]
    form.list.filter.setText("zz")
    assert form.list.empty.isVisible()


def test_a_secret_that_somebody_else_set_is_changed_before_it_serves(qtbot: QtBot) -> None:
    people = FakePeople(replace(NURSE, has_pin=False, must_change=(Proof.PASSWORD,)))
    form = form_of(qtbot, people)
    form.list.rows["okafor"].click()
    form.password.setText(PASSWORD)
    with qtbot.assertNotEmitted(form.proven):
        form.password_button.click()
        people.deliver()
    assert form.renew.isVisible()
    form.renew.current.setText(PASSWORD)
    form.renew.password.first.setText("short")
    form.renew.password.again.setText("short")
    form.renew.save_button.click()
    assert "Too short" in form.renew.problem.text()
    form.renew.password.first.setText(OWN)
    form.renew.password.again.setText("another long password")
    form.renew.save_button.click()
    assert form.renew.problem.text() == "The two are not the same. Type both again."
    form.renew.password.again.setText(OWN)
    form.renew.save_button.click()
    people.deliver()
    assert people.secrets["okafor", Proof.PASSWORD] == OWN
    assert form.renew.password.first.text() == ""
    form.password.setText(OWN)
    with qtbot.waitSignal(form.proven, timeout=1000):
        form.password_button.click()


def test_a_form_that_is_put_away_forgets_what_was_typed(qtbot: QtBot) -> None:
    form = form_of(qtbot, staff())
    form.list.rows["okafor"].click()
    form.pad.keys["1"].click()
    form.swap_button.click()
    form.password.setText(PASSWORD)
    form.hide()
    assert form.pad.count == 0
    assert form.password.text() == ""


def test_everything_in_the_form_has_a_name_and_the_pad_shows_its_focus(qtbot: QtBot) -> None:
    form = form_of(qtbot, staff())
    form.list.rows["okafor"].click()
    for kind in (QPushButton, QLineEdit):
        for widget in form.findChildren(kind):
            assert widget.accessibleName() or widget.text(), widget
    qtbot.waitUntil(lambda: bool(form.pad.property("focused")), timeout=5000)
    form.swap_button.setFocus()
    assert not form.pad.property("focused")


# -- the first account ----------------------------------------------------------------------------


def test_the_first_administrator_is_made_and_nothing_is_chosen_beforehand(qtbot: QtBot) -> None:
    people = FakePeople()
    page = FirstAccountPage(people)
    shown(qtbot, page)
    assert page.name.text() == page.user.text() == page.password.first.text() == ""
    page.create_button.click()
    assert page.problem.text() == "Type your name."
    qtbot.keyClicks(page.name, "K. Weber RN")
    assert page.user.text() == "weber"
    page.roles[Role.NURSE].click()
    page.password.first.setText(PASSWORD)
    page.password.again.setText(PASSWORD)
    with qtbot.waitSignal(page.created, timeout=1000) as told:
        qtbot.keyClick(page.password.again, Qt.Key.Key_Return)
    assert told.args[0].roles == (Role.NURSE, Role.ADMINISTRATOR)
    assert people.secrets["weber", Proof.PASSWORD] == PASSWORD
    assert page.password.first.text() == page.password.again.text() == ""


@pytest.mark.parametrize(
    ("name", "user"),
    [("N. Okafor RN", "okafor"), ("Dr. Sato", "sato"), ("", ""), ("MARIA BERG", "berg")],
)
def test_an_account_is_proposed_from_the_name(name: str, user: str) -> None:
    assert proposed_user(name) == user


def test_the_strength_of_a_password_is_its_length_in_words() -> None:
    said = [strength_words(length, 12) for length in (0, 11, 12, 16, 20)]
    assert said[1:] == [
        "Too short: 1 more character.",
        "Long enough. Longer is stronger.",
        "Good.",
        "Strong.",
    ]
    assert "12 characters" in said[0]


# -- accounts, own secrets, rights ----------------------------------------------------------------


@pytest.fixture
def frame(qtbot: QtBot) -> AccountsFrame:
    people = staff()
    made = AccountsFrame(people)
    shown(qtbot, made)
    made.fill(["N. Okafor RN", "P. Example MD"])
    return made


def unlock(frame: AccountsFrame, people: FakePeople) -> None:
    frame.unlock_button.click()
    assert list(frame.proof.list.rows) == [ADMINISTRATOR.user]
    frame.proof.list.rows[ADMINISTRATOR.user].click()
    frame.proof.password.setText(PASSWORD)
    frame.proof.password_button.click()
    people.deliver()


def people_of(frame: AccountsFrame) -> FakePeople:
    people = frame._people
    assert isinstance(people, FakePeople)
    return people


def test_accounts_are_read_only_until_an_administrator_gave_the_password(
    frame: AccountsFrame,
) -> None:
    row = frame.rows["okafor"]
    assert not row.buttons[Act.CHANGE].isVisible()
    assert not frame.add_button.isVisible()
    unlock(frame, people_of(frame))
    assert frame.by is not None
    assert frame.by.purpose == TO_ADMINISTER
    assert row.buttons[Act.CHANGE].isVisible()
    frame.forget()
    assert frame.by is None
    assert not row.buttons[Act.CHANGE].isVisible()


def test_an_administrator_adds_changes_resets_retires_and_frees(frame: AccountsFrame) -> None:
    people = people_of(frame)
    people.known["sato"] = replace(PRESCRIBER, locked_until_utc="2026-11-26T23:00:00Z")
    unlock(frame, people)
    frame.fill(["P. Example MD"])
    frame.offers["P. Example MD"].click()
    form = frame.form
    assert (form.name.text(), form.user.text()) == ("P. Example MD", "example")
    form.do_button.click()
    assert form.problem.text() == "Choose at least one role."
    form.roles[Role.PRESCRIBER].click()
    form.password.first.setText(PASSWORD)
    form.password.again.setText(PASSWORD)
    form.do_button.click()
    people.deliver()
    assert people.known["example"].must_change == (Proof.PASSWORD,)
    assert "P. Example MD" in frame.said.text()
    assert frame.offers == {}

    def change(user: str, act: Act, reason: str = "", pin: str = "") -> None:
        frame.rows[user].buttons[act].click()
        form.do_button.click()
        assert form.problem.text(), f"{act} without what it needs"
        form.reason.setText(reason)
        form.pin.first.setText(pin)
        form.pin.again.setText(pin)
        form.do_button.click()
        people.deliver()
        assert form.isHidden()

    change("okafor", Act.PIN, pin="314159")
    change("sato", Act.LIFT, "was at the bedside")
    change("okafor", Act.RETIRE, "left the ward")
    assert list(frame.rows["okafor"].buttons) == [Act.RESTORE]
    change("okafor", Act.RESTORE, "came back")
    assert people.known["okafor"].active
    assert people.known["okafor"].must_change == (Proof.PIN,)
    assert people.known["sato"].locked_until_utc == ""


def test_the_own_pin_is_set_with_the_password_of_now(qtbot: QtBot) -> None:
    people = FakePeople(replace(NURSE, has_pin=False))
    own = OwnSecretFrame(people)
    shown(qtbot, own)
    own.fill("okafor")
    assert "no PIN yet" in own.said.text()
    own.pin_button.click()
    renew = own.renew
    renew.current.setText("wrong")
    renew.pin.first.setText("314159")
    renew.pin.again.setText("314159")
    renew.save_button.click()
    people.deliver()
    assert "not the password or PIN" in renew.problem.text()
    renew.current.setText(PASSWORD)
    renew.pin.first.setText("314159")
    renew.pin.again.setText("314159")
    renew.save_button.click()
    people.deliver()
    assert people.secrets["okafor", Proof.PIN] == "314159"
    assert own.said.text() == "Changed."
    own.fill("")
    assert own.isHidden()


def test_the_table_of_rights_names_every_kind_of_command() -> None:
    rights = staff().policy
    told = " ".join(" ".join(row) for row in rights_rows(rights)).replace("\n", " ")
    for right in rights.commands:
        for kind in right.kinds:
            assert kind.replace("_", " ").replace("bp", "BP") in told
    assert "anybody, also while locked" in told
    assert "Page: review" in told


# -- the guard of review and replay ---------------------------------------------------------------


class Guarded:
    def __init__(self, qtbot: QtBot, people: FakePeople, reader: Reader | None = None) -> None:
        self.people = people
        self.reader = reader or Reader()
        self.made: list[QWidget] = []
        self.window = GuardedWindow(people, "review", "Review", self.make, DARK, self.reader)
        qtbot.addWidget(self.window)
        self.window.show()

    def make(self) -> QWidget:
        self.made.append(QWidget())
        return self.made[-1]

    def sign_in(self, account: Account) -> None:
        form = self.window.asking.form
        form.list.rows[account.user].click()
        form.pad.entered.emit(PIN)
        self.people.deliver()


def test_nothing_is_made_or_shown_before_somebody_who_may_read_signed_in(qtbot: QtBot) -> None:
    visitor = replace(NURSE, user="guest", name="V. Guest", roles=())
    guarded = Guarded(qtbot, FakePeople(NURSE, PRESCRIBER, visitor))
    assert guarded.made == []
    assert guarded.window.asking.form.without_button.isHidden()
    guarded.sign_in(visitor)
    assert guarded.made == []
    assert "Review is for" in guarded.window.asking.reason.text()
    guarded.sign_in(NURSE)
    assert guarded.reader.name == NURSE.name
    assert guarded.made[0].isVisible()
    guarded.window.close()
    assert guarded.people.told[-1] == ("out", NURSE.user, "the window was closed")
    assert guarded.reader.person is None


def test_a_rest_covers_everything_and_another_reader_begins_anew(qtbot: QtBot) -> None:
    guarded = Guarded(qtbot, FakePeople(NURSE, PRESCRIBER))
    guarded.sign_in(NURSE)
    assert guarded.window.watch.rest_min == guarded.people.policy.auto_lock_min
    guarded.window.watch.rested.emit()
    assert not guarded.made[0].isVisible()
    assert guarded.reader.person is None
    guarded.sign_in(NURSE)
    assert len(guarded.made) == 1
    guarded.window.lock_button.click()
    guarded.sign_in(PRESCRIBER)
    assert len(guarded.made) == 2
    guarded.window.close()


def test_without_accounts_the_content_is_there_at_once(qtbot: QtBot) -> None:
    guarded = Guarded(qtbot, FakePeople())
    assert guarded.made[0].isVisible()
    assert guarded.window.bar.isHidden()
    guarded.window.lock()
    assert guarded.made[0].isVisible()
    guarded.window.close()
