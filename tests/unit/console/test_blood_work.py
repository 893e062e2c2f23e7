"""What waits at a blood centre: whose turn it is, in which order, how loud, and for whom it is shown."""

from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.clock import epoch_ms
from dispatch.console.bells import Bells, heard
from dispatch.console.commands import COMMANDS
from dispatch.console.keymap import load_keymap
from dispatch.console.limits import Limits
from dispatch.console.present import AgeLimits
from dispatch.console.present_stock import StockLimits
from dispatch.console.present_work import counts_cells, loudness
from dispatch.console.trade import BLOOD, DISPATCH, trade_of
from dispatch.console.work import Kind, expiring_here, shortages_of, tasks_of
from dispatch.domain.alarms import Alarm, AlarmId, Severity
from dispatch.domain.blood_orders import BloodState
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Role
from dispatch.settings import config_file
from tests.console.blood_centre import blood_desk
from tests.console.fakes import FakeDesk
from tests.console.fakes_blood import order_of

_AGES = AgeLimits(60, 300, 900)
LIMITS = Limits(_AGES, StockLimits(_AGES, timedelta(hours=48)))
HERE, THERE = "CS-B-CENTRE", "ZZ-B-CENTRE"


def hospital_of(desk: FakeDesk, city: str) -> str:
    return next(one.id for one in desk.picture.hospitals.values() if one.city == city)


def put(desk: FakeDesk, state: BloodState, bank: str, city: str) -> Kind | None:
    """The kind of task that one order is, alone at the desk."""
    desk.picture.blood_orders.clear()
    made = order_of("X-1", state, desk.clock.now(), bank=bank, hospital=hospital_of(desk, city))
    desk.picture.blood_orders[made.id] = made
    tasks = [one for one in tasks_of(desk) if one.order is not None]
    return tasks[0].kind if tasks else None


@pytest.mark.parametrize(
    ("state", "bank", "city", "kind"),
    [
        (BloodState.HELD, HERE, "zhuzhou", Kind.ANSWER),
        (BloodState.CONFIRMED, HERE, "changsha", Kind.PACK),
        (BloodState.PACKING, HERE, "changsha", Kind.PACKED),
        (BloodState.CARRIED, HERE, "zhuzhou", Kind.ON_WAY),
        (BloodState.CARRIED, THERE, "changsha", Kind.ON_WAY),
        (BloodState.QUARANTINED, HERE, "zhuzhou", Kind.DECIDE),
        (BloodState.QUARANTINED, THERE, "changsha", Kind.DECIDE),
        (BloodState.HELD, THERE, "changsha", Kind.AWAIT),
        (BloodState.HELD, THERE, "xiangtan", None),
        (BloodState.CARRIED, THERE, "zhuzhou", None),
        (BloodState.DECLINED, HERE, "changsha", None),
    ],
)
def test_an_order_is_a_task_of_the_city_whose_turn_it_is(
    state: BloodState, bank: str, city: str, kind: Kind | None
) -> None:
    assert put(blood_desk(), state, bank, city) is kind


def test_what_is_for_us_stands_on_top_and_what_ends_first_before_the_rest() -> None:
    desk = blood_desk()
    now = desk.clock.now()
    tasks = tasks_of(desk)
    assert [one.kind for one in tasks[:4]] == [Kind.DECIDE, Kind.ANSWER, Kind.ANSWER, Kind.PACKED]
    assert [one.waits for one in tasks] == sorted((one.waits for one in tasks), reverse=True)
    late = tasks[2].order
    assert late is not None
    desk.picture.blood_orders[late.id] = late.model_copy(
        update={"until_ms": epoch_ms(now + timedelta(seconds=60))}
    )
    assert next(one.key for one in tasks_of(desk) if one.kind is Kind.ANSWER) == late.id


def test_a_hold_that_is_about_to_end_is_red_and_a_move_never_is() -> None:
    desk = blood_desk()
    now = desk.clock.now()
    by_kind = {one.kind: one for one in tasks_of(desk)}
    assert loudness(by_kind[Kind.DECIDE], now, LIMITS) == "critical"
    assert loudness(by_kind[Kind.ANSWER], now, LIMITS) == "warning"
    assert loudness(by_kind[Kind.ANSWER], now + timedelta(minutes=7), LIMITS) == "critical"
    assert loudness(by_kind[Kind.PACKED], now, LIMITS) == "normal"
    assert loudness(by_kind[Kind.PACKED], now + timedelta(minutes=20), LIMITS) == "warning"
    assert loudness(by_kind[Kind.PACKED], now + timedelta(hours=1), LIMITS) == "critical"
    assert loudness(by_kind[Kind.ON_WAY], now + timedelta(hours=1), LIMITS) == "normal"


