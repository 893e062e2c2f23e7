"""One replication: sites day by day under one policy of sharing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulators.blood_study.demand import Counts
from simulators.blood_study.scenario import StudyScenario
from simulators.blood_study.shelf import Units

Order = Callable[[int, Units, int], int]
"""(site, its units, units under way to it) -> units ordered this morning."""
Overnight = Callable[[int, Sequence[Units]], list[tuple[int, int, int, int]]]
"""(day, all sites) -> moves as (from, to, days left, units)."""


@dataclass(slots=True)
class Totals:
    """Units of one site over the counted days. `shared` and `moved` are what it gave."""

    demanded: int = 0
    issued: int = 0
    short: int = 0
    received: int = 0
    outdated: int = 0
    shared: int = 0
    moved: int = 0


@dataclass(slots=True)
class Run:
    """What one replication came to. `moves` counts journeys; `began` and `ended` are units on all shelves."""

    sites: list[Totals]
    moves: int = 0
    began: int = 0
    ended: int = 0

    def sum(self, name: str) -> int:
        """One figure over all sites."""
        return sum(int(getattr(site, name)) for site in self.sites)


def run(
    scenario: StudyScenario,
    demand: Counts,
    order: Order,
    *,
    reactive: bool = False,
    overnight: Overnight | None = None,
) -> Run:
    """Run the days of `demand`; only those after the warm-up are counted."""
    return _Running(scenario, order, reactive=reactive, overnight=overnight).through(demand)


def up_to_levels(scenario: StudyScenario) -> Order:
    """Order up to the level of the site, counting what is held and under way."""
    levels = [site.order_up_to for site in scenario.site]
    return lambda site, units, under_way: max(0, levels[site] - units.total - under_way)


class _Running:
    """The sites and what is under way to them."""

    def __init__(
        self, scenario: StudyScenario, order: Order, *, reactive: bool, overnight: Overnight | None
    ) -> None:
        self.scenario, self.order, self.reactive, self.overnight = scenario, order, reactive, overnight
        self.units = [Units(scenario.life_days) for _site in scenario.site]
        self.coming = [[0] * scenario.lead_days for _site in scenario.site]
        self.run = Run([Totals() for _site in scenario.site])

    def through(self, demand: Counts) -> Run:
        for day, wanted in enumerate(demand.tolist()):
            if day == self.scenario.warm_up_days:
                self.run = Run([Totals() for _site in self.units], began=self._held())
            self._morning()
            if self.overnight is not None:
                self._move(day, self.overnight)
            self._issue(wanted)
            for units, totals in zip(self.units, self.run.sites, strict=True):
                totals.outdated += units.age()
        self.run.ended = self._held()
        return self.run

    def _held(self) -> int:
        return sum(units.total for units in self.units)

    def _morning(self) -> None:
        """Shelve what arrives, then order; with no lead time the order itself arrives."""
        for site, (units, coming) in enumerate(zip(self.units, self.coming, strict=True)):
            if not coming:
                self._receive(site, self.order(site, units, 0))
                continue
            self._receive(site, coming.pop(0))
            coming.append(self.order(site, units, sum(coming)))

    def _receive(self, site: int, count: int) -> None:
        self.units[site].put(count, self.scenario.life_days)
        self.run.sites[site].received += count

    def _move(self, day: int, overnight: Overnight) -> None:
        pairs = set()
        for giver, taker, days_left, count in overnight(day, self.units):
            self.units[giver].left[days_left - 1] -= count
            self.units[taker].put(count, days_left)
            self.run.sites[giver].moved += count
            pairs.add((giver, taker))
        self.run.moves += len(pairs)

    def _issue(self, wanted: Sequence[int]) -> None:
        """Every site meets its own demand first; then, if sharing, what is short is fetched elsewhere."""
        oldest_first = self.scenario.issuing == "fifo"
        short = []
        for units, totals, asked in zip(self.units, self.run.sites, wanted, strict=True):
            had = sum(count for _days, count in units.take(asked, oldest_first=oldest_first))
            totals.demanded += asked
            totals.issued += had
            short.append(asked - had)
        for site, missing in enumerate(short):
            fetched = self._fetch(site, missing) if self.reactive and missing else 0
            self.run.sites[site].issued += fetched
            self.run.sites[site].short += missing - fetched

    def _fetch(self, site: int, missing: int) -> int:
        """From the site with the most above what it keeps, its oldest first, until nothing is missing."""
        fetched = 0
        while fetched < missing:
            spare = [
                (units.total - place.keep, -number)
                for number, (units, place) in enumerate(zip(self.units, self.scenario.site, strict=True))
                if number != site
            ]
            most, number = max(spare, default=(0, 0))
            if most <= 0:
                break
            taken = self.units[-number].take(min(most, missing - fetched))
            count = sum(part for _days, part in taken)
            self.run.sites[-number].shared += count
            fetched += count
        return fetched
