"""The rights of a program at each broker, tried when it starts: what it needs, and what it must not have.

A broker whose access list is wrong says nothing: a publish that it denies looks like one that it took, and a
right too many is seen by nobody until it is misused. So each program tries what can be tried without harm.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.access import Access, Program, ProgramRole, access
from dispatch.feed.transport import Connect, Endpoint, Session, Transport, TransportLost, Will
from dispatch.feed.trial import NoAnswers, Tried, try_rights
from dispatch.language import _

PROBE = "self-test"
"""Stands in topics that no program uses: what is published there moves nothing if a broker takes it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found at the broker of one city."""

    city: CityCode
    missing: tuple[str, ...] = ()
    """Topics that the program needs to write and may not."""
    excess: tuple[str, ...] = ()
    """Topics that it must not write or read, and may."""
    tried: int = 0
    """How many rights were tried."""
    untried: str = ""
    """Why nothing could be tried; empty when it was."""

    @property
    def good(self) -> bool:
        return not (self.missing or self.excess or self.untried)

    def lines(self) -> list[str]:
        """The same in sentences of the language in use."""
        facts = {"city": self.city}
        if self.untried:
            return [_("{city}: rights were not tried: {why}", why=self.untried, **facts)]
        if self.good:
            return [_("{city}: rights are as they should be ({count} tried)", count=self.tried, **facts)]
        said = [_("{city}: may not write, and needs to: {topic}", topic=one, **facts) for one in self.missing]
        return said + [
            _("{city}: may write or read, and must not: {topic}", topic=one, **facts) for one in self.excess
        ]


OnFindings = Callable[[Findings], None]


def needed(program: Program, broker: CityCode, clock: Clock, *, drill: bool) -> dict[str, bytes]:
    """What is published to try what it needs: a request for the state of the units, which any may repeat."""
    console = program.role is ProgramRole.CONSOLE
    if not console and broker != program.city:
        return {}
    now = epoch_ms(clock.now())
    envelope = payloads.Envelope(
        v=1,
        type="cmd.snapshot.request",
        src=payloads.Source(city=program.city, node=program.name, epoch=now),
        seq=1,
        ts_evt=now,
        ts_pub=now,
        drill=drill,
        data=payloads.SnapshotRequest(kind="units"),
        expires_at=now + 10_000,
    )
    return {topics.command(program.city, broker, "snapshot.request"): payloads.encode(envelope)}


def forbidden(program: Program, broker: CityCode, others: tuple[CityCode, ...]) -> dict[str, bytes]:
    """What is published to try what it must not have: no program acts on these, and they are empty."""
    home = program.city
    stranger = next(city for city in others if city not in (home, broker)) if len(others) > 2 else None
    ways = [
        topics.unit_order(broker, PROBE) if program.role is ProgramRole.CONSOLE or broker != home
        else topics.position(home, PROBE),
        topics.node(home, f"{program.name}-{PROBE}"),
        topics.stock(broker, PROBE),
        f"{topics.ROOT}/{PROBE}",
    ]  # fmt: skip
    if stranger is not None:
        ways.append(topics.command(stranger, broker, PROBE))
    return dict.fromkeys(ways, b"")


def judged(
    city: CityCode, may: Access, needs: Mapping[str, bytes], bad: Mapping[str, bytes], tried: Tried
) -> Findings:
    """The findings of a trial."""
    read = sorted(topic for topic in tried.heard if not may.may_read(topic) and topic not in bad)
    return Findings(
        city,
        missing=tuple(sorted(tried.denied & needs.keys())),
        excess=(*sorted(tried.taken & bad.keys()), *read[:5]),
        tried=len(needs) + len(bad),
    )


class RightsTest:
    """Tries a program's rights at each broker once, just before its first link to it."""

    def __init__(
        self,
        program: Program,
        endpoints: Mapping[CityCode, Endpoint],
        clock: Clock,
        *,
        drill: bool = False,
        on_findings: OnFindings | None = None,
    ) -> None:
        self.program, self.endpoints = program, endpoints
        self.on_findings = on_findings
        self.findings: dict[CityCode, Findings] = {}
        self._clock, self._drill = clock, drill

    async def test(self, city: CityCode) -> Findings:
        """Try now; TransportLost when the broker is not there."""
        may = access(self.program, city)
        if may is None:
            return Findings(city, untried=_("it has no business there"))
        needs = needed(self.program, city, self._clock, drill=self._drill)
        bad = forbidden(self.program, city, tuple(self.endpoints))
        publishes = {**bad, **needs}
        try:
            tried = await asyncio.to_thread(try_rights, self.endpoints[city], self.program.user, publishes)
        except NoAnswers as error:
            return Findings(city, untried=str(error))
        return judged(city, may, needs, bad, tried)

    def over(self, connect: Connect) -> Connect:
        """The same way to the brokers, with the test before the first session at each."""
        return lambda city, client_id: _Tested(connect(city, client_id), self, city)

    async def unless_known(self, city: CityCode) -> Findings | None:
        """What a trial finds, also that it came to nothing; None when it was kept before."""
        if city in self.findings:
            return None
        try:
            return await self.test(city)
        except TransportLost as lost:
            return Findings(city, untried=str(lost))

    def keep(self, found: Findings | None) -> None:
        """The broker is there: what was found counts, and is told."""
        if found is not None:
            self.findings[found.city] = found
            if self.on_findings is not None:
                self.on_findings(found)


class _Tested:
    """A transport that tries the rights at its broker before its first session; a trial stops no link.

    One that came to nothing is kept once the session stands, and not before: a broker that is not there is
    tried again when it is.
    """

    def __init__(self, inner: Transport, test: RightsTest, city: CityCode) -> None:
        self._inner, self._test, self._city = inner, test, city

    @asynccontextmanager
    async def session(self, will: Will | None) -> AsyncIterator[Session]:
        found = await self._test.unless_known(self._city)
        async with self._inner.session(will) as session:
            self._test.keep(found)
            yield session
