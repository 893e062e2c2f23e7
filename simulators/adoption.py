"""What others opened becomes a scene of the world, which believes what a call taker wrote down."""

from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import City, CityCode, Datum
from dispatch.domain.orders import Job
from dispatch.domain.units import Capability
from dispatch.feed import payloads
from simulators.engine import Agenda
from simulators.scenes import Scene, Scenes

_CAPABILITIES = frozenset(capability.value for capability in Capability)


class Adoption:
    """Scenes of incidents and of orders about which the world hears for the first time."""

    def __init__(self, scenes: Scenes, agenda: Agenda, cities: dict[CityCode, City]) -> None:
        self._scenes, self._agenda = scenes, agenda
        self._cities = {city.prefix: code for code, city in cities.items()}

    def of_record(self, city: CityCode, record: payloads.IncidentRecord) -> Scene:
        """The scene of an incident; one that was handed over keeps the scene it had."""
        origin = None if record.origin is None else self._scenes.find(record.origin)
        if origin is not None:
            return origin
        scene = Scene(
            id=record.incident,
            city=city,
            point=to_wgs84(record.lat, record.lon, Datum(record.datum)),
            place=record.place,
            priority=record.priority,
            patients=record.patients,
            needs=frozenset(Capability(need) for need in record.needs if need in _CAPABILITIES),
            complaint=record.chief_complaint,
            opened_ms=min(record.opened_at, self._agenda.now_ms),
            from_console=True,
        )
        scene.patients_left = max(0, record.patients - record.carried)
        return self._scenes.begin(scene)

    def of_job(self, job: Job) -> Scene:
        """The scene of an order that came before anything was heard of its incident: one patient is there."""
        city = self._cities.get(job.incident.partition("-")[0], next(iter(self._cities.values())))
        scene = Scene(
            id=job.incident,
            city=city,
            point=(job.position.lat, job.position.lon),
            place=job.place,
            priority=job.priority.value,
            patients=1,
            needs=frozenset(),
            complaint="",
            opened_ms=self._agenda.now_ms,
            from_console=True,
        )
        return self._scenes.begin(scene)