def test_the_counts_are_of_what_waits_and_claims_only_for_who_may_see_them() -> None:
    tasks = tasks_of(blood_desk())
    said = [cell.text for cell in counts_cells(tasks, None)]
    assert said == ["待确认 2", "待决定 1", "待装箱 1", "待交运 0", "待签收 0", "调剂 0"]
    assert counts_cells(tasks, 3)[-1].text == "报销 3"


def test_short_and_expiring_are_of_this_city_only() -> None:
    desk = blood_desk()
    table, now = desk.cover(), desk.clock.now()
    assert [str(one.at[1]) for one in shortages_of(table, CityCode("changsha"))] == ["O-", "B-"]
    assert shortages_of(table, CityCode("nowhere")) == []
    lots = expiring_here(desk.picture, CityCode("changsha"), now + timedelta(hours=48))
    assert lots
    assert {desk.picture.banks[bank].city for bank, _lot in lots} == {"changsha"}
    assert lots[0][1].expires_at < now, "what is past and still on its shelf stands first"


def alarm(code: str, **facts: str | float) -> Alarm:
    now = blood_desk().clock.now()
    return Alarm(id=AlarmId(code), severity=Severity.CRITICAL, code=code, facts=facts, raised_at=now)


def test_alarms_of_ambulances_are_not_of_a_blood_centre_and_its_own_are() -> None:
    for mine in (
        alarm("blood_unanswered", order="X", bank=HERE, hospital="H"),
        alarm("stock_short", city="changsha", unit="U"),
        alarm("city_offline", city="xiangtan"),
        alarm("audit_failed", error="x"),
    ):
        assert BLOOD.shows(mine), mine.code
    for theirs in (
        alarm("waiting_p1", incident="CS-1", place="x"),
        alarm("standing_down", unit="CS-001"),
        alarm("aid_received", city="zhuzhou"),
    ):
        assert not BLOOD.shows(theirs), theirs.code
        assert DISPATCH.shows(theirs)


def test_a_request_to_a_bank_here_is_heard_and_no_ambulance_is() -> None:
    desk = blood_desk()
    at_blood = heard(desk, Bells(), (), BLOOD)
    assert {key for key in at_blood if key.startswith("blood ")} == {
        "blood CS-B1-1126-101500-1", "blood ZZ-B1-1126-101530-2"}  # fmt: skip
    assert not [key for key in at_blood if key.startswith(("aid", "incident", "order"))]
    assert not [key for key in heard(desk, Bells()) if key.startswith("blood ")]


def test_the_trade_follows_who_sits_here_and_an_empty_seat_keeps_it() -> None:
    desk = blood_desk()
    assert trade_of(desk, DISPATCH) is BLOOD
    desk.signed_in = False
    assert trade_of(desk, BLOOD) is BLOOD
    desk.signed_in, desk.break_glass = True, True
    assert trade_of(desk, BLOOD) is DISPATCH, "whoever comes in by break-glass dispatches"
    desk.break_glass, desk.role = False, Role.SUPERVISOR
    assert trade_of(desk, BLOOD) is DISPATCH


def test_help_and_palette_of_a_blood_centre_offer_what_its_staff_may_do() -> None:
    desk = blood_desk()
    offered = {command.name() for command in BLOOD.offered(COMMANDS, desk)}
    assert {"confirm", "pack", "hand", "received", "print", "label", "find", "quit"} <= offered
    assert not offered & {"send", "recall", "set", "hold", "lend", "handover", "inject", "claim", "shelve"}
    assert len(DISPATCH.offered(COMMANDS, desk)) == len(COMMANDS)


def test_the_keys_of_a_trade_stand_in_the_place_of_those_of_everybody() -> None:
    shipped = load_keymap(config_file("keymap.toml"), [command.name() for command in COMMANDS])
    theirs = shipped.of("blood_staff")
    assert shipped.line("f2", "incidents") == "goto incidents"
    assert theirs.line("f2", "bloodwork") == "goto bloodwork"
    assert theirs.line("f10", "bloodwork") == "print"
    assert theirs.line("ctrl+a", "bloodwork") is None
    assert theirs.line("y", "bloodwork") == "confirm"
    assert shipped.of("") == shipped
    assert "f9" in shipped.keys()  # noqa: SIM118 - a method of its own


def test_a_key_of_a_trade_that_a_screen_has_already_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text('[everywhere]\nf1 = "help"\n[blood_staff]\ny = "help"\n[holds]\ny = "confirm"\n', "utf-8")
    with pytest.raises(BadConfiguration) as refused:
        load_keymap(file, ["help", "confirm"])
    assert "y on [holds]" in str(refused.value)
