"""Who may do what, and the agreed words of an incident's life."""

from pathlib import Path

import pytest

from dispatch import language
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.incidents import Ending
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.units import UnitState
from dispatch.settings import config_dir, load_incident_words, load_rights

R = Right


@pytest.fixture(autouse=True)
def _english_and_nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    language.use("en")
    monkeypatch.delenv("CZT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def changed(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    """A folder of the user's that holds a shipped file with some text replaced."""
    text = (config_dir() / file).read_text("utf-8")
    for old, new in changes:
        assert old in text, f"{file} no longer contains {old!r}"
        text = text.replace(old, new, 1)
    (tmp_path / file).write_text(text, "utf-8")
    return tmp_path


def complaint(load: object, folder: Path) -> BadConfiguration:
    assert callable(load)
    with pytest.raises(BadConfiguration) as raised:
        load(folder)
    return raised.value


# --- rights ------------------------------------------------------------------------------------


def test_a_dispatcher_dispatches_and_neither_shelves_alarms_nor_sees_numbers() -> None:
    rights = load_rights()
    for right in (R.INCIDENT, R.CLOSE, R.ORDER, R.UNIT_STATE, R.AID_ASK, R.AID_ANSWER, R.ALARM, R.HANDOVER):
        assert rights.may(Role.DISPATCHER, right)
    assert not rights.may(Role.DISPATCHER, R.SHELVE)
    assert not rights.may(Role.DISPATCHER, R.CALLER)


def test_a_supervisor_may_everything_but_lead_drills_and_an_observer_nothing() -> None:
    rights = load_rights()
    assert all(rights.may(Role.SUPERVISOR, right) for right in Right if right is not Right.DRILL)
    assert [role for role in Role if rights.may(role, Right.DRILL)] == [Role.DRILL_LEADER]
    assert not any(rights.may(Role.OBSERVER, right) for right in Right)


def test_blood_staff_ask_for_blood_and_move_no_ambulance() -> None:
    rights = load_rights()
    assert rights.may(Role.BLOOD_STAFF, R.BLOOD)
    blood = {R.BLOOD, R.BLOOD_BANK}
    assert not any(rights.may(Role.BLOOD_STAFF, right) for right in Right if right not in blood)
    assert not rights.may(Role.DISPATCHER, R.BLOOD_BANK)


def test_a_drill_leader_may_everything_in_a_drill_and_nothing_in_real_operation() -> None:
    rights = load_rights()
    assert all(rights.in_force(drill=True).may(Role.DRILL_LEADER, right) for right in Right)
    assert not any(rights.in_force(drill=False).may(Role.DRILL_LEADER, right) for right in Right)
    assert rights.in_force(drill=False).may(Role.DISPATCHER, R.ORDER)


def test_break_glass_allows_what_a_dispatcher_may_whoever_he_says_he_is() -> None:
    rights = load_rights()
    for role in Role:
        by = By(operator="li", role=role, break_glass=True)
        for right in Right:
            assert rights.allows(by, right) is rights.may(Role.DISPATCHER, right)
    assert not rights.allows(By(operator="li", role=Role.OBSERVER), R.ORDER)


def test_the_rights_are_an_unsigned_draft_with_a_source() -> None:
    rights = load_rights()
    assert rights.signed_by == ()
    assert rights.sign_off
    assert rights.source


def test_rights_may_be_made_of_roles_alone() -> None:
    assert Rights(edition="t", roles={Role.DISPATCHER: frozenset({R.ORDER})}).may(Role.DISPATCHER, R.ORDER)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("observer = []", "", "[roles]", "roles.observer: is missing"),
        ("observer = []", "obsever = []", "obsever", "roles.obsever: is no setting; did you mean observer?"),
        (
            'blood_staff = ["blood", "blood_bank"]',
            'blood_staff = ["blod"]',
            "blood_staff =",
            "'blod'; allowed: ",
        ),
        (
            '"incident", "close", "order", "unit_state"',
            '"close"',
            "dispatcher =",
            "be without: incident, order",
        ),
        (
            'drill_only = ["drill_leader"]',
            'drill_only = ["dispatcher"]',
            "drill_only =",
            "real operation too",
        ),
        (
            'edition = "2026-11 draft"',
            'edition = ""',
            "edition =",
            "edition: must have at least 1 characters",
        ),
    ],
)
def test_a_wrong_table_of_rights_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: str, sentence: str
) -> None:
    folder = changed(tmp_path, "roles.toml", (old, new))
    error = complaint(load_rights, folder)
    lines = (folder / "roles.toml").read_text("utf-8").splitlines()
    assert error.file == str(folder / "roles.toml")
    assert sentence in error.message
    assert lines[error.line - 1].startswith(line)


# --- words -------------------------------------------------------------------------------------


def test_every_ending_and_every_state_that_demands_a_reason_has_its_words() -> None:
    words = load_incident_words()
    assert all(words.ending(ending) for ending in Ending)
    assert [word.code for word in words.unit_state(UnitState.PAUSED)][:2] == ["refuelling", "disinfection"]
    assert words.unit_state(UnitState.OUT_OF_SERVICE)
    assert words.unit_state(UnitState.EN_ROUTE) == ()


def test_a_reason_is_stored_as_its_code_and_said_in_either_language() -> None:
    words = load_incident_words()
    assert words.said("refuelling", "zh_CN") == "加油（充电）"
    assert words.said("refuelling", "en") == "Refuelling or charging"
    assert words.said("轮胎没气", "en") == "轮胎没气"


def test_every_list_can_be_picked_from_by_digit() -> None:
    assert all(len(each) <= 9 for each in load_incident_words().lists().values())


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            'code = "meal", zh = "用餐"',
            'code = "refuelling", zh = "用餐"',
            "paused =",
            "refuelling stands twice",
        ),
        (
            'code = "meal", zh = "用餐"',
            'code = "crash", zh = "用餐"',
            "paused =",
            "crash says something else",
        ),
        ('code = "meal"', 'code = "Meal!"', "paused =", "units.paused[5].code: must look like"),
        ("similar_m = 500", "similar_m = 0", "similar_m =", "similar_m: must be greater than 0"),
        ("similar_min = 60", 'similar_min = "60"', "similar_min =", "similar_min: must be a number"),
        ("[endings]", "[ending]", "[ending]", "ending: is no setting; did you mean endings?"),
    ],
)
def test_wrong_words_are_refused_with_their_line(
    tmp_path: Path, old: str, new: str, line: str, sentence: str
) -> None:
    folder = changed(tmp_path, "incidents.toml", (old, new))
    error = complaint(load_incident_words, folder)
    assert sentence in error.message
    assert (folder / "incidents.toml").read_text("utf-8").splitlines()[error.line - 1].startswith(line)


def test_how_the_order_of_a_lent_unit_ended_is_said_in_words() -> None:
    words = load_incident_words()
    assert words.said("stood_down", "zh_CN") == "已撤回"
    assert words.said("stood_down", "en") == "stood down"
    assert words.said("nobody_to_carry", "zh_CN") != "nobody_to_carry"
    assert words.said("something typed", "zh_CN") == "something typed"
