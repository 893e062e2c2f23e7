"""What crews do: take an order or refuse it, go, find somebody or nobody, choose a hospital, come back."""

from collections.abc import Callable

from dispatch.centre.messages import Act, Tell
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.orders import CREW_REFUSED, Job
from dispatch.domain.units import StateSource, UnitId, UnitState
from simulators import words
from simulators.assumptions import CrewAssumptions
from simulators.breaks import Breaks
from simulators.engine import Agenda, Rng, Streams
from simulators.fleet import Ambulance, Ambulances
from simulators.hospitals import Hospitals
from simulators.missions import PATIENTS_CARRIED, Mission, Stage
from simulators.scenes import Outcome, Scene, Scenes
from simulators.words import Words

_S = UnitState
STOOD_DOWN, REFUSED, ABORTED = "stood_down", "refused", "aborted"
READY_AFTER_ANSWER_S = 5.0
"""A crew that answered late does not roll before this."""


class Crews:
    """Every crew of every city. `adopt` makes a scene of a job nobody has heard of."""

    def __init__(
        self,
        assumed: CrewAssumptions,
        agenda: Agenda,
        streams: Streams,
        fleet: Ambulances,
        scenes: Scenes,
        hospitals: Hospitals,
        breaks: Breaks,
        say_words: Words,
        adopt: Callable[[Job], Scene],
    ) -> None:
        self.assumed, self.agenda, self.streams = assumed, agenda, streams
        self.fleet, self.scenes, self.hospitals, self.breaks = fleet, scenes, hospitals, breaks
        self.running: dict[UnitId, Mission] = {}
        self.done: list[Mission] = []
        self._words, self._adopt = say_words, adopt
        scenes.on_moved.append(self._turn_to)

    # --- what the centre tells a crew

    def told(self, ambulance: Ambulance, tell: Tell) -> None:
        """Something new on the terminal."""
        if tell.act is Act.STAND_DOWN:
            self._called_back(ambulance)
        elif tell.act is Act.TAKE_TO and tell.job is not None and tell.job.hospital is not None:
            self._take_to(ambulance, tell.job.hospital)
        elif tell.act is Act.GO and tell.job is not None:
            self._read(ambulance, tell, tell.job)

    def _read(self, ambulance: Ambulance, tell: Tell, job: Job) -> None:
        scene = self.scenes.find(job.incident) or self._adopt(job)
        mission = self.running.get(ambulance.unit.id)
        if mission is not None and mission.request is None and mission.scene is scene:
            self._go_on(mission, tell)
        elif mission is not None and (mission.request is None or mission.aboard):
            self._refuse_soon(ambulance, tell, job)
        elif mission is not None:  # its order was ended without it: by voice, or by a centre that forgot
            self._end(mission, ABORTED)
            self.fleet.stop(ambulance)
            self.fleet.enter(ambulance, _S.AVAILABLE_ON_ROAD)
            self._start(ambulance, scene, tell, job)
        elif ambulance.state.dispatchable:
            self._start(ambulance, scene, tell, job)
        else:
            self._refuse_soon(ambulance, tell, job)

    def _go_on(self, mission: Mission, tell: Tell) -> None:
        """The order of a task that was begun before this drill: the crew has long been at it."""
        mission.request = tell.request
        if _S.ACKNOWLEDGED in mission.stamps:
            mission.ambulance.terminal.acknowledge()
        mission.say_all()

    def _refuse_soon(self, ambulance: Ambulance, tell: Tell, job: Job) -> None:
        """A crew that is off the run, or busy, says no as soon as it answers at all, and why."""
        rng = self.streams.of("refusal", ambulance.unit.id, tell.token.counter)

        def refuse() -> None:
            terminal = ambulance.terminal
            if terminal.request != tell.request:
                return
            if ambulance.unit.id not in self.running and ambulance.state.dispatchable:
                self._read(ambulance, tell, job)  # it is free by now
                return
            terminal.finish(CREW_REFUSED)
            if ambulance.unit.id not in self.running:
                self.fleet.say_off_task(ambulance)

        self.agenda.after(self.assumed.acknowledge_s.draw(rng), refuse)

    def _start(self, ambulance: Ambulance, scene: Scene, tell: Tell, job: Job) -> None:
        at_station = ambulance.state is _S.AVAILABLE_AT_STATION
        scene.sent += 1
        rng = self.streams.of("mission", *self.scenes.stream_of(scene), scene.sent)
        mission = Mission(scene, ambulance, rng, tell.request)
        if job.hospital is not None and job.hospital in self.hospitals:
            mission.hospital = HospitalId(job.hospital)
        scene.borrowed |= mission.cross_city
        self.running[ambulance.unit.id] = mission
        self.fleet.stop(ambulance)
        self._enter(mission, _S.ASSIGNED)
        usual = self.assumed.roll_out_station_s if at_station else self.assumed.roll_out_road_s
        ready_s, answer_s = usual.draw(rng), self._answer_s(rng)
        starts = rng.random() >= self.assumed.fault_at_start
        self._then(mission, answer_s, self._acknowledge)
        ready_s = max(ready_s, answer_s + READY_AFTER_ANSWER_S)
        self._then(mission, ready_s, self._roll_out if starts else self._does_not_start)

    def _answer_s(self, rng: Rng) -> float:
        """Seconds until a crew presses the button; now and then nobody is at the terminal for a while."""
        usual, nobody = self.assumed.acknowledge_s.draw(rng), rng.random() < self.assumed.unanswered.share
        return self.assumed.unanswered.minutes.draw(rng) * 60 if nobody else usual

    def _take_to(self, ambulance: Ambulance, hospital: str) -> None:
        """The desk names the hospital; a unit already on the way turns."""
        mission = self.running.get(ambulance.unit.id)
        if mission is None or hospital not in self.hospitals or ambulance.state is _S.AT_HOSPITAL:
            return
        mission.hospital = HospitalId(hospital)
        ambulance.terminal.taking_to()
        if ambulance.state is _S.TRANSPORTING:
            self.fleet.forget(ambulance)
            self._drive_to_hospital(mission)

    def _called_back(self, ambulance: Ambulance) -> None:
        """At once; but nobody is put out on the road who is aboard."""
        mission = self.running.get(ambulance.unit.id)
        if mission is None:
            return
        if not mission.aboard:
            self.fleet.stop(ambulance)
            self._free(mission, STOOD_DOWN)
            return
        self._end(mission, STOOD_DOWN)
        mission.scene.found.add(Outcome.TRANSPORTED)
        if ambulance.state is _S.TRANSPORTING:
            arrival = self.fleet.drive(ambulance, self._hospital_of(mission), blue_light=True)
        else:
            arrival = self.agenda.now_ms
        minutes = max(4.0, self.assumed.turnaround_min.draw(mission.rng))
        self.breaks.busy_until(ambulance, self._words(words.PATIENT_ABOARD), arrival + minutes * 60_000)

    # --- stages

    def _acknowledge(self, mission: Mission) -> None:
        mission.ambulance.terminal.acknowledge()
        self._enter(mission, _S.ACKNOWLEDGED)

    def _roll_out(self, mission: Mission) -> None:
        arrival = self.fleet.drive(mission.ambulance, mission.scene.point, blue_light=self._blue(mission))
        self._enter(mission, _S.EN_ROUTE, StateSource.TERMINAL)
        self._then_at(mission, arrival, self._arrive)

    def _arrive(self, mission: Mission) -> None:
        self._enter(mission, _S.ON_SCENE, StateSource.GEOFENCE)
        crews = self.assumed
        carry = mission.rng.random() < crews.transported[mission.scene.priority - 1]
        carry = carry or mission.scene.patients > 1
        nobody = mission.rng.random() < crews.nobody_there
        scene = crews.scene_min if carry or not nobody else crews.empty_scene_min
        minutes = max(2.0, scene.draw(mission.rng))
        self._then(mission, minutes * 60, lambda m: self._leave_scene(m, carry=carry, nobody=nobody))

    def _leave_scene(self, mission: Mission, *, carry: bool, nobody: bool) -> None:
        scene = mission.scene
        carried = min(PATIENTS_CARRIED[scene.priority], scene.patients_left)
        if carry and carried:
            mission.carried = mission.aboard = carried
            scene.patients_left -= carried
            self._to_hospital(mission)
            return
        treated = not carry and not nobody and scene.patients_left > 0
        scene.patients_left = 0
        scene.found.add(Outcome.TREATED if treated else Outcome.NOBODY_THERE)
        self._free(mission, Outcome.TREATED if treated else Outcome.NOBODY_THERE)

    def _to_hospital(self, mission: Mission) -> None:
        ambulance = mission.ambulance
        if mission.hospital is None:
            here = ambulance.spot(self.agenda.now_ms).point
            mission.hospital = self.hospitals.choose(here, ambulance.unit.city, mission.scene.needs)
        self._drive_to_hospital(mission)
        self._enter(mission, _S.TRANSPORTING, StateSource.TERMINAL, destination=mission.hospital)

    def _drive_to_hospital(self, mission: Mission) -> None:
        goal = self._hospital_of(mission)
        arrival = self.fleet.drive(mission.ambulance, goal, blue_light=self._blue(mission))
        self._then_at(mission, arrival, self._reach_hospital)

    def _hospital_of(self, mission: Mission) -> tuple[float, float]:
        """Where its hospital stands."""
        if mission.hospital is None:
            raise ValueError(f"{mission.ambulance.unit.id} carries a patient to no hospital")
        return self.hospitals.point(mission.hospital)

    def _reach_hospital(self, mission: Mission) -> None:
        self._enter(mission, _S.AT_HOSPITAL, StateSource.GEOFENCE, destination=mission.hospital)
        if mission.hospital is not None:
            self.hospitals.arrived(mission.hospital)
        minutes = max(4.0, self.assumed.turnaround_min.draw(mission.rng))
        self._then(mission, minutes * 60, self._hand_over)

    def _hand_over(self, mission: Mission) -> None:
        mission.scene.found.add(Outcome.TRANSPORTED)
        mission.aboard = 0
        self._free(mission, Outcome.TRANSPORTED)

    def _does_not_start(self, mission: Mission) -> None:
        """The order is given back and the vehicle is out of service."""
        self._end(mission, REFUSED)
        minutes = self.assumed.fault.minutes.draw(mission.rng)
        self.breaks.take_off(mission.ambulance, _S.OUT_OF_SERVICE, words.VEHICLE_FAULT, minutes)

    # --- the end of a mission

    def _free(self, mission: Mission, ended: str) -> None:
        ambulance = mission.ambulance
        self._end(mission, ended)
        self.fleet.enter(ambulance, _S.AVAILABLE_ON_ROAD)
        if self.breaks.goes_out(ambulance):
            return
        if not self.breaks.after_mission(ambulance, mission.rng, carried=mission.carried):
            self.breaks.go_home(ambulance)

    def _end(self, mission: Mission, ended: str) -> None:
        """The crew is through: its terminal says so unless it was called back, which it has said."""
        mission.ended, mission.ended_ms = str(ended), self.agenda.now_ms
        ambulance = mission.ambulance
        self.fleet.forget(ambulance)
        del self.running[ambulance.unit.id]
        self.done.append(mission)
        self.scenes.crew_did(mission.scene, ambulance.unit.id, None)
        if ended != ABORTED:
            ambulance.terminal.finish(_ENDINGS[mission.ended])

    # --- roads that close

    def turn_round(self, crossing: str) -> int:
        """Units whose way led over a bridge that has just closed look for another; how many do."""
        now = self.agenda.now_ms
        units = [one for one in self.fleet if now < one.trip.end_ms and one.trip.will_cross(crossing, now)]
        for ambulance in units:
            self._drive_on(ambulance)
        return len(units)

    def _turn_to(self, scene: Scene) -> None:
        """The place was corrected: crews on their way hear it by radio."""
        for mission in [one for one in self.running.values() if one.scene is scene]:
            if mission.ambulance.state is _S.EN_ROUTE:
                self.fleet.forget(mission.ambulance)
                arrival = self.fleet.drive(mission.ambulance, scene.point, blue_light=self._blue(mission))
                self._then_at(mission, arrival, self._arrive)

    def _drive_on(self, ambulance: Ambulance) -> None:
        mission = self.running.get(ambulance.unit.id)
        if mission is None:
            if ambulance.state.dispatchable:
                self.fleet.forget(ambulance)
                self.breaks.go_home(ambulance)
            return
        self.fleet.forget(ambulance)
        arrive = self._arrive if ambulance.state is _S.EN_ROUTE else self._reach_hospital
        arrival = self.fleet.drive(ambulance, ambulance.trip.end, blue_light=self._blue(mission))
        self._then_at(mission, arrival, arrive)

    # --- small steps

    def _enter(
        self,
        mission: Mission,
        state: UnitState,
        source: StateSource | None = None,
        destination: str | None = None,
    ) -> None:
        """Into the next state; said when the vehicle says it (`source`), else the centre knows by itself."""
        now = self.agenda.now_ms
        self.fleet.enter(mission.ambulance, state, destination=destination)
        mission.stamp(state, now)
        self.scenes.crew_did(mission.scene, mission.ambulance.unit.id, state)
        if source is not None:
            mission.say(Stage(state, now, source, destination, mission.aboard))

    def _blue(self, mission: Mission) -> bool:
        return mission.scene.priority < 3

    def _then(self, mission: Mission, seconds: float, do: Callable[[Mission], None]) -> None:
        self._then_at(mission, self.agenda.now_ms + seconds * 1000, do)

    def _then_at(self, mission: Mission, moment_ms: float, do: Callable[[Mission], None]) -> None:
        mission.ambulance.pending.append(self.agenda.at(moment_ms, lambda: do(mission)))


_ENDINGS = {
    Outcome.TRANSPORTED: "completed",
    Outcome.TREATED: "completed",
    Outcome.NOBODY_THERE: "nobody_to_carry",
    REFUSED: CREW_REFUSED,
    STOOD_DOWN: "aborted",  # never said: the terminal has stood down already
}
