"""Driving times that are worked out beside the screen: one thread grows trees, one asks the routing server.

`between` answers at once with what is known by now and has the rest worked out; `on_news` is called, in
the worker's thread, when there is more to know. With `wait` it works everything out before it answers: so
do commands that rank once and end.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.reasons import Reason
from dispatch.decide.roads.graph import RoadGraph, haversine_m
from dispatch.decide.roads.rules import RoadRules
from dispatch.decide.roads.snap import Snapper, Snaps
from dispatch.decide.roads.tree import Tree, door_to_door, grow
from dispatch.decide.travel import straight_km
from dispatch.decide.ways import (
    PLACE_OFF_ROAD,
    ROADS,
    ROADS_COMING,
    TABLE,
    TABLE_COMING,
    Known,
    table_failed,
)
from dispatch.domain.geography import Position
from dispatch.travel.table import TableServer, TableUnavailable

Floats = NDArray[np.float64]
Asked = tuple[float, float, bool]
"""A place and the direction of the trips."""
TREES_KEPT = 64
MOST_TREES = 400
"""Twice those of the open incidents are kept, within these bounds: 0.5 MB each at 60,000 junctions."""
ANSWERS_KEPT = 64
FLEETS_KEPT = 8
MOVED_M = 300.0
"""A time of the routing server holds until its unit has moved so far."""
MOST_ASKED = 400
"""Points of one question, the nearest in a straight line; the server knows nothing of the others."""
RETRY_S = 15.0
"""A routing server that failed is left alone for so long."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the routing server said of trips from or to these places; NaN: it knows no way."""

    lat: Floats
    lon: Floats
    seconds: Floats


class Roads:
    """A road graph that remembers where places snap to, and the trees of the last places asked for."""

    def __init__(self, graph: RoadGraph, rules: RoadRules) -> None:
        self.graph, self.rules = graph, rules
        self._snapper = Snapper(graph, rules.snap_limit_m)
        self.trees_kept = TREES_KEPT
        self._trees: OrderedDict[Asked, Tree | None] = OrderedDict()
        self._fleets: OrderedDict[int, tuple[Floats, Floats, Snaps]] = OrderedDict()
        self._lock = threading.Lock()

    def tree(self, asked: Asked) -> Tree | None:
        """The tree of a place; None: no road is near it. KeyError: not worked out yet."""
        with self._lock:
            self._trees.move_to_end(asked)
            return self._trees[asked]

    def work_out(self, asked: Asked) -> Tree | None:
        """Grow the tree of a place and remember it."""
        lat, lon, away = asked
        place = self._snapper.snap(np.array([lat]), np.array([lon]))
        tree = grow(self.graph, place, away=away) if place.piece[0] >= 0 else None
        with self._lock:
            self._trees[asked] = tree
            while len(self._trees) > self.trees_kept:
                self._trees.popitem(last=False)
        return tree

    def seconds(self, tree: Tree, where: tuple[float, float], lat: Floats, lon: Floats) -> Floats:
        """Seconds from door to door between the tree's place, `where`, and each point; NaN: off the roads."""
        snaps = self._snapped(lat, lon)
        off_m = snaps.off_m + tree.place.off_m[0]
        straight_m = straight_km(lat, lon, *where) * 1000
        return door_to_door(tree.seconds_of(snaps), off_m, straight_m, self.rules.access_kmh)

    def _snapped(self, lat: Floats, lon: Floats) -> Snaps:
        """Where points snap to; of a fleet asked about again only those that moved are looked up."""
        with self._lock:
            before = self._fleets.get(len(lat))
        if before is None:
            snaps = self._snapper.snap(lat, lon)
        else:
            old_lat, old_lon, snaps = before
            moved = np.flatnonzero((lat != old_lat) | (lon != old_lon))
            if moved.size:
                fresh = self._snapper.snap(lat[moved], lon[moved])
                snaps = Snaps(snaps.piece.copy(), snaps.along_m.copy(), snaps.off_m.copy())
                snaps.piece[moved], snaps.along_m[moved], snaps.off_m[moved] = (
                    fresh.piece,
                    fresh.along_m,
                    fresh.off_m,
                )
        with self._lock:
            self._fleets[len(lat)] = (lat.copy(), lon.copy(), snaps)
            self._fleets.move_to_end(len(lat))
            while len(self._fleets) > FLEETS_KEPT:
                self._fleets.popitem(last=False)
        return snaps


