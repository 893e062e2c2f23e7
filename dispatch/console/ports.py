"""The two seams: what the console asks of the desk, and what commands and screens ask of the console."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dispatch.clock import Clock
from dispatch.console.keymap import Keymap
from dispatch.console.results import Result
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.domain.alarms import AlarmId
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.units import Capability, UnitId
from dispatch.picture.find import Found
from dispatch.picture.live import Picture
from dispatch.settings import Configuration, MapData

if TYPE_CHECKING:
    from dispatch.console.commands.line import Registry


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


class Desk(Protocol):
    """Everything an operator can do, without a screen. Acts raise DispatchError when refused."""

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


class Console(Protocol):
    """What a command may ask of the running console."""

    @property
    def desk(self) -> Desk: ...
    @property
    def screen_name(self) -> str: ...
    @property
    def registry(self) -> "Registry": ...
    @property
    def keymap(self) -> Keymap: ...
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

    def say(self, result: Result) -> None:
        """Show a result that no command brought."""
        ...

    def open_line(self, text: str = "") -> None: ...
    def open_palette(self) -> None: ...
    async def open_help(self, topic: str = "") -> None: ...
    def speak(self, language: str) -> None: ...
    def use_theme(self, name: str) -> None:
        """Change the colours; an empty name takes the next theme."""
        ...

    @property
    def theme_name(self) -> str: ...
    def paint_chrome(self) -> None:
        """Paint the lines around the screen in view, without waiting for the next frame."""
        ...

    def repaint(self) -> None:
        """Draw everything again, after the symbols changed."""
        ...

    async def leave(self) -> Result:
        """Ask, and end the console if the answer is yes."""
        ...
