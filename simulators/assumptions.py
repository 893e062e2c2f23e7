"""What the simulators assume of the world: typed data from config/drills/assumptions/simulation.toml."""

from math import exp
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from dispatch.domain.blood import BloodGroup
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.settings import config_file
from dispatch.settings.files import TomlFile

Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=20)]
Point = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
FILE = "drills/assumptions/simulation.toml"


class Lognormal(Frozen):
    """A duration by its median and the standard deviation of its logarithm."""

    median: float = Field(gt=0)
    sigma: float = Field(ge=0, le=2)

    def draw(self, rng: np.random.Generator) -> float:
        """One duration, in the unit of `median`."""
        return self.median * exp(self.sigma * float(rng.standard_normal()))


class Episode(Frozen):
    """Something that happens to a share of all, after or for so many minutes."""

    share: Share
    minutes: Lognormal


class RoadAssumptions(Frozen):
    """Speeds in km/h over the ground as the coarse graph draws it, by day without blue light."""

    lane_kmh: float = Field(gt=0, le=110)
    street_kmh: float = Field(gt=0, le=110)
    arterial_kmh: float = Field(gt=0, le=110)
    trunk_kmh: float = Field(gt=0, le=110)
    bridge_kmh: float = Field(gt=0, le=110)
    tunnel_kmh: float = Field(gt=0, le=110)
    top_kmh: float = Field(gt=0, le=120, description="no unit ever drives faster")
    blue_light_gain: float = Field(ge=1, le=2, description="multiplies speed under blue light")
    hour_factor: tuple[Annotated[float, Field(gt=0, le=3)], ...] = Field(min_length=24, max_length=24)
    urban_radius_km: float = Field(gt=0)
    town_spacing_km: float = Field(gt=0.5)
    country_spacing_km: float = Field(gt=0.5)
    town_density: float = Field(gt=0, description="people per square km from which a district is town")
    neighbours: int = Field(ge=2, le=12)


class Tunnel(Frozen):
    """A crossing that is a road tunnel: no positions from inside. Portals are [latitude, longitude]."""

    bridge: str = Field(description="its number among the bridges of the configuration")
    west: Point
    east: Point


class Complaint(Frozen):
    """A kind of call: an opaque code, how often, how urgent (weights of priority 1, 2, 3), what it needs."""

    code: str = Field(pattern=r"^[A-Z][0-9]{2}$")
    weight: float = Field(gt=0)
    priority: tuple[Factor, Factor, Factor]
    needs: tuple[Capability, ...] = ()


class CallAssumptions(Frozen):
    """How many calls, when and what about."""

    per_million_day: float = Field(gt=0)
    fano: float = Field(ge=1, description="variance over mean of the calls of a day")
    hour_factor: tuple[Factor, ...] = Field(min_length=24, max_length=24)
    patients: tuple[Share, ...] = Field(min_length=1, description="share of calls with 1, 2, 3... patients")
    cancelled: Share
    cancel_after_min: Lognormal
    cancel_reasons: tuple[str, ...] = Field(min_length=1, description="codes of config/incidents.toml")
    chase: Episode = Field(
        description="callers who ask where the ambulance is when nobody has come for so long"
    )
    chase_again: Share = Field(description="of those, who ask once more after as long again")
    repeat: Episode = Field(description="calls about which somebody else rings too")
    near_site: Share = Field(description="share of places told by a known site of the district")
    scatter_m: float = Field(gt=0)
    complaint: tuple[Complaint, ...] = Field(min_length=1)


class CrewAssumptions(Frozen):
    """How long the parts of a mission take, and how it ends."""

    acknowledge_s: Lognormal = Field(description="from the order on the terminal to the crew's yes")
    unanswered: Episode = Field(description="orders that nobody at the terminal sees for so long")
    roll_out_station_s: Lognormal
    roll_out_road_s: Lognormal
    scene_min: Lognormal
    empty_scene_min: Lognormal
    turnaround_min: Lognormal
    transported: tuple[Share, Share, Share] = Field(description="by priority")
    nobody_there: Share = Field(description="share of the missions without transport that found nobody")
    fault_at_start: Share = Field(description="orders at which the vehicle does not start")
    refuelling: Episode
    disinfection: Episode
    fault: Episode
    crew_change_at: tuple[str, ...] = Field(description="times of day, hh:mm in China")
    crew_change_min: Lognormal


