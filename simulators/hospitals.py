"""Emergency departments: who waits at the door, who takes nobody for a while, where a crew goes by itself."""

from dispatch.decide.hospitals import needed
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.units import Capability
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators.assumptions import HospitalAssumptions
from simulators.engine import Agenda, Streams
from simulators.ground import Point
from simulators.messages import Say, own
from simulators.roads import Roads


class Hospitals:
    """Every hospital of every city."""

    def __init__(
        self,
        configuration: Configuration,
        assumed: HospitalAssumptions,
        agenda: Agenda,
        streams: Streams,
        roads: Roads,
        say: Say,
    ) -> None:
        self._all = {hospital.id: hospital for hospital in configuration.hospitals}
        self._rules = configuration.dispatch_rules.hospitals
        self._assumed, self._agenda, self._roads, self._say = assumed, agenda, roads, say
        self._rng = streams.of("hospitals")
        self._handing_over: dict[HospitalId, list[int]] = {name: [] for name in self._all}
        self._diverts_until: dict[HospitalId, int] = {}
        self.diversions = 0
        for name in self._all:
            self._plan_diversion(name)

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def point(self, name: HospitalId) -> Point:
        """Where it stands."""
        position = self._all[name].position
        return position.lat, position.lon

    def diverting(self, name: HospitalId) -> bool:
        """Whether it asks crews to go elsewhere."""
        return self._diverts_until.get(name, 0) > self._agenda.now_ms

    def divert(self, name: HospitalId, minutes: float) -> None:
        """Take nobody for so long."""
        until = self._agenda.now_ms + round(minutes * 60_000)
        self._diverts_until[name] = max(until, self._diverts_until.get(name, 0))
        self.diversions += 1
        self.publish(self._all[name].city)

    def admit(self, name: HospitalId, until_ms: int) -> None:
        """Take patients again, unless it is another diversion than that which lasts until then."""
        if self._diverts_until.get(name, 0) <= until_ms:
            self._diverts_until[name] = min(self._agenda.now_ms, self._diverts_until.get(name, 0))
            self.publish(self._all[name].city)

    def arrived(self, name: HospitalId) -> None:
        """An ambulance came."""
        self._handing_over[name].append(self._agenda.now_ms)

    def choose(self, here: Point, city: CityCode, needs: frozenset[Capability]) -> HospitalId:
        """Where a crew goes when nobody tells it: the nearest that can, then one that takes patients."""
        wanted = needed(needs, self._rules)
        able = [h for h in self._all.values() if wanted <= h.capabilities] or list(self._all.values())
        able.sort(key=lambda h: abs(h.position.lat - here[0]) + abs(h.position.lon - here[1]))
        open_ = [h for h in able[:12] if not self.diverting(h.id)] or able[:12]
        nearest = sorted(open_, key=lambda h: (self._roads.minutes(here, self.point(h.id)), h.city != city))
        return nearest[0].id

    def _plan_diversion(self, name: HospitalId) -> None:
        if self._assumed.divert_per_day <= 0:
            return
        wait_s = float(self._rng.exponential(86_400 / self._assumed.divert_per_day))
        minutes = self._assumed.divert_min.draw(self._rng)

        def begin() -> None:
            self.divert(name, minutes)
            self._plan_diversion(name)

        self._agenda.after(wait_s, begin)

    def snapshot(self, name: HospitalId) -> payloads.HospitalSnapshot:
        """What a hospital says of itself now."""
        now = self._agenda.now_ms
        since = now - self._assumed.handover_min * 60_000
        own = self._handing_over[name] = [arrived for arrived in self._handing_over[name] if arrived > since]
        others = int(self._rng.poisson(self._assumed.background))
        return payloads.HospitalSnapshot(
            hospital=name, diverting=self.diverting(name), waiting=len(own) + others, said_at=now
        )

    def publish(self, city: CityCode) -> None:
        """Say how every hospital of a city stands."""
        said = [self.snapshot(name) for name, hospital in self._all.items() if hospital.city == city]
        document = payloads.HospitalsSnapshot(hospitals=said)
        topic = topics.snapshot(city, "hospitals")
        self._say(own(city, topic, "snapshot.hospitals", document, self._agenda.now_ms, retain=True))
