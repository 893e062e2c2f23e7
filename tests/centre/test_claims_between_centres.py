"""Two real centres over a broker: the ledger asked, unreachable, asked again; nothing named on the wire."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.claims_disk import ClaimsDisk
from dispatch.centre.messages import ClaimSaid, Reply
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.centre.wire_claims import said_payload
from dispatch.claims.claim import ClaimId
from dispatch.claims.deeds import ActOnClaim, FileClaim, Saying, TellDonation
from dispatch.claims.quota import Donation
from dispatch.claims.states import ClaimState, Deed
from dispatch.clock import epoch_ms
from dispatch.desk.claims import Claims
from dispatch.desk.part import Kit
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Right
from dispatch.domain.orders import Asker
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.transport import Received, Transport
from tests.centre.orders_bench import CLOCK, QUICK, until
from tests.unit.centre.centre_world import CHANGSHA, ZHUZHOU
from tests.unit.centre.claims_world import DONOR, HE, PAPERS, USED_ON, claims_rules, facts

Brokers = dict[CityCode, MemoryBroker]


class Town:
    """A centre on its own broker, reading the neighbour's, and a claims desk beside it."""

    def __init__(self, city: CityCode, brokers: Brokers, folder: Path) -> None:
        self.city, self.brokers, self.file = city, brokers, folder / f"{city}.db"
        self.store = Store.open(
            self.file, city=city, node="centre", units=(), rules=claims_rules(), now_ms=epoch_ms(CLOCK.now())
        )
        self.centre = Centre(
            self.store, self._connect, clock=CLOCK, drill=False, timing=QUICK, neighbours=tuple(brokers)
        )
        self.link = Link(
            city=city, transport=self._connect(city, f"{city}-desk"),
            identity=Identity(city, "desk", "console", drill=False),
            filters=(topics.response(city, city, "desk"),), clock=CLOCK, on_batch=self._hear, timing=QUICK,
        )  # fmt: skip
        self.outbox = Outbox({city: self.link}, home_city=city, node="desk", clock=CLOCK)

    def _connect(self, city: CityCode, client_id: str) -> Transport:
        return MemoryTransport(self.brokers[city], client_id, CLOCK)

    def _hear(self, city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            data = payloads.decode("response", one.payload).data
            if isinstance(data, payloads.Response):
                self.outbox.hear(city, data)

    async def say(self, said: Saying) -> CommandResult:
        payload = said_payload(ClaimSaid("", Asker(self.city, "desk"), HE, said))
        result = await self.outbox.send(self.city, "claims.say", payload, expires_s=10)
        assert result.answered, result
        return result

    async def act(self, claim: str, deed: Deed) -> CommandResult:
        return await self.say(ActOnClaim(claim=ClaimId(claim), deed=deed, reason="because", documents=PAPERS))

    async def ready(self, claim: str) -> None:
        filed = FileClaim(claim=ClaimId(claim), facts=facts(line=claim))
        for reply in (
            await self.say(filed),
            await self.act(claim, Deed.SUBMIT),
            await self.act(claim, Deed.VERIFY),
        ):
            assert reply.accepted, reply

    @property
    def disk(self) -> ClaimsDisk:
        return self.store._past.claims

    def state(self, claim: str) -> str:
        found = self.disk.claim(ClaimId(claim))
        return "" if found is None else found.state.value


@asynccontextmanager
async def towns(folder: Path, brokers: Brokers) -> AsyncIterator[dict[CityCode, Town]]:
    made = {city: Town(city, brokers, folder) for city in brokers}
    async with AsyncExitStack() as stack:
        for town in made.values():
            stack.callback(town.store.close)
            for work in (town.centre.run(), town.link.run()):
                task = asyncio.create_task(work)
                stack.push_async_callback(_end, task)
        for town in made.values():
            await until(lambda town=town: town.link.state.up and town.centre.link.state.up, 10)  # type: ignore[misc]
        yield made


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def brokers() -> Brokers:
    return {CHANGSHA: MemoryBroker(), ZHUZHOU: MemoryBroker()}


async def gave(town: Town, ml: int) -> None:
    gift = Donation(day=USED_ON, centre=town.city, province="430000", kind="whole_blood", ml=ml)
    assert (
        await town.say(TellDonation(id=ClaimId(f"d-{town.city}"), donors=(DONOR,), donation=gift))
    ).accepted


async def comes(states: Callable[[], list[str]], *wanted: str) -> None:
    await until(lambda: sorted(states()) == sorted(wanted), 15)


async def test_of_two_centres_that_approve_the_last_400_ml_over_their_brokers_one_succeeds(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers) as all_:
        here, there = all_[CHANGSHA], all_[ZHUZHOU]
        await gave(there, 200)
        await until(lambda: bool(here.disk.donation(f"d-{ZHUZHOU}")), 10)
        await here.ready("cs")
        await there.ready("zz")
        await asyncio.gather(here.act("cs", Deed.APPROVE), there.act("zz", Deed.APPROVE))
        await comes(lambda: [here.state("cs"), there.state("zz")], "approved", "rejected")
    assert all(verify(tmp_path / f"{city}.db").ok for city in brokers)


async def test_while_the_ledger_is_away_the_claim_waits_and_a_restart_does_not_forget_it(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers) as all_:
        await gave(all_[CHANGSHA], 200)
        await all_[ZHUZHOU].ready("zz")
        brokers[CHANGSHA].stop()
        told = await all_[ZHUZHOU].act("zz", Deed.APPROVE)
        assert (told.accepted, told.facts["waits"]) == (True, CHANGSHA)
        await asyncio.sleep(0.6)
        assert all_[ZHUZHOU].state("zz") == "verifying"
        refused = await all_[ZHUZHOU].act("zz", Deed.REJECT)
        assert (refused.accepted, refused.code) == (False, "claim_waits")
    brokers[CHANGSHA].start()
    async with towns(tmp_path, brokers) as all_:
        await comes(lambda: [all_[ZHUZHOU].state("zz")], "approved")
        assert (await all_[ZHUZHOU].act("zz", Deed.PAY)).accepted
        await comes(lambda: [all_[ZHUZHOU].state("zz")], "posted")


async def test_an_answer_is_believed_of_the_ledger_alone(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers) as all_:
        town = all_[ZHUZHOU]
        await town.ready("zz")
        brokers[CHANGSHA].denied.add(topics.commands_to(CHANGSHA))
        await town.act("zz", Deed.APPROVE)
        (ask,) = town.disk.asks()
        reply = Reply(Asker(ZHUZHOU, "centre"), ask.key, accepted=True)
        forged = payloads.Response(reply.key, True, "", None, {"outcome": "approved", "ml": 1, "fen": 1})
        await town.link.publish(topics.response(ZHUZHOU, ZHUZHOU, "centre"), "response", forged, key=ask.key)
        await asyncio.sleep(0.5)
        assert town.state("zz") == "verifying"


async def test_a_desk_sees_its_centres_claims_and_acts_on_them(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers) as all_:
        town, written = all_[CHANGSHA], []

        async def append(action: str, **_row: object) -> None:
            written.append(action)

        def may(_right: Right) -> str:
            return refusal[0]

        refusal = [""]
        settings = SimpleNamespace(home_city=CHANGSHA, node="desk")
        kit = SimpleNamespace(
            configuration=SimpleNamespace(settings=settings), picture=None, clock=CLOCK, quarantine=None,
            drill=False, news=None, outbox=town.outbox, audit=SimpleNamespace(append=append),
            seat=SimpleNamespace(by=HE, why_not=may, demand=lambda _right: HE),
        )  # fmt: skip
        claims = Claims(cast("Kit", kit))
        await gave(town, 200)
        for place in range(23):
            await town.ready(f"cs-{place}")
        await claims.refresh()
        assert (len(claims.rows), claims.total, claims.trouble) == (23, 23, "")
        assert (await claims.act("cs-1", Deed.APPROVE)).ok
        await claims.look("cs-1")
        assert (claims.shown, claims.facts["liable"], claims.steps[-1].state) == (
            "cs-1", f"{CHANGSHA}:88000", ClaimState.APPROVED,
        )  # fmt: skip
        assert not (await claims.act("cs-1", Deed.SUBMIT)).ok
        assert (await claims.act("cs-2", Deed.APPROVE)).ok
        await claims.look("cs-2")
        assert "quota" in claims.why or "\u989d\u5ea6" in claims.why
        assert written == ["claim.approve", "claim.submit", "claim.approve"]
        refusal[0] = "not you"
        await claims.refresh()
        assert (claims.rows, claims.facts, claims.shown) == ((), {}, "")
