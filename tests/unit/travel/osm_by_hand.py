"""Road times worked out another way: every node a node of networkx, rules as docs/roads.md words them."""

import math
from itertools import pairwise
from pathlib import Path

import networkx as nx
import osmium

KMH = {
    "motorway": 90, "motorway_link": 50, "trunk": 65, "trunk_link": 40, "primary": 50, "primary_link": 35,
    "secondary": 45, "secondary_link": 30, "tertiary": 40, "tertiary_link": 30, "unclassified": 35,
    "residential": 25, "living_street": 12, "service": 15, "road": 25,
}  # fmt: skip


def _one(posted: str) -> float | None:
    words = posted.strip().lower().replace(" ", "")
    if words in ("walk", "de:walk", "de:living_street", "at:walk", "at:living_street"):
        return 7.0
    miles = words.endswith("mph")
    for unit in ("km/h", "kmh", "kph", "mph"):
        words = words.removesuffix(unit)
    digits = words.replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and float(words) > 0:
        return float(words) * (1.609344 if miles else 1.0)
    return None


def speed(posted: str | None, highway: str) -> float:
    """km/h by docs/roads.md."""
    kmh = float(KMH[highway])
    if posted is not None:
        parts = posted.replace("|", ";").split(";") if not posted.startswith("-") else [posted]
        if len(parts) == 1 and posted.count("-") == 1 and not posted.startswith("-"):
            parts = posted.split("-")
        found = [_one(part) for part in parts]
        if None not in found:
            kmh = min(one for one in found if one is not None) * 0.8
    return min(max(kmh, 5.0), 110.0)


def directions(tags: dict[str, str]) -> tuple[bool, bool]:
    """Along and against the way."""
    match tags.get("oneway"):
        case "yes" | "true" | "1":
            return True, False
        case "-1" | "reverse":
            return False, True
        case "no" | "false" | "0":
            return True, True
    implied = tags["highway"] == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return True, not implied


def refused(tags: dict[str, str]) -> bool:
    """Whether the first access key that is there shuts the way."""
    for key in ("emergency", "motorcar", "motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key] in ("no", "agricultural", "forestry")
    return False


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Haversine on a sphere of 6371.0088 km."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


class _Reader(osmium.SimpleHandler):  # type: ignore[misc, unused-ignore]
    def __init__(self) -> None:
        super().__init__()
        self.graph = nx.DiGraph()

    def way(self, way: osmium.osm.Way) -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        if tags.get("highway") not in KMH or tags.get("area") == "yes" or refused(tags):
            return
        along, against = directions(tags)
        forward = speed(tags.get("maxspeed:forward", tags.get("maxspeed")), tags["highway"]) / 3.6
        backward = speed(tags.get("maxspeed:backward", tags.get("maxspeed")), tags["highway"]) / 3.6
        nodes = [(node.ref, (node.lat, node.lon)) if node.location.valid() else None for node in way.nodes]
        for one, two in pairwise(nodes):
            if one is None or two is None or one[0] == two[0]:
                continue
            self.graph.add_node(one[0], at=one[1])
            self.graph.add_node(two[0], at=two[1])
            if along:
                self._join(one[0], two[0], metres(one[1], two[1]) / forward)
            if against:
                self._join(two[0], one[0], metres(one[1], two[1]) / backward)

    def _join(self, a: int, b: int, seconds: float) -> None:
        if not self.graph.has_edge(a, b) or self.graph[a][b]["s"] > seconds:
            self.graph.add_edge(a, b, s=seconds)


def graph_of(path: Path) -> "nx.DiGraph[int]":
    """The largest part that hangs together; edges carry seconds as `s`, nodes (lat, lon) as `at`."""
    reader = _Reader()
    reader.apply_file(str(path), locations=True)
    whole = max(nx.strongly_connected_components(reader.graph), key=len)
    return reader.graph.subgraph(whole).copy()
