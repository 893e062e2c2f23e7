"""What a crew does from the order to its station: every stage with its time, its chance and its state."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.domain.hospitals import HospitalId
from dispatch.domain.units import StateSource, UnitState
from simulators import words
from simulators.assumptions import CrewAssumptions, Episode
from simulators.engine import Agenda, Rng, Streams
from simulators.fleet import Ambulance, Ambulances
from simulators.hospitals import Hospitals
from simulators.incidents import Incidents, OpenIncident, Outcome
from simulators.words import Words

_S = UnitState
PATIENTS_CARRIED = {1: 1, 2: 1, 3: 2}
"""Patients that one unit takes along, by priority."""


@dataclass(slots=True)
class Mission:
    """One unit's task at one incident; `stamps` are the moments its states began."""

    incident: OpenIncident
    ambulance: Ambulance
    rng: Rng
    cross_city: bool
    hospital: HospitalId | None = None
    carried: int = 0
    stamps: dict[UnitState, int] = field(default_factory=dict)
    ended: str = ""
    ended_ms: int | None = None


class Missions:
    """Runs every mission; `on_free` is called when a unit may be sent again."""

    def __init__(
        self,
        assumed: CrewAssumptions,
        agenda: Agenda,
        streams: Streams,
        fleet: Ambulances,
        incidents: Incidents,
        hospitals: Hospitals,
        say_words: Words,
    ) -> None:
        self.assumed, self.agenda, self.streams = assumed, agenda, streams
        self.fleet, self.incidents, self.hospitals = fleet, incidents, hospitals
        self.words = say_words
        self.running: dict[str, Mission] = {}
        self.done: list[Mission] = []
        self.on_free: list[Callable[[Ambulance], None]] = []
        incidents.on_close.append(self._stand_down_the_rest)

    # --- orders

    def start(
        self,
        ambulance: Ambulance,
        incident: OpenIncident,
        hospital: HospitalId | None = None,
        consent_s: float = 0.0,
    ) -> Mission:
        """Give a free unit a task after `consent_s`; the caller has checked that it is free."""
        fleet, assumed = self.fleet, self.assumed
        at_station = ambulance.state is _S.AVAILABLE_AT_STATION
        incident.sent += 1
        rng = self.streams.of("mission", incident.id, incident.sent)
        mission = Mission(incident, ambulance, rng, ambulance.unit.city != incident.city, hospital)
        incident.borrowed |= mission.cross_city
        self.running[ambulance.unit.id] = mission
        fleet.stop(ambulance)
        ambulance.incident = incident.id
        self._enter(mission, _S.ASSIGNED, StateSource.DESK)
        usual = assumed.roll_out_station_s if at_station else assumed.roll_out_road_s
        roll_out_s = consent_s + usual.draw(rng)
        acknowledge_s = min(consent_s + assumed.acknowledge_s.draw(rng), 0.7 * roll_out_s)
        if rng.random() < assumed.fault_at_start:
            self._then(mission, roll_out_s, self._does_not_start)
            return mission
        self._then(mission, acknowledge_s, lambda m: self._enter(m, _S.ACKNOWLEDGED))
        self._then(mission, roll_out_s, self._roll_out)
        return mission

    def take_to(self, mission: Mission, hospital: HospitalId) -> None:
        """The desk names the hospital; a unit already on the way turns."""
        mission.hospital = hospital
        ambulance = mission.ambulance
        if ambulance.state is _S.TRANSPORTING and ambulance.destination != hospital:
            self.fleet.forget(ambulance)
            self._to_hospital(mission, StateSource.DESK)

    def stand_down(self, mission: Mission, why: str) -> None:
        """End a mission before its patient is aboard."""
        self.fleet.stop(mission.ambulance)
        self._free(mission, why, StateSource.DESK)

    # --- stages

    def _roll_out(self, mission: Mission) -> None:
        arrival = self.fleet.drive(mission.ambulance, mission.incident.point, blue_light=self._blue(mission))
        self._enter(mission, _S.EN_ROUTE)
        self._then_at(mission, arrival, self._arrive)

    def _arrive(self, mission: Mission) -> None:
        self._enter(mission, _S.ON_SCENE, StateSource.GEOFENCE)
        crews = self.assumed
        carry = mission.rng.random() < crews.transported[mission.incident.priority - 1]
        carry = carry or mission.incident.patients > 1
        nobody = mission.rng.random() < crews.nobody_there
        scene = crews.scene_min if carry or not nobody else crews.empty_scene_min
        minutes = max(2.0, scene.draw(mission.rng))
        self._then(mission, minutes * 60, lambda m: self._leave_scene(m, carry, nobody))

    def _leave_scene(self, mission: Mission, carry: bool, nobody: bool) -> None:
        incident = mission.incident
        if not carry:
            incident.patients_left = 0
            self._free(mission, Outcome.NOBODY_THERE if nobody else Outcome.TREATED)
            return
        mission.carried = min(PATIENTS_CARRIED[incident.priority], incident.patients_left)
        if not mission.carried:
            self._free(mission, Outcome.NOBODY_THERE)
            return
        incident.patients_left -= mission.carried
        self._to_hospital(mission, StateSource.TERMINAL)
        self._send_away_the_unneeded(incident)

    def _to_hospital(self, mission: Mission, source: StateSource) -> None:
        ambulance, incident = mission.ambulance, mission.incident
        here = ambulance.spot(self.agenda.now_ms).point
        if mission.hospital is None:
            mission.hospital = self.hospitals.choose(here, ambulance.unit.city, incident.needs)
        goal = self.hospitals.point(mission.hospital)
        arrival = self.fleet.drive(ambulance, goal, blue_light=self._blue(mission))
        self._enter(mission, _S.TRANSPORTING, source, destination=mission.hospital)
        self._then_at(mission, arrival, self._reach_hospital)

    def _reach_hospital(self, mission: Mission) -> None:
        ambulance = mission.ambulance
        self._enter(mission, _S.AT_HOSPITAL, StateSource.GEOFENCE, destination=ambulance.destination)
        if mission.hospital is not None:
            self.hospitals.arrived(mission.hospital)
        minutes = max(4.0, self.assumed.turnaround_min.draw(mission.rng))
        self._then(mission, minutes * 60, lambda m: self._free(m, Outcome.TRANSPORTED))

    def _does_not_start(self, mission: Mission) -> None:
        """The order is given back and the vehicle is out of service."""
        self._end(mission, "refused")
        reason = self.words(words.VEHICLE_FAULT)
        self.fleet.change(mission.ambulance, _S.OUT_OF_SERVICE, reason=reason)
        self.incidents.crew_did(mission.incident, mission.ambulance.unit.id, None)
        self._back_after(mission.ambulance, self.assumed.fault.minutes.draw(mission.rng))

    # --- the end of a mission

    def _free(self, mission: Mission, ended: str, source: StateSource = StateSource.TERMINAL) -> None:
        ambulance, incident = mission.ambulance, mission.incident
        self._end(mission, ended)
        self.fleet.change(ambulance, _S.AVAILABLE_ON_ROAD, source=source)
        self.incidents.crew_did(incident, ambulance.unit.id, None)
        self._close_when_done(incident)
        if not self._episode(mission):
            self.go_home(ambulance)
            self._tell_free(ambulance)

    def _end(self, mission: Mission, ended: str) -> None:
        mission.ended, mission.ended_ms = str(ended), self.agenda.now_ms
        ambulance = mission.ambulance
        self.fleet.forget(ambulance)
        del self.running[ambulance.unit.id]
        self.done.append(mission)
        ambulance.incident = None

    def _close_when_done(self, incident: OpenIncident) -> None:
        if incident.outcome is not None or incident.patients_left or incident.units:
            return
        ends = [Outcome(m.ended) for m in self.done if m.incident is incident and m.ended in set(Outcome)]
        order = (Outcome.TRANSPORTED, Outcome.TREATED, Outcome.NOBODY_THERE)
        self.incidents.close(incident, next((end for end in order if end in ends), Outcome.NOBODY_THERE))

    def _send_away_the_unneeded(self, incident: OpenIncident) -> None:
        if not incident.patients_left:
            self._stand_down_those(incident, _S.EN_ROUTE)

    def _stand_down_the_rest(self, incident: OpenIncident) -> None:
        self._stand_down_those(incident, _S.ON_SCENE)

    def _stand_down_those(self, incident: OpenIncident, up_to: UnitState) -> None:
        for mission in [m for m in self.running.values() if m.incident is incident]:
            if mission.ambulance.state <= up_to:
                self.stand_down(mission, "stood_down")

    def _episode(self, mission: Mission) -> bool:
        """Some missions end in a pause or a fault; one draw decides, so that shares add up."""
        assumed, chance = self.assumed, mission.rng.random()
        disinfection = (
            assumed.disinfection if mission.carried else Episode(share=0, minutes=assumed.fault.minutes)
        )
        for state, episode, reason in (
            (_S.PAUSED, assumed.refuelling, words.REFUELLING),
            (_S.PAUSED, disinfection, words.DISINFECTION),
            (_S.OUT_OF_SERVICE, assumed.fault, words.VEHICLE_FAULT),
        ):
            if chance < episode.share:
                minutes = episode.minutes.draw(mission.rng)
                ambulance = mission.ambulance
                self._later(ambulance, 1, lambda: self.pause(ambulance, state, reason, minutes))  # noqa: B023 - returns at once
                return True
            chance -= episode.share
        return False

    def pause(self, ambulance: Ambulance, state: UnitState, reason: str, minutes: float) -> None:
        """Take a free unit off the run for some minutes, where it stands."""
        self.fleet.stop(ambulance)
        self.fleet.change(ambulance, state, reason=self.words(reason))
        self._back_after(ambulance, minutes)

    def _back_after(self, ambulance: Ambulance, minutes: float) -> None:
        self._later(ambulance, minutes * 60, lambda: self.resume(ambulance))

    def resume(self, ambulance: Ambulance) -> None:
        """Back on the run: at its station when it stands there, else on the road."""
        self.fleet.forget(ambulance)
        if ambulance.spot(self.agenda.now_ms).point == ambulance.home:
            self.fleet.change(ambulance, _S.AVAILABLE_AT_STATION)
        else:
            self.fleet.change(ambulance, _S.AVAILABLE_ON_ROAD)
            self.go_home(ambulance)
        self._tell_free(ambulance)

    def go_home(self, ambulance: Ambulance) -> None:
        """Drive back to the station, free on the way."""
        arrival = self.fleet.drive(ambulance, ambulance.home, blue_light=False)
        ambulance.pending.append(
            self.agenda.at(arrival, lambda: self.fleet.change(ambulance, _S.AVAILABLE_AT_STATION))
        )

    # --- roads that close

    def turn_round(self, crossing: str) -> None:
        """Units whose way led over a bridge that has just closed look for another."""
        now = self.agenda.now_ms
        for ambulance in self.fleet:
            if now < ambulance.trip.end_ms and ambulance.trip.will_cross(crossing, now):
                self._drive_on(ambulance)

    def _drive_on(self, ambulance: Ambulance) -> None:
        mission = self.running.get(ambulance.unit.id)
        self.fleet.forget(ambulance)
        if mission is None:
            self.go_home(ambulance)
            return
        arrive = self._arrive if ambulance.state is _S.EN_ROUTE else self._reach_hospital
        arrival = self.fleet.drive(ambulance, ambulance.trip.end, blue_light=self._blue(mission))
        self._then_at(mission, arrival, arrive)

    # --- small steps

    def _enter(
        self,
        mission: Mission,
        state: UnitState,
        source: StateSource = StateSource.TERMINAL,
        destination: str | None = None,
    ) -> None:
        self.fleet.change(mission.ambulance, state, source=source, destination=destination)
        mission.stamps.setdefault(state, self.agenda.now_ms)
        self.incidents.crew_did(mission.incident, mission.ambulance.unit.id, state)

    def _blue(self, mission: Mission) -> bool:
        return mission.incident.priority < 3

    def _then(self, mission: Mission, seconds: float, do: Callable[[Mission], None]) -> None:
        self._then_at(mission, self.agenda.now_ms + seconds * 1000, do)

    def _then_at(self, mission: Mission, moment_ms: float, do: Callable[[Mission], None]) -> None:
        mission.ambulance.pending.append(self.agenda.at(moment_ms, lambda: do(mission)))

    def _later(self, ambulance: Ambulance, seconds: float, do: Callable[[], None]) -> None:
        ambulance.pending.append(self.agenda.after(seconds, do))

    def _tell_free(self, ambulance: Ambulance) -> None:
        for told in self.on_free:
            told(ambulance)