class Journeys:
    """The ways of dispatch.decide.ways: the routing server first, then the road graph."""

    def __init__(
        self, roads: Roads | None, server: TableServer | None, sigma: float, *, wait: bool = False
    ) -> None:
        """`sigma`: standard deviation of the log of driving times."""
        self.roads, self.server, self.sigma, self.wait = roads, server, sigma, wait
        self.on_news: Callable[[], None] | None = None
        self._workers = {kind: ThreadPoolExecutor(1, thread_name_prefix=kind) for kind in ("tree", "table")}
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, Asked]] = set()
        self._answers: OrderedDict[tuple[Asked, int], _Answer] = OrderedDict()
        self._prepared: set[Asked] = set()
        self._failure: Reason | None = None
        self._silent_until_s = 0.0

    def close(self) -> None:
        """Stop working; what is under way is not waited for."""
        self.on_news = None
        for worker in self._workers.values():
            worker.shutdown(wait=False, cancel_futures=True)

    def prepare(self, places: Iterable[Position]) -> None:
        """Have the trees of these places grown before anybody asks; those of the last call are known."""
        roads = self.roads
        if roads is None:
            return
        wanted = {(place.lat, place.lon, away) for place in places for away in (False, True)}
        roads.trees_kept = min(max(TREES_KEPT, 2 * len(wanted)), MOST_TREES)
        for asked in sorted(wanted - self._prepared):
            self._begin("tree", asked, partial(roads.work_out, asked))
        self._prepared = wanted

    def between(self, lat: Floats, lon: Floats, place: Position, *, away: bool) -> Known:
        """What is known by now; see `Ways`."""
        asked: Asked = (place.lat, place.lon, away)
        seconds = np.full(len(lat), np.nan)
        source = np.zeros(len(lat), np.int8)
        off_road = np.zeros(len(lat), np.bool_)
        notes: list[Reason] = []
        if self.roads is not None:
            by_road = self._by_road(self.roads, asked, lat, lon, notes)
            known = np.isfinite(by_road)
            if not notes:
                off_road = ~known & np.isfinite(lat)
            seconds, source = by_road, np.where(known, ROADS, 0).astype(np.int8)
        if self.server is not None:
            told = self._told(self.server, asked, lat, lon, notes)
            known = np.isfinite(told)
            seconds, source = np.where(known, told, seconds), np.where(known, TABLE, source).astype(np.int8)
            off_road &= ~known
        return Known(seconds, source, np.full(len(lat), self.sigma), off_road, tuple(notes))

    def road_graph(self) -> RoadGraph | None:
        return self.roads.graph if self.roads is not None else None

    # --- the road graph

    def _by_road(self, roads: Roads, asked: Asked, lat: Floats, lon: Floats, notes: list[Reason]) -> Floats:
        tree: Tree | None
        try:
            tree = roads.tree(asked)
        except KeyError:
            if not self.wait:
                notes.append(ROADS_COMING)
                self._begin("tree", asked, partial(roads.work_out, asked))
                return np.full(len(lat), np.nan)
            tree = roads.work_out(asked)
        if tree is None:
            notes.append(PLACE_OFF_ROAD)
            return np.full(len(lat), np.nan)
        return roads.seconds(tree, asked[:2], lat, lon)

    # --- the routing server

    def _told(
        self, server: TableServer, asked: Asked, lat: Floats, lon: Floats, notes: list[Reason]
    ) -> Floats:
        """Times that the server told and that still hold; the others are asked for."""
        wanted = _nearest(lat, lon, asked)
        told, holds = self._holding(asked, lat, lon)
        if not holds[wanted].all():
            rows = np.flatnonzero(wanted)
            places = [Position(lat=float(lat[row]), lon=float(lon[row])) for row in rows]
            where = lat.copy(), lon.copy(), rows
            if self.wait:
                self._ask(server, asked, *where, places)
                told, holds = self._holding(asked, lat, lon)
            elif time.monotonic() >= self._silent_until_s:
                self._begin("table", asked, lambda: self._ask(server, asked, *where, places))
        if not holds[wanted].all():
            notes.append(self._failure or TABLE_COMING)
        return told

    def _holding(self, asked: Asked, lat: Floats, lon: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Seconds by the last answer, and which points it still holds for: those that hardly moved."""
        with self._lock:
            answer = self._answers.get((asked, len(lat)))
        if answer is None:
            return np.full(len(lat), np.nan), np.zeros(len(lat), np.bool_)
        holds = haversine_m(answer.lat, answer.lon, lat, lon) <= MOVED_M
        return np.where(holds, answer.seconds, np.nan), holds

    def _ask(
        self,
        server: TableServer,
        asked: Asked,
        lat: Floats,
        lon: Floats,
        rows: NDArray[np.intp],
        places: list[Position],
    ) -> None:
        """Ask the server and remember what it said, or why it said nothing."""
        to_lat, to_lon, away = asked
        try:
            told = server.seconds(places, Position(lat=to_lat, lon=to_lon), away=away)
        except TableUnavailable as error:
            self._failure = table_failed(str(error))
            self._silent_until_s = time.monotonic() + RETRY_S
            return
        self._failure = None
        seconds, at_lat, at_lon = (np.full(len(lat), np.nan) for _each in range(3))
        seconds[rows], at_lat[rows], at_lon[rows] = told, lat[rows], lon[rows]
        with self._lock:
            self._answers[asked, len(lat)] = _Answer(at_lat, at_lon, seconds)
            self._answers.move_to_end((asked, len(lat)))
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)

    # --- the worker

    def _begin(self, kind: str, asked: Asked, work: Callable[[], object]) -> None:
        """Have something worked out, unless it is being worked out already."""
        job = (kind, asked)
        with self._lock:
            if job in self._under_way:
                return
            self._under_way.add(job)
        with suppress(RuntimeError):  # closed meanwhile
            self._workers[kind].submit(self._run, job, work)

    def _run(self, job: tuple[str, Asked], work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._under_way.discard(job)
        if self.on_news is not None:
            self.on_news()


def _nearest(lat: Floats, lon: Floats, asked: Asked) -> NDArray[np.bool_]:
    """The points that are worth a question: those nearest in a straight line."""
    km = straight_km(lat, lon, asked[0], asked[1])
    wanted = np.isfinite(km)
    if int(wanted.sum()) > MOST_ASKED:
        wanted &= km <= np.partition(km[wanted], MOST_ASKED - 1)[MOST_ASKED - 1]
    return wanted
