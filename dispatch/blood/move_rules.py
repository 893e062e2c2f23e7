"""Rules on moves before outdate, as data: config/blood/moves.toml."""

from typing import Annotated

from pydantic import Field, model_validator

from dispatch.decide.rule_set import Fraction, Minutes, RuleSet, Spread
from dispatch.domain.blood import BankKind, ComponentCode
from dispatch.domain.model import Frozen
from dispatch.language import _

Way = Annotated[str, Field(pattern=r"^(station|hospital) > (station|hospital)$")]
Finite = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ComponentMoves(Frozen):
    """When a move of one component is worth it; amounts in its own unit."""

    component: ComponentCode
    horizon_h: float = Field(gt=0, le=2_400, description="lots that expire later are left alone")
    step: int = Field(default=1, ge=1, le=10_000, description="the usual smallest issue")
    saving: Finite = Field(description="least units that a move must save")
    cautious_saving: Finite = Field(description="the same, if use turns out the wrong way at both ends")
    gain: Fraction = Field(description="least part of each further step that must be saved")
    keep_days: float = Field(ge=0, le=60, description="days of mean issue that the giver keeps")
    value_fen: int = Field(ge=0, description="what collecting and testing one unit costs")


class DeclineReason(Frozen):
    """An agreed reason for not moving; a free text is always possible."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=80)


class MoveRules(RuleSet):
    """When moves are looked for and which are worth a journey."""

    nightly_at: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="in China")
    within_city: bool
    ways: tuple[Way, ...] = Field(
        default=tuple(f"{giver.value} > {taker.value}" for giver in BankKind for taker in BankKind),
        description="which kinds of bank may give to which: giver > taker",
    )
    handling_min: Spread = Field(description="from acceptance until the courier leaves")
    longest_drive_min: Minutes
    use_within_h: float = Field(ge=0, le=240, description="life left at the late end of arrival")
    count_stale_min: float = Field(gt=0, description="an older count moves nothing")
    rank_silent_cities: bool
    caution_z: float = Field(ge=0, le=4)
    fano_unknown: float = Field(ge=1, le=100)
    least_days: int = Field(ge=1, le=366)
    trip_fen: int = Field(ge=0)
    km_fen: int = Field(ge=0)
    decline_reasons: tuple[DeclineReason, ...] = Field(default=(), max_length=9)
    components: tuple[ComponentMoves, ...] = Field(min_length=1)

    def may_go(self, giver: BankKind, taker: BankKind) -> bool:
        """Whether blood may be moved from one kind of bank to another."""
        return f"{giver.value} > {taker.value}" in self.ways

    @model_validator(mode="after")
    def _once_each(self) -> "MoveRules":
        codes = [one.component for one in self.components]
        if len(set(codes)) != len(codes):
            raise ValueError(_("a component stands twice"))
        return self
