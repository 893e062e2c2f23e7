"""What a scenario lets happen: its events, the reduced fleet, the change of crews, links that drop."""

from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.drills import (
    BloodShortage,
    BridgeClosed,
    Demand,
    Event,
    GpsLost,
    HospitalDiverted,
    LinkLost,
    MassCasualty,
    UnitsOut,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from dispatch.feed import payloads, topics
from simulators import words
from simulators.assumptions import Assumptions
from simulators.engine import Rng, Streams
from simulators.fleet import Ambulance
from simulators.messages import own
from simulators.scenes import Scene

if TYPE_CHECKING:
    from simulators.world import World

CHINA = timezone(timedelta(hours=8))
Did = dict[str, str | int]
"""What an event came to at once: the number of an incident, or how many units, calls, bags."""
Ending = Callable[[], Did]
"""Ends an event; what came of ending it."""
ALL_DAY_MIN = 100_000.0


def planned_key(row: int) -> str:
    """How the event in a scenario's row (from 1) is called while the drill runs."""
    return f"S{row}"


class Happenings:
    """Makes the events of a scenario happen in a world."""

    def __init__(self, world: "World", assumptions: Assumptions, streams: Streams) -> None:
        self._world, self._assumed = world, assumptions
        self._rng: Rng = streams.of("happenings")
        self._crews_rng: Rng = streams.of("crew changes")
        self._ends: dict[tuple[str, str], list[int]] = {}
        """(kind, name) -> when each closure of it ends: of two that overlap the later one counts."""
        self._endings: dict[str, Ending] = {}
        """Key of an event that happened -> how it is ended early."""
        self._called_off: set[str] = set()
        self.on_link_drop: Callable[[CityCode, float], None] | None = None
        self.on_happened: Callable[[str, Did], None] | None = None
        """Gets the key of each event as it happens, and what it did."""
        self.on_ended: Callable[[str, Did], None] | None = None
        """Gets the key of each event that was ended early or called off, and what came of that."""
        self.happened: list[str] = []

    def plan(self, origin_ms: int) -> None:
        """Write the scenario's events, and the dropping of links, into the agenda."""
        for row, event in enumerate(self._world.scenario.event, 1):
            self.plan_one(planned_key(row), event, origin_ms)
        if self._world.faults.rates.link_drops_per_city_hour > 0:
            for city in self._world.cities:
                self._plan_link_drop(city)

    def plan_one(self, key: str, event: Event, origin_ms: int) -> None:
        """Let one event happen at its minute, or now when that is past."""
        self._world.agenda.at(origin_ms + event.at_min * 60_000, lambda: self._happen(key, event))

    def end_one(self, key: str) -> None:
        """End an event before its time, or call it off before it happens."""
        ending = self._endings.pop(key, None)
        if ending is None:
            self._called_off.add(key)
        did = {} if ending is None else ending()
        if self.on_ended is not None:
            self.on_ended(key, did)

    def _happen(self, key: str, event: Event) -> None:
        if key in self._called_off:
            return
        self.happened.append(event.kind)
        did = self._let_happen(key, event)
        if self.on_happened is not None:
            self.on_happened(key, did)

    def _let_happen(self, key: str, event: Event) -> Did:
        """Change the world; what it came to at once, as counts and numbers."""
        match event:
            case MassCasualty():
                return {"incident": self._mass_casualty(event)}
            case LinkLost():
                self._endings[key] = self._link_lost(event)
                return {}
            case BloodShortage():
                banks = self._world.banks
                return {"taken": banks.run_short(event.city, event.component, event.groups, event.leave)}
            case HospitalDiverted():
                self._endings[key] = self._diverted(event)
                return {}
            case BridgeClosed():
                self._endings[key], turned = self._bridge_closed(event)
                return {"turned": turned}
            case Demand():
                surge = self._world.calls.surge(self._world.cities[event.city], event.factor, event.for_min)
                self._endings[key] = lambda: {"called_off": surge.end()}
                return {"calls": surge.calls}
            case UnitsOut():
                return self._units_out(key, event)
            case GpsLost():
                units = self._some(event.city, event.share)
                until = [self._world.reports.lose_gps(one, event.for_min * 60) for one in units]
                self._endings[key] = lambda: self._found(units, until)
                return {"units": len(units)}

    def _mass_casualty(self, event: MassCasualty) -> str:
        world = self._world
        scene = Scene(
            id=world.scenes.next_number(event.city),
            city=event.city,
            point=event.position,
            place=event.place,
            priority=event.priority,
            patients=event.patients,
            needs=event.needs,
            complaint="K99",
            opened_ms=world.agenda.now_ms,
        )
        world.callers.report(scene)
        return scene.number

    def _link_lost(self, event: LinkLost) -> Ending:
        self._world.sights.cut_off.add(event.city)
        mend = self._world.sights.cut_off.discard
        return self._until("link", event.city, event.for_min, lambda: mend(event.city))

    def _diverted(self, event: HospitalDiverted) -> Ending:
        hospitals = self._world.hospitals
        hospitals.divert(event.hospital, event.for_min)
        until_ms = self._world.agenda.now_ms + round(event.for_min * 60_000)
        return self._until(
            "hospital", event.hospital, event.for_min, lambda: hospitals.admit(event.hospital, until_ms)
        )

    def _bridge_closed(self, event: BridgeClosed) -> tuple[Ending, int]:
        """Crews turn round, and the cities hear of it; how many turned."""
        self._world.roads.close(event.bridge)
        turned = self._world.crews.turn_round(event.bridge)
        ending = self._until("bridge", event.bridge, event.for_min, lambda: self._bridge_open(event.bridge))
        self._tell_crossings(event.bridge)

        def end() -> Did:
            ending()
            self._tell_crossings(event.bridge)  # of two closures the other one ends at another time
            return {}

        return end, turned

    def _bridge_open(self, bridge: str) -> None:
        self._world.roads.open(bridge)
        self._tell_crossings(bridge)

    def _tell_crossings(self, bridge: str) -> None:
        """The bridge's city says which of its crossings are closed; simulated dispatchers know too."""
        owners = {one.id: one.city for one in self._world.configuration.bridges}
        city = owners[bridge]
        self._world.sights.close(city, self._world.roads.closed)
        self.say_crossings(city)

    def say_crossings(self, city: CityCode) -> None:
        """Say which bridges and tunnels of a city are closed, and until when."""
        world, now = self._world, self._world.agenda.now_ms
        closed = [
            payloads.ClosedCrossing(one.id, max(self._ends.get(("bridge", one.id), [now])))
            for one in world.configuration.bridges
            if one.city == city and one.id in world.roads.closed
        ]
        document = payloads.CrossingsSnapshot(closed=closed, said_at=now)
        topic = topics.snapshot(city, "crossings")
        world.say(own(city, topic, "snapshot.crossings", document, now, retain=True))

    def _units_out(self, key: str, event: UnitsOut) -> Did:
        """Free units at once, the others when they are free; how many of each."""
        units = self._some(event.city, event.share)
        at_once = sum(self._world.take_out(one, event.reason, event.for_min) for one in units)
        until_ms = self._world.agenda.now_ms + round(event.for_min * 60_000)
        self._endings[key] = lambda: self._units_back(units, event.reason, until_ms)
        return {"units": at_once, "later": len(units) - at_once}

    def _units_back(self, units: list[Ambulance], reason: str, until_ms: int) -> Did:
        """Those that are still out for this reason, and none of those that still were to go out."""
        if self._world.agenda.now_ms >= until_ms:
            return {}
        return {"back": sum(self._world.breaks.bring_back(one, reason) for one in units)}

    def _found(self, units: list[Ambulance], until: list[int]) -> Did:
        found = [
            self._world.reports.find_gps(one, until_ms) for one, until_ms in zip(units, until, strict=True)
        ]
        return {"back": sum(found)}

    def _some(self, city: CityCode, share: float) -> list[Ambulance]:
        """A share of a city's units, drawn without looking at what they do."""
        units = self._world.fleet.of(city)
        chosen = sorted(self._rng.permutation(len(units))[: round(share * len(units))].tolist())
        return [units[index] for index in chosen]

    def _until(self, kind: str, name: str, minutes: float, end: Callable[[], None]) -> Ending:
        """Bring something to its end after so long, unless another of its kind lasts longer; or early."""
        until = self._world.agenda.now_ms + round(minutes * 60_000)
        ends = self._ends.setdefault((kind, name), [])
        ends.append(until)

        ended = False

        def over() -> Did:
            nonlocal ended
            if not ended:
                ended = True
                ends.remove(until)
                if not ends:
                    end()
            return {}

        def in_time() -> None:
            over()

        self._world.agenda.at(until, in_time)
        return over

    # --- the fleet

    def reduce_fleet(self) -> None:
        """Units without a crew stand out of service for the whole drill."""
        for city, share in self._world.scenario.fleet.items():
            for ambulance in self._some(city, 1 - share):
                self._world.take_out(ambulance, words.NO_CREW, ALL_DAY_MIN)

    def plan_crew_changes(self) -> None:
        """At each hour of change every unit that waits at its station pauses, in its own minute."""
        now = from_epoch_ms(self._world.agenda.now_ms).astimezone(CHINA)
        for days in range(3):
            for text in self._assumed.crews.crew_change_at:
                moment = datetime.combine(now.date() + timedelta(days=days), time.fromisoformat(text), CHINA)
                if moment > now:
                    self._world.agenda.at(epoch_ms(moment), self._change_crews)

    def _change_crews(self) -> None:
        world, assumed = self._world, self._assumed.crews
        for ambulance in world.fleet:
            later_s = float(self._crews_rng.uniform(0, 1800))
            minutes = assumed.crew_change_min.draw(self._crews_rng)
            world.agenda.after(later_s, self._change_of(ambulance, minutes))

    def _change_of(self, ambulance: Ambulance, minutes: float) -> Callable[[], None]:
        def change() -> None:
            if ambulance.state is UnitState.AVAILABLE_AT_STATION:
                self._world.breaks.take_off(ambulance, UnitState.PAUSED, words.CREW_CHANGE, minutes)

        return change

    # --- links

    def _plan_link_drop(self, city: CityCode) -> None:
        rates = self._world.faults.rates
        wait_s = float(self._rng.exponential(3600 / rates.link_drops_per_city_hour))

        def drop() -> None:
            self._world.faults.count(city, "link_drop")
            if self.on_link_drop is not None:
                self.on_link_drop(city, rates.link_drop_s)
            self._plan_link_drop(city)

        self._world.agenda.after(wait_s, drop)
