"""A centre killed with holds of blood under way, over a real broker: every answer stands."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.messages import ActOnBlood, HoldBlood, KeyedCommand
from dispatch.clock import epoch_ms
from dispatch.domain.blood import BloodGroup, LotId
from dispatch.domain.blood_orders import BloodAct, BloodLine, BloodOrderId
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import By, Role
from dispatch.feed import payloads, topics
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.mqtt import over_mqtt
from tests.centre.blood_child import opened
from tests.centre.city_bench import LI, Console
from tests.centre.orders_bench import CHANGSHA, CLOCK, running, until
from tests.chaos.blood.bank import RED
from tests.chaos.blood.places import BANKS

ROOT, BANK = Path(__file__).parents[2], BANKS[0]
STAFF = By(operator="wang", role=Role.BLOOD_STAFF)
ON_HAND, HOLDS = 25, 24
"""24 holds of one or two bags: the last ones find too little, and are told so."""
ANSWERED_WITHIN_S = 60.0


@asynccontextmanager
async def centre_process(port: int, database: Path) -> AsyncIterator[None]:
    """A centre for the length of a block, at whose end it is killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.centre.blood_child", str(port), str(database), cwd=ROOT
    )
    try:
        yield
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()


async def count_the_shelf(console: Console) -> None:
    now_ms = epoch_ms(CLOCK.now())
    lot = payloads.StockLot("L-1", RED, BloodGroup.O_POS.value, ON_HAND, now_ms + 86_400_000)
    said = payloads.BankStock(BANK, 1, now_ms, [lot])
    await console.link.publish(topics.stock(CHANGSHA, BANK), "bank.stock", said)


def hold(console: Console, number: int) -> HoldBlood:
    line = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=1 + number % 2)
    return HoldBlood(
        console.key(), console.asker, LI, BloodOrderId(f"B-{number}"), BANK, HospitalId("H-1"), (line,),
        epoch_ms(CLOCK.now()) + 3_600_000,
    )  # fmt: skip


async def one_patient(console: Console, number: int, said: dict[str, KeyedCommand]) -> None:
    """Blood is held for a patient; if it is, staff confirm it."""
    asked = hold(console, number)
    said[asked.key] = asked
    answer = await console.send(asked, ANSWERED_WITHIN_S)
    if answer.accepted and number % 3:
        act = ActOnBlood(console.key(), console.asker, STAFF, asked.order, BloodAct.CONFIRM, seen=1)
        said[act.key] = act
        await console.send(act, ANSWERED_WITHIN_S)


@pytest.mark.slow
async def test_a_killed_centre_keeps_every_hold_and_gives_every_answer_once(tmp_path: Path) -> None:
    if find_program("nats") is None:
        pytest.skip("nats-server is not installed: it was not tested")
    broker, database = EmbeddedBroker("nats", tmp_path / "broker"), tmp_path / "centre.db"
    console = Console(CHANGSHA, over_mqtt({CHANGSHA: await broker.start()}, CLOCK))
    said: dict[str, KeyedCommand] = {}
    try:
        async with running(console):
            await until(lambda: console.link.state.up)
            async with centre_process(broker.port, database):
                await held_from_a_counted_shelf(console, said)
                patients = [
                    asyncio.create_task(one_patient(console, number, said)) for number in range(1, HOLDS)
                ]
                await until(lambda: len(console.answers) > HOLDS // 4, 30)
            async with centre_process(broker.port, database):
                await until(lambda: len(console.answers) > HOLDS, 30)
            killed_with = sum(not patient.done() for patient in patients)
            async with centre_process(broker.port, database):
                await asyncio.gather(*patients)
                first = dict(console.answers)
                again = {key: await console.send(one) for key, one in said.items()}
                await until(lambda: set(shown(console)) == {one.order for _key, one in holds(said)})
    finally:
        await broker.kill()
    assert killed_with > 0, "the centre was through before it was killed: nothing was shown"
    assert again == first
    judge(database, first, said, shown(console))


async def held_from_a_counted_shelf(console: Console, said: dict[str, KeyedCommand]) -> None:
    """The first hold is granted as soon as the centre knows what the bank has."""
    for number in count(1_000):
        await count_the_shelf(console)
        one = hold(console, number)
        said[one.key] = one
        if (await console.send(one, 30)).accepted:
            return


def holds(said: dict[str, KeyedCommand]) -> list[tuple[str, HoldBlood]]:
    return [(key, one) for key, one in said.items() if isinstance(one, HoldBlood)]


def shown(console: Console) -> dict[str, payloads.BloodOrderRecord]:
    """What the centre publishes of its orders."""
    data = console.kept.get(topics.snapshot(CHANGSHA, "blood_orders"))
    return {one.order: one for one in data.orders} if isinstance(data, payloads.BloodOrdersSnapshot) else {}


def judge(
    database: Path,
    answers: dict[str, payloads.Response],
    said: dict[str, KeyedCommand],
    published: dict[str, payloads.BloodOrderRecord],
) -> None:
    """What the last kill left on the disk is what was answered and published, and no more than there is."""
    assert verify(database).ok
    store = opened(database)
    stored = dict(store.state.blood)
    store.close()
    assert set(stored) == {one.order for _key, one in holds(said)}
    taken: Counter[LotId] = Counter()
    for key, one in holds(said):
        order, wanted = stored[one.order], sum(line.quantity for line in one.lines)
        assert [step.state.value for step in order.steps] == [
            step.state for step in published[order.id].steps
        ]
        assert sum(part.quantity for part in order.taken) == (wanted if answers[key].accepted else 0)
        for part in order.taken:
            taken[part.lot] += part.quantity
    assert 0 < taken[LotId("L-1")] <= ON_HAND
    acts = [(key, one) for key, one in said.items() if isinstance(one, ActOnBlood)]
    confirmed = {one.order for key, one in acts if answers[key].accepted}
    assert confirmed
    assert all("confirmed" in [step.state.value for step in stored[one].steps] for one in confirmed)
    assert not all(answer.accepted for answer in answers.values())  # the shelf was emptied
