"""The alarms that a city's centre holds for all its desks: one whole document."""

from dispatch.clock import from_epoch_ms
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from dispatch.picture.alarms import Alarms
from dispatch.text import safe_text


class AlarmNews:
    """Puts a city's alarms beside the console's own, under `{city}/{alarm}`: no city can touch another's.

    Those of other cities than `home` stand by themselves: only their own desks answer them.
    """

    def __init__(self, context: Context, home: CityCode | None) -> None:
        self._context, self._home = context, home
        self._said_ms: dict[CityCode, int] = {}

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that was heard is newer than now."""
        self._said_ms = {city: min(said_ms, now_ms) for city, said_ms in self._said_ms.items()}

    def snapshot(
        self, city: CityCode, data: payloads.AlarmsSnapshot, said_ms: int, received: Received, latest_ms: int
    ) -> None:
        """Every alarm of a city that is not cleared; one that is missing here is cleared."""
        numbers = {entry.alarm for entry in data.alarms}
        if len(numbers) != len(data.alarms):
            raise Refused("duplicate_entry", subject=f"{city}/…")
        if said_ms < self._said_ms.get(city, 0):
            self._context.counters.late += 1
            return
        self._said_ms[city] = said_ms
        self._context.counters.applied += 1
        for entry in data.alarms:
            if entry.raised_at > latest_ms:
                refusal = Refused("future", ahead_s=ahead_s(entry.raised_at, latest_ms))
                self._context.refuse(city, received, refusal)
                numbers.discard(entry.alarm)
            else:
                self._put(city, entry)
        self._drop(city, {_id(city, number) for number in numbers})

    def _put(self, city: CityCode, entry: payloads.AlarmRecord) -> None:
        alarm = Alarm(
            id=_id(city, entry.alarm),
            severity=Severity(entry.severity),
            code=entry.code,
            facts={safe_text(name, 32): _fact(value) for name, value in entry.facts.items()},
            city=city,
            raised_at=from_epoch_ms(entry.raised_at),
            state=AlarmState(entry.state),
            subject=safe_text(entry.subject),
            acknowledged_by=safe_text(entry.acknowledged_by, 120),
            shelved_until=None if entry.shelved_until is None else from_epoch_ms(entry.shelved_until),
            escalated=entry.escalated,
            shared=True,
        )
        if self._alarms(city).put(alarm):
            self._context.picture.changes.mark("alarm", alarm.id)

    def _drop(self, city: CityCode, named: set[AlarmId]) -> None:
        alarms = self._alarms(city)
        for alarm in alarms.of_city(city):
            if alarm not in named and alarms.remove(alarm):
                self._context.picture.changes.mark("alarm", alarm)

    def _alarms(self, city: CityCode) -> Alarms:
        picture = self._context.picture
        return picture.alarms if self._home in (None, city) else picture.neighbours_alarms


def _id(city: CityCode, alarm: str) -> AlarmId:
    return AlarmId(f"{city}/{alarm}")


def _fact(value: str | int) -> str | int:
    return safe_text(value) if isinstance(value, str) else value
