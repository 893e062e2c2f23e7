"""The report as one document (`czt schema report`). Seconds and minutes carry their unit in their names.

Every figure says what it counts (`n`), whose clock it goes by, and why the others were left out.
"""

from typing import Literal

from pydantic import Field

from dispatch.domain.model import Frozen, Name
from dispatch.report.model_blood import BloodOrders
from dispatch.report.model_parts import Interval, Ms


class LogEntry(Frozen):
    """One file that was given."""

    name: str
    kind: Literal["console", "centre", "empty"]
    city: str
    node: str
    verified: bool
    first_fault: Name | None = None
    rows: int = Field(description="rows in front of the first fault: only these count")
    again: int = Field(description="rows that an earlier file held too, counted once")


class Scope(Frozen):
    """What the report is about."""

    drill: bool
    from_ms: Ms
    to_ms: Ms
    rows: int
    rows_of_the_other_kind: int = Field(description="real rows beside a drill, or the reverse")
    cities: dict[str, Name]
    places: dict[str, Name] = Field(description="hospitals and blood banks that the configuration knows")
    components: dict[str, Name] = Field(default={}, description="components that the configuration knows")
    centres: tuple[str, ...] = Field(description="cities whose centre's own log was given")
    calls: int
    orders: int
    editions: tuple[str, ...] = Field(description="rules that the estimates of this report go by")


class Note(Frozen):
    """Something that a reader must know before believing a figure."""

    code: str
    facts: dict[str, str | int] = {}


class Quantile(Frozen):
    """A quantile (smallest value that so many do not exceed) with its 95 % interval by order statistics."""

    percent: int
    value_s: float | None
    low_s: float | None = Field(description="none: the sample is too small to bound it")
    high_s: float | None
    waiting_too_s: float | None = Field(
        description="by Kaplan-Meier, counting those that were still waiting; none: not reached"
    )


class Share(Frozen):
    """A share with Wilson's 95 % interval."""

    minutes: int
    hits: int
    n: int
    share: float | None
    low: float
    high: float


class Response(Frozen):
    """Call to first unit on scene, of one priority, in one city or in all ("")."""

    city: str
    priority: int
    clock: str = "caller>crew"
    calls: int
    n: int = Field(description="calls that a unit reached")
    waiting: int = Field(description="calls still open that no unit had reached when the log ended")
    excluded: dict[str, int]
    quantiles: tuple[Quantile, ...]
    within: tuple[Share, ...] = Field(
        description="reached within so many minutes, of those reached and those that waited longer than that"
    )
    over_30_min: int = Field(description="reached later than that, or still waiting longer than that")


class Pair(Frozen):
    """Unit-hours that one city lent to another, from the reservation to the end of the order."""

    lender: str
    borrower: str
    clock: str = "centre"
    orders: int
    unit_hours: float
    not_over: int = Field(description="still out when the log ended: counted up to its end")
    unknown: int = Field(description="no reservation was told: no hours counted")


class Cost(Frozen):
    """A call of the lender while its unit was away, and what that unit at its base would have saved."""

    incident: str
    priority: int
    estimate_s: float = Field(description="turnout and drive from its base by the travel law, at the median")
    actual_s: float = Field(description="first order to scene, and its wait for an order beyond the usual")
    saved_s: float


class Loan(Frozen):
    """One loan replayed without it: an estimate, by recommendations and the travel law alone."""

    request: str
    incident: str
    priority: int
    unit: str
    lender: str
    borrower: str
    from_ms: Ms
    to_ms: Ms
    over: bool
    own_s: float | None = Field(description="best own unit at that moment, from the choice on")
    own_unit: str
    own_by: Literal["", "recommended", "travel_law"]
    lent_s: float | None = Field(description="the lent unit, from the choice on: actual, or as predicted")
    lent_by: Literal["", "actual", "predicted"]
    won_s: float | None
    why_not: str = Field(description="why minutes won cannot be estimated; empty: they can")
    costs: tuple[Cost, ...]
    calls_away: int = Field(description="calls of the lender opened while the unit was away")
    not_estimated: int = Field(description="of these: no position, never reached, or a need it cannot meet")


class Ledger(Frozen):
    """The harm ledger. Costs of a call that several loans would have helped count once, at the largest."""

    loans: tuple[Loan, ...]
    won_min: float
    won_n: int
    lost_by_loan_n: int = Field(description="loans that came later than the best own unit would have")
    not_estimated: int
    cost_min: dict[str, float] = Field(description="lender -> minutes, an upper bound")
    cost_calls: dict[str, int]


class EtaError(Frozen):
    """Actual minus predicted, from the choice to the unit on scene; above zero: later than said."""

    scope: Literal["all", "city", "hour", "loan"]
    key: str
    clock: str = "console>crew"
    n: int
    median_s: float | None
    mean_s: float | None
    mean_absolute_s: float | None
    p90_absolute_s: float | None
    within_late: int = Field(description="arrived by the late end (p90) of the prediction")


