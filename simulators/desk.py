"""The simulated dispatcher: sends units where no human does, or where the human has not come to it."""

from enum import StrEnum

from dispatch.clock import from_epoch_ms
from dispatch.decide.ambulances import UnitCandidate, UnitRequest, rank_units
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Priority
from dispatch.picture.cities import Sight
from dispatch.settings import Configuration
from simulators.assumptions import DeskAssumptions
from simulators.engine import Agenda, Streams
from simulators.fleet import Ambulances
from simulators.incidents import Incidents, OpenIncident
from simulators.missions import PATIENTS_CARRIED, Missions


class Policy(StrEnum):
    """Whom a simulated dispatcher sends: only its own units, or rank 1 of the guarded rule."""

    OWN = "own"
    GUARDED = "guarded"


class SimulatedDesk:
    """Serves every city. In the city `staffed` by a human it waits `colleague_after_s` first."""

    def __init__(
        self,
        configuration: Configuration,
        assumed: DeskAssumptions,
        agenda: Agenda,
        streams: Streams,
        fleet: Ambulances,
        incidents: Incidents,
        missions: Missions,
        policy: Policy,
    ) -> None:
        self._assumed, self._agenda, self._streams = assumed, agenda, streams
        self._fleet, self._incidents, self._missions = fleet, incidents, missions
        self._rules, self._policy = configuration.dispatch_rules, policy
        self._picture = configuration.new_picture()
        self.staffed: CityCode | None = None
        self.colleague_after_s = 150.0
        self.cut_off: set[CityCode] = set()
        self.none_free = 0
        incidents.on_open.append(self._opened)

    def _opened(self, incident: OpenIncident) -> None:
        rng = self._streams.of("desk", incident.id)
        self._agenda.after(self._assumed.delay_s.draw(rng), lambda: self._attend(incident))

    def _attend(self, incident: OpenIncident) -> None:
        """Send what is wanting, unless a human may still do it; look again later if anything is."""
        if incident.outcome is not None:
            return
        if (wait_s := self._human_has_s(incident)) > 0:
            self._agenda.after(wait_s, lambda: self._attend(incident))
            return
        while self._wanting(incident) > 0:
            candidate = self._choose(incident)
            if candidate is None:
                self.none_free += not incident.waited_for_a_unit
                incident.waited_for_a_unit = True
                break
            ambulance = self._fleet.by_id[candidate.unit]
            self._missions.start(ambulance, incident, consent_s=self._consent_s(candidate, incident))
        if incident.patients_left:
            self._agenda.after(self._assumed.retry_s, lambda: self._attend(incident))

    def _human_has_s(self, incident: OpenIncident) -> float:
        """Seconds that a human still has to act on an incident by right."""
        if not incident.from_console and incident.city != self.staffed:
            return 0.0
        due_ms = incident.touched_ms + self.colleague_after_s * 1000
        return (due_ms - self._agenda.now_ms) / 1000

    @staticmethod
    def _wanting(incident: OpenIncident) -> int:
        each = PATIENTS_CARRIED[incident.priority]
        return -(-incident.patients_left // each) - incident.coming()

    def _choose(self, incident: OpenIncident) -> UnitCandidate | None:
        """Rank 1 of the house's rule, or the best of the own city."""
        self._look(incident.city)
        request = UnitRequest(
            position=Position(lat=incident.point[0], lon=incident.point[1]),
            city=incident.city,
            priority=Priority(incident.priority),
            patients=incident.patients,
            needs=incident.needs,
            incident=incident.id,
        )
        now = from_epoch_ms(self._agenda.now_ms)
        ranking = rank_units(self._picture, request, self._rules, now)
        if self._policy is Policy.GUARDED:
            return ranking.candidates[0] if len(ranking.candidates) else None
        return next((c for c in ranking.candidates if not c.cross_city), None)

    def _consent_s(self, candidate: UnitCandidate, incident: OpenIncident) -> float:
        """Seconds until a lending city has said yes."""
        if not candidate.cross_city:
            return 0.0
        return self._assumed.lending_delay_s.draw(self._streams.of("consent", incident.id, incident.sent))

    def _look(self, asking: CityCode) -> None:
        """Bring the picture up to date: this dispatcher sees every unit as it is."""
        now_ms, fleet = self._agenda.now_ms, self._picture.fleet
        for code, view in self._picture.sight.items():
            lost = code != asking and (code in self.cut_off or asking in self.cut_off)
            view.sight = Sight.OFFLINE if lost else Sight.LIVE
            view.since = from_epoch_ms(now_ms)
        for ambulance in self._fleet:
            row = fleet.row(ambulance.unit.id)
            spot = ambulance.spot(now_ms)
            fleet.lat[row], fleet.lon[row] = spot.point
            fleet.speed_kmh[row] = spot.kmh
            fleet.fixed_ms[row] = fleet.received_ms[row] = now_ms
            if fleet.since_ms[row] != ambulance.since_ms or fleet.state[row] != ambulance.state:
                fleet.statuses[row] = ambulance.domain_status()
                fleet.state[row], fleet.since_ms[row] = int(ambulance.state), ambulance.since_ms
