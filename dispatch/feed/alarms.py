"""Alarms that the feed itself raises, once a second: cities, banks, and floods of refused messages."""

from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.geography import CityCode
from dispatch.feed.context import Context, IntakeEvent
from dispatch.feed.news_stock import StockNews
from dispatch.language import N_
from dispatch.picture.cities import CityView, Sight
from dispatch.picture.stock import BankStock

SENTENCES = {
    "bank_incomplete": N_("{bank}: a change of its stock was missed; it was asked for a new count"),
    "centre_failing": N_(
        "The centre of {city} cannot write its records, and takes no orders until it can: see to its disk"
    ),
    "bank_stale": N_("{bank}: its last count is {age_s} old"),
    "lots_left_out": N_("{bank}: {count} lots of unknown components are not shown"),
    "quarantine_failed": N_("Refused messages cannot be written to the quarantine table: {error}"),
}
"""Code -> sentence, for the codes that only the feed raises; facts named `*_s` are seconds."""

Facts = dict[str, str | int | float]


class FeedAlarms:
    """Raises an alarm while its cause stands, and says when the cause is gone."""

    def __init__(
        self, context: Context, stock: StockNews, on_event: Callable[[IntakeEvent], None] | None
    ) -> None:
        self._context, self._stock, self._on_event = context, stock, on_event
        self._alarms = context.picture.alarms
        self._refused_before: dict[CityCode, int] = {}
        self._incomplete_since: dict[str, datetime] = {}

    def city(self, view: CityView, now: datetime, *, waited_s: float) -> None:
        """Offline, failing, silent; a city that was never reached is offline once there was time to."""
        unreached = view.sight is Sight.NEVER and not view.link_up
        never = unreached and waited_s > self._context.limits.silent_after_s
        offline = view.sight is Sight.OFFLINE or never
        self._set("city_offline", view.city, Severity.CRITICAL, offline, now, {"city": view.city})
        centres = [node for node in view.nodes.values() if node.kind == "centre"]
        failing = any(node.online and node.failing for node in centres)
        self._set("centre_failing", view.city, Severity.CRITICAL, failing, now, {"city": view.city})
        silent = view.sight is Sight.SILENT
        self._set("city_silent", view.city, Severity.WARNING, silent, now, {"city": view.city})

    def flood(self, view: CityView, now: datetime, elapsed_s: float) -> None:
        """Many refused messages in the last `elapsed_s` seconds."""
        fresh = view.refused - self._refused_before.get(view.city, 0)
        self._refused_before[view.city] = view.refused
        flooding = fresh > self._context.limits.flood_per_s * max(elapsed_s, 1.0)
        facts: Facts = {"city": view.city, "count": fresh}
        self._set("feed_refused", view.city, Severity.WARNING, flooding, now, facts)

    def banks(self, now: datetime) -> None:
        """Counts that are incomplete or old; only where the city is seen, or one alarm would be ten."""
        picture, limits = self._context.picture, self._context.limits
        for bank, held in picture.stock.banks.items():
            city = picture.banks[bank].city if bank in picture.banks else None
            seen = city is not None and picture.sight[city].sight is Sight.LIVE
            age_s = int((now - held.counted_at).total_seconds())
            facts: Facts = {"bank": bank, "age_s": age_s}
            self._set(
                "bank_stale", bank, Severity.WARNING, seen and age_s > limits.bank_stale_s, now, facts, city
            )
            missed = seen and self._missed_for(held, now) > timedelta(seconds=limits.bank_incomplete_s)
            self._set("bank_incomplete", bank, Severity.WARNING, missed, now, {"bank": bank}, city)
            if missed and city is not None:
                self._context.ask(city, "stock", bank)
            left_out = self._stock.left_out.get(bank, 0)
            facts = {"bank": bank, "count": left_out}
            self._set("lots_left_out", bank, Severity.WARNING, left_out > 0, now, facts, city)

    def quarantine(self, failure: str | None, now: datetime) -> None:
        """The table of refused messages cannot be written."""
        facts: Facts = {"error": failure or ""}
        self._set("quarantine_failed", "table", Severity.ADVISORY, failure is not None, now, facts)

    def _missed_for(self, held: BankStock, now: datetime) -> timedelta:
        if held.complete:
            self._incomplete_since.pop(held.bank, None)
            return timedelta(0)
        return now - self._incomplete_since.setdefault(held.bank, now)

    def _set(
        self,
        code: str,
        subject: str,
        severity: Severity,
        wrong: bool,
        now: datetime,
        facts: Facts,
        city: CityCode | None = None,
    ) -> None:
        alarm = AlarmId(f"{code}:{subject}")
        of = city or (CityCode(subject) if subject in self._context.picture.cities else None)
        if wrong:
            if self._alarms.raise_(alarm, severity, code, now, facts, of):
                self._context.picture.changes.mark("alarm", alarm)
                if self._on_event is not None and of is not None:
                    self._on_event(IntakeEvent("alarm.raised", of, {"alarm": alarm}))
        elif self._alarms.cause_gone(alarm):
            self._context.picture.changes.mark("alarm", alarm)