class Overrides(Frozen):
    """Choices that left the recommendation, and what became of them."""

    kind: Literal["unit", "hospital", "bank"]
    n: int
    overridden: int
    share: float | None
    low: float
    high: float
    reasons: dict[str, int]
    without_recommendation: int


class Outcome(Frozen):
    """Units chosen as recommended, or not: from the choice to the unit on scene."""

    followed: bool
    clock: str = "console>crew"
    n: int
    not_reached: int
    median_s: float | None
    p90_s: float | None
    later_than_best_n: int = Field(description="on scene later than rank 1 was predicted to be")
    against_best_median_s: float | None = Field(description="on scene minus the prediction of rank 1")


class Line(Frozen):
    """A line of a timeline."""

    at_ms: Ms
    clock: Literal["centre", "console", "crew", "caller"]
    action: str
    actor: str
    what: str


class Worst(Frozen):
    """One of the ten worst calls."""

    incident: str
    city: str
    priority: int
    place: str
    response_s: float = Field(description="call to first unit on scene, or waited so far")
    reached: bool
    lines: tuple[Line, ...]


class AlarmCount(Frozen):
    """Alarms of one code in one city: raisings, and how long until somebody acknowledged."""

    city: str
    code: str
    clock: Literal["centre", "console"]
    raised: int
    acknowledged: int
    went_by_itself: int = Field(description="over before anybody acknowledged")
    standing: int
    escalated: int
    median_s: float | None
    p90_s: float | None
    longest_s: float | None


class Refused(Frozen):
    """Messages put in quarantine, or words of crews that were not taken."""

    city: str
    reason: str
    count: int


class LinkDown(Frozen):
    """How long a console did not reach a city."""

    home: str = Field(description="city of the console")
    node: str
    city: str
    times: int
    minutes: float
    still_down: bool


class BloodEntry(Frozen):
    """One request for blood."""

    request: str
    at_ms: Ms
    component: str
    group: str
    wanted: int
    hospital: str
    bank: str
    rank: int
    followed: bool
    outcome: Literal["accepted", "refused", "no_answer", "not_chosen", "unknown"]
    reason: str


class HospitalEntry(Frozen):
    """A hospital, how often it was chosen, and how often as the first recommended."""

    hospital: str
    chosen: int
    first: int
    later_median_s: float | None = Field(description="predicted drive minus that of rank 1, of the others")


class MissionEntry(Frozen):
    """One order, with every time that was told (milliseconds since 1970)."""

    request: str
    incident: str
    unit: str
    unit_city: str
    loan: bool
    source: Literal["centre", "console"]
    asked_ms: Ms | None
    reserved_ms: Ms | None
    ordered_ms: Ms | None
    acked_ms: Ms | None
    en_route_ms: Ms | None
    on_scene_ms: Ms | None
    transporting_ms: Ms | None
    at_hospital_ms: Ms | None
    over_ms: Ms | None
    ending: str
    hospital: str
    chosen_ms: Ms | None
    rank: int | None
    followed: bool | None
    override_reason: str
    predicted_s: int | None
    predicted_late_s: int | None
    actual_s: float | None


class CallEntry(Frozen):
    """One call."""

    incident: str
    city: str
    place: str
    priority: int = Field(description="when its first unit was ordered; without one, the last known")
    opened_priority: int
    patients: int
    needs: tuple[str, ...]
    lat: float | None
    lon: float | None
    opened_ms: Ms
    opened_by_row: bool = Field(description="the time of the row stands in for the time of the call")
    ordered_ms: Ms | None
    on_scene_ms: Ms | None
    closed_ms: Ms | None
    ending: str
    origin: str
    moved_to: str
    source: Literal["centre", "console"]
    response_s: float | None
    excluded: str = Field(description="why it is not in the response figures; empty: it is, or it waits")
    missions: tuple[MissionEntry, ...]


class Report(Frozen):
    """The after-action report of one shift or more."""

    edition: int = 1
    logs: tuple[LogEntry, ...]
    scope: Scope
    notes: tuple[Note, ...]
    response: tuple[Response, ...]
    intervals: tuple[Interval, ...]
    pairs: tuple[Pair, ...]
    ledger: Ledger
    eta: tuple[EtaError, ...]
    overrides: tuple[Overrides, ...]
    outcomes: tuple[Outcome, ...]
    worst: tuple[Worst, ...]
    alarms: tuple[AlarmCount, ...]
    refused: tuple[Refused, ...]
    links: tuple[LinkDown, ...]
    blood: tuple[BloodEntry, ...]
    blood_orders: BloodOrders
    hospitals: tuple[HospitalEntry, ...]
    calls: tuple[CallEntry, ...]
