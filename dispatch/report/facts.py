"""What became of each call, as the logs tell it. Times are milliseconds since 1970; None: not told.

Every time names whose clock it is: the centre's and the console's are the `ts` of their rows, a crew's own
is the `at_ms` that its terminal sent, which may differ from both by some seconds.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Source = Literal["centre", "console"]
Kind = Literal["unit", "hospital", "bank"]
Clock = Literal["centre", "console", "crew", "caller"]
STEPS = ("EN_ROUTE", "ON_SCENE", "TRANSPORTING", "AT_HOSPITAL")
"""States of a unit on a task that the crew or its terminal tells, in their order."""


@dataclass(frozen=True, slots=True)
class Option:
    """One recommended unit, hospital or bank."""

    what: str
    rank: int
    eta_s: int
    late_eta_s: int
    cross_city: bool


@dataclass(slots=True)
class Choice:
    """What a person chose at a console, and what had been recommended a moment before."""

    kind: Kind
    target: str
    what: str
    unit: str
    at_ms: int
    rank: int
    followed: bool
    reason: str
    actor: str
    node: str
    city: str
    options: tuple[Option, ...] = ()

    def option(self, what: str) -> Option | None:
        """The recommendation of one candidate, where it was among those written down."""
        return next((one for one in self.options if one.what == what), None)

    @property
    def best(self) -> Option | None:
        """The one that was recommended first."""
        return min(self.options, key=lambda one: one.rank, default=None)


@dataclass(slots=True)
class Mission:
    """One order: a unit for a call, from the asking to the end."""

    request: str
    incident: str
    unit: str
    unit_city: str
    asker_city: str
    asker_node: str
    source: Source
    asked_ms: int | None = None
    reserved_ms: int | None = None
    ordered_ms: int | None = None
    acked_ms: int | None = None
    steps: dict[str, int] = field(default_factory=dict)
    """Name of a state -> the crew's own time of it."""
    over_ms: int | None = None
    ending: str = ""
    """denied, expired, cancelled, stood_down, or how the task ended; empty: it is not over."""
    hospital: str = ""
    choice: Choice | None = None

    @property
    def begun_ms(self) -> int | None:
        """When it was first asked for, as far as anybody wrote it down."""
        return self.asked_ms if self.asked_ms is not None else self.reserved_ms

    @property
    def sent_ms(self) -> int | None:
        """When its centre told the crew."""
        return self.ordered_ms if self.ordered_ms is not None else self.acked_ms

    @property
    def on_scene_ms(self) -> int | None:
        return self.steps.get("ON_SCENE")


@dataclass(slots=True)
class Call:
    """One incident."""

    number: str
    city: str
    place: str
    priority: int
    opened_ms: int
    own_time: bool
    """Whether `opened_ms` is the time of the call itself; if not it is the time of the row."""
    source: Source
    patients: int = 1
    needs: tuple[str, ...] = ()
    lat_microdeg: int | None = None
    lon_microdeg: int | None = None
    amended: list[tuple[int, int]] = field(default_factory=list)
    """(ms, priority) of each change of its priority."""
    closed_ms: int | None = None
    ending: str = ""
    origin: str = ""
    """Its number at the centre that handed it over."""
    moved_to: str = ""
    missions: list[Mission] = field(default_factory=list)

    @property
    def ordered_ms(self) -> int | None:
        """When the first unit was ordered."""
        return min((one.sent_ms for one in self.missions if one.sent_ms is not None), default=None)

    @property
    def on_scene_ms(self) -> int | None:
        """When the first unit was on scene."""
        return min((one.on_scene_ms for one in self.missions if one.on_scene_ms is not None), default=None)

    @property
    def priority_sent(self) -> int:
        """Its priority when the first unit was ordered; of a call without one, its last."""
        limit, priority = self.ordered_ms, self.priority
        for at_ms, changed in self.amended:
            if limit is None or at_ms <= limit:
                priority = changed
        return priority


@dataclass(slots=True)
class Alarm:
    """One raising of an alarm, until it is raised anew."""

    alarm: str
    code: str
    city: str
    clock: Source
    raised_ms: int
    acknowledged_ms: int | None = None
    over_ms: int | None = None
    escalated: bool = False


@dataclass(slots=True)
class Told:
    """What a bank answered to a request for blood."""

    accepted: bool
    answered: bool
    reason: str


@dataclass(slots=True)
class Blood:
    """One request for blood: what was wanted, chosen, and answered."""

    request: str
    at_ms: int
    component: str
    group: str
    wanted: int
    hospital: str
    choice: Choice | None = None
    told: Told | None = None


@dataclass(slots=True)
class BloodOrdered:
    """One order of blood, as the centre of its bank wrote it down. Amounts: component -> its own unit."""

    order: str
    bank_city: str
    bank: str
    hospital: str
    asker_city: str
    need_by_ms: int | None
    state: str = ""
    steps: dict[str, int] = field(default_factory=dict)
    """State -> the first time it came to it."""
    last_ms: int = 0
    granted: dict[str, int] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)
    bagged: bool = False
    carried: bool = False
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a call's timeline."""

    at_ms: int
    clock: Clock
    action: str
    actor: str
    what: str


class LinkSpell(NamedTuple):
    """A console did not reach a city; `up_ms` is none while it does not."""

    home: str
    node: str
    city: str
    down_ms: int
    up_ms: int | None

    @property
    def of(self) -> tuple[str, str, str]:
        """Which link: every city may have a console of the same name."""
        return self.home, self.node, self.city


@dataclass(slots=True)
class Facts:
    """Everything that one report counts. `from_ms` and `to_ms`: of the first and the last row."""

    drill: bool
    from_ms: int = 0
    to_ms: int = 0
    rows: int = 0
    centres: set[str] = field(default_factory=set)
    """Cities whose centre's own log was given."""
    calls: dict[str, Call] = field(default_factory=dict)
    missions: dict[str, Mission] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    offered: dict[tuple[Kind, str, str], Choice] = field(default_factory=dict)
    """(kind, target, console) -> what was recommended and not chosen from."""
    alarms: list[Alarm] = field(default_factory=list)
    ringing: dict[tuple[str, str, str], Alarm] = field(default_factory=dict)
    """(city, console or centre, alarm) -> its newest raising."""
    blood: dict[str, Blood] = field(default_factory=dict)
    blood_orders: dict[str, BloodOrdered] = field(default_factory=dict)
    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    """(city, reason) -> messages put in quarantine."""
    not_taken: dict[tuple[str, str], int] = field(default_factory=dict)
    """(city, action) -> words of crews that were told late or did not follow."""
    links: list[LinkSpell] = field(default_factory=list)
    """(console, city, down ms, up ms)"""
    crossings: dict[str, list[tuple[str, int, int | None]]] = field(default_factory=dict)
    """Bridge -> (console, closed ms, open ms) as each console heard of it."""

    def closed_at(self, moment_ms: int) -> frozenset[str]:
        """Bridges that some console knew to be closed at a moment."""
        return frozenset(
            bridge
            for bridge, spans in self.crossings.items()
            if any(start <= moment_ms and (end is None or moment_ms < end) for _node, start, end in spans)
        )

    unit_states: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Unit -> (ms of its row, state)."""
    moments: dict[str, list[Moment]] = field(default_factory=dict)
    """Number of a call -> its lines."""
    orphans: int = 0
    """Orders for calls whose opening stands in no log that was given."""
    telephoned: int = 0
    lost_rows: int = 0
