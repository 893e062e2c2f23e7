"""The rules a centre goes by: config/lending.toml, config/alarms.toml and config/roles.toml.

An empty `signed_by` means that nobody has approved a file yet.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from dispatch.blood.order_rules import BloodOrderRules
from dispatch.claims.rules import ClaimRules
from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.domain.operators import Rights


class StandingRule(Frozen):
    """What one city agreed to lend another without asking a person each time."""

    lender: CityCode
    borrower: CityCode
    mode: Literal["manual", "automatic"] = "manual"
    priorities: tuple[Literal[1, 2, 3], ...] = (1,)
    most_at_once: int = Field(default=1, ge=1, description="units lent under this rule at one time")
    most_per_request: int = Field(default=1, ge=1)


class LendingRules(Frozen):
    """config/lending.toml. Seconds."""

    edition: str
    source: str = ""
    effective_from: date | None = None
    sign_off: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    answer_s: float = Field(gt=0, description="unanswered for so long, a request expires")
    warn_s: float = Field(gt=0, description="unanswered for so long: loud")
    alarm_s: float = Field(gt=0, description="unanswered for so long: escalated")
    unused_s: float = Field(gt=0, description="a named unit that is not ordered within it goes back")
    standing: tuple[StandingRule, ...] = ()


class Timer(Frozen):
    """One timer: seconds until a warning and until an alarm; None: never."""

    warn_s: float | None = Field(default=None, ge=0)
    alarm_s: float | None = Field(default=None, ge=0)


ALARM_TIMERS = (
    "order_unacknowledged", "standing_down", "rolling_out", "waiting_p1", "waiting_p2", "waiting_p3",
    "scene_dwell", "hospital_dwell", "held_over", "chased", "handed_over", "telephoned_only",
)  # fmt: skip
"""Every timer that config/alarms.toml must set."""


class Patience(Frozen):
    """How long an order may go unanswered before its desk shows it louder. Seconds since the decision."""

    unanswered_s: float = Field(ge=0, description="no answer of the unit's centre: amber")
    unacknowledged_s: float = Field(ge=0, description="no crew acknowledgement: red, audible, call by radio")
    escalated_s: float = Field(gt=0, description="the same: the supervisor too; no answer at all: not known")


class AlarmRules(Frozen):
    """config/alarms.toml: the timers a desk watches (ems.md), escalation, shelving."""

    edition: str
    source: str = ""
    effective_from: date | None = None
    sign_off: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    timers: dict[str, Timer]
    """Those of ALARM_TIMERS."""
    orders: Patience
    escalate_s: float = Field(gt=0, description="a critical alarm that nobody acknowledged for so long")
    shelve_most_min: int = Field(ge=1)
    returned_kept_h: float = Field(
        default=24, gt=0, description="unseen alarms stay listed so long after their cause has gone"
    )
    place_changed_m: float = Field(
        default=50, ge=0, description="a place corrected by more is told to crews on their way"
    )
    telephoned_task_s: float = Field(
        default=1800, gt=0, description="a unit arranged by telephone is taken to be busy so long"
    )


class CentreRules(Frozen):
    """All of them."""

    lending: LendingRules
    alarms: AlarmRules
    rights: Rights
    reserve: tuple[float, float, float] = (0.1, 0.3, 0.5)
    """Share of its fleet that a lender keeps free, for priority 1, 2, 3: rules/units.toml lending_reserve."""
    known_hospitals: frozenset[str] = frozenset()
    blood: BloodOrderRules | None = None
    """config/blood/orders.toml; None: this centre takes no orders of blood."""
    banks: dict[BankId, CityCode] = {}
    """Bank -> its city."""
    prefixes: dict[CityCode, str] = {}
    """City -> what its numbers begin with, such as CS."""
    claims: ClaimRules | None = None
    """config/claims; None: this centre handles no claims."""
