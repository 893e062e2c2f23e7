"""What is wrong with a message that somebody publishes, and what of it merely looks odd.

Its shape is looked at whole, field by field; what passes goes through the very intake of a console, over a
picture of this configuration, so that nothing is judged here that a console does not judge.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from msgspec import inspect

from dispatch.clock import Clock, ManualClock, epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import home_assistant, owntracks, payloads, topics, traccar
from dispatch.feed.asyncapi import ADDRESSES
from dispatch.feed.intake import Intake
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.refusals import REASONS
from dispatch.feed.routes import RETAINED_REFUSED
from dispatch.feed.shape import Fault, faults_of, read_json
from dispatch.feed.trackers import ROOTS, TrackerMap
from dispatch.feed.transport import Received
from dispatch.language import N_
from dispatch.picture.live import Picture
from dispatch.text import safe_text

NO_TOPIC = N_("the topic is none of the contract; nearest to it: {near}")
NO_CITY = N_("level 3 of the topic must be a city: {listed}; it is {found}")
TOO_BIG = N_("the message has {size} bytes; {cap} are allowed")
SECONDS = N_("{path}: {found} lies in {year}: times are milliseconds since 1970 UTC, this looks like seconds")
LONG_AGO = N_(
    "{path}: lies {days} days before this clock: a console shows it with its age and does not count on it"
)
SWAPPED = N_("the point lies outside all cities, and inside one when latitude and longitude change places")
OUTSIDE = N_("the point lies outside all cities: is it where it should be, and in the datum that is named?")
KEPT = N_("published with retain: this kind of message must not be kept by the broker")
AGAIN = N_(
    "seq: was heard before from this sender on this topic; it counts from 1 without gaps for each topic"
)
GAP = N_("seq: {count} are missing before this one; it counts from 1 without gaps for each topic")
LATE = N_("the fix is older than one heard before: nothing changes")
OTHERS = N_("read and well formed; a console takes no notice of this kind")
DAY_MS = 86_400_000
_TRACKERS = {
    owntracks.ROOT: inspect.type_info(owntracks.Location),
    traccar.ROOT: inspect.type_info(traccar.Forwarded),
    home_assistant.ROOT: inspect.type_info(home_assistant.Attributes),
}
_NEVER_KEPT = RETAINED_REFUSED | {"unit.position", "bank.change"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`faults`: a console refuses the message for each of these. `notes`: taken, but look at it."""

    topic: str
    kind: str
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()

    @property
    def good(self) -> bool:
        """Whether a console takes it."""
        return not self.faults


