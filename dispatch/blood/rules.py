"""config/blood/cover.toml: how long stock lasts, from when on that is too short, how few is too few."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import Minutes, RuleSet
from dispatch.domain.alarms import Severity
from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.domain.model import Frozen
from dispatch.language import _

Days = Annotated[float, Field(gt=0, le=365, allow_inf_nan=False)]


class Phase(StrEnum):
    """How short a supply is."""

    GREEN = "green"
    PRE_AMBER = "pre_amber"
    AMBER = "amber"
    RED = "red"


RANK = {phase: rank for rank, phase in enumerate(Phase)}
"""Phase -> how bad it is, green 0."""


class PhaseRule(Frozen):
    """Days of cover below which one component is in a phase; None: it has no such phase."""

    component: ComponentCode
    target_days: Days | None = None
    pre_amber_days: Days | None = None
    amber_days: Days | None = None
    red_days: Days | None = None
    back_days: float = Field(ge=0, le=30, description="a phase is left at its threshold and so much more")
    alarm: Literal["group", "component", "none"] = "none"

    @model_validator(mode="after")
    def _falling(self) -> "PhaseRule":
        steps = [self.target_days, self.pre_amber_days, self.amber_days, self.red_days]
        given = [step for step in steps if step is not None]
        if any(above <= below for above, below in pairwise(given)):
            raise ValueError(_("days must fall: target_days > pre_amber_days > amber_days > red_days"))
        return self


class CountFloor(Frozen):
    """How many units of one group a city should never fall below, where days say nothing."""

    component: ComponentCode
    group: BloodGroup
    least: int = Field(ge=1)
    back: int = Field(ge=0, description="it is enough again at `least` and so many more")


class Loudness(Frozen):
    """How loud an alarm about a phase is; None: there is none."""

    pre_amber: Severity | None = None
    amber: Severity | None = None
    red: Severity | None = None
    floor: Severity | None = None
    none_left: Severity | None = None

    def of_floor(self, phase: Phase) -> Severity | None:
        """The severity of a count below its floor; of none at all where that is louder."""
        return self.none_left or self.floor if phase is Phase.RED else self.floor

    def of(self, phase: Phase) -> Severity | None:
        """The severity of a phase judged by days."""
        by_phase = {Phase.PRE_AMBER: self.pre_amber, Phase.AMBER: self.amber, Phase.RED: self.red}
        return by_phase.get(phase)


class CoverRules(RuleSet):
    """Everything that cover, phases and their alarms go by."""

    window_days: int = Field(ge=7, le=62)
    least_known_days: int = Field(ge=1, le=62)
    least_issues: int = Field(ge=1)
    horizon_days: int = Field(ge=1, le=365)
    issue_min: Minutes
    phases: tuple[PhaseRule, ...] = ()
    floors: tuple[CountFloor, ...] = ()
    severity: Loudness = Loudness()

    @model_validator(mode="after")
    def _sound(self) -> "CoverRules":
        if self.least_known_days > self.window_days:
            raise ValueError(_("least_known_days is more than window_days: no issue would ever be known"))
        components = [rule.component for rule in self.phases]
        if len(set(components)) != len(components):
            raise ValueError(_("a component has its phases twice"))
        groups = [(floor.component, floor.group) for floor in self.floors]
        if len(set(groups)) != len(groups):
            raise ValueError(_("a component and group has its floor twice"))
        return self

    def phase_rule(self, component: ComponentCode) -> PhaseRule | None:
        """The phases of a component; None: it has none."""
        return next((rule for rule in self.phases if rule.component == component), None)

    def floor(self, component: ComponentCode, group: BloodGroup | None) -> CountFloor | None:
        """The floor of a component and group; None: it has none."""
        found = (one for one in self.floors if (one.component, one.group) == (component, group))
        return next(found, None)