class DeskAssumptions(Frozen):
    """How quickly a simulated dispatcher acts."""

    delay_s: Lognormal
    retry_s: float = Field(gt=0)
    lending_delay_s: Lognormal = Field(description="until a city asked for help answers")
    ask_again_s: float = Field(gt=0, description="a city that said no is not asked about the same before")


class BloodUse(Frozen):
    """How a component is used and collected, in its own unit."""

    component: str
    per_million_day: float = Field(gt=0)
    issue: tuple[Annotated[int, Field(gt=0)], ...] = Field(description="sizes of one issue, equally likely")
    cover_days: float = Field(gt=0)
    lot: int = Field(gt=0, description="usual size of a lot")
    attributes: dict[str, Share] = Field(
        default={}, description="share of the lots that are irradiated and the like"
    )


class BloodAssumptions(Frozen):
    """Groups of the people here and how banks work."""

    abo: dict[str, Share]
    rhd_negative: Share
    main_bank: Share = Field(description="share of a city's stock and use at its first bank")
    collection_hours: tuple[int, int]
    count_every_s: float = Field(gt=0)
    confirm_s: Lognormal = Field(description="until the staff of a bank answers a hold")
    packing_min: Lognormal
    rare_reserve: int = Field(
        default=0, ge=0, description="red cells that a main bank holds of each D- group"
    )
    quarantined: Share = Field(default=0, description="share of new lots that wait for a result")
    released_after_h: Lognormal = Lognormal(median=12, sigma=0.5)
    recalled: Share = Field(default=0, description="share of new lots that are recalled")
    arrives_warm: Share = Field(description="share of the boxes that arrive too warm")
    use: tuple[BloodUse, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "BloodAssumptions":
        if set(self.abo) != {"O", "A", "B", "AB"} or abs(sum(self.abo.values()) - 1) > 1e-6:
            raise ValueError(_("abo needs O, A, B and AB, and their shares add up to 1"))
        return self

    def share(self, group: BloodGroup) -> float:
        """The part of the people here who have this group."""
        return self.abo[group.abo] * (1 - self.rhd_negative if group.rhd_positive else self.rhd_negative)


class HospitalAssumptions(Frozen):
    """How emergency departments fill up."""

    handover_min: float = Field(gt=0, description="an ambulance counts as waiting for so long")
    background: float = Field(ge=0, description="mean number of ambulances from elsewhere that wait")
    divert_per_day: float = Field(ge=0)
    divert_min: Lognormal


class ReportAssumptions(Frozen):
    """How positions, and the state of hospitals, are sent."""

    noise_m: float = Field(ge=0, le=30)
    noise_memory: float = Field(ge=0.9, lt=1, description="of the error, from one second to the next")
    delay_s: tuple[Share, ...] = Field(
        min_length=1, max_length=8, description="share of units 0, 1, 2... s late"
    )
    hospitals_every_s: float = Field(gt=0)


class Assumptions(Frozen):
    """Everything the simulators assume; `source` says how far to trust it."""

    edition: str
    source: str
    roads: RoadAssumptions
    tunnel: tuple[Tunnel, ...] = ()
    calls: CallAssumptions
    crews: CrewAssumptions
    desk: DeskAssumptions
    blood: BloodAssumptions
    hospitals: HospitalAssumptions
    reports: ReportAssumptions


def load_assumptions(user_dir: Path | None = None) -> Assumptions:
    """The user's assumptions or the shipped ones; BadConfiguration names file and line."""
    return TomlFile(config_file(FILE, user_dir)).read(Assumptions)
