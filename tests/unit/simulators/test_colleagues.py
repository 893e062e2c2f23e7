"""Simulated dispatchers: they serve what no person serves, ask before they borrow, keep a reserve."""

from itertools import groupby

from dispatch.domain.drills import MassCasualty
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import OrderState
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads
from simulators.messages import Message
from simulators.scenes import Scene
from simulators.world import World
from tests.unit.simulators.local_console import BY, CHANGSHA, WUYI, XIANGTAN, Console
from tests.unit.simulators.simulated_world import configuration, scenario, world

NUMBER = "CS-1124-1001"


def calm(staffed: str | None = None) -> World:
    """No calls but those of the console."""
    return world(scenario(demand=0.0, warm_up_min=0), staffed=staffed)


def scene(living: World, number: str = NUMBER) -> Scene:
    found = living.scenes.find(number)
    assert found is not None
    return found


def aid(number: str, kind: str = "units", **more: object) -> payloads.AidRequest:
    record = payloads.AidRecord(
        aid="aid-1", kind=kind, borrower=CHANGSHA, node="console-1", operator="li", incident=number,  # type: ignore[arg-type]
        priority=1, lat=WUYI[0], lon=WUYI[1], datum="wgs84", place="五一广场", asked_at=1_795_484_000_000,
        answer_by=1_795_484_180_000, state="requested", changed_at=1_795_484_000_000, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return payloads.AidRequest(record, BY)


def leave_few(living: World) -> None:
    """Changsha has three units left."""
    for ambulance in living.fleet.of(CHANGSHA)[3:]:
        living.take_out(ambulance, "crew_incomplete", 600)


def test_in_a_staffed_city_a_call_waits_for_the_human_and_then_a_colleague_takes_it() -> None:
    living = world(scenario(demand=6.0, warm_up_min=0), staffed="changsha")
    living.advance(living.origin_ms + 3_600_000)
    waits: dict[str, list[float]] = {"changsha": [], "zhuzhou": []}
    for mission in (*living.crews.done, *living.crews.running.values()):
        sent_s = (mission.stamps[UnitState.ASSIGNED] - mission.scene.opened_ms) / 1000
        waits.setdefault(mission.scene.city, []).append(sent_s)
    assert min(waits["changsha"]) >= living.scenario.colleague_after_s
    assert min(waits["zhuzhou"]) < 60


def test_an_incident_opened_at_a_console_waits_for_that_console_and_then_a_colleague_takes_it() -> None:
    living = calm()
    console = Console(living)
    console.open("XT-1124-1001", city=XIANGTAN)
    console.live(2)
    assert scene(living, "XT-1124-1001").sent == 0
    console.live(2)
    assert scene(living, "XT-1124-1001").sent == 1


def test_whoever_touches_an_incident_keeps_it_for_a_while() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    for _time in range(4):
        console.live(2)
        console.say(CHANGSHA, "incident.change", payloads.IncidentChange(NUMBER, "note", BY, text="在问路"))
    assert scene(living).sent == 0
    console.live(3)
    assert scene(living).sent == 1


def test_a_colleague_sends_nobody_more_when_the_person_has_sent_what_is_wanted() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    console.live(0.1)
    console.order("CS-001", NUMBER)
    console.live(10)
    assert list(scene(living).crews) == ["CS-001"]


def test_a_held_incident_is_left_alone_until_it_is_woken() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    console.live(0.1)
    hold = payloads.IncidentChange(NUMBER, "hold", BY, reason="address_unclear")
    console.say(CHANGSHA, "incident.change", hold)
    console.live(6)
    assert scene(living).sent == 0
    console.say(CHANGSHA, "incident.change", payloads.IncidentChange(NUMBER, "wake", BY))
    console.live(4)
    assert scene(living).sent == 1


def test_each_patient_of_a_mass_casualty_gets_a_crew_and_none_is_sent_twice() -> None:
    event = MassCasualty(kind="mass_casualty", at_min=1, city=CHANGSHA, position=(28.005, 113.012),
                         place="交界处", patients=9)  # fmt: skip
    living = world(scenario(event, demand=0.0, warm_up_min=0))
    leave_few(living)
    console = Console(living)
    console.live(30)
    (crash,) = living.scenes.all.values()
    for _ten_minutes in range(20):
        if crash.outcome is None:
            console.live(10)
    assert crash.outcome == "transported"
    assert crash.patients_left == 0
    assert crash.record is not None
    assert crash.record.carried == 9
    carried = [mission.carried for mission in living.crews.done]
    assert sum(carried) == 9
    assert any(mission.cross_city for mission in living.crews.done)


def test_a_unit_that_the_crew_gives_back_is_followed_by_another() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    console.live(3)
    (first,) = scene(living).crews
    terminal = living.fleet.by_id[first].terminal
    living.crews._does_not_start(living.crews.running[first])
    assert terminal.request is None
    console.live(1)
    assert first not in scene(living).crews
    assert scene(living).sent == 2


# --- across city lines ----------------------------------------------------------------------------


def test_another_citys_unit_is_asked_for_first_and_ordered_when_it_is_named() -> None:
    event = MassCasualty(kind="mass_casualty", at_min=1, city=CHANGSHA, position=(28.005, 113.012),
                         place="交界处", patients=9)  # fmt: skip
    living = world(scenario(event, demand=0.0, warm_up_min=0))
    leave_few(living)
    said = Console(living).live(15)
    story = [m for m in said if _about_aid(m)]
    first_order = next(at for at, m in enumerate(story) if isinstance(m.data, payloads.OrderRequest))
    kinds = [message.kind for message in story[:first_order]]
    assert kinds.index("cmd.aid.request") < kinds.index("cmd.aid.answer")
    order = story[first_order].data
    assert isinstance(order, payloads.OrderRequest)
    assert order.aid is not None
    states = [
        one.state for m in story if isinstance(m.data, payloads.AidsSnapshot) for one in m.data.aids
        if one.aid == order.aid
    ]  # fmt: skip
    passed = [state for state, _again in groupby(states)]
    assert passed[:2] == ["received", "committed"]
    assert "deployed" in passed


def _about_aid(message: Message) -> bool:
    abroad = isinstance(message.data, payloads.OrderRequest) and message.origin != message.city
    return abroad or "aid" in message.kind


def test_a_request_of_a_person_is_answered_after_the_usual_while_with_the_unit_that_was_wanted() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    console.live(0.1)
    console.say(XIANGTAN, "aid.request", aid(NUMBER, wanted=["XT-003"]), key="aid-1")
    console.live(0.1)
    assert console.aid("aid-1").state == "received"
    while console.aid("aid-1").state == "received":
        console.live(0.1)
    assert (console.aid("aid-1").state, console.aid("aid-1").units) == ("committed", ["XT-003"])
    request = console.order("XT-003", NUMBER, aid="aid-1")
    console.until("XT-003", UnitState.EN_ROUTE, 10)
    assert console.state(request) is OrderState.ACKED
    assert console.aid("aid-1").state == "deployed"
    assert "XT-003" in console.record(NUMBER).units


def test_a_request_that_a_person_of_the_lender_has_claimed_is_left_to_him() -> None:
    console, lender = _asked_by_xiangtan()
    lender.say(CHANGSHA, "aid.answer", payloads.AidAnswer("aid-2", "claim", BY))
    console.live(2.9)
    assert console.aid("aid-2").state == "received"


def test_where_a_person_sits_a_request_is_his_first() -> None:
    console, _lender = _asked_by_xiangtan()
    console.live(2)
    assert console.aid("aid-2").state == "received"
    console.live(0.9)
    assert console.aid("aid-2").state == "committed"


def _asked_by_xiangtan() -> tuple[Console, Console]:
    """A person in Xiangtan asks Changsha, where another one sits."""
    living = calm(staffed="changsha")
    console, lender = Console(living, city=XIANGTAN), Console(living)
    console.open("XT-1124-1001", city=XIANGTAN)
    console.live(0.1)
    asked = aid("XT-1124-1001").aid
    record = payloads.AidRecord(**{**_fields(asked), "aid": "aid-2", "borrower": XIANGTAN})  # type: ignore[arg-type]
    console.say(CHANGSHA, "aid.request", payloads.AidRequest(record, BY), key="aid-2")
    return console, lender


def _fields(record: payloads.AidRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_a_city_that_would_touch_its_reserve_declines_and_says_why() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    for ambulance in living.fleet.of(XIANGTAN)[3:]:
        living.take_out(ambulance, "crew_incomplete", 600)
    console.live(0.1)
    console.say(XIANGTAN, "aid.request", aid(NUMBER), key="aid-1")
    console.live(2.9)
    assert (console.aid("aid-1").state, console.aid("aid-1").reason) == ("declined", "reserve_kept")


def test_an_incident_handed_over_goes_on_at_the_other_centre_as_the_same_event() -> None:
    living = calm()
    console = Console(living)
    console.open(NUMBER)
    console.live(0.1)
    console.say(XIANGTAN, "aid.request", aid(NUMBER, kind="incident"), key="aid-1")
    console.live(2.9)
    assert console.aid("aid-1").state == "released"
    moved_to = console.aid("aid-1").moved_to
    assert moved_to is not None
    assert moved_to.startswith("XT-1124-0")
    console.live(6)
    (only,) = living.scenes.all.values()
    assert (only.number, only.centre, only.city) == (moved_to, XIANGTAN, CHANGSHA)
    assert only.sent == 1
    assert only.outcome is None
    assert console.record(NUMBER).ending == "transferred"


def test_no_city_is_asked_for_help_that_cannot_be_reached() -> None:
    living = calm()
    console = Console(living)
    living.sights.cut_off.add(XIANGTAN)
    console.live(0.1)
    ranking = living.sights.rank(CHANGSHA, (27.99, 112.99), 1, 9, frozenset(), NUMBER)
    units = {living.fleet.by_id[UnitId(one.unit)].unit.city for one in ranking.candidates}
    assert XIANGTAN not in units
    assert CityCode("zhuzhou") in {city.code for city in configuration().cities}
