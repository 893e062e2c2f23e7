"""The simulated cities as one world: lives on from moment to moment and tells what it says."""

from datetime import datetime

from dispatch.clock import epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators.assumptions import Assumptions
from simulators.banks import Banks
from simulators.calls import Calls
from simulators.desk import SimulatedDesk
from simulators.drawing import build_roads
from simulators.engine import Agenda, Streams
from simulators.faults import Faults
from simulators.fleet import Ambulance, Ambulances
from simulators.happenings import Happenings
from simulators.hospitals import Hospitals
from simulators.incidents import Incidents
from simulators.messages import Message
from simulators.missions import Missions
from simulators.reports import PositionReports
from simulators.roads import Roads
from simulators.scenarios import Scenario
from simulators.words import Words


class World:
    """Everything that goes on in all cities. Same arguments and orders, same messages, at any speed.

    The world begins `warm_up_min` before `origin` and lives through that time in silence, so that a
    drill starts in the middle of a shift. `advance` moves it on and returns what was said.
    """

    def __init__(
        self,
        configuration: Configuration,
        assumptions: Assumptions,
        scenario: Scenario,
        seed: int,
        origin: datetime,
        *,
        staffed: CityCode | None = None,
        language: str = "zh_CN",
        report_every_s: float = 1.0,
        roads: Roads | None = None,
    ) -> None:
        self.configuration, self.scenario = configuration, scenario
        self.seed, self.origin_ms = seed, epoch_ms(origin)
        self._said: list[Message] = []
        self._silent = True
        streams = Streams(seed)
        agenda = self.agenda = Agenda(self.origin_ms - round(scenario.warm_up_min * 60_000))
        say = self._say
        self.words = Words(language)
        self.roads = roads or build_roads(configuration, assumptions)
        self.cities = {city.code: city for city in configuration.cities}
        self.fleet = Ambulances(configuration, agenda, self.roads, say)
        self.incidents = Incidents(agenda, say, self.cities)
        self.hospitals = Hospitals(configuration, assumptions.hospitals, agenda, streams, self.roads, say)
        self.missions = Missions(
            assumptions.crews, agenda, streams, self.fleet, self.incidents, self.hospitals, self.words
        )
        self.desk = SimulatedDesk(
            configuration,
            assumptions.desk,
            agenda,
            streams,
            self.fleet,
            self.incidents,
            self.missions,
            scenario.policy,
        )
        self.calls = Calls(
            configuration, assumptions.calls, agenda, streams, self.roads, self.incidents, scenario.demand
        )
        self.banks = Banks(configuration, assumptions.blood, agenda, streams, say)
        self.faults = Faults(scenario.faults, streams)
        self.reports = PositionReports(
            assumptions.reports, agenda, streams, self.fleet, self.faults, say, report_every_s
        )
        self.happenings = Happenings(self, assumptions, streams)
        self._assumptions, self._staffed = assumptions, staffed
        self._begin()

    def _begin(self) -> None:
        """Live through the warm-up, then let everything be said from the origin on."""
        self.happenings.reduce_fleet()
        self.happenings.plan_crew_changes()
        self.calls.start()
        if self.origin_ms > self.agenda.now_ms:
            self.agenda.run_until(self.origin_ms - 1)
        self._silent = False
        self.desk.staffed = self._staffed
        self.desk.colleague_after_s = self.scenario.colleague_after_s
        for incident in self.incidents.open_now.values():
            incident.touched_ms = self.origin_ms
        self.happenings.plan(self.origin_ms)
        self.agenda.at(self.origin_ms, self._open_doors)

    def _open_doors(self) -> None:
        assumed = self._assumptions
        for city in self.cities:
            self.say_everything(city)
        self.reports.start()
        self.agenda.every(assumed.reports.units_every_s, self._say_units)
        self.agenda.every(assumed.reports.hospitals_every_s, self._say_hospitals)
        self.agenda.every(assumed.blood.count_every_s, self._say_counts)

    def advance(self, moment_ms: int) -> list[Message]:
        """Live on until a moment (milliseconds of drill time since 1970); what was said on the way."""
        self.agenda.run_until(moment_ms)
        said, self._said = self._said, []
        return said

    def _say(self, message: Message) -> None:
        if not self._silent:
            self._said.append(message)

    # --- what a city says of itself

    def say_everything(self, city: CityCode) -> None:
        """Say all that is retained: states, open incidents, snapshots, counts."""
        for ambulance in self.fleet.of(city):
            self.fleet.publish(ambulance)
        self.say_units(city)
        self.say_incidents(city)
        self.hospitals.publish(city)
        for bank in self.banks.of(city):
            self.banks.say_count(bank)

    def say_units(self, city: CityCode) -> None:
        """Say every unit of a city with its last known position."""
        document = payloads.UnitsSnapshot(units=[unit.snapshot() for unit in self.fleet.of(city)])
        topic = topics.snapshot(city, "units")
        self._say(Message(city, topic, "snapshot.units", document, self.agenda.now_ms, retain=True))

    def say_incidents(self, city: CityCode) -> None:
        """Say every open incident of a city again."""
        for incident in self.incidents.open_in(city):
            self.incidents.publish(incident, again=True)

    def _say_units(self) -> None:
        for city in self.cities:
            self.say_units(city)

    def _say_hospitals(self) -> None:
        for city in self.cities:
            self.hospitals.publish(city)

    def _say_counts(self) -> None:
        for bank in self.banks.by_id.values():
            self.banks.say_count(bank)

    # --- small services

    def take_out(self, ambulance: Ambulance, reason: str, minutes: float) -> None:
        """A free unit goes out of service for some minutes; a busy one is left alone."""
        if ambulance.state.dispatchable:
            self.missions.pause(ambulance, UnitState.OUT_OF_SERVICE, reason, minutes)
