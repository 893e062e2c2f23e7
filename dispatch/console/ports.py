"""The two seams: what the console asks of the desk, and what commands and screens ask of the console."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from dispatch.blood.move_models import MoveAnswer, MoveDecision
from dispatch.blood.table import CoverTable
from dispatch.centre.asking import Standing, Urgency
from dispatch.claims.claim import ClaimRow, ClaimStep
from dispatch.claims.states import Deed
from dispatch.clock import Clock
from dispatch.console.keymap import Keymap
from dispatch.console.results import Result
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.desk.document import Document
from dispatch.domain.aid import AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.blood_orders import Bag, BloodAct, BloodOrderId
from dispatch.domain.drills import Course
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Right, Role
from dispatch.domain.orders import RequestId
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed.payloads import BloodHold
from dispatch.handover import HandoverSheet
from dispatch.picture.find import Found
from dispatch.picture.live import Picture
from dispatch.settings import Configuration, MapData

if TYPE_CHECKING:
    from dispatch.console.commands.line import Registry
    from dispatch.console.styling import Styling
    from dispatch.console.tour import Tour
    from dispatch.console.trade import Trade


class Outcome(Protocol):
    """What came of an act: `message` is one sentence in the language in use."""

    @property
    def ok(self) -> bool: ...
    @property
    def message(self) -> str: ...


class QuarantinedRow(Protocol):
    """One refused message; `why` is a sentence in the language in use."""

    @property
    def received_ms(self) -> int: ...
    @property
    def city(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def size(self) -> int: ...


class Quarantine(Protocol):
    """The table of refused messages."""

    @property
    def total(self) -> int: ...
    def counts(self) -> Mapping[str, int]:
        """Reason code -> messages refused since the start."""
        ...

    def newest(self, limit: int = 50) -> Sequence[QuarantinedRow]: ...


class OpenOrder(Protocol):
    """One decision of this desk about a unit, and where it stands: centre/asking.Asked with its time."""

    @property
    def request(self) -> RequestId: ...
    @property
    def unit(self) -> UnitId: ...
    @property
    def incident(self) -> IncidentId: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def urgency(self) -> Urgency: ...
    @property
    def since(self) -> datetime:
        """When the operator decided."""
        ...

    @property
    def why(self) -> str:
        """Why it was refused or how it ended, in the language in use; may be empty."""
        ...


class Keeps(Protocol):
    """What a city keeps when it lends: shown before it says yes."""

    @property
    def free(self) -> int:
        """Free units now."""
        ...

    @property
    def left(self) -> int: ...
    @property
    def fleet(self) -> int: ...
    @property
    def reserve(self) -> int:
        """Free units the rule wants kept for this priority."""
        ...

    @property
    def bare_stations(self) -> Sequence[str]:
        """Names of stations with no free unit within the distance of the rule, after lending."""
        ...


class Moves(Protocol):
    """Moves of blood before it outdates: what was found last, and what became of it."""

    @property
    def answer(self) -> MoveAnswer | None:
        """None: nobody has looked yet."""
        ...

    @property
    def decided(self) -> Mapping[str, MoveDecision]: ...
    async def look(self) -> MoveAnswer: ...
    async def decide(self, proposal_id: str, *, accept: bool, reason: str = "") -> Outcome:
        """MissingField when declined without a reason."""
        ...


class UnansweredHold(Protocol):
    """A hold of blood that no centre has answered yet."""

    @property
    def id(self) -> BloodOrderId: ...
    @property
    def hold(self) -> BloodHold: ...


class BloodDesk(Protocol):
    """Orders of blood at this desk."""

    def asking(self) -> Sequence[UnansweredHold]: ...
    async def act(
        self,
        order_id: BloodOrderId,
        act: BloodAct,
        *,
        reason: str = "",
        unit: str = "",
        courier: str = "",
        temperature_tenths: int | None = None,
        person: str = "",
        bags: Sequence[Bag] = (),
    ) -> Outcome: ...


class Caller(Protocol):
    """A call about an incident, kept at this console only. Masked, but for `callers_unmasked`."""

    @property
    def at(self) -> datetime: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...


class ClaimsView(Protocol):
    """Claims on blood fees as the centre told them last: desk/claims.py."""

    @property
    def rows(self) -> Sequence[ClaimRow]: ...
    @property
    def total(self) -> int: ...
    @property
    def heard_at(self) -> datetime | None: ...
    @property
    def trouble(self) -> str:
        """Why the rows are not of now; empty when they are."""
        ...

    @property
    def shown(self) -> str:
        """The claim that `facts` and `steps` are about."""
        ...

    @property
    def why(self) -> str:
        """What the ledger would not about that claim, as one sentence."""
        ...

    @property
    def facts(self) -> Mapping[str, str | int]: ...
    @property
    def steps(self) -> Sequence[ClaimStep]: ...
    async def refresh(self) -> None: ...
    async def look(self, claim: str) -> bool: ...
    async def act(
        self, claim: str, deed: Deed, reason: str = "", documents: Sequence[str] = (), reference: str = ""
    ) -> Outcome: ...


class SteeringView(Protocol):
    """Leading the drill: desk/steering.py. Acts raise DispatchError when refused."""

    @property
    def course(self) -> Course | None: ...
    @property
    def trouble(self) -> str:
        """Why the course is not of now; empty when it is."""
        ...

    async def refresh(self) -> None: ...
    async def inject(self, event: Mapping[str, object]) -> Outcome: ...
    async def end(self, key: str) -> Outcome: ...
    async def pause(self) -> Outcome: ...
    async def resume(self) -> Outcome: ...
    async def run_at(self, speed: float) -> Outcome: ...


class Printing(Protocol):
    """Documents of this desk."""

    async def keep(self, document: Document) -> Outcome: ...
    async def put_out(self, document: Document) -> Outcome: ...
    async def shown(self, document: Document) -> None:
        """A browser shows it."""
        ...


class Desk(Protocol):
    """Everything an operator can do, without a screen. Acts raise DispatchError when refused."""

    @property
    def blood(self) -> BloodDesk: ...

    # --- who sits here ---
    @property
    def role(self) -> Role: ...
    @property
    def break_glass(self) -> bool:
        """Signed in without a password in an emergency."""
        ...

    @property
    def signed_in(self) -> bool: ...
    def may(self, right: Right) -> str:
        """Why the role in use may not do something, as one sentence; empty when it may."""
        ...

    def wants_code(self, operator: str) -> bool:
        """Whether this operator has a second factor."""
        ...

    async def sign_in(self, operator: str, password: str, code: str = "") -> Outcome: ...
    async def sign_in_by_break_glass(self, operator: str, reason: str) -> Outcome: ...
    async def sign_out(self, *, idle: bool = False) -> Outcome:
        """`idle`: by the console itself, because nobody touched it for so long."""
        ...

    @property
    def seat(self) -> str:
        """This desk as the others see it: "operator@node", as in Aid.claimed_by."""
        ...

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        """Who may sign in here; empty where no operators.toml exists (the settings' operator sits here)."""
        ...

    # --- taking calls; a caller's number and name never leave this console ---
    def similar(self, position: Position) -> Sequence[Incident]:
        """Open incidents near a place, nearest first: the call may be about one of them."""
        ...

    async def join_call(
        self, incident_id: IncidentId, act: Act, text: str, number: str = "", name: str = ""
    ) -> Outcome:
        """Another call about an open incident: Act.REPEAT, or Act.CHASE (催车)."""
        ...

    async def note_caller(self, incident_id: IncidentId, number: str, name: str, text: str) -> None: ...
    def callers(self, incident_id: IncidentId) -> Sequence[Caller]:
        """Who called about an incident, masked."""
        ...

    async def erase_callers(self, incident_id: IncidentId, reason: str) -> Outcome:
        """Delete the calls about an incident for good, for a role that may see them."""
        ...

    async def callers_unmasked(self, incident_id: IncidentId) -> Sequence[Caller]:
        """The same in full; the look is in the audit log before it is had. DispatchError when not allowed."""
        ...

    def chase_help(self, incident_id: IncidentId) -> str:
        """What to tell a caller who chases: which unit comes, and in how many minutes."""
        ...

    # --- the life of an incident ---
    def timeline(self, incident_id: IncidentId) -> Sequence[Entry]: ...
    async def hold(self, incident_id: IncidentId, reason: str, until: datetime | None) -> Outcome: ...
    async def wake(self, incident_id: IncidentId) -> Outcome: ...
    async def amend(
        self,
        incident_id: IncidentId,
        *,
        priority: Priority | None = None,
        patients: int | None = None,
        needs: frozenset[Capability] | None = None,
        chief_complaint: str | None = None,
    ) -> Outcome: ...
    async def note(self, incident_id: IncidentId, text: str) -> Outcome: ...
    async def reinforce(self, incident_id: IncidentId, count: int, text: str) -> Outcome: ...
    async def none_free(self, incident_id: IncidentId) -> Outcome: ...
    async def close_incident(self, incident_id: IncidentId, ending: Ending, reason: str) -> Outcome:
        """Units still on their way are called back first; refused while one is with a patient."""
        ...

    # --- orders ---
    def orders(self, incident_id: IncidentId | None = None) -> Sequence[OpenOrder]:
        """Decisions of this desk: unanswered ones first, never forgotten before they are settled."""
        ...

    async def stand_down(self, unit_id: UnitId, reason: str) -> Outcome:
        """Call a unit back, whoever sent it (its own city or the city that asked may)."""
        ...

    async def reassign(
        self, unit_id: UnitId, incident_id: IncidentId, ranking: UnitRanking, override_reason: str | None
    ) -> Outcome:
        """Call a unit back from its task and send it to another incident once it is free."""
        ...

    async def set_state(
        self, unit_id: UnitId, state: UnitState, *, reason: str | None = None, destination: str | None = None
    ) -> Outcome:
        """The crew said it by radio, or the terminal is dead. MissingField, IllegalTransition."""
        ...

    # --- lending ---
    def keeps(self, lender: CityCode, priority: Priority, count: int, units: Sequence[UnitId] = ()) -> Keeps:
        """What a city keeps without `units`; where they are fewer than `count`, without as many more."""
        ...

    async def ask_aid(
        self,
        incident_id: IncidentId,
        lender: CityCode,
        count: int,
        needs: frozenset[Capability],
        text: str = "",
    ) -> Outcome: ...
    async def hand_over_incident(self, incident_id: IncidentId, to: CityCode, reason: str) -> Outcome:
        """转分中心: this city stays responsible until a person over there accepts."""
        ...

    async def answer_aid(
        self, aid_id: AidId, act: AidAct, units: Sequence[UnitId] = (), reason: str = ""
    ) -> Outcome: ...
    async def telephone(
        self, unit_id: UnitId, incident_id: IncidentId, reason: str, spoke_to: str
    ) -> Outcome:
        """Break-glass: a unit of a city that cannot be reached was arranged by telephone."""
        ...

    # --- alarms, other desks, shifts ---
    async def shelve(self, alarm_id: AlarmId, minutes: int, reason: str) -> Outcome: ...
    async def unshelve(self, alarm_id: AlarmId) -> Outcome:
        """Take an alarm that was put aside back into sight before its time."""
        ...

    async def work_on(self, incident_id: IncidentId | None) -> None:
        """Tell the other desks what this one is working on."""
        ...

    def handover_sheet(self) -> HandoverSheet: ...
    async def sign_handover(
        self, sheet: HandoverSheet, incoming: str, password: str, remarks: str, code: str = ""
    ) -> Outcome:
        """The one who leaves is signed in; the one who comes gives his password. Both stand in the log."""
        ...

    @property
    def claims(self) -> ClaimsView: ...
    @property
    def printing(self) -> Printing: ...
    @property
    def steering(self) -> SteeringView: ...

    # --- looking, and what the first version knew ---

    @property
    def picture(self) -> Picture: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def configuration(self) -> Configuration: ...
    @property
    def quarantine(self) -> Quarantine: ...
    @property
    def operator(self) -> str: ...
    @property
    def home_city(self) -> CityCode: ...
    @property
    def drill(self) -> bool: ...

    def find(self, query: str, limit: int = 20) -> Sequence[Found]: ...

    def note_fault(self, where: str, error: str) -> None:
        """Write a fault of the console itself into the audit log; never raises."""
        ...

    def rank_units(self, incident_id: IncidentId) -> UnitRanking: ...
    def rank_hospitals(self, incident_id: IncidentId) -> HospitalRanking: ...
    def rank_blood(self, need: BloodNeed) -> BloodRanking: ...
    def cover(self) -> CoverTable:
        """How long the stock of every bank and city lasts, at most a second old."""
        ...

    async def open_incident(
        self,
        position: Position,
        datum: Datum,
        place: str,
        priority: Priority,
        patients: int,
        needs: frozenset[Capability],
        chief_complaint: str = "",
    ) -> IncidentId: ...
    async def choose_unit(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        ranking: UnitRanking,
        override_reason: str | None,
    ) -> Outcome: ...
    async def choose_hospital(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        hospital_id: HospitalId,
        ranking: HospitalRanking,
        override_reason: str | None,
    ) -> Outcome: ...
    async def choose_bank(
        self, need: BloodNeed, plan: BankPlan, ranking: BloodRanking, override_reason: str | None
    ) -> Outcome: ...
    async def acknowledge(self, alarm_id: AlarmId) -> Outcome: ...
    @property
    def moves(self) -> Moves: ...


class Console(Protocol):
    """What a command may ask of the running console."""

    @property
    def desk(self) -> Desk: ...
    @property
    def screen_name(self) -> str: ...
    @property
    def untouched(self) -> bool:
        """Nobody has pressed a key at the screens yet: lists stand on what is the most urgent."""
        ...

    @property
    def registry(self) -> "Registry": ...
    @property
    def keymap(self) -> Keymap:
        """The keys of whoever sits here."""
        ...

    @property
    def trade(self) -> "Trade":
        """What the console is for whoever sits here."""
        ...

    @property
    def previous_screen(self) -> str:
        """The screen before the help was opened."""
        ...

    @property
    def ground(self) -> MapData: ...
    async def goto(self, screen: str) -> None: ...
    def selected(self, kind: str) -> str | None:
        """The id of the unit, incident or alarm the operator is looking at."""
        ...

    async def show(self, kind: str, key: str) -> bool:
        """Bring a unit, incident, hospital, bank, site or alarm before the operator's eyes."""
        ...

    async def do(self, act: str, *words: str) -> Result:
        """Have the present screen do an act of its own: choose, new, point, refresh, pane, city, ..."""
        ...

    def can(self, act: str) -> str:
        """Why the present screen cannot do an act now; empty when it can."""
        ...

    async def ask(self, dialog: object) -> object | None:
        """Show a dialog and wait: its answer, or None when the operator left it."""
        ...

    def override_reasons(self, kind: str) -> Sequence[str]:
        """The agreed reasons for not taking rank 1; kind: unit, hospital, blood."""
        ...

    async def carry_out(self, line: str) -> Result:
        """Do a command line as if it had been typed, and say what came of it."""
        ...

    def say(self, result: Result) -> None:
        """Show a result that no command brought."""
        ...

    def deliver(self, document: Document) -> bool:
        """Show a document in the browser that this console runs in; False: it runs in none."""
        ...

    @property
    def soon(self) -> timedelta:
        """What expires within so long is marked."""
        ...

    def offer_undo(self, back: Callable[[], Awaitable[Outcome]]) -> None:
        """The act just done can be taken back for a few seconds: `back` does it, or refuses."""
        ...

    async def take_back(self) -> Result:
        """Take the last act back, if it still can be."""
        ...

    def open_line(self, text: str = "") -> None: ...
    def open_palette(self) -> None: ...
    async def open_help(self, topic: str = "") -> None: ...
    def speak(self, language: str) -> None: ...
    @property
    def styling(self) -> "Styling":
        """How the console looks, and the way to change it."""
        ...

    def paint_chrome(self) -> None:
        """Paint the lines around the screen in view, without waiting for the next frame."""
        ...

    def unmask(self) -> None:
        """The new screen is as it should be: let it be seen."""
        ...

    def mute(self, minutes: int | None) -> int:
        """Silence the bell (None: for as long as is usual); for how many minutes it is, 0: it is not."""
        ...

    @property
    def tour(self) -> "Tour":
        """The guided tour of a drill."""
        ...

    def leave(self) -> None:
        """End the console."""
        ...
