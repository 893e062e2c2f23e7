"""Moves of a night in a study: the very matching that the console proposes by."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dispatch.blood.forecast import Demand, Forecast, demand
from dispatch.blood.matching import Limits, match
from dispatch.blood.move_rules import ComponentMoves
from dispatch.blood.shelves import Shelf, ShelfLot
from dispatch.domain.blood import BankId, BloodGroup, LotId
from simulators.blood_study.scenario import StudyScenario, StudySite
from simulators.blood_study.shelf import Units

_MONDAY = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(hours=8)
"""Midnight of a Monday in China."""


class Night:
    """Proposes and carries out every move that the rules find worth it.

    The forecast is the scenario's own demand: what a perfect forecaster would know of means and spread.
    """

    def __init__(self, scenario: StudyScenario, rules: ComponentMoves, caution_z: float) -> None:
        self.scenario, self.rules = scenario, rules
        self.limits = Limits(scenario.use_within_h, caution_z)
        self.demands = [
            [_demand(site, _MONDAY + timedelta(days=weekday), rules) for weekday in range(7)]
            for site in scenario.site
        ]

    def __call__(self, day: int, sites: Sequence[Units]) -> list[tuple[int, int, int, int]]:
        """(from, to, days left, units) of each move before the day begins."""
        shelves = [self._shelf(number, units, day % 7) for number, units in enumerate(sites)]
        found, _stuck = match(shelves, self._arrival_h, self.rules, self.limits)
        return [(int(one.giver), int(one.taker), int(lot.id), lot.units) for one in found for lot in one.lots]

    def _arrival_h(self, _giver: BankId, _taker: BankId) -> float:
        return self.scenario.arrival_h

    def _shelf(self, number: int, units: Units, weekday: int) -> Shelf:
        lots = tuple(
            ShelfLot(LotId(f"{days_left:03}"), count, 24.0 * days_left)
            for days_left, count in enumerate(units.left, start=1)
            if count
        )
        site, known = self.scenario.site[number], self.demands[number][weekday]
        return Shelf(BankId(f"{number:03}"), lots, known, site.keep, self.rules.horizon_h, self.rules.step)


def _demand(site: StudySite, midnight: datetime, rules: ComponentMoves) -> Demand:
    mean = site.daily
    monday, *others = (value / mean if mean else 1.0 for value in site.mean)
    forecast = Forecast(
        bank=BankId("site"),
        component=rules.component,
        group=BloodGroup.O_POS,
        daily_issue=mean,
        fano=site.fano,
        weekday=(monday, others[0], others[1], others[2], others[3], others[4], others[5]),
    )
    return demand(forecast, midnight, rules.horizon_h, rules.step, site.fano)
