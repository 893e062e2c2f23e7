"""config/rules/roads.toml, and what it makes of the tags of one way. docs/roads.md says the same in words."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from dispatch.decide.rule_set import RuleSet
from dispatch.language import _

Kmh = Annotated[float, Field(gt=0, le=200)]
KM_PER_MILE = 1.609344
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(km/h|kmh|kph|mph)?")
_BETWEEN = re.compile(r"[;|]|(?<=[0-9])-(?=[0-9])")
"""Between the numbers of a list or a range."""
_NO_WORDS: Mapping[str, float] = MappingProxyType({})
_FORWARD, _BACKWARD = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})
_BOTH = frozenset({"no", "false", "0"})


class RoadRules(RuleSet):
    """What an imported road graph goes by: speeds, one-ways, access, and how places are joined to it."""

    maxspeed_share: float = Field(gt=0, le=1, description="of a numeric maxspeed")
    maxspeed_words: dict[str, Kmh] = Field(
        default_factory=dict,
        description="words of maxspeed, in small letters, that are driven as such a number",
    )
    slowest_kmh: Kmh
    fastest_kmh: Kmh
    access_kmh: Kmh = Field(description="from a place to the nearest point of a road")
    snap_limit_m: float = Field(gt=0, le=100_000, description="further from every road: the law instead")
    spread_sigma: float = Field(ge=0, le=1, description="standard deviation of the log of driving time")
    oneway_highways: tuple[str, ...] = Field(description="one-way unless the way says otherwise")
    oneway_junctions: tuple[str, ...] = Field(description="one-way unless the way says otherwise")
    access_keys: tuple[str, ...] = Field(description="the first that a way has decides")
    access_refused: frozenset[str] = Field(description="values with which a way is left out")
    speed_kmh: dict[str, Kmh] = Field(min_length=1, description="classes that are driven on")

    @model_validator(mode="after")
    def _in_order(self) -> "RoadRules":
        if self.slowest_kmh > self.fastest_kmh:
            raise ValueError(_("slowest_kmh must not be above fastest_kmh"))
        return self


class WaySpeed(NamedTuple):
    """km/h along a way and against it; 0: not allowed."""

    forward: float
    backward: float


SHUT = WaySpeed(0.0, 0.0)


def way_speed(tags: Mapping[str, str], rules: RoadRules) -> WaySpeed:
    """How fast a way is driven in each direction."""
    base = rules.speed_kmh.get(tags.get("highway", ""))
    if base is None or tags.get("area") == "yes" or _refused(tags, rules):
        return SHUT
    forward, backward = _directions(tags, rules)
    return WaySpeed(
        _kmh(tags, "maxspeed:forward", base, rules) if forward else 0.0,
        _kmh(tags, "maxspeed:backward", base, rules) if backward else 0.0,
    )


def _refused(tags: Mapping[str, str], rules: RoadRules) -> bool:
    deciding = next((tags[key] for key in rules.access_keys if key in tags), "")
    return deciding in rules.access_refused


def _directions(tags: Mapping[str, str], rules: RoadRules) -> tuple[bool, bool]:
    """Whether a way may be driven along and against its direction."""
    said = tags.get("oneway", "")
    if said in _BACKWARD:
        return False, True
    if said in _FORWARD:
        return True, False
    if said in _BOTH:
        return True, True
    implied = tags["highway"] in rules.oneway_highways or tags.get("junction") in rules.oneway_junctions
    return True, not implied


def _kmh(tags: Mapping[str, str], directed: str, base: float, rules: RoadRules) -> float:
    words = rules.maxspeed_words
    posted = parse_maxspeed(tags.get(directed, ""), words) or parse_maxspeed(tags.get("maxspeed", ""), words)
    kmh = base if posted is None else posted * rules.maxspeed_share
    return min(max(kmh, rules.slowest_kmh), rules.fastest_kmh)


def parse_maxspeed(text: str, words: Mapping[str, float] = _NO_WORDS) -> float | None:
    """km/h of a number, "30 mph", one of `words`, the least of a list or range of these; else None."""
    parts = [_one_speed(part.strip().lower(), words) for part in _BETWEEN.split(text)]
    known = [one for one in parts if one is not None]
    return min(known) if len(known) == len(parts) else None


def _one_speed(text: str, words: Mapping[str, float]) -> float | None:
    if text in words:
        return words[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = float(found[1]) * (KM_PER_MILE if found[2] == "mph" else 1.0)
    return number or None
