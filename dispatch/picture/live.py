"""The one live picture: what is configured, and what the cities said last."""

from collections.abc import Collection, Iterable

from dispatch.domain.aid import Aid, AidId
from dispatch.domain.blood import Bank, BankId, Component, ComponentCode
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import Bridge, City, CityCode, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, IncidentState
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Unit
from dispatch.picture.alarms import Alarms
from dispatch.picture.changes import Changes
from dispatch.picture.cities import CityView
from dispatch.picture.desks import DeskView
from dispatch.picture.fleet import Fleet
from dispatch.picture.stock import Stock


class Picture:
    """Everything a board, a decision or a report may look at. Written only by the feed's intake.

    Standing facts (`cities`, `sites`, `hospitals`, `banks`, `components`, `bridges`) come from
    config; `fleet`, `stock`, `incidents`, `timelines`, `aids`, `blood_orders`, `desks`,
    `hospital_status`, `sight` come from the cities. Two things stand here before a city has said them: an
    incident that was opened at this console, and a request for help that it sent (its state is REQUESTED).
    """

    def __init__(
        self,
        *,
        cities: Iterable[City],
        hospitals: Iterable[Hospital] = (),
        banks: Iterable[Bank] = (),
        components: Iterable[Component] = (),
        sites: Iterable[Site] = (),
        bridges: Iterable[Bridge] = (),
        units: Iterable[Unit] = (),
    ) -> None:
        self.cities: dict[CityCode, City] = {city.code: city for city in cities}
        self.hospitals: dict[HospitalId, Hospital] = {h.id: h for h in hospitals}
        self.banks: dict[BankId, Bank] = {bank.id: bank for bank in banks}
        self.components: dict[ComponentCode, Component] = {c.code: c for c in components}
        self.sites: dict[SiteId, Site] = {site.id: site for site in sites}
        self.bridges: tuple[Bridge, ...] = tuple(bridges)
        self.fleet = Fleet(tuple(self.cities))
        self.stock = Stock()
        self.incidents: dict[IncidentId, Incident] = {}
        self.timelines: dict[IncidentId, tuple[Entry, ...]] = {}
        """The newest lines of each incident's timeline, oldest first."""
        self.aids: dict[AidId, Aid] = {}
        self.blood_orders: dict[BloodOrderId, BloodOrder] = {}
        self.desks: dict[tuple[CityCode, str], DeskView] = {}
        """(city, name of the console on the wire) -> who sits there."""
        self.hospital_status: dict[HospitalId, HospitalStatus] = {}
        self.sight: dict[CityCode, CityView] = {code: CityView(code) for code in self.cities}
        self.alarms = Alarms()
        """What this console has to answer: its own alarms, and those of its city's centre."""
        self.neighbours_alarms = Alarms()
        """What the other cities' desks have to answer: only to look at."""
        self.changes = Changes()
        for unit in units:
            self.fleet.register(unit)

    def city(self, code: CityCode) -> City:
        """A city by its code; UnknownName lists nothing it cannot know."""
        try:
            return self.cities[code]
        except KeyError:
            raise UnknownName("city", code) from None

    def close_bridges(self, city: CityCode, closed: Collection[str]) -> bool:
        """These bridges of a city are closed and its others open; whether that changes anything."""
        before = self.bridges
        self.bridges = tuple(
            bridge.model_copy(update={"closed": bridge.id in closed}) if bridge.city == city else bridge
            for bridge in before
        )
        return self.bridges != before

    def ended_incidents(self) -> list[Incident]:
        """Incidents that ended and are not forgotten yet, the newest first."""
        found = [incident for incident in self.incidents.values() if not incident.state.open]
        return sorted(found, key=lambda i: i.opened_at, reverse=True)

    def open_incidents(self) -> list[Incident]:
        """Open incidents: those nobody was sent to first, then the most urgent, then the oldest."""
        found = [incident for incident in self.incidents.values() if incident.state.open]
        return sorted(found, key=lambda i: (i.state is not IncidentState.WAITING, i.priority, i.opened_at))
