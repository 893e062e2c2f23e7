"""The nearest twenty of many units: the console's arrays against what people would use instead.

Every way is asked for the same places and must name the same twenty units, or the bench breaks. PostGIS is
timed by psql, Redis over a bare socket: neither pays for a client library. Then the whole ranking, which
judges far more than distance, at the same sizes.
"""

import random
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from haversine import haversine

from dispatch.decide.ambulances import rank_units
from dispatch.decide.travel import straight_km
from tests.performance.bench_decide import SHOWN, measured_rules, requests
from tests.performance.figures import Line, Say, Section, percentile
from tests.performance.peer_servers import NotHere, Psql, RedisWire, postgres, redis
from tests.unit.decide.decide_world import CENTRES, NOW, random_picture

SIZES = (1_000, 10_000, 100_000)
NEAREST = 20
ASKED = 200
LOOPED = 12
"""Places for the slow ways at the largest size."""
SPREAD_DEG = 0.25
KM_OF_A_DEGREE = 111.195
AGREE_KM = 0.15
"""PostGIS measures on the ellipsoid and Redis keeps 52 bits of a place: the last may differ so much."""

PREPARED = """\
PREPARE nearest(float8, float8) AS SELECT id, ST_Distance(at, here) FROM units,
(SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography AS here) AS asked ORDER BY at <-> here LIMIT 20;
SET jit = off;
\\timing on
"""


@dataclass(slots=True)
class Places:
    """Units scattered about three cities, and places where somebody asks for the nearest."""

    lat: np.ndarray
    lon: np.ndarray
    asked: list[tuple[float, float]]
    pairs: list[tuple[float, float]] = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = list(zip(self.lat.tolist(), self.lon.tolist(), strict=True))


def scattered(units: int) -> Places:
    """The same for the same size."""
    rng, dice = np.random.default_rng(7), random.Random(7)
    centres = np.array(list(CENTRES.values()))[rng.integers(0, len(CENTRES), units)]
    spread = rng.uniform(-SPREAD_DEG, SPREAD_DEG, (units, 2))
    where = np.round(centres + spread, 6)
    asked = []
    for _ in range(ASKED):
        lat, lon = dice.choice(list(CENTRES.values()))
        asked.append((round(lat + dice.uniform(-0.15, 0.15), 6), round(lon + dice.uniform(-0.15, 0.15), 6)))
    return Places(where[:, 0], where[:, 1], asked)


Ask = Callable[[float, float], Sequence[int]]


def arrays(places: Places) -> Ask:
    """What the console does: one distance for each row of its columns, and the least of them."""

    def ask(lat: float, lon: float) -> Sequence[int]:
        km = straight_km(places.lat, places.lon, lat, lon)
        least = np.argpartition(km, NEAREST)[:NEAREST]
        return [int(row) for row in least[np.argsort(km[least])]]

    return ask


def loop(places: Places) -> Ask:
    """The haversine package once for each unit, and a sort."""

    def ask(lat: float, lon: float) -> Sequence[int]:
        km = sorted((haversine(pair, (lat, lon)), row) for row, pair in enumerate(places.pairs))
        return [row for _, row in km[:NEAREST]]

    return ask


