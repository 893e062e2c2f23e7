"""From which age on news is shown as late or stale, and how the console behaves."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from dispatch.causes import cause
from dispatch.console.appearance import Look, SymbolSet
from dispatch.console.bells import Bells
from dispatch.console.present import AgeLimits
from dispatch.console.present_blood import Leads
from dispatch.console.present_stock import StockLimits
from dispatch.decide.blood_rules import SourcingRules
from dispatch.decide.rules import UnitRules
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.model import Frozen
from dispatch.wrong_values import wrong_value


class MapManners(Frozen):
    """What the map draws: rings of so many minutes, and which imported roads are main roads."""

    rings_min: tuple[Annotated[float, Field(gt=0, le=240)], ...] = Field(default=(8, 15, 30), max_length=6)
    main_road_kmh: float = Field(default=60, gt=0, le=200)


class Manners(Frozen):
    """config/console.toml."""

    edition: str
    expiring_soon_hours: float = Field(gt=0, le=24 * 365)
    hold_ends_soon_min: float = Field(default=3, gt=0, le=60)
    needed_soon_min: float = Field(default=20, gt=0, le=24 * 60)
    confirm_guard_s: float = Field(ge=0, le=2)
    confirm_quiet_s: float = Field(default=0.12, ge=0, le=0.5)
    letter_quiet_s: float = Field(ge=0, le=0.2)
    changed_guard_s: float = Field(default=0.5, ge=0, le=5)
    symbols: SymbolSet = "braille"
    look: Look = Look()
    map: MapManners = MapManners()
    bell: bool = True
    bells: Bells = Bells()
    mute_min: int = Field(default=10, ge=1, le=240)
    mute_most_min: int = Field(default=30, ge=1, le=240)


@dataclass(frozen=True, slots=True)
class Limits:
    """Ages of unit positions and of stock counts, and how long what has changed must have been seen."""

    positions: AgeLimits
    stock: StockLimits
    changed_guard_s: float = 0.5
    """So long a row that has changed takes no key."""
    hold_ends_soon_s: float = 180.0
    needed_soon_s: float = 1200.0
    map: MapManners = MapManners()


def load_manners(path: Path) -> Manners:
    """Read config/console.toml; BadConfiguration names the field."""
    try:
        return Manners.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(path.name, 1, cause(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadConfiguration(path.name, 1, f"{where}: {wrong_value(first)}") from None


def limits_of(units: UnitRules, sourcing: SourcingRules, manners: Manners, leads: Leads) -> Limits:
    """The same ages by which the rankings judge, so that a board never shows fresh what is not ranked."""
    warn, stale = sourcing.count_warn_min * 60, sourcing.count_stale_min * 60
    return Limits(
        AgeLimits(units.warn_age_s, units.stale_age_s, units.exclude_age_s),
        StockLimits(AgeLimits(warn, stale, stale), timedelta(hours=manners.expiring_soon_hours), leads),
        manners.changed_guard_s,
        manners.hold_ends_soon_min * 60,
        manners.needed_soon_min * 60,
        manners.map,
    )
