"""lending.toml and alarms.toml: as shipped, and refused with file and line when they are wrong."""

from pathlib import Path

import pytest

from dispatch import language
from dispatch.centre.rules import ALARM_TIMERS
from dispatch.domain.alarm_sentences import SENTENCES
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode
from dispatch.settings import config_dir, load

EDGE = """
[[standing]]
lender = "xiangtan"
borrower = "zhuzhou"
mode = "automatic"
most_at_once = 2
"""
SIGNED = ("signed_by = []", 'signed_by = ["agreed 2026-11-20"]')


@pytest.fixture(autouse=True)
def _english_and_nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    language.use("en")
    monkeypatch.delenv("CZT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def mine(folder: Path, relative: str, *changes: tuple[str, str], more: str = "") -> Path:
    """A copy of a shipped file in the user's folder, changed."""
    text = (config_dir() / relative).read_text("utf-8")
    for old, new in changes:
        assert old in text, f"{relative} no longer contains {old!r}"
        text = text.replace(old, new, 1)
    (folder / relative).write_text(text + more, "utf-8")
    return folder / relative


def refusal(folder: Path) -> str:
    with pytest.raises(BadConfiguration) as refused:
        load(folder)
    return str(refused.value)


def line_with(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


# --- as shipped -----------------------------------------------------------------------------------


def test_as_shipped_every_request_is_answered_by_a_person_and_nothing_is_signed(tmp_path: Path) -> None:
    rules = load(tmp_path).centre_rules
    assert rules.lending.standing == ()
    for one in (rules.lending, rules.alarms):
        assert one.signed_by == ()
        assert len(one.sign_off) == 3
        assert one.source
        assert one.effective_from is not None


def test_as_shipped_the_timers_are_those_of_the_field(tmp_path: Path) -> None:
    rules = load(tmp_path).centre_rules
    timers = rules.alarms.timers
    assert set(timers) == set(ALARM_TIMERS)
    assert timers["order_unacknowledged"].alarm_s == 60
    assert (timers["rolling_out"].warn_s, timers["rolling_out"].alarm_s) == (120, 180)
    assert (timers["waiting_p1"].alarm_s, timers["waiting_p2"].warn_s) == (300, 300)
    assert timers["waiting_p3"].warn_s == 1800
    assert (rules.lending.warn_s, rules.lending.alarm_s) == (30, 60)


def test_a_centre_keeps_the_reserve_that_the_console_ranks_by(tmp_path: Path) -> None:
    configuration = load(tmp_path)
    assert configuration.centre_rules.reserve == configuration.dispatch_rules.units.lending_reserve
    assert configuration.centre_rules.rights == configuration.rights
    assert configuration.centre_rules.prefixes[CityCode("xiangtan")] == "XT"
    assert "CS-H-XIANGYA" in configuration.centre_rules.known_hospitals


def test_every_timer_has_the_sentence_of_its_alarm() -> None:
    assert set(ALARM_TIMERS) <= set(SENTENCES)


# --- standing rules -------------------------------------------------------------------------------


def test_a_signed_rule_between_two_cities_is_taken(tmp_path: Path) -> None:
    mine(tmp_path, "lending.toml", SIGNED, more=EDGE)
    (rule,) = load(tmp_path).centre_rules.lending.standing
    assert (rule.lender, rule.borrower, rule.mode) == ("xiangtan", "zhuzhou", "automatic")
    assert (rule.priorities, rule.most_at_once, rule.most_per_request) == ((1,), 2, 1)


def test_an_automatic_rule_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    path = mine(tmp_path, "lending.toml", more=EDGE)
    at = [n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.startswith("mode")]
    assert refusal(tmp_path) == (
        f"{path}:{at[0]}: an automatic rule lends without asking anybody: signed_by must say who agreed to it"
    )


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (('lender = "xiangtan"', 'lender = "loudi"'), "loudi", "loudi: there is no such city"),
        (('borrower = "zhuzhou"', 'borrower = "xiangtan"'), "borrower", "does not borrow from itself"),
        (("most_at_once = 2", "most_per_request = 2"), "most_per_request", "so many could never be lent"),
        (("most_at_once = 2", "most_at_once = 0"), "most_at_once", "must be at least 1"),
        (("most_at_once = 2", "priorities = [4]"), "priorities", "allowed: 1, 2, 3"),
        (('mode = "automatic"', 'mode = "always"'), "mode", "allowed: 'manual', 'automatic'"),
        (("most_at_once = 2", "at_most = 2"), "at_most", "is no setting"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: str, says: str
) -> None:
    edge = EDGE.replace(*change)
    assert edge != EDGE
    path = mine(tmp_path, "lending.toml", SIGNED, more=edge)
    said = refusal(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    at = max(n for n, text in enumerate(lines, 1) if line in text and not text.startswith("#"))
    assert said.startswith(f"{path}:{at}: ")
    assert says in said


def test_a_pair_of_cities_stands_once(tmp_path: Path) -> None:
    path = mine(tmp_path, "lending.toml", SIGNED, more=EDGE + EDGE)
    assert "xiangtan and zhuzhou stand here twice" in refusal(tmp_path)
    assert str(path) in refusal(tmp_path)


def test_the_times_of_a_request_rise(tmp_path: Path) -> None:
    path = mine(tmp_path, "lending.toml", ("answer_s = 180", "answer_s = 45"))
    said = refusal(tmp_path)
    assert (
        said == f"{path}:{line_with(path, 'answer_s = 45')}: times must rise: warn_s <= alarm_s <= answer_s"
    )


# --- timers ---------------------------------------------------------------------------------------


def test_a_timer_that_does_not_exist_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    path = mine(tmp_path, "alarms.toml", ("rolling_out =", "roling_out ="))
    said = refusal(tmp_path)
    assert said.startswith(f"{path}:{line_with(path, 'roling_out')}: timers.roling_out: ")
    assert said.endswith("did you mean: rolling_out")


def test_no_timer_may_be_forgotten(tmp_path: Path) -> None:
    mine(tmp_path, "alarms.toml", ("chased = { warn_s = 0, alarm_s = 600 }", ""))
    assert refusal(tmp_path).endswith("timers are missing, write {} for one that never rings: chased")


def test_a_timer_may_be_left_silent(tmp_path: Path) -> None:
    mine(tmp_path, "alarms.toml", ("chased = { warn_s = 0, alarm_s = 600 }", "chased = {}"))
    timer = load(tmp_path).centre_rules.alarms.timers["chased"]
    assert (timer.warn_s, timer.alarm_s) == (None, None)


def test_an_alarm_does_not_come_before_its_warning(tmp_path: Path) -> None:
    path = mine(
        tmp_path, "alarms.toml", ("{ warn_s = 120, alarm_s = 180 }", "{ warn_s = 190, alarm_s = 180 }")
    )
    said = refusal(tmp_path)
    assert said.startswith(f"{path}:{line_with(path, 'warn_s = 190')}: ")
    assert said.endswith("timers.rolling_out: warn_s must not be more than alarm_s")


def test_an_order_grows_louder_and_not_softer(tmp_path: Path) -> None:
    path = mine(tmp_path, "alarms.toml", ("unacknowledged_s = 10", "unacknowledged_s = 40"))
    said = refusal(tmp_path)
    assert said.startswith(f"{path}:{line_with(path, 'escalated_s = 30')}: ")
    assert said.endswith("unanswered_s <= unacknowledged_s <= escalated_s")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("escalate_s = 30", "escalate_s = 0"), "escalate_s: must be greater than 0"),
        (("shelve_most_min = 60", "shelve_most_min = 0"), "shelve_most_min: must be at least 1"),
        (("warn_s = 120, alarm_s = 180", "warn_s = -1"), "timers.rolling_out.warn_s: must be at least 0"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    mine(tmp_path, "alarms.toml", change)
    assert says in refusal(tmp_path)
