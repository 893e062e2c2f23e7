"""What a map is drawn from: the standing base, the moving units, the marks on top."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.geography import Position

Floats = NDArray[np.float64]


class MarkRank(IntEnum):
    """Who keeps its cell and its label when two would share them: the lowest number."""

    INCIDENT = 1
    CLOSED = 2
    UNIT = 3
    BANK = 4
    HOSPITAL = 5
    STATION = 6
    RING = 7
    CITY = 8
    BRIDGE = 9
    RIVER = 10
    DISTRICT = 11


@dataclass(frozen=True, slots=True)
class Mark:
    """A thing at a place: `glyph` is drawn in `style`, `label` beside it where there is room.

    The mark is drawn while a cell is at most `within_km` wide, its label while one is at most
    `label_within_km` wide. `kind` and `key` name it in messages; without a glyph it is only a label.
    """

    kind: str
    key: str
    position: Position
    glyph: str
    style: str
    label: str
    rank: MarkRank
    label_style: str = "map_label"
    label_within_km: float = 99.0
    within_km: float = 99.0
    once: bool = False
    """Of all marks of this kind only one label is drawn: for things that run through the whole map."""
    ringed: bool = False
    """A small ring is drawn around it, at every scale."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines in one style: (n, 4) array of lon0, lat0, lon1, lat1 in degrees."""

    segments: Floats
    style: str
    broad: bool = False
    """Two dots wide."""
    within_km: float = 99.0
    """Drawn while a cell is at most so wide."""


@dataclass(frozen=True, slots=True, eq=False)
class MapBase:
    """What stands still; the longest of `attributions` that fits belongs under every map drawn from it."""

    outlines: tuple[Outline, ...] = ()
    labels: tuple[Mark, ...] = ()
    attributions: tuple[str, ...] = ("",)
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """Preset -> west, south, east, north."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitPoints:
    """Units as columns of equal length; NaN degrees are units without a position.

    `style` indexes `styles`, the highest is drawn on top in a crowded cell; `heading_deg` is NaN for a
    unit that stands still or is stale; `age_s` is how old its position is.
    """

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    heading_deg: Floats
    age_s: Floats
    style: NDArray[np.int16]
    stale: NDArray[np.bool_]
    styles: tuple[str, ...]

    @classmethod
    def none(cls) -> "UnitPoints":
        empty = np.zeros(0)
        return cls((), empty, empty, empty, empty, np.zeros(0, np.int16), np.zeros(0, np.bool_), ("normal",))


@dataclass(frozen=True, slots=True, eq=False)
class MapLayers:
    """One moment of the map. `selected` is the (kind, key) that is highlighted."""

    base: MapBase = field(default_factory=MapBase)
    units: UnitPoints = field(default_factory=UnitPoints.none)
    marks: tuple[Mark, ...] = ()
    legend: tuple[tuple[str, str, str], ...] = ()
    """Glyph, style and meaning."""
    selected: tuple[str, str] | None = None
    lines: tuple[Outline, ...] = ()
    """Ways and rings of this moment, over the base and under the marks."""


def ring_segments(line: object) -> Floats:
    """The edges of a line or ring of (lon, lat) points as (n, 4)."""
    points = np.asarray(line, np.float64)
    return np.concatenate([points[:-1], points[1:]], axis=1) if len(points) > 1 else np.zeros((0, 4))
