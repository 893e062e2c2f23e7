"""The desk of a replay: shows what the log held, and refuses every act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Never

from dispatch.audit.entry import AuditRow
from dispatch.blood.table import CoverTable
from dispatch.clock import from_epoch_ms
from dispatch.decide.ambulances import UnitRanking, UnitRequest
from dispatch.decide.blood import BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest
from dispatch.decide.keeps import keeps_after
from dispatch.decide.travel import Eta
from dispatch.decide.unit_models import UnitCandidate
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Right, Role
from dispatch.domain.timeline import Entry
from dispatch.domain.units import UnitId
from dispatch.handover import HandoverSheet, sheet
from dispatch.language import N_, _, current
from dispatch.picture.find import Found, find
from dispatch.picture.live import Picture
from dispatch.replay.clock import ReplayClock
from dispatch.replay.scene import Recorded, Scene
from dispatch.replay.unheld import NoBloodOrders, NoClaims, NoMoves, NoPrinting, NoSteering, ReplayRefused
from dispatch.report.gather_desks import recommended
from dispatch.settings import Configuration

RECORDED = N_("as recorded, not reckoned again")


class ReplayQuarantine:
    """Counts of refused messages; the messages themselves are not in the log."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    @property
    def total(self) -> int:
        return sum(self._scene.refused.values())

    def counts(self) -> Mapping[str, int]:
        return self._scene.refused

    def newest(self, limit: int = 50) -> Sequence[Never]:  # noqa: ARG002 - the port asks so
        return ()


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a city keeps when it lends, as the console shows it."""

    free: int
    left: int
    fleet: int
    reserve: int
    bare_stations: tuple[str, ...]


class ReplayDesk:
    """The console's port over a scene. Every act raises ReplayRefused."""

    def __init__(
        self, scene: Scene, clock: ReplayClock, configuration: Configuration, *, drill: bool
    ) -> None:
        self.scene, self.drill = scene, drill
        self._clock, self._configuration = clock, configuration
        self._quarantine = ReplayQuarantine(scene)
        self.blood, self.moves, self.claims = NoBloodOrders(), NoMoves(), NoClaims()
        self.steering, self.printing = NoSteering(), NoPrinting()

    # --- who sits here ---

    role = Role.OBSERVER
    break_glass = False
    signed_in = True
    seat = ""

    @property
    def operator(self) -> str:
        return _("replay")

    def may(self, right: Right) -> str:  # noqa: ARG002 - refused whatever it is
        return str(ReplayRefused())

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        return ()

    def wants_code(self, operator: str) -> bool:  # noqa: ARG002 - nobody signs in here
        return False

    # --- looking ---

    @property
    def picture(self) -> Picture:
        return self.scene.picture

    @property
    def clock(self) -> ReplayClock:
        return self._clock

    @property
    def configuration(self) -> Configuration:
        return self._configuration

    @property
    def quarantine(self) -> ReplayQuarantine:
        return self._quarantine

    @property
    def home_city(self) -> CityCode:
        return self.scene.home_city

    def find(self, query: str, limit: int = 20) -> Sequence[Found]:
        return find(self.picture, query, limit)

    def similar(self, position: Position) -> Sequence[Incident]:  # noqa: ARG002 - no call is taken here
        return ()

    def callers(self, incident_id: IncidentId) -> Sequence[Never]:  # noqa: ARG002 - never in the audit log
        return ()

    def chase_help(self, incident_id: IncidentId) -> str:  # noqa: ARG002
        return ""

    def timeline(self, incident_id: IncidentId) -> Sequence[Entry]:
        return self.picture.timelines.get(incident_id, ())

    def orders(self, incident_id: IncidentId | None = None) -> Sequence[Recorded]:
        found = [one for one in self.scene.orders.values() if incident_id in (None, one.incident)]
        return sorted(found, key=lambda one: (one.settled, one.since_ms))

    def keeps(self, lender: CityCode, priority: Priority, count: int, units: Sequence[UnitId] = ()) -> Keeps:
        """By the rule, over the states that the log held."""
        rules, now = self._configuration.dispatch_rules, self._clock.now()
        found = keeps_after(self.picture, lender, priority, units, count, rules, now)
        bare = tuple(site.name.text(current()) for site in found.bare)
        return Keeps(found.free, found.left, found.fleet, found.reserve, bare)

    def handover_sheet(self) -> HandoverSheet:
        return sheet(self.picture, self.home_city, self.operator, (), self._clock.now(), drill=self.drill)

    def note_fault(self, where: str, error: str) -> None:
        """A replay has no log of its own: the result line is all there is."""

    async def work_on(self, incident_id: IncidentId | None) -> None:
        """Nobody is told."""

    # --- what was recommended ---

    def rank_units(self, incident_id: IncidentId) -> UnitRanking:
        """The newest recommendation that a console wrote down for it; without one, none."""
        incident = self.picture.incidents.get(incident_id)
        if incident is None:
            raise UnknownName(_("incident"), incident_id)
        row = self.scene.offers.get(incident_id)
        request = UnitRequest(
            position=incident.position,
            city=incident.city,
            priority=incident.priority,
            patients=incident.patients,
            needs=incident.needs,
            incident=incident.id,
        )
        return UnitRanking(
            as_of=self._clock.now() if row is None else from_epoch_ms(row.ts),
            edition=_(RECORDED),
            request=request,
            candidates=() if row is None else tuple(self._candidates(row)),
            excluded=(),
            why_not_nearer=(),
            units_advised=0,
            advice=(),
        )

    def _candidates(self, row: AuditRow) -> Iterator[UnitCandidate]:
        for option in recommended(row):
            if option.what not in self.picture.fleet:
                continue
            unit = self.picture.fleet.units[self.picture.fleet.row(UnitId(option.what))]
            minutes = option.eta_s / 60
            yield UnitCandidate(
                rank=option.rank,
                unit=unit.id,
                city=unit.city,
                station=unit.station,
                eta=Eta(minutes, minutes, option.late_eta_s / 60, RECORDED),
                distance_km=float("nan"),
                position_age_s=float("nan"),
                cross_city=option.cross_city,
                lender=None,
                reasons=(),
            )

    def rank_hospitals(self, incident_id: IncidentId) -> HospitalRanking:
        """Nothing is reckoned anew: what was recommended stands in the report."""
        incident = self.picture.incidents.get(incident_id)
        if incident is None:
            raise UnknownName(_("incident"), incident_id)
        asked = HospitalRequest(position=incident.position, city=incident.city, priority=incident.priority)
        return HospitalRanking(self._clock.now(), _(RECORDED), asked, (), (), ())

    def cover(self) -> CoverTable:
        """No bank ever counted, as far as the log tells."""
        return CoverTable(self._clock.now(), _(RECORDED), {})

    def rank_blood(self, need: BloodNeed) -> BloodRanking:  # noqa: ARG002 - stocks are not in the log
        raise ReplayRefused

    # --- acts: all refused ---

    async def _refuse(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused

    sign_in = _refuse
    sign_in_by_break_glass = _refuse
    sign_out = _refuse
    join_call = _refuse
    note_caller = _refuse
    callers_unmasked = _refuse
    erase_callers = _refuse
    hold = _refuse
    wake = _refuse
    amend = _refuse
    note = _refuse
    reinforce = _refuse
    none_free = _refuse
    close_incident = _refuse
    stand_down = _refuse
    reassign = _refuse
    set_state = _refuse
    ask_aid = _refuse
    hand_over_incident = _refuse
    answer_aid = _refuse
    telephone = _refuse
    shelve = _refuse
    unshelve = _refuse
    sign_handover = _refuse
    open_incident = _refuse
    choose_unit = _refuse
    choose_hospital = _refuse
    choose_bank = _refuse
    acknowledge = _refuse
