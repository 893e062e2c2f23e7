"""What a scenario lets happen: its events, the reduced fleet, the change of crews, links that drop."""

from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from simulators import words
from simulators.assumptions import Assumptions
from simulators.engine import Rng, Streams
from simulators.fleet import Ambulance
from simulators.scenarios import (
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
from simulators.scenes import Scene

if TYPE_CHECKING:
    from simulators.world import World

CHINA = timezone(timedelta(hours=8))
ALL_DAY_MIN = 100_000.0


class Happenings:
    """Makes the events of a scenario happen in a world."""

    def __init__(self, world: "World", assumptions: Assumptions, streams: Streams) -> None:
        self._world, self._assumed = world, assumptions
        self._rng: Rng = streams.of("happenings")
        self._crews_rng: Rng = streams.of("crew changes")
        self.on_link_drop: Callable[[CityCode, float], None] | None = None
        self.happened: list[str] = []

    def plan(self, origin_ms: int) -> None:
        """Write the scenario's events, and the dropping of links, into the agenda."""
        for event in self._world.scenario.event:
            self._world.agenda.at(origin_ms + event.at_min * 60_000, self._happening(event))
        if self._world.faults.rates.link_drops_per_city_hour > 0:
            for city in self._world.cities:
                self._plan_link_drop(city)

    def _happening(self, event: Event) -> Callable[[], None]:
        return lambda: self._happen(event)

    def _happen(self, event: Event) -> None:
        self.happened.append(event.kind)
        match event:
            case MassCasualty():
                self._mass_casualty(event)
            case LinkLost():
                self._world.sights.cut_off.add(event.city)
                self._after(event.for_min, lambda: self._world.sights.cut_off.discard(event.city))
            case BloodShortage():
                self._world.banks.run_short(event.city, event.component, event.groups, event.leave)
            case HospitalDiverted():
                self._world.hospitals.divert(event.hospital, event.for_min)
            case BridgeClosed():
                self._bridge_closed(event)
            case Demand():
                self._world.calls.surge(self._world.cities[event.city], event.factor, event.for_min)
            case UnitsOut():
                for ambulance in self._some(event.city, event.share):
                    self._world.take_out(ambulance, event.reason, event.for_min)
            case GpsLost():
                for ambulance in self._some(event.city, event.share):
                    self._world.reports.lose_gps(ambulance, event.for_min * 60)

    def _mass_casualty(self, event: MassCasualty) -> None:
        world = self._world
        world.callers.report(
            Scene(
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
        )

    def _bridge_closed(self, event: BridgeClosed) -> None:
        self._world.roads.close(event.bridge)
        self._world.crews.turn_round(event.bridge)
        self._after(event.for_min, lambda: self._world.roads.open(event.bridge))

    def _some(self, city: CityCode, share: float) -> list[Ambulance]:
        """A share of a city's units, drawn without looking at what they do."""
        units = self._world.fleet.of(city)
        chosen = sorted(self._rng.permutation(len(units))[: round(share * len(units))].tolist())
        return [units[index] for index in chosen]

    def _after(self, minutes: float, do: Callable[[], None]) -> None:
        self._world.agenda.after(minutes * 60, do)

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
