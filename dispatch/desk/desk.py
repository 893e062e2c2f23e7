"""Everything an operator can do, without a screen: one face over the parts of a desk.

The console, the headless drill and tests act through this one class. A write to the audit log that
fails stops the action it belongs to: AuditUnavailable leaves the caller with nothing sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from dispatch.blood.table import CoverTable
from dispatch.calls import Call
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.desk.alarms import DeskAlarms
from dispatch.desk.blood_orders import DeskBlood
from dispatch.desk.calls import DeskCalls
from dispatch.desk.changes import Changes
from dispatch.desk.choosing import Choosing
from dispatch.desk.claims import Claims
from dispatch.desk.crossings import Crossings
from dispatch.desk.endings import Endings
from dispatch.desk.errands import Errand
from dispatch.desk.helping import Helping
from dispatch.desk.incidents import Incidents
from dispatch.desk.lending import Lending
from dispatch.desk.looking import Keeps, Looking
from dispatch.desk.moves import Moves
from dispatch.desk.orders import Decision, Orders
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part
from dispatch.desk.people import People
from dispatch.desk.printing import Printing
from dispatch.desk.recalls import Recalls
from dispatch.desk.states import States
from dispatch.desk.steering import Steering
from dispatch.desk.stock import StockWatch
from dispatch.desk.telephone import Telephone
from dispatch.domain.aid import AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Role
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed.outbox import CommandResult
from dispatch.handover import HandoverSheet
from dispatch.picture.find import Found

LOOK_EVERY_S = 0.25
_TICK = 4
"""Looks in a second: what is watched by the clock is looked at once in so many."""
_journal = logging.getLogger(__name__)


class Desk(Part):
    """One operator's desk in one city, looking at all of them. See console/ports.py for the contract."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        """`folder`: where signed handover sheets are kept."""
        super().__init__(kit)
        self.looking = Looking(kit)
        self._orders = Orders(kit)
        self._recalls = Recalls(kit, self._orders)
        self._changes = Changes(kit)
        self._incidents = Incidents(kit, self.looking, self._changes)
        self._endings = Endings(kit, self._recalls, self._changes)
        self._lending = Lending(kit, self.looking, self._orders, self._changes)
        self._helping = Helping(kit, self._orders, self._lending)
        self._telephone = Telephone(kit, self._changes)
        self.blood: DeskBlood = DeskBlood(kit)
        self._choosing = Choosing(kit, self._orders, self._recalls, self._changes, self._lending, self.blood)
        self._states = States(kit)
        self._calls = DeskCalls(kit, self._changes)
        self._alarms = DeskAlarms(kit)
        self._people = People(kit, self._orders, folder)
        self.moves = Moves(kit)
        self.moves.order = self.blood.transfer
        self._stock = StockWatch(kit, folder)
        self._crossings = Crossings(kit)
        self.claims = Claims(kit)
        self.printing = Printing(kit, folder)
        self.steering = Steering(kit)
        kit.errands.on_answer = self._answered

    # --- what goes on by itself ----------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled: do what waits for crews, lenders and the clock."""
        looks = 0
        while True:
            await self._one_by_one(self._recalls.follow, self._endings.follow, self._helping.follow)
            if looks % _TICK == 0:
                self._orders.watch()
                await self._stock.watch()
                self.blood.watch()
                self._crossings.watch()
                await self._one_by_one(self._people.tick, self.moves.tick, self._stock.keep)
            looks += 1
            await asyncio.sleep(LOOK_EVERY_S)

    async def _one_by_one(self, *works: Callable[[], Awaitable[None]]) -> None:
        """What cannot be done now is tried again at the next look, and keeps nothing else from its turn."""
        for work in works:
            try:
                await work()
            except DispatchError as error:
                _journal.error("%s", error)

    async def _answered(self, errand: Errand, result: CommandResult) -> Errand | None:
        """Let the part it belongs to follow the answer to an errand; it may come a second time."""
        follower = self.kit.followers.get(errand.kind)
        after = None if follower is None else await follower(errand, result)
        self.news.tell()
        return after

    def link_changed(self, city: CityCode, *, up: bool) -> None:
        """A link came back: whatever is open there is asked about, and said, at once."""
        if up:
            self.kit.requester.link_up(city)
            self.kit.errands.link_up()
            if city == self.home_city:
                self._people.forget_told()

    # --- who sits here -------------------------------------------------------------------------

    @property
    def role(self) -> Role:
        return self.kit.seat.role

    @property
    def break_glass(self) -> bool:
        return self.kit.seat.break_glass

    @property
    def signed_in(self) -> bool:
        return self._people.signed_in

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        return self._people.operators()

    def wants_code(self, operator: str) -> bool:
        return self._people.wants_code(operator)

    async def sign_in(self, operator: str, password: str, code: str = "") -> Outcome:
        return await self._people.sign_in(operator, password, code)

    async def admit(self, operator: str, role: Role) -> None:
        await self._people.admit(operator, role)

    async def sign_in_by_break_glass(self, operator: str, reason: str) -> Outcome:
        return await self._people.sign_in_by_break_glass(operator, reason)

    async def sign_out(self, *, idle: bool = False) -> Outcome:
        return await self._people.sign_out(idle=idle)

    async def work_on(self, incident_id: IncidentId | None) -> None:
        await self._people.work_on(incident_id)

    def handover_sheet(self) -> HandoverSheet:
        return self._people.handover_sheet()

    async def sign_handover(
        self, sheet: HandoverSheet, incoming: str, password: str, remarks: str, code: str = ""
    ) -> Outcome:
        return await self._people.sign_handover(sheet, incoming, password, remarks, code)

    async def keep_paper(self) -> None:
        await self._people.keep_paper()

    # --- looking -------------------------------------------------------------------------------

    def find(self, query: str, limit: int = 20, kinds: frozenset[str] | None = None) -> list[Found]:
        return self.looking.find(query, limit, kinds)

    def rank_units(self, incident_id: IncidentId) -> UnitRanking:
        return self.looking.rank_units(incident_id)

    def rank_hospitals(self, incident_id: IncidentId) -> HospitalRanking:
        return self.looking.rank_hospitals(incident_id)

    def cover(self) -> CoverTable:
        return self._stock.cover()

    def rank_blood(self, need: BloodNeed) -> BloodRanking:
        return self.looking.rank_blood(need)

    def similar(self, position: Position) -> Sequence[Incident]:
        return self.looking.similar(position)

    def timeline(self, incident_id: IncidentId) -> Sequence[Entry]:
        return self.looking.timeline(incident_id)

    def chase_help(self, incident_id: IncidentId) -> str:
        return self.looking.chase_help(incident_id)

    def keeps(self, lender: CityCode, priority: Priority, count: int, units: Sequence[UnitId] = ()) -> Keeps:
        return self.looking.keeps(lender, priority, count, units)

    def orders(self, incident_id: IncidentId | None = None) -> Sequence[Decision]:
        return self._orders.listed(incident_id)

    # --- calls and incidents -------------------------------------------------------------------

    async def open_incident(
        self,
        position: Position,
        datum: Datum,
        place: str,
        priority: Priority,
        patients: int = 1,
        needs: frozenset[Capability] = frozenset(),
        chief_complaint: str = "",
    ) -> IncidentId:
        return await self._incidents.open(position, datum, place, priority, patients, needs, chief_complaint)

    async def join_call(
        self, incident_id: IncidentId, act: Act, text: str, number: str = "", name: str = ""
    ) -> Outcome:
        return await self._calls.join(incident_id, act, text, number, name)

    async def note_caller(self, incident_id: IncidentId, number: str, name: str, text: str) -> None:
        await self._calls.note(incident_id, number, name, text)

    def callers(self, incident_id: IncidentId) -> Sequence[Call]:
        return self._calls.of(incident_id)

    async def callers_unmasked(self, incident_id: IncidentId) -> Sequence[Call]:
        """The callers in full, for a role that may see them; the look itself stands in the log."""
        return await self._calls.unmasked(incident_id)

    async def erase_callers(self, incident_id: IncidentId, reason: str) -> Outcome:
        return await self._calls.erase(incident_id, reason)

    async def hold(self, incident_id: IncidentId, reason: str, until: datetime | None) -> Outcome:
        return await self._incidents.hold(incident_id, reason, until)

    async def wake(self, incident_id: IncidentId) -> Outcome:
        return await self._incidents.wake(incident_id)

    async def amend(
        self,
        incident_id: IncidentId,
        *,
        priority: Priority | None = None,
        patients: int | None = None,
        needs: frozenset[Capability] | None = None,
        chief_complaint: str | None = None,
    ) -> Outcome:
        return await self._incidents.amend(
            incident_id, priority=priority, patients=patients, needs=needs, chief_complaint=chief_complaint
        )

    async def note(self, incident_id: IncidentId, text: str) -> Outcome:
        return await self._incidents.note(incident_id, text)

    async def reinforce(self, incident_id: IncidentId, count: int, text: str) -> Outcome:
        return await self._incidents.reinforce(incident_id, count, text)

    async def none_free(self, incident_id: IncidentId) -> Outcome:
        return await self._incidents.none_free(incident_id)

    async def close_incident(self, incident_id: IncidentId, ending: Ending, reason: str) -> Outcome:
        return await self._endings.close(incident_id, ending, reason)

    # --- orders, units, hospitals, blood -------------------------------------------------------

    async def choose_unit(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        ranking: UnitRanking,
        override_reason: str | None = None,
    ) -> Outcome:
        return await self._choosing.unit_for(incident_id, unit_id, ranking, override_reason)

    async def reassign(
        self, unit_id: UnitId, incident_id: IncidentId, ranking: UnitRanking, override_reason: str | None
    ) -> Outcome:
        return await self._choosing.other_incident(unit_id, incident_id, ranking, override_reason)

    async def stand_down(self, unit_id: UnitId, reason: str) -> Outcome:
        return await self._recalls.stand_down(unit_id, reason)

    async def choose_hospital(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        hospital_id: HospitalId,
        ranking: HospitalRanking,
        override_reason: str | None = None,
    ) -> Outcome:
        return await self._choosing.hospital_for(incident_id, unit_id, hospital_id, ranking, override_reason)

    async def choose_bank(
        self, need: BloodNeed, plan: BankPlan, ranking: BloodRanking, override_reason: str | None = None
    ) -> Outcome:
        return await self._choosing.bank_for(need, plan, ranking, override_reason)

    async def set_state(
        self, unit_id: UnitId, state: UnitState, *, reason: str | None = None, destination: str | None = None
    ) -> Outcome:
        return await self._states.set(unit_id, state, reason=reason, destination=destination)

    # --- help between cities -------------------------------------------------------------------

    async def ask_aid(
        self,
        incident_id: IncidentId,
        lender: CityCode,
        count: int,
        needs: frozenset[Capability],
        text: str = "",
    ) -> Outcome:
        return await self._lending.ask(incident_id, lender, count, needs, text)

    async def hand_over_incident(self, incident_id: IncidentId, to: CityCode, reason: str) -> Outcome:
        return await self._lending.hand_over(incident_id, to, reason)

    async def answer_aid(
        self, aid_id: AidId, act: AidAct, units: Sequence[UnitId] = (), reason: str = ""
    ) -> Outcome:
        return await self._helping.answer(aid_id, act, units, reason)

    async def telephone(
        self, unit_id: UnitId, incident_id: IncidentId, reason: str, spoke_to: str
    ) -> Outcome:
        return await self._telephone.arrange(unit_id, incident_id, reason, spoke_to)

    # --- alarms --------------------------------------------------------------------------------

    async def acknowledge(self, alarm_id: AlarmId) -> Outcome:
        return await self._alarms.acknowledge(alarm_id)

    async def shelve(self, alarm_id: AlarmId, minutes: int, reason: str) -> Outcome:
        return await self._alarms.shelve(alarm_id, minutes, reason)

    async def unshelve(self, alarm_id: AlarmId) -> Outcome:
        return await self._alarms.unshelve(alarm_id)
