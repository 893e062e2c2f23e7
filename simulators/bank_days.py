"""What a simulated bank issued and held day by day: the days before the drill drawn, those in it counted."""

from collections import defaultdict
from datetime import date, timedelta

from dispatch.domain.blood import BloodGroup
from dispatch.feed import payloads
from simulators.assumptions import BloodAssumptions, BloodUse
from simulators.engine import Rng
from simulators.shelves import SimulatedBank

DAYS = 28
WEEKDAY = (1.12, 1.1, 1.08, 1.06, 1.04, 0.82, 0.78)
"""Issue by day of the week, Monday first: planned operations rest at the weekend. An assumption; mean 1."""
Key = tuple[str, BloodGroup]


class BankDiary:
    """The last `DAYS` whole days of one bank, and the day that runs."""

    def __init__(self, bank: SimulatedBank, assumed: BloodAssumptions, rng: Rng, today: date) -> None:
        self.bank, self.today = bank, today
        self._keys = [(use.component, group) for use in assumed.use for group in BloodGroup]
        self._issued: dict[Key, list[int]] = {}
        self._issues: dict[Key, list[int]] = {}
        self._on_hand: dict[Key, list[int]] = {}
        self._now_issued: dict[Key, int] = defaultdict(int)
        self._now_issues: dict[Key, int] = defaultdict(int)
        for use in assumed.use:
            for group in BloodGroup:
                self._draw(use, group, assumed.share(group), rng)

    def _draw(self, use: BloodUse, group: BloodGroup, share: float, rng: Rng) -> None:
        """Days as the bank would have had them: issues at its rate, stock around its usual cover."""
        size = sum(use.issue) / len(use.issue)
        a_day = use.per_million_day * self.bank.share_million * share
        key, step = (use.component, group), min(use.issue)
        issued, issues, on_hand = [], [], []
        held = a_day * use.cover_days
        for back in range(DAYS, 0, -1):
            weekday = (self.today - timedelta(days=back)).weekday()
            count = int(rng.poisson(a_day / size * WEEKDAY[weekday]))
            amount = sum(use.issue[int(rng.integers(len(use.issue)))] for _ in range(count))
            held += 0.3 * (a_day * use.cover_days - held) + float(rng.normal(0, 0.4)) * max(a_day, 1e-9)
            issued.append(amount)
            issues.append(count)
            on_hand.append(max(0, round(held / step) * step))
        self._issued[key], self._issues[key], self._on_hand[key] = issued, issues, on_hand

    def issue(self, component: str, group: BloodGroup, quantity: int) -> None:
        """Something left the bank for patients today."""
        if quantity:
            self._now_issued[component, group] += quantity
            self._now_issues[component, group] += 1

    def close_day(self, now_ms: int) -> None:
        """Midnight: the day that ran is the newest whole one."""
        for key in self._keys:
            held = sum(lot.quantity for lot in self.bank.on_hand(*key, now_ms))
            for series, value in (
                (self._issued, self._now_issued[key]),
                (self._issues, self._now_issues[key]),
                (self._on_hand, held),
            ):
                series[key] = [*series[key][1:], value]
        self._now_issued.clear()
        self._now_issues.clear()
        self.today += timedelta(days=1)

    def payload(self, now_ms: int) -> payloads.BankDays:
        """The days as they go on the wire."""
        series = [
            payloads.GroupDays(
                component=component,
                group=group.value,
                issued=list(self._issued[component, group]),
                issues=list(self._issues[component, group]),
                on_hand=list(self._on_hand[component, group]),
            )
            for component, group in self._keys
        ]
        first = self.today - timedelta(days=DAYS)
        return payloads.BankDays(
            bank=self.bank.bank.id, first_day=first.isoformat(), said_at=now_ms, series=series
        )
