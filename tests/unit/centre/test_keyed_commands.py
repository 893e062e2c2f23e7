"""Keyed commands: answered once for each key, refused by role and by deadline, and never half done."""

from dataclasses import replace
from typing import get_args

import pytest

from dispatch.centre import incidents
from dispatch.centre.hearing import KINDS
from dispatch.centre.messages import ChangeIncident, KeyedCommand, OpenIncident, Reply, Request, Tick
from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Act, Incident, IncidentId, Priority
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.orders import Asker, OrderState, RequestId
from dispatch.domain.units import UnitId
from tests.unit.centre.centre_world import CHANGSHA, HERE, LI, START_MS, City, rules

HERE_ASKER = Asker(CHANGSHA, "console-1")
NUMBER = IncidentId("CS-1124-1001")
RIGHTS = Rights(
    edition="test",
    roles={
        Role.DISPATCHER: frozenset(Right),
        Role.OBSERVER: frozenset(),
        Role.DRILL_LEADER: frozenset(Right),
    },
    drill_only=frozenset({Role.DRILL_LEADER}),
)


def opening(key: str = "k1", by: By = LI) -> OpenIncident:
    incident = Incident(
        id=NUMBER,
        city=CHANGSHA,
        position=HERE,
        place="Wuyi Square",
        priority=Priority.URGENT,
        opened_at=from_epoch_ms(START_MS),
    )
    return OpenIncident(key, HERE_ASKER, by, incident)


def take(city: City, *said: OpenIncident | ChangeIncident) -> list[Reply]:
    return [one for one in city.centre.take(said, city.now_ms) if isinstance(one, Reply)]


@pytest.fixture
def city() -> City:
    return City(centre_rules=rules().model_copy(update={"rights": RIGHTS}))


def test_a_repeat_is_given_the_first_answer_wherever_it_comes_from(city: City) -> None:
    (first,) = take(city, opening())
    again = replace(opening(), asker=Asker(CityCode("zhuzhou"), "console-7"))
    (second,) = take(city, again)
    assert second == replace(first, to=again.asker)
    assert city.codes() == ["opened"]


def test_a_refusal_too_is_given_again(city: City) -> None:
    take(city, opening())
    (refused,) = take(city, opening("k2"))
    assert (refused.accepted, refused.code) == (False, "incident_exists")
    assert take(city, opening("k2")) == [refused]
    assert city.actions().count("command.refused") == 1


def test_a_role_does_only_what_it_may(city: City) -> None:
    (refused,) = take(city, opening(by=By(operator="guest", role=Role.OBSERVER)))
    assert (refused.code, refused.facts) == ("not_allowed", {"role": "observer", "right": "incident"})
    assert city.state.incidents == {}
    assert city.note("command.refused").actor == "guest"


def test_break_glass_does_what_a_dispatcher_may_and_says_so_in_the_log(city: City) -> None:
    (reply,) = take(city, opening(by=By(operator="zhao", role=Role.OBSERVER, break_glass=True)))
    assert reply.accepted
    assert city.note("incident.opened").detail["break_glass"] == 1


def test_a_drill_leader_looks_on_in_real_operation(city: City) -> None:
    leader = By(operator="qian", role=Role.DRILL_LEADER)
    assert [one.code for one in take(city, opening(by=leader))] == ["not_allowed"]
    city.state.drill = True
    assert take(city, opening("k2", by=leader))[0].accepted


def test_an_observer_orders_no_unit(city: City) -> None:
    take(city, opening())
    request = city.request("CS-001", NUMBER)
    assert city.order(request).state is OrderState.RESERVED
    known = city.order(request)
    assert known.job is not None
    who = UnitId("CS-002"), HERE_ASKER, "guest", known.job, city.now_ms + 60_000
    asked = Request(RequestId("by an observer"), *who, role="observer")
    city.centre.take([asked], city.now_ms)
    assert city.denied(asked.request) == "not_allowed"


def test_a_command_that_came_too_late_is_refused_for_good(city: City) -> None:
    late = replace(opening(), expires_ms=city.now_ms - 1)
    assert [one.code for one in take(city, late)] == ["expired"]
    assert [one.code for one in take(city, opening())] == ["expired"]


def test_an_answered_command_is_answered_again_after_its_deadline(city: City) -> None:
    (first,) = take(city, replace(opening(), expires_ms=city.now_ms))
    city.now_ms += 60_000
    assert take(city, replace(opening(), expires_ms=city.now_ms - 60_000)) == [first]


def test_what_is_refused_half_way_leaves_nothing_behind(city: City) -> None:
    take(city, opening())
    before, lines = city.find(), city.codes()
    (refused,) = take(city, ChangeIncident("k3", HERE_ASKER, LI, incident=NUMBER, act=Act.REPEAT))
    assert (refused.code, refused.facts) == ("missing", {"field": "text"})
    assert (city.find(), city.codes()) == (before, lines)


def test_a_fault_in_one_part_does_not_keep_leases_from_ending(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(city, opening())
    request = city.request("CS-001", NUMBER)

    def broken(_draft: object) -> None:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(incidents, "tick", broken)
    city.now_ms += 60_000
    city.centre.take([Tick()], city.now_ms)
    assert city.order(request).state is OrderState.EXPIRED


def test_every_keyed_command_has_a_kind_on_the_wire() -> None:
    assert set(KINDS) == set(get_args(KeyedCommand))