class Judge:
    """Judges messages one after the other: what came before counts, as at a console."""

    def __init__(
        self,
        picture: Callable[[], Picture],
        *,
        limits: IntakeLimits,
        trackers: TrackerMap,
        city_at: Callable[[float, float], CityCode | None],
        clock: Clock | None = None,
        drill: bool | None = None,
    ) -> None:
        """Without a clock each message is judged at the time it says of itself: recordings are no replays.

        `drill`: which world the messages must be of; None: whichever each says.
        """
        self._make, self._limits, self._trackers, self._city_at = picture, limits, trackers, city_at
        self._clock, self._drill = clock, drill
        self._manual = ManualClock(from_epoch_ms(0))
        self._worlds: dict[bool, tuple[Intake, Quarantine]] = {}
        self._cities = tuple(picture().cities)

    def judge(self, topic: str, payload: bytes, *, retained: bool = False) -> Verdict:
        """One message as it was published."""
        if topic.startswith(ROOTS):
            return self._judge_tracker(topic, payload, retained=retained)
        parsed = topics.parse(topic)
        if parsed is None or parsed.kind not in payloads.PAYLOADS:
            return Verdict(topic, "", (_unknown(topic),))
        if parsed.city not in self._cities:
            facts = {"listed": ", ".join(self._cities), "found": safe_text(parsed.city, 40)}
            return Verdict(topic, parsed.kind, (Fault("wrong_city", "", NO_CITY, facts),))
        if not payload:
            return Verdict(topic, parsed.kind, ())
        cap = payloads.size_cap(parsed.kind)
        if len(payload) > cap:
            return Verdict(
                topic, parsed.kind, (Fault("too_big", "", TOO_BIG, {"size": len(payload), "cap": cap}),)
            )
        value, faults = read_json(payload)
        if value is not None or not faults:
            model = payloads.PAYLOADS[parsed.kind]
            faults += faults_of(value, inspect.type_info(payloads.Envelope[model]))  # type: ignore[valid-type]
        if faults:
            return Verdict(
                topic, parsed.kind, tuple(faults), (*_times(value, self._now_ms(0)), *self._place(value))
            )
        envelope = payloads.decode(parsed.kind, payload)
        now_ms = self._now_ms(max(envelope.ts_pub, 1))
        received = Received(topic, payload, retained, now_ms)
        drill = envelope.drill if self._drill is None else self._drill
        refused, notes = self._taken(parsed.city, received, drill=drill)
        notes += _times(value, now_ms)
        notes += self._place(value)
        if retained and parsed.kind in _NEVER_KEPT and not refused:
            notes.append(Fault("kept", "", KEPT))
        return Verdict(topic, parsed.kind, tuple(refused), tuple(notes))

    def _judge_tracker(self, topic: str, payload: bytes, *, retained: bool) -> Verdict:
        root = topic.partition("/")[0]
        if not payload:
            return Verdict(topic, root, ())
        value, faults = read_json(payload)
        other = root == owntracks.ROOT and isinstance(value, dict) and value.get("_type") != "location"
        if not other and (value is not None or not faults):
            faults += faults_of(value, _TRACKERS[root])
        if faults:
            return Verdict(topic, root, tuple(faults), tuple(self._place(value)))
        now_ms = self._now_ms(_fixed_ms(value) or epoch_ms(self._manual.now()))
        for city in self._cities:  # which city a device belongs to, its unit says
            refused, notes = self._taken(city, Received(topic, payload, retained, now_ms), drill=False)
            if [fault.code for fault in refused] != ["not_owner"]:
                break
        return Verdict(topic, root, tuple(refused), (*notes, *self._place(value)))

    def _now_ms(self, said_ms: int) -> int:
        if self._clock is not None:
            return epoch_ms(self._clock.now())
        ahead = said_ms / 1000 - self._manual.now().timestamp()
        if ahead > 0:
            self._manual.advance(ahead)
        return epoch_ms(self._manual.now())

    def _taken(self, city: CityCode, received: Received, *, drill: bool) -> tuple[list[Fault], list[Fault]]:
        intake, quarantine = self._world(drill=drill)
        before = replace(intake.counters), quarantine.total
        intake.take(city, [received])
        rows = quarantine.newest(quarantine.total - before[1])
        refused = [Fault(row.reason, "", REASONS[row.reason], row.facts) for row in reversed(rows)]
        after, notes = intake.counters, []
        if after.duplicates > before[0].duplicates:
            notes.append(Fault("duplicate", "seq", AGAIN))
        if after.missed > before[0].missed:
            notes.append(Fault("gap", "seq", GAP, {"count": after.missed - before[0].missed}))
        if after.late > before[0].late:
            notes.append(Fault("late", "", LATE))
        if after.ignored > before[0].ignored:
            notes.append(Fault("ignored", "", OTHERS))
        return refused, notes

    def _world(self, *, drill: bool) -> tuple[Intake, Quarantine]:
        if drill not in self._worlds:
            quarantine = Quarantine(steady=_far_apart())
            intake = Intake(
                self._make(),
                clock=self._clock or self._manual,
                limits=self._limits,
                quarantine=quarantine,
                drill=drill,
                owntracks=self._trackers,
                ask=lambda _city, _kind, _key: None,
            )
            self._worlds[drill] = intake, quarantine
        return self._worlds[drill]

    def _place(self, value: object) -> Iterator[Fault]:
        """A point outside all cities; latitude and longitude in each other's place are the usual slip."""
        point = _point(value)
        if point is None:
            return
        lat, lon = point
        if abs(lat) <= 90 and abs(lon) <= 180 and self._city_at(lat, lon) is not None:
            return
        if abs(lon) <= 90 and abs(lat) <= 180 and self._city_at(lon, lat) is not None:
            yield Fault("swapped", "", SWAPPED)
        elif abs(lat) <= 90 and (lat, lon) != (0, 0):
            yield Fault("outside", "", OUTSIDE)


def _far_apart() -> Callable[[], float]:
    """A clock in which no two moments share a second: every refused message is kept with its reason."""
    seconds = iter(range(10**12))
    return lambda: float(next(seconds))


def _unknown(topic: str) -> Fault:
    """The address of the contract that looks most like a topic."""
    filled = {address: address for address in ADDRESSES.values()}
    near = get_close_matches(topic, filled, n=1, cutoff=0.0)
    return Fault("unknown_topic", "", NO_TOPIC, {"near": near[0]})


def _times(value: object, now_ms: int) -> Iterator[Fault]:
    """Times that were meant as seconds, or are of another day."""
    if not isinstance(value, dict):
        return
    for name in ("ts_evt", "ts_pub"):
        said = value.get(name)
        if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 253_402_300_000_000:
            continue
        if 0 < said < 20 * 365 * DAY_MS:  # before 1990 there was no such message
            yield Fault("seconds", name, SECONDS, {"found": said, "year": from_epoch_ms(said).year})
        elif now_ms - said > DAY_MS:
            yield Fault("old", name, LONG_AGO, {"days": (now_ms - said) // DAY_MS})


def _fixed_ms(value: object) -> int | None:
    """The time a tracker's message says of its fix."""
    if not isinstance(value, dict):
        return None
    said, position = value.get("tst"), value.get("position")
    if isinstance(said, int | str) and str(said).isdigit():
        return int(said) * 1000
    if isinstance(position, dict):
        return epoch_ms(datetime.fromisoformat(str(position["fixTime"])))
    return None


def _point(value: object) -> tuple[float, float] | None:
    """Latitude and longitude wherever a message of any kind says them; None where it says none."""
    if not isinstance(value, dict):
        return None
    for holder in (value.get("data"), value.get("position"), value):
        for first, second in (("lat", "lon"), ("latitude", "longitude")):
            if isinstance(holder, dict) and _is_number(holder.get(first)) and _is_number(holder.get(second)):
                return float(holder[first]), float(holder[second])
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
