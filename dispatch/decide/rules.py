"""The rules of the decision room as typed, versioned data. Each file of config holds one rule set.

config/rules/travel.toml -> TravelRules; units.toml -> UnitRules; hospitals.toml -> HospitalRules;
config/blood/components.toml -> ComponentTable; compatibility.toml -> CompatibilityRules;
sourcing.toml -> SourcingRules; demand.toml -> DemandRules. RULE_FILES lists them.
`DispatchRules(travel, units, hospitals)` and `BloodRules(travel, components, compatibility, sourcing,
demand)` are what the rankings take.
"""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PositiveInt, model_validator

from dispatch.decide.blood_demand import DemandRules
from dispatch.decide.blood_rules import BloodTables, CompatibilityRules, ComponentTable, SourcingRules
from dispatch.decide.corrections import CorrectionRules
from dispatch.decide.roads.rules import RoadRules
from dispatch.decide.rule_set import Fraction, Minutes, RuleSet, Spread
from dispatch.decide.ways import BY_LAW, Beyond
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability
from dispatch.language import _

PerPriority = Annotated[tuple[Minutes, Minutes, Minutes], Field(description="priority 1, 2, 3")]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class TravelRules(RuleSet):
    """Driving time without a road graph: Kolesar, Walker and Hausner's law (Oper. Res. 23(4), 1975)."""

    detour: float = Field(ge=1, le=3, description="road kilometres per straight kilometre")
    cruise_kmh: float = Field(gt=0, le=130, description="speed of the long part of a trip, no blue light")
    crossover_km: float = Field(gt=0, le=50, description="road km where square root turns into a line")
    blue_light_factor: float = Field(gt=0, le=1, description="multiplies minutes under blue light")
    hour_factor: tuple[Annotated[float, Field(ge=0.3, le=5)], ...] = Field(
        min_length=24, max_length=24, description="multiplies minutes, hour 0 to 23 in China"
    )
    spread_sigma: float = Field(ge=0, le=1, description="standard deviation of the log of driving time")
    river: tuple[tuple[Latitude, Longitude], ...] = Field(
        default=(), description="the river as [lat, lon] points in order; empty: no bridge rule"
    )
    region_km: float = Field(
        gt=0, le=21_000, description="a place further than this from every city centre is doubted"
    )


class Coverage(Frozen):
    """How the cover that a lower-priority dispatch takes away is measured (Daskin's MEXCLP)."""

    busy_fraction: Fraction = Field(description="q: chance that a unit is busy when it is needed")
    standard_min: float = Field(gt=0, description="driving minutes within which a place counts as covered")
    bare_station_km: float = Field(gt=0, description="a station with no free unit this near is bare")


class Turnout(Frozen):
    """Minutes from order to wheels rolling, by the state the unit waits in."""

    at_station: Spread
    on_road: Spread


class MassCasualty(Frozen):
    """How units are shared out when many are hurt at once. Tuples are for priority 1, 2, 3."""

    window_min: Minutes = Field(default=10, description="incidents opened within so long are one event")
    weights: tuple[PositiveInt, PositiveInt, PositiveInt] = Field(
        default=(4, 2, 1), description="what a minute of waiting counts, for each patient"
    )
    per_hospital: tuple[PositiveInt, PositiveInt, PositiveInt] = Field(
        default=(3, 6, 12), description="patients of one event a hospital gets before the next one is taken"
    )


