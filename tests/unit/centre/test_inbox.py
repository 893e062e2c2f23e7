"""What waits to be decided: orders first, nobody starved, nothing piling up; and what is said again."""

import asyncio

from dispatch.centre.again import Repeats
from dispatch.centre.inbox import Inbox
from dispatch.centre.messages import Act, ForeignUnit, Query, Tell, Tick, UnitSaid
from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, RequestId, Token
from dispatch.domain.units import UnitId, UnitState, UnitStatus

UNIT = UnitId("CS-001")
QUERY = Query(RequestId("r"), UNIT, Asker(CityCode("changsha"), "console-1"))
SAID = UnitSaid(UNIT, 1, UnitState.EN_ROUTE, 1)
FOREIGN = ForeignUnit(
    CityCode("zhuzhou"), UnitId("ZZ-001"), UnitStatus(state=UnitState.PAUSED, since=from_epoch_ms(0))
)


async def test_orders_and_reports_go_first_when_much_waits() -> None:
    inbox = Inbox()
    for one in (FOREIGN, SAID, QUERY, FOREIGN, SAID, QUERY):
        inbox.put(one)
    assert await inbox.take(10) == [QUERY, QUERY, SAID, SAID, FOREIGN, FOREIGN]


async def test_a_flood_of_orders_starves_nobody() -> None:
    inbox = Inbox()
    for _one in range(1_000):
        inbox.put(QUERY)
    inbox.put(SAID)
    inbox.put(FOREIGN)
    group = await inbox.take(64)
    assert len(group) == 64
    assert SAID in group
    assert FOREIGN in group


async def test_what_comes_above_the_limit_is_dropped_and_said_to_be() -> None:
    inbox = Inbox(waiting=2)
    assert [inbox.put(SAID) for _one in range(3)] == [True, True, False]
    assert inbox.put(QUERY)


async def test_ticks_do_not_pile_up_behind_a_slow_disk() -> None:
    inbox = Inbox()
    for _one in range(100):
        inbox.put(Tick())
    assert await inbox.take(256) == [Tick()]


async def test_it_waits_until_something_comes_or_somebody_wakes_it() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.take(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.wake()
    assert await waiting == []


JOB = Job(
    incident=IncidentId("CS-1124-1001"),
    priority=Priority.URGENT,
    position=Position(lat=28, lon=113),
    place="x",
)


def take_to(hospital: str) -> Tell:
    job = JOB.model_copy(update={"hospital": hospital})
    return Tell(UNIT, RequestId("r"), Token(1, 1), Act.TAKE_TO, job)


GO = Tell(UNIT, RequestId("r"), Token(1, 1), Act.GO, JOB)


def test_what_no_vehicle_answers_is_said_again_after_1_1_2_4_8_8_seconds() -> None:
    repeats, said = Repeats(), []
    for second in range(32):
        said += [second for _tell in repeats.due([GO], second * 1000)]
    assert said == [0, 1, 2, 4, 8, 16, 24]


def test_another_hospital_is_said_at_once() -> None:
    repeats = Repeats()
    assert repeats.due([GO, take_to("H-1")], 0) == [GO, take_to("H-1")]
    assert repeats.due([GO, take_to("H-2")], 10) == [take_to("H-2")]


def test_what_was_answered_and_waits_anew_is_said_at_once() -> None:
    repeats = Repeats()
    repeats.due([GO], 0)
    repeats.due([], 10)
    assert repeats.due([GO], 20) == [GO]
    repeats.clear()
    assert repeats.due([GO], 30) == [GO]
