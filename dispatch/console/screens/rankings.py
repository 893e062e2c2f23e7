"""The two lists to choose from for one incident: units to send, hospitals to go to, and which is next."""

from rich.text import Text

from dispatch.centre.asking import Standing
from dispatch.console.choices import choose_hospital
from dispatch.console.present_ranking import hospital_table, unit_table
from dispatch.console.reasons import names_at
from dispatch.console.results import Result
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.screens.held import Held
from dispatch.console.sending import choose_unit
from dispatch.console.widgets.ranking import RankingView
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _

UNITS, HOSPITALS = "units", "hospitals"
_SHOWN = 20
_LOADED = (UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)


class Rankings:
    """Held lists: one that the operator is choosing from stands still and is only compared."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen
        self.units: Held[UnitRanking] = Held(screen.query_one("#units", RankingView))
        self.hospitals: Held[HospitalRanking] = Held(screen.query_one("#hospitals", RankingView))
        self.chosen = ""
        """The list the operator asked for; empty: the one that comes next."""

    def relabel(self) -> None:
        self.units.view.border_title = Text(_("Units"))
        self.hospitals.view.border_title = Text(_("Hospitals"))
        self.units.stale = self.hospitals.stale = True

    def next(self, incident: Incident | None) -> str:
        """What is to be chosen next: units while fewer were sent than are wanted, then hospitals."""
        enough = incident is not None and self._came(incident) >= _wanted(incident)
        return self.chosen or (HOSPITALS if enough else UNITS)

    def _came(self, incident: Incident) -> int:
        """Units sent, and patients who were taken away by others that are through with it."""
        fleet = self._screen.desk.picture.fleet
        views = (fleet.view(unit) for unit in incident.units if unit in fleet)
        loaded = sum(view.status is not None and view.status.state in _LOADED for view in views)
        return len(incident.sent) + max(0, incident.carried - loaded)

    def held(self, incident: Incident | None) -> Held[UnitRanking] | Held[HospitalRanking]:
        """The list the cursor is in, else the one that is to be chosen from next."""
        if self.units.chosen_from:
            return self.units
        return (
            self.hospitals if self.hospitals.chosen_from or self.next(incident) == HOSPITALS else self.units
        )

    def other(self, incident: Incident | None) -> str:
        """Ask for the other list than the one in use, and say which that is."""
        units = self.held(incident) is self.units
        self.chosen = HOSPITALS if units else UNITS
        return self.chosen

    def release(self) -> None:
        """Let both lists change, even the one that is chosen from."""
        self.units.release()
        self.hospitals.release()

    def rank(self, incident: Incident | None) -> None:
        """Rank anew for an incident; nothing is ranked for one that has ended."""
        if incident is None or not incident.state.open:
            self.units.clear()
            self.hospitals.clear()
            return
        desk, scene = self._screen.desk, self._screen.scene
        names = names_at(desk)
        units = desk.rank_units(incident.id)
        order = [candidate.unit for candidate in units.candidates[:_SHOWN]]
        self.units.take(incident.id, units, order, lambda: unit_table(units, scene, names, incident.id))
        hospitals = desk.rank_hospitals(incident.id)
        order_h = [candidate.hospital for candidate in hospitals.candidates[:_SHOWN]]
        self.hospitals.take(
            incident.id, hospitals, order_h, lambda: hospital_table(hospitals, scene, names, incident.id)
        )

    async def choose(
        self, incident: Incident, held: Held[UnitRanking] | Held[HospitalRanking], key: str
    ) -> Result:
        """Ask about one unit or hospital of a list, and have it done."""
        console = self._screen.console
        match held.ranking:
            case UnitRanking() as units:
                return await choose_unit(console, incident.id, UnitId(key), units)
            case HospitalRanking() as hospitals:
                return await choose_hospital(console, incident.id, incident.units, HospitalId(key), hospitals)
        return Result(False, _("nothing is under the cursor"))

    def denied(self, incident: Incident, unit: str) -> int:
        """How often a centre has said no to an order of this desk for a unit."""
        orders = self._screen.desk.orders(incident.id)
        return sum(one.unit == unit and one.standing is Standing.DENIED for one in orders)

    def let_go(
        self,
        incident: Incident,
        held: Held[UnitRanking] | Held[HospitalRanking],
        key: str,
        *,
        denied: bool = False,
    ) -> bool:
        """A list whose choice is gone stands still no longer: the newest is offered; whether it was gone."""
        if held is not self.units or key not in held.order:
            return False
        now = self._screen.desk.rank_units(incident.id).candidates
        if not denied and any(one.unit == key for one in now):
            return False
        self.release()
        self.rank(incident)
        return True

    @property
    def notice(self) -> str:
        """What has changed since a list stands still."""
        now = self._screen.desk.clock.now()
        return next((note for held in (self.units, self.hospitals) if (note := held.notice(now))), "")


def _wanted(incident: Incident) -> int:
    """One unit for each patient, and as many more as reinforcements were asked for."""
    return max(1, incident.patients) + incident.reinforcements