class UnitRules(RuleSet):
    """Which unit to send, and when one may be lent. Tuples are for priority 1, 2, 3."""

    warn_age_s: float = Field(gt=0)
    stale_age_s: float = Field(gt=0)
    exclude_age_s: float = Field(gt=0, description="an older position is never ranked")
    future_tolerance_s: float = Field(ge=0, description="a position dated further ahead is never ranked")
    assumed_speed_kmh: float = Field(ge=0, le=130, description="of a unit on the road that sends none")
    fastest_kmh: float = Field(gt=0, le=300, description="a unit that claims more is taken to go this fast")
    rank_silent_cities: bool = Field(description="rank units of a city whose link is up but says nothing")
    turnout: Turnout
    covers: dict[Capability, tuple[Capability, ...]] = Field(
        description="a unit with the first can also do the second"
    )
    acceptance_min: Spread = Field(description="until a lending city says yes; learned per pair later")
    acceptance_pairs: dict[str, Spread] = Field(
        default={}, description='learned per pair: "changsha>zhuzhou" asks Zhuzhou'
    )
    lending_cap_min: PerPriority
    lending_reserve: tuple[Fraction, Fraction, Fraction]
    lending_gain_min: PerPriority
    slack_min: tuple[Minutes, Minutes, Minutes] = Field(description="priority 1 is always 0")
    target_min: PerPriority = Field(description="an ETA inside is never given up for cover")
    blue_light: tuple[bool, bool, bool]
    coverage: Coverage
    patients_per_unit: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=3, max_length=3)
    mass_casualty_patients: int = Field(ge=2)
    mass_casualty: MassCasualty = MassCasualty()
    explain_nearer: int = Field(ge=0, le=20, description='units shown under "why not the nearer one?"')

    @model_validator(mode="after")
    def _in_order(self) -> "UnitRules":
        ages = (self.warn_age_s, self.stale_age_s, self.exclude_age_s)
        if any(a > b for a, b in pairwise(ages)):
            raise ValueError(_("ages must rise: warn_age_s <= stale_age_s <= exclude_age_s"))
        if self.slack_min[0] != 0:
            raise ValueError(_("slack_min of priority 1 must be 0: priority 1 gets the least ETA"))
        return self

    def acceptance(self, asking: CityCode, lending: CityCode) -> Spread:
        """Minutes until `lending` accepts a request of `asking`."""
        return self.acceptance_pairs.get(f"{asking}>{lending}", self.acceptance_min)


class HospitalRules(RuleSet):
    """Where to take a patient. Tuples are for priority 1, 2, 3."""

    diverting: tuple[Literal["last", "exclude"], ...] = Field(min_length=3, max_length=3)
    slack_min: PerPriority = Field(description="driving minutes that may be given for a better reception")
    status_stale_min: float = Field(gt=0, description="an older word on diversion counts as unknown")
    also_needs: dict[Capability, Capability] = Field(
        default={}, description="a need of the vehicle that is a need of the hospital too"
    )
    base_needs: tuple[Capability, ...] = Field(description="what every patient needs of a hospital")
    replaces_base: tuple[Capability, ...] = Field(
        default=(), description="a patient with one of these needs goes by the stated needs alone"
    )
    blue_light: tuple[bool, bool, bool]


class DispatchRules(Frozen):
    """Everything `rank_units` and `rank_hospitals` go by."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    travel: TravelRules
    units: UnitRules
    hospitals: HospitalRules
    beyond: Beyond = Field(default=BY_LAW, repr=False, exclude=True, description="in use")


class BloodRules(BloodTables):
    """Everything `rank_blood` and `plan_blood` go by."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    travel: TravelRules
    beyond: Beyond = Field(default=BY_LAW, repr=False, exclude=True, description="in use")
    demand: DemandRules


RULE_FILES: dict[str, type[RuleSet]] = {
    "rules/travel.toml": TravelRules,
    "rules/units.toml": UnitRules,
    "rules/hospitals.toml": HospitalRules,
    "rules/roads.toml": RoadRules,
    "rules/corrections.toml": CorrectionRules,
    "blood/components.toml": ComponentTable,
    "blood/compatibility.toml": CompatibilityRules,
    "blood/sourcing.toml": SourcingRules,
    "blood/demand.toml": DemandRules,
}
"""Path below config -> the rule set it holds."""

__all__ = [
    "RULE_FILES",
    "BloodRules",
    "CompatibilityRules",
    "ComponentTable",
    "DemandRules",
    "DispatchRules",
    "HospitalRules",
    "RuleSet",
    "SourcingRules",
    "TravelRules",
    "UnitRules",
]
