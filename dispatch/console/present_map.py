"""The picture as layers of a map."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dispatch.clock import epoch_ms
from dispatch.console.present_incidents import INCIDENT_WORDS, PRIORITY_WORDS
from dispatch.console.present_scene import Scene, name_text
from dispatch.console.symbols import symbols
from dispatch.console.theme import city_style
from dispatch.console.widgets.map_layers import (
    MapBase,
    MapLayers,
    Mark,
    MarkRank,
    Outline,
    UnitPoints,
    ring_segments,
)
from dispatch.domain.blood import Bank
from dispatch.domain.geography import City, Position, Site
from dispatch.domain.hospitals import Hospital
from dispatch.domain.incidents import Incident, Priority
from dispatch.domain.units import UnitState
from dispatch.language import _
from dispatch.picture.live import Picture
from dispatch.settings.map import District, MapData
from dispatch.text import safe_text

_UNIT_STYLES = ("map_unit_stale", "map_unit_off", "map_unit_busy", "map_unit_free")
"""Later ones are drawn on top."""
_STALE, _OFF, _BUSY, _FREE = range(4)
_MOVING_KMH = 5.0
_BEFORE_DETAIL = re.compile(r"[(,;（，；]")
_CITY_REACH_DEG = 0.09
_WITHIN_KM = {MarkRank.BANK: (0.2, 3.0), MarkRank.HOSPITAL: (0.15, 1.2), MarkRank.STATION: (0.12, 0.6)}
"""Cell widths up to which a name, and up to which a place itself is drawn."""
_STATE_STYLES = {
    -1: _OFF,
    **{int(s): _BUSY if s.on_task else _FREE if s.dispatchable else _OFF for s in UnitState},
}


def map_base(data: MapData, cities: Sequence[City], roads: Sequence[Outline] = ()) -> MapBase:
    """Borders tinted by city, the river, roads, names, the presets and whose data it is."""
    outlines = [*roads]
    outlines += [
        Outline(_joined(d.rings for d in data.districts if d.city == city.code), f"map_{city_style(index)}")
        for index, city in enumerate(cities)
    ]
    outlines.append(Outline(_joined([data.rivers]), "map_river", broad=True))
    labels = [_city_label(city, index) for index, city in enumerate(cities)]
    labels += [_district_label(district) for district in data.districts]
    labels += _river_labels(data)
    boxes = _presets(data.districts, cities)
    return MapBase(tuple(outlines), tuple(labels), attributions(data), boxes)


def attributions(data: MapData) -> tuple[str, ...]:
    """Whose data it is, in full first, then ever shorter: map number and maker stay to the last."""
    number, source = safe_text(data.map_number), safe_text(data.source, 400)
    maker = _BEFORE_DETAIL.split(source, maxsplit=1)[0].strip()
    product = " ".join(maker.split()[-2:])
    full = _("Map data: {number} {source}", number=number, source=source)
    short = _("Map data: {number} {source}", number=number, source=maker)
    return full, short, f"{number} {maker}", f"{number} {product}"


def _joined(many: Iterable[Iterable[object]]) -> NDArray[np.float64]:
    segments = [ring_segments(line) for rings in many for line in rings]
    return np.concatenate(segments) if segments else np.zeros((0, 4))


def _city_label(city: City, index: int) -> Mark:
    style = city_style(index)
    return Mark("city", city.code, city.centre, "", style, name_text(city.name), MarkRank.CITY, style)


def _district_label(district: District) -> Mark:
    west, south, east, north = district.box
    middle = Position(lat=(south + north) / 2, lon=(west + east) / 2)
    # A name belongs on the map while its district is some ten cells wide.
    within = (east - west) * 100 / 10
    return Mark(
        "district",
        district.code,
        middle,
        "",
        "map_place",
        name_text(district.name),
        MarkRank.DISTRICT,
        "map_place",
        label_within_km=within,
    )


def _river_labels(data: MapData) -> list[Mark]:
    """The name at every point of the river: the map says it once, where there is room."""
    name = name_text(data.river_name)
    return [
        Mark(
            "river", str(number), Position(lat=lat, lon=lon), "", "map_river_name", name, MarkRank.RIVER,
            "map_river_name", once=True,
        )
        for number, (lon, lat) in enumerate(point for line in data.rivers for point in line)
    ]  # fmt: skip


def _presets(
    districts: Sequence[District], cities: Sequence[City]
) -> dict[str, tuple[float, float, float, float]]:
    """ "" holds the hearts of all cities, a city code the heart of one, "all" every district."""
    reach = _CITY_REACH_DEG
    boxes = {
        str(city.code): (
            city.centre.lon - reach,
            city.centre.lat - reach,
            city.centre.lon + reach,
            city.centre.lat + reach,
        )
        for city in cities
    }
    hearts = np.array(list(boxes.values()) or [(112.8, 27.7, 113.2, 28.3)])
    boxes[""] = _hull(hearts)
    boxes["all"] = _hull(np.array([d.box for d in districts])) if districts else boxes[""]
    return boxes


def _hull(boxes: NDArray[np.float64]) -> tuple[float, float, float, float]:
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def map_layers(
    picture: Picture,
    scene: Scene,
    base: MapBase,
    selected: tuple[str, str] | None = None,
    lines: Sequence[Outline] = (),
    notes: Sequence[Mark] = (),
) -> MapLayers:
    """Everything that is to be seen now; units of a city that cannot be seen are grey.

    `lines` are ways and rings of this moment, `notes` what is written beside them.
    """
    marks = [
        *_incident_marks(picture, selected),
        *_bridge_marks(picture),
        *_place_marks(picture, scene),
        *notes,
    ]
    return MapLayers(
        base, unit_points(picture, scene), tuple(marks), _legend(picture), selected, tuple(lines)
    )


def unit_points(picture: Picture, scene: Scene) -> UnitPoints:
    """The fleet as columns: a few array operations, whatever its size."""
    fleet = picture.fleet
    age_s = (epoch_ms(scene.now) - fleet.column("fixed_ms").astype(np.int64)) / 1000
    seen = np.array([scene.seen(city) for city in fleet.cities], np.bool_)
    cities = fleet.column("city").astype(np.int64)
    stale = (age_s >= scene.limits.stale_s) | ~seen[cities]
    table = np.array([_STATE_STYLES[state] for state in range(-1, len(UnitState))], np.int16)
    style = np.where(stale, _STALE, table[fleet.column("state").astype(np.int64) + 1]).astype(np.int16)
    heading = fleet.column("heading_deg").astype(np.float64)
    moving = fleet.column("speed_kmh").astype(np.float64) >= _MOVING_KMH
    return UnitPoints(
        tuple(unit.id for unit in fleet.units),
        fleet.column("lon").astype(np.float64),
        fleet.column("lat").astype(np.float64),
        np.where(moving & ~stale, heading, np.nan),
        age_s,
        style,
        stale.astype(np.bool_),
        _UNIT_STYLES,
    )


def _incident_marks(picture: Picture, selected: tuple[str, str] | None) -> Iterable[Mark]:
    """A ring stands around the one looked at, and around those that somebody has to act on."""
    for incident in picture.open_incidents():
        style = _incident_style(incident)
        label = f"{incident.id} {_(INCIDENT_WORDS[incident.state])}"
        glyph = symbols().critical if style == "map_incident_now" else str(int(incident.priority))
        label_style = "critical_text" if style == "map_incident_now" else "strong"
        yield Mark(
            "incident",
            incident.id,
            incident.position,
            glyph,
            style,
            label,
            MarkRank.INCIDENT,
            label_style,
            0.5,
            ringed=style == "map_incident_now" or selected == ("incident", incident.id),
        )


def _bridge_marks(picture: Picture) -> Iterable[Mark]:
    """Bridges and tunnels where they can be told apart; one that nobody passes is marked at every scale."""
    for bridge in picture.bridges:
        name, at, signs = name_text(bridge.name), bridge.position, symbols()
        if bridge.closed:
            said, rank = f"{name} {_('shut')}", MarkRank.CLOSED
            yield Mark("bridge", bridge.id, at, signs.bad, "map_bridge_closed", said, rank, "warning", 2.0)
        else:
            rank = MarkRank.BRIDGE
            yield Mark(
                "bridge", bridge.id, at, signs.bridge, "map_bridge", name, rank, "map_place", 0.15, 0.35
            )


def _incident_style(incident: Incident) -> str:
    """Red only where somebody has to act: life-threatening and nobody sent."""
    if incident.priority is Priority.LIFE_THREATENING:
        return "map_incident_now" if incident.unsent else "map_incident_1"
    return "map_incident_2" if incident.priority is Priority.URGENT else "map_incident_3"


def _place_marks(picture: Picture, scene: Scene) -> Iterable[Mark]:
    marks = symbols()
    blood = _("B")  # one wide character where the console speaks Chinese
    for bank in picture.banks.values():
        style = "map_bank" if scene.seen(bank.city) else "offline"
        yield _place("bank", bank, blood, style, name_text(bank.name), MarkRank.BANK)
    for hospital in picture.hospitals.values():
        status = picture.hospital_status.get(hospital.id)
        style = "map_hospital" if scene.seen(hospital.city) else "offline"
        label = name_text(hospital.name)
        if status is not None and status.diverting:
            style = "abnormal" if scene.seen(hospital.city) else style
            label = f"{label} {_('diverting')}"
        yield _place("hospital", hospital, marks.hospital, style, label, MarkRank.HOSPITAL)
    for site in picture.sites.values():
        if site.kind == "station":
            yield _place(
                "station", site, marks.station, "map_station", name_text(site.name), MarkRank.STATION
            )


def _place(
    kind: str, place: Bank | Hospital | Site, glyph: str, style: str, label: str, rank: MarkRank
) -> Mark:
    label_within, within = _WITHIN_KM[rank]
    return Mark(kind, place.id, place.position, glyph, style, label, rank, "map_place", label_within, within)


def _legend(picture: Picture) -> tuple[tuple[str, str, str], ...]:
    marks = symbols()
    closed = any(bridge.closed for bridge in picture.bridges)
    return (
        *(((marks.bad, "map_bridge_closed", _("bridge closed")),) if closed else ()),
        (marks.unit, "map_unit_free", _("free")),
        (marks.unit, "map_unit_busy", _("on a task")),
        (marks.unit, "map_unit_off", _("off duty")),
        (marks.unit_stale, "map_unit_stale", _("stale or offline")),
        (marks.critical, "map_incident_now", _("act now: nobody sent")),
        ("1", "map_incident_1", _(PRIORITY_WORDS[Priority.LIFE_THREATENING])),
        ("2", "map_incident_2", _(PRIORITY_WORDS[Priority.URGENT])),
        ("3", "map_incident_3", _(PRIORITY_WORDS[Priority.ROUTINE])),
        (marks.hospital, "map_hospital", _("hospital")),
        (_("B"), "map_bank", _("blood bank")),
        (marks.station, "map_station", _("station")),
        (marks.bridge, "map_bridge", _("bridge or tunnel")),
    )
