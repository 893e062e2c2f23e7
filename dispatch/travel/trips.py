"""Trips on one road graph, one by one: what `czt roads eta` and `czt roads matrix` tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.clock import CHINA
from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.roads.snap import Snapper, Snaps
from dispatch.decide.roads.tree import door_to_door, grow
from dispatch.decide.travel import Floats, columns, method_name, pace, straight_km, travel_minutes
from dispatch.decide.ways import ROADS_METHOD
from dispatch.domain.geography import Position
from dispatch.settings import Configuration


@dataclass(frozen=True, slots=True)
class Place:
    """A place and where it joins the roads (one row); `way` is the OpenStreetMap way, None off the roads."""

    position: Position
    snaps: Snaps
    way: int | None

    def said(self) -> dict[str, float | int | None]:
        """For a document."""
        off_m = None if self.way is None else float(self.snaps.off_m[0])
        return {"lat": self.position.lat, "lon": self.position.lon, "off_road_m": off_m, "osm_way": self.way}


@dataclass(frozen=True, slots=True)
class OneTrip:
    """A trip at an ordinary hour: whole seconds, and where it goes by the roads their parts."""

    start: Place
    end: Place
    seconds: float
    road_s: float | None
    access_s: float | None
    sigma: float
    sentence: str

    @property
    def method(self) -> str:
        """ "roads" or "estimate"."""
        return method_name(self.sentence)


class OnRoads:
    """A graph with the rules in force."""

    def __init__(self, graph: RoadGraph, configuration: Configuration) -> None:
        self.graph, self.configuration, self.rules = graph, configuration, configuration.road_rules
        self._snapper = Snapper(graph, self.rules.snap_limit_m)

    def at(self, lat: float, lon: float) -> Place:
        """A place by its coordinates."""
        return self._placed(Position(lat=lat, lon=lon), self._snapper.snap(np.array([lat]), np.array([lon])))

    def node(self, node_id: str) -> Place | None:
        """A node of the map; None where it is on no road of the graph."""
        if not (node_id.isascii() and node_id.isdigit() and len(node_id) < 19):
            return None
        snaps = self._snapper.node(int(node_id))
        if snaps is None:
            return None
        point = int(np.flatnonzero(self.graph.point_id == int(node_id))[0])
        where = Position(lat=float(self.graph.point_lat[point]), lon=float(self.graph.point_lon[point]))
        return self._placed(where, snaps)

    def trip(self, start: Place, end: Place) -> OneTrip:
        """By the roads where both places are near one, else by the law."""
        road_s = float(self._road_seconds([start], end)[0])
        if np.isnan(road_s):
            seconds, sigma, sentence = self._by_law(start, end)
            return OneTrip(start, end, seconds, None, None, sigma, sentence)
        seconds = float(self._door_to_door([start], end)[0])
        road_s = min(road_s, seconds)
        sigma = self.rules.spread_sigma
        return OneTrip(start, end, seconds, road_s, seconds - road_s, sigma, ROADS_METHOD)

    def matrix(self, starts: Sequence[Place], ends: Sequence[Place]) -> Floats:
        """Seconds at an ordinary hour, rows from, columns to; NaN where a place is off the roads."""
        table = np.full((len(starts), len(ends)), np.nan)
        for column, end in enumerate(ends):
            table[:, column] = self._door_to_door(starts, end)
        return table

    def _placed(self, position: Position, snaps: Snaps) -> Place:
        piece = int(snaps.piece[0])
        return Place(position, snaps, int(self.graph.way_id[piece]) if piece >= 0 else None)

    def _road_seconds(self, starts: Sequence[Place], end: Place) -> Floats:
        if end.way is None:
            return np.full(len(starts), np.nan)
        many = Snaps(
            np.concatenate([start.snaps.piece for start in starts]),
            np.concatenate([start.snaps.along_m for start in starts]),
            np.concatenate([start.snaps.off_m for start in starts]),
        )
        return grow(self.graph, end.snaps, away=False).seconds_of(many)

    def _door_to_door(self, starts: Sequence[Place], end: Place) -> Floats:
        off_m = np.array([float(start.snaps.off_m[0]) for start in starts]) + end.snaps.off_m[0]
        lat, lon = columns(start.position for start in starts)
        straight_m = straight_km(lat, lon, end.position.lat, end.position.lon) * 1000
        return door_to_door(self._road_seconds(starts, end), off_m, straight_m, self.rules.access_kmh)

    def _by_law(self, start: Place, end: Place) -> tuple[float, float, str]:
        rules, moment = (
            self.configuration.dispatch_rules.travel,
            self.graph.about.imported_at.astimezone(CHINA),
        )
        lat, lon = np.array([start.position.lat]), np.array([start.position.lon])
        bridges = self.configuration.bridges
        drive = travel_minutes(bridges, rules, lat, lon, end.position, moment, blue_light=False)
        seconds = float(drive.minutes[0]) * 60 / pace(rules, moment, blue_light=False)
        return seconds, rules.spread_sigma, drive.method(0)
