"""How much the intake believes, and how long: settings, with the defaults of a console."""

from pydantic import Field

from dispatch.domain.model import Frozen


class IntakeLimits(Frozen):
    """Limits of the intake; `_s` are seconds of the console's clock unless a text says real time."""

    future_s: float = Field(
        default=10, ge=0, description="how far ahead of this clock a message may be dated"
    )
    silent_after_s: float = Field(default=8, gt=0, description="real time without news until SILENT")
    life_max_age_s: float = Field(
        default=30, gt=0, description="older than this when it arrives, a message is no sign of life"
    )
    ask_again_s: float = Field(default=5, gt=0, description="real time between two asks for one snapshot")
    bank_incomplete_s: float = Field(default=30, gt=0, description="a missed difference may stay so long")
    bank_stale_s: float = Field(default=900, gt=0, description="a count may be so old before an alarm")
    flood_per_s: float = Field(default=20, gt=0, description="refused messages a second that are a flood")
    highest_speed_kmh: float = Field(default=300, gt=0, description="faster between two fixes is a jump")
    jump_slack_m: float = Field(default=600, ge=0, description="metres a fix may be off without a jump")
    jump_doubt_m: float = Field(
        default=5000, ge=0, description="metres that reported inaccuracy may excuse, whatever a fix claims"
    )
    jump_confirmed_by: int = Field(default=3, ge=2, description="fixes that agree make a jump the truth")
    closed_kept_s: float = Field(default=3600, ge=0, description="how long closed incidents stay listed")
    units_per_city: int = Field(default=20_000, gt=0, description="units a city may announce")
    incidents_per_city: int = Field(default=20_000, gt=0, description="incidents a city may hold")
    nodes_per_city: int = Field(default=500, gt=0, description="programs a city may announce")
