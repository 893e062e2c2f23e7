"""The simulated cities as one world: lives on from moment to moment, says things and hears things."""

from datetime import datetime

from dispatch.clock import epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from dispatch.settings import Configuration
from simulators import words
from simulators.adoption import Adoption
from simulators.assumptions import Assumptions
from simulators.banks import Banks
from simulators.blood_staff import BloodStaff
from simulators.borrowing import Borrowing
from simulators.breaks import Breaks
from simulators.callers import Callers
from simulators.calls import Calls
from simulators.carrying import CarryingOver
from simulators.commands import Commands
from simulators.crews import Crews
from simulators.decisions import Decisions
from simulators.desk import Colleagues
from simulators.drawing import build_roads
from simulators.engine import Agenda, Streams
from simulators.faults import Faults
from simulators.fleet import Ambulance, Ambulances
from simulators.happenings import Happenings
from simulators.hearing import Hearing
from simulators.hospitals import Hospitals
from simulators.keys import Keys
from simulators.lending import Lending
from simulators.local import LocalCentres
from simulators.messages import Message
from simulators.orders import Orders
from simulators.reports import PositionReports
from simulators.roads import Roads
from simulators.scenarios import Scenario
from simulators.scenes import Scenes
from simulators.sights import Sights
from simulators.words import Words


