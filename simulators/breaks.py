"""Units on no task: the way home, refuelling, disinfection, faults, crew changes, what the desk says."""

from collections.abc import Callable

from dispatch.domain.units import StateSource, UnitId, UnitState
from dispatch.feed import payloads
from simulators import words
from simulators.assumptions import CrewAssumptions, Episode
from simulators.engine import Agenda, Rng
from simulators.fleet import Ambulance, Ambulances

_S = UnitState


class Breaks:
    """Takes units off the run and brings them back; each vehicle says so itself."""

    def __init__(self, assumed: CrewAssumptions, agenda: Agenda, fleet: Ambulances) -> None:
        self.assumed, self.agenda, self.fleet = assumed, agenda, fleet
        self._wanted_out: dict[UnitId, tuple[str, int]] = {}
        """Units that go out of service once they are free: reason, and until when."""

    def go_home(self, ambulance: Ambulance) -> None:
        """Drive back to the station, free on the way."""
        arrival = self.fleet.drive(ambulance, ambulance.home, blue_light=False)
        ambulance.pending.append(self.agenda.at(arrival, lambda: self._home(ambulance)))

    def _home(self, ambulance: Ambulance) -> None:
        self.fleet.enter(ambulance, _S.AVAILABLE_AT_STATION)
        self.fleet.say_off_task(ambulance, StateSource.GEOFENCE)

    def after_mission(self, ambulance: Ambulance, rng: Rng, *, carried: int) -> bool:
        """Some missions end in a pause or a fault; one draw decides, so that shares add up."""
        assumed, chance = self.assumed, rng.random()
        disinfection = assumed.disinfection if carried else Episode(share=0, minutes=assumed.fault.minutes)
        for state, episode, reason in (
            (_S.PAUSED, assumed.refuelling, words.REFUELLING),
            (_S.PAUSED, disinfection, words.DISINFECTION),
            (_S.OUT_OF_SERVICE, assumed.fault, words.VEHICLE_FAULT),
        ):
            if chance < episode.share:
                minutes = episode.minutes.draw(rng)
                self._later(ambulance, 1, self._taking_off(ambulance, state, reason, minutes))
                return True
            chance -= episode.share
        return False

    def take_off(self, ambulance: Ambulance, state: UnitState, reason: str, minutes: float) -> None:
        """Take a unit off the run for some minutes, where it stands."""
        self.fleet.stop(ambulance)
        self._off(ambulance, state, reason)
        self._later(ambulance, minutes * 60, lambda: self.resume(ambulance))

    def _taking_off(
        self, ambulance: Ambulance, state: UnitState, reason: str, minutes: float
    ) -> Callable[[], None]:
        return lambda: self.take_off(ambulance, state, reason, minutes)

    def take_off_when_free(self, ambulance: Ambulance, reason: str, minutes: float) -> None:
        """Take a unit off the run as soon as it is through, if `minutes` from now are not over by then."""
        self._wanted_out[ambulance.unit.id] = (reason, self.agenda.now_ms + round(minutes * 60_000))

    def bring_back(self, ambulance: Ambulance, reason: str) -> bool:
        """On the run again where it is out for this reason (True); one that was to go out stays."""
        wanted = self._wanted_out.get(ambulance.unit.id, ("", 0))
        if wanted[0] == reason:
            del self._wanted_out[ambulance.unit.id]
        if ambulance.state is not _S.OUT_OF_SERVICE or ambulance.reason != reason:
            return False
        self.resume(ambulance)
        return True

    def goes_out(self, ambulance: Ambulance) -> bool:
        """Whether a unit that is free now was wanted out of service; it goes in a second."""
        reason, until_ms = self._wanted_out.pop(ambulance.unit.id, ("", 0))
        minutes = (until_ms - self.agenda.now_ms) / 60_000
        if minutes <= 0:
            return False
        self._later(ambulance, 1, self._taking_off(ambulance, _S.OUT_OF_SERVICE, reason, minutes))
        return True

    def busy_until(self, ambulance: Ambulance, reason: str, moment_ms: float) -> None:
        """Not to be called on until a moment, whatever its way."""
        self._off(ambulance, _S.OUT_OF_SERVICE, reason)
        ambulance.pending.append(self.agenda.at(moment_ms, lambda: self.resume(ambulance)))

    def resume(self, ambulance: Ambulance) -> None:
        """Back on the run: at its station when it stands there, else on the road."""
        self.fleet.forget(ambulance)
        home = ambulance.spot(self.agenda.now_ms).point == ambulance.home
        self.fleet.enter(ambulance, _S.AVAILABLE_AT_STATION if home else _S.AVAILABLE_ON_ROAD)
        self.fleet.say_off_task(ambulance)
        if not self.goes_out(ambulance) and not home:
            self.go_home(ambulance)

    def hear_desk(self, ambulance: Ambulance, status: payloads.UnitStatus) -> None:
        """The desk spoke with the crew by radio and set the state of a unit that is on no task."""
        wanted = UnitState(status.state)
        if status.since < ambulance.since_ms:
            return
        if wanted.dispatchable and not ambulance.state.dispatchable:
            self.resume(ambulance)
        elif ambulance.state.dispatchable and wanted in (_S.OUT_OF_SERVICE, _S.PAUSED):
            self.fleet.stop(ambulance)
            self.fleet.enter(ambulance, wanted, reason=status.reason or words.VEHICLE_FAULT)

    def _off(self, ambulance: Ambulance, state: UnitState, reason: str) -> None:
        self.fleet.enter(ambulance, state, reason=reason)
        self.fleet.say_off_task(ambulance)

    def _later(self, ambulance: Ambulance, seconds: float, do: Callable[[], None]) -> None:
        ambulance.pending.append(self.agenda.after(seconds, do))
