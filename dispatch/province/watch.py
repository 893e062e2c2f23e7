"""The links of some cities in one process, and what they count. No link of a province orders anything."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.access import province_reads
from dispatch.feed.link import Identity, Link
from dispatch.feed.transport import Connect, Received
from dispatch.province.model import CityCount
from dispatch.province.rules import ProvinceRules
from dispatch.province.tally import CityTally


class Watch:
    """Some of a province's cities."""

    def __init__(
        self,
        rules: ProvinceRules,
        cities: Sequence[CityCode],
        connect: Connect,
        clock: Clock,
        *,
        drill: bool = False,
    ) -> None:
        """`cities`: those that have a broker."""
        self._clock = clock
        identity = Identity(rules.code, rules.node, "gateway", drill)
        self.tallies = {
            city: CityTally(
                city, stale_after_s=rules.stale_after_s, blood_alarms=rules.blood_alarms, drill=drill
            )
            for city in cities
        }
        own = f"{rules.code}-{rules.node}"
        self.links: Mapping[CityCode, Link] = {
            city: Link(
                city=city,
                transport=connect(city, own),
                identity=identity,
                filters=province_reads(city),
                clock=clock,
                on_batch=self._take,
            )
            for city in cities
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The links live as long as the block."""
        tasks = [asyncio.create_task(link.run(), name=f"link {city}") for city, link in self.links.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def counts(self) -> list[CityCount]:
        """How each city stands now."""
        now_ms = epoch_ms(self._clock.now())
        return [
            tally.count(now_ms, "up" if self.links[city].state.up else "down", self.links[city].state.error)
            for city, tally in self.tallies.items()
        ]

    def _take(self, city: CityCode, batch: list[Received]) -> None:
        self.tallies[city].take(batch)


def own_topic(rules: ProvinceRules) -> str:
    """Where it says that it is there: the only thing it publishes."""
    return topics.node(rules.code, rules.node)