def rtree(places: Places) -> Ask:
    """SQLite's R*Tree in memory: a box that doubles until its circle holds enough, then the distances."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE units USING rtree(id, south, north, west, east)")
    rows = ((row, lat, lat, lon, lon) for row, (lat, lon) in enumerate(places.pairs))
    database.executemany("INSERT INTO units VALUES (?, ?, ?, ?, ?)", rows)
    first_km = 0.5 * KM_OF_A_DEGREE * SPREAD_DEG * (NEAREST / len(places.pairs)) ** 0.5

    def ask(lat: float, lon: float) -> Sequence[int]:
        reach_km = first_km
        while True:
            high, wide = reach_km / KM_OF_A_DEGREE, reach_km / KM_OF_A_DEGREE / 0.85
            found = database.execute(
                "SELECT id FROM units WHERE south >= ? AND north <= ? AND west >= ? AND east <= ?",
                (lat - high, lat + high, lon - wide, lon + wide),
            ).fetchall()
            km = sorted((haversine(places.pairs[row], (lat, lon)), row) for (row,) in found)
            if len(km) >= NEAREST and km[NEAREST - 1][0] <= reach_km:
                return [row for _, row in km[:NEAREST]]
            reach_km *= 1.5

    return ask


def of_redis(wire: RedisWire, places: Places) -> Ask:
    """Redis GEO: everything within reach, the nearest first."""
    wire.ask("DEL", "units")
    for at in range(0, len(places.pairs), 1_000):
        some = enumerate(places.pairs[at : at + 1_000], at)
        wire.ask("GEOADD", "units", *(word for row, (lat, lon) in some for word in (lon, lat, row)))

    def ask(lat: float, lon: float) -> Sequence[int]:
        found = wire.ask(
            *("GEOSEARCH", "units", "FROMLONLAT", lon, lat, "BYRADIUS", 60, "km"),
            *("ASC", "COUNT", NEAREST, "WITHDIST"),
        )
        assert isinstance(found, list)
        return [int(name) for name, _km in found]

    return ask


def of_postgis(client: Psql, places: Places) -> tuple[list[float], list[list[int]]]:
    """PostGIS with its index for nearest neighbours: milliseconds and rows of each place, timed by psql."""
    rows = "\n".join(f"{row}\tSRID=4326;POINT({lon} {lat})" for row, (lat, lon) in enumerate(places.pairs))
    client.run(
        "DROP TABLE IF EXISTS units; CREATE TABLE units (id int, at geography(Point, 4326));\n"
        f"COPY units FROM STDIN;\n{rows}\n\\.\n"
        "CREATE INDEX ON units USING gist (at); ANALYZE units;"
    )
    asked = "".join(f"EXECUTE nearest({lon}, {lat});\n" for lat, lon in (*places.asked[:5], *places.asked))
    said = client.run(PREPARED + asked)
    taken = [float(one) for one in re.findall(r"(?m)^Time: ([\d.]+) ms", said)][-ASKED:]
    rows_found = [int(one) for one in re.findall(r"(?m)^(\d+)\|", said)][-ASKED * NEAREST :]
    return taken, [rows_found[at : at + NEAREST] for at in range(0, len(rows_found), NEAREST)]


def timed(ask: Ask, asked: Sequence[tuple[float, float]]) -> tuple[list[float], list[Sequence[int]]]:
    """Milliseconds for each place, and what it named."""
    for place in asked[:3]:
        ask(*place)
    taken, found = [], []
    for place in asked:
        begun = time.perf_counter()
        rows = ask(*place)
        taken.append((time.perf_counter() - begun) * 1000)
        found.append(rows)
    return taken, found


def check(name: str, places: Places, found: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> None:
    """RuntimeError where a way named a unit that is farther than the twentieth."""
    for (lat, lon), theirs, ours in zip(places.asked, found, wanted, strict=False):
        rows = np.array(theirs)
        km = straight_km(places.lat[rows], places.lon[rows], lat, lon)
        farthest = float(straight_km(places.lat[ours[-1:]], places.lon[ours[-1:]], lat, lon)[0])
        if len(theirs) != NEAREST or float(km.max()) > farthest + AGREE_KM:
            raise RuntimeError(f"{name} names other units than the arrays at {lat}, {lon}")


def measure(say: Say) -> Section:
    """The section of the nearest units."""
    section = Section("nearest", "The nearest units", ABOUT)
    ours: dict[int, float] = {}
    away: dict[str, str] = {}
    for units in SIZES:
        say(f"{units:,} units")
        places = scattered(units)
        taken, wanted = timed(arrays(places), places.asked)
        ours[units] = percentile(taken, 0.5)
        for name, milliseconds in _peers(places, wanted, away):
            what = f"the {NEAREST} nearest of {units:,}, p50"
            section.lines.append(Line(what, ours[units], "ms", name, percentile(milliseconds, 0.5)))
    for units in SIZES:
        say(f"ranking {units:,} units whole")
        ranked = percentile(_ranked(units), 0.5)
        line = Line(f"all rules for {units:,}, p50", ranked, "ms", "the distances alone", ours[units])
        section.lines.append(line)
    section.notes += [f"{name} is not here: {why}." for name, why in away.items()]
    return section


def _peers(
    places: Places, wanted: Sequence[Sequence[int]], away: dict[str, str]
) -> list[tuple[str, list[float]]]:
    """Name and milliseconds of each peer that is here; those that are not are noted."""
    few = places.asked[: LOOPED if len(places.pairs) > SIZES[0] else ASKED]
    found: list[tuple[str, list[float]]] = []
    for name, ask, asked in (
        ("haversine loop", loop(places), few),
        ("SQLite R*Tree in memory", rtree(places), places.asked),
    ):
        taken, rows = timed(ask, asked)
        check(name, places, rows, wanted)
        found.append((name, taken))
    try:
        with redis() as wire:
            taken, rows = timed(of_redis(wire, places), places.asked)
        check("Redis GEO", places, rows, wanted)
        found.append(("Redis GEO", taken))
    except NotHere as error:
        away["Redis GEO"] = str(error)
    try:
        with postgres() as client:
            taken, named = of_postgis(client, places)
        check("PostGIS", places, named, wanted)
        found.append(("PostGIS KNN", taken))
    except NotHere as error:
        away["PostGIS KNN"] = str(error)
    return found


def _ranked(units: int) -> list[float]:
    picture, rules = random_picture(7, units, messy=False), measured_rules()
    taken = []
    for request in requests(40 if units < SIZES[-1] else 12):
        begun = time.perf_counter()
        ranking = rank_units(picture, request, rules, NOW)
        ranking.candidates[:SHOWN], ranking.excluded[:SHOWN]
        taken.append((time.perf_counter() - begun) * 1000)
    return taken[2:]


ABOUT = f"""\
The {NEAREST} nearest of many units in a straight line: the console's arrays against a loop over the
haversine package, Redis GEO and PostGIS (each on a unix socket of its own, asked without a client library),
and an R*Tree of SQLite in memory. All are asked for the same {ASKED} places and must name the same units. The
console has the positions as columns already; the others have to be told of every fix, which is not counted
here. Below it the whole ranking, by the rules, with the first {SHOWN} explained."""