class World:
    """Crews, callers, colleagues, hospitals and banks of all cities, written against messages.

    The world begins `warm_up_min` before `origin` and lives through that time in silence on centres of its
    own (LocalCentres), so that a drill starts in the middle of a shift. With `local` these stay: same
    arguments and same messages heard, same messages said, at any speed. Without, the world stays silent
    until `take_over`. `advance` moves it on and returns what was said; `hear` is how a broker speaks to it.
    `pace`: drill seconds of one second between two repeats of something that was not answered.
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
        local: bool = True,
        pace: float = 1.0,
    ) -> None:
        self.configuration, self.scenario = configuration, scenario
        self.seed, self.origin_ms, self.pace = seed, epoch_ms(origin), pace
        self._said: list[Message] = []
        self.silent = True
        self.cities = {city.code: city for city in configuration.cities}
        streams = Streams(seed)
        agenda = self.agenda = Agenda(self.origin_ms - round(scenario.warm_up_min * 60_000))
        self.words = Words(language)
        self.roads = roads or build_roads(configuration, assumptions)
        self._assumptions, self._staffed = assumptions, staffed
        self._people(streams, Keys(seed))
        self.calls = Calls(
            configuration, assumptions.calls, agenda, streams, self.roads, self.scenes, self.callers,
            scenario.demand,
        )  # fmt: skip
        self.faults = Faults(scenario.faults, streams)
        self.reports = PositionReports(
            assumptions.reports, agenda, streams, self.fleet, self.faults, self._say, report_every_s
        )
        self.happenings = Happenings(self, assumptions, streams)
        centres = LocalCentres(configuration, agenda, self._publish, self.sights.reachable)
        self.local: LocalCentres | None = centres
        for city in self.cities:
            centres.say_everything(city)
        self._begin(stay=local)

    def _people(self, streams: Streams, keys: Keys) -> None:
        """Everybody, from the crews to the dispatchers."""
        configuration, assumed, agenda, say = self.configuration, self._assumptions, self.agenda, self._say
        self.fleet = Ambulances(configuration, agenda, self.roads, say, self.pace)
        self.scenes = Scenes(agenda, self.cities)
        self.hospitals = Hospitals(configuration, assumed.hospitals, agenda, streams, self.roads, say)
        self.banks = Banks(configuration, assumed.blood, agenda, streams, say)
        self.breaks = Breaks(assumed.crews, agenda, self.fleet)
        adoption = Adoption(self.scenes, agenda, self.cities)
        self.crews = Crews(
            assumed.crews, agenda, streams, self.fleet, self.scenes, self.hospitals, self.breaks,
            self.words, adoption.of_job,
        )  # fmt: skip
        self.commands = Commands(agenda, say, self.pace)
        self.decisions = Decisions(agenda, keys, say, self.words(words.COLLEAGUE), self.pace)
        self.callers = Callers(assumed.calls, agenda, streams, keys, self.scenes, self.commands, self.words)
        self.sights = Sights(configuration, agenda, self.fleet)
        self.borrowing = Borrowing(
            assumed.desk, configuration.centre_rules.lending.answer_s, agenda, keys, self.fleet,
            self.commands, self.decisions, self.words,
        )  # fmt: skip
        self.lending = Lending(
            assumed.desk, configuration.dispatch_rules, agenda, streams, keys, self.fleet, self.sights,
            self.commands, self.decisions, self.borrowing, self.words,
        )  # fmt: skip
        self.colleagues = Colleagues(
            assumed.desk, agenda, streams, keys, self.fleet, self.scenes, self.sights, self.commands,
            self.decisions, self.borrowing, self.words, self.scenario.policy, self.pace,
        )  # fmt: skip
        self.blood_staff = BloodStaff(
            configuration, assumed.blood, agenda, streams, keys, self.banks, self.roads, self.commands,
            self.words,
        )  # fmt: skip
        self.callers.on_called_off.append(self.colleagues.look_soon)
        self.orders = Orders(configuration, agenda, self.banks, self.hospitals, self.words, say)
        self._hearing = Hearing(
            fleet=self.fleet, scenes=self.scenes, adoption=adoption, crews=self.crews, breaks=self.breaks,
            sights=self.sights, commands=self.commands, decisions=self.decisions,
            colleagues=self.colleagues, lending=self.lending, orders=self.orders,
            blood_staff=self.blood_staff,
        )  # fmt: skip

    # --- how it begins ----------------------------------------------------------------------------

    def _begin(self, *, stay: bool) -> None:
        """Live through the warm-up; with centres that stay, everything is said from the origin on."""
        self.happenings.reduce_fleet()
        self.happenings.plan_crew_changes()
        self.calls.start()
        if self.origin_ms > self.agenda.now_ms:
            self.agenda.run_until(self.origin_ms - 1)
        self.happenings.plan(self.origin_ms)
        if stay and self.local is not None:
            self.silent, self.local.listened_to = False, True
            self._staff()
            for scene in self.scenes.open_now.values():
                scene.touched_ms = self.origin_ms
            self.agenda.at(self.origin_ms, self._open_doors)

    def take_over(self) -> None:
        """Real centres are there: what is under way is said to them, and everything from now on."""
        if self.local is None or not self.silent:
            return
        self.local.stop()
        self.local, self.silent = None, False
        self._staff()
        CarryingOver(self).begin()
        self._open_doors()

    def _staff(self) -> None:
        for part in (self.colleagues, self.lending):
            part.staffed = self._staffed
            part.colleague_after_s = self.scenario.colleague_after_s

    def _open_doors(self) -> None:
        for city in self.cities:
            if self.local is not None:
                self.local.say_everything(city)
            self._say_houses(city)
        self.reports.start()
        self.agenda.every(self._assumptions.reports.hospitals_every_s, self._say_hospitals)
        self.agenda.every(self._assumptions.blood.count_every_s, self._say_counts)

    # --- living on --------------------------------------------------------------------------------

    def advance(self, moment_ms: int) -> list[Message]:
        """Live on until a moment (milliseconds of drill time since 1970); what was said on the way."""
        self.agenda.run_until(moment_ms)
        said, self._said = self._said, []
        return said

    def hear(self, message: Message) -> None:
        """A broker brings a message now."""
        if self.local is not None:
            self.local.hear(message)
        self._hearing.hear(message)

    def _say(self, message: Message) -> None:
        """One of ours says something."""
        if self.local is not None:
            self.local.hear(message)
        if not self.silent:
            self._said.append(message)

    def _publish(self, message: Message) -> None:
        """One of the centres inside the world says something: to everybody, and to our own."""
        if not self.silent:
            self._said.append(message)
        self.agenda.at(self.agenda.now_ms, lambda: self._hearing.hear(message))

    # --- what is said again -----------------------------------------------------------------------

    def say_everything(self, city: CityCode) -> None:
        """Say all that a new listener must know: states not heard yet, hospitals, whole counts."""
        if self.silent:
            return
        if self.local is not None:
            self.local.say_everything(city)
        for ambulance in self.fleet.of(city):
            ambulance.terminal.say_unheard()
        self._say_houses(city)

    def _say_houses(self, city: CityCode) -> None:
        """Hospitals and blood banks."""
        self.hospitals.publish(city)
        self.happenings.say_crossings(city)
        for bank in self.banks.of(city):
            self.banks.say_count(bank)
            self.banks.say_days(bank)

    def _say_hospitals(self) -> None:
        for city in self.cities:
            self.hospitals.publish(city)

    def _say_counts(self) -> None:
        for bank in self.banks.by_id.values():
            self.banks.say_count(bank)

    # --- small services ---------------------------------------------------------------------------

    def take_out(self, ambulance: Ambulance, reason: str, minutes: float) -> bool:
        """A unit goes out of service for some minutes: a free one at once (True), another when it is free."""
        if not ambulance.state.dispatchable:
            self.breaks.take_off_when_free(ambulance, reason, minutes)
            return False
        self.breaks.take_off(ambulance, UnitState.OUT_OF_SERVICE, reason, minutes)
        return True

    def run_at(self, pace: float) -> None:
        """The drill runs faster or slower from now on: what is said again keeps the pace of the machine."""
        if pace == self.pace:
            return
        self.pace = self.commands.pace = self.decisions.pace = self.colleagues.pace = pace
        for ambulance in self.fleet:
            ambulance.terminal.pace = pace

    def say(self, message: Message) -> None:
        """Something that no part of its own says."""
        self._say(message)
