"""What a bank says of its last days: its trend, and the issue that its cover rests on."""

from datetime import date

from dispatch.clock import from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.picture.stock_days import BankDays, DayCounts, SeriesKey, day_of


class StockDayNews:
    """Applies messages about days; a component that is not configured is left out, as lots of it are."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def take(self, route: Route, data: payloads.BankDays, latest_ms: int) -> None:
        """Replace what is held of a bank's days; Refused for a day that has not been, or a series twice."""
        if data.bank != route.key:
            raise Refused("wrong_key", found=data.bank, expected=route.key)
        if data.said_at > latest_ms:
            raise Refused("future", ahead_s=ahead_s(data.said_at, latest_ms))
        first = date.fromisoformat(data.first_day)  # ValueError counts as malformed
        series = self._series(data)
        longest = max((len(each) for one in data.series for each in (one.issued, one.on_hand)), default=0)
        last = first.toordinal() + longest - 1
        if longest and last > day_of(from_epoch_ms(latest_ms)).toordinal():
            raise Refused("future_day", bank=data.bank, day=date.fromordinal(last).isoformat())
        days = BankDays(BankId(data.bank), first, from_epoch_ms(data.said_at), series)
        if self._context.picture.stock.apply_days(days):
            self._context.counters.applied += 1
            self._context.picture.changes.mark("bank", data.bank)
        else:
            self._context.counters.late += 1

    def _series(self, data: payloads.BankDays) -> dict[SeriesKey, DayCounts]:
        series: dict[SeriesKey, DayCounts] = {}
        for one in data.series:
            key = (ComponentCode(one.component), BloodGroup(one.group))
            if key in series:
                raise Refused("duplicate_entry", subject=data.bank)
            if one.component in self._context.picture.components:
                series[key] = DayCounts(tuple(one.issued), tuple(one.issues), tuple(one.on_hand))
        return series
