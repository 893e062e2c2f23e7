"""From an OpenStreetMap extract (.osm.pbf) to a road graph."""

import hashlib
from array import array
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np

from dispatch.causes import cause
from dispatch.decide.roads.assemble import Assembled, Bounds, NodeTable, WayTable, assemble
from dispatch.decide.roads.graph import GraphAbout, RoadGraph
from dispatch.decide.roads.rules import RoadRules, way_speed
from dispatch.domain.errors import DispatchError
from dispatch.language import _

Told = Callable[[str, int, int], None]
"""Is told a phase ("ways" or "nodes"), how many are done, and how many there are (0: not known)."""
TELL_EVERY = 2_000
_HASH_BYTES = 1 << 20


def import_roads(
    path: Path, rules: RoadRules, now: datetime, *, bounds: Bounds | None = None, told: Told | None = None
) -> RoadGraph:
    """Read a .osm.pbf into a graph; DispatchError when it cannot be read or holds no roads."""
    tell = told or _nobody
    try:
        digest = file_hash(path)
        if not path.stat().st_size:
            raise DispatchError(_("{file} is empty", file=path))
        data_at = _data_time(path)
        reader = _WayReader(rules, tell)
        ways = reader.read(path)
        nodes = _nodes(path, np.unique(ways.refs), tell).inside(bounds)
    except (OSError, RuntimeError) as error:
        problem = _("cannot read {file} as an OpenStreetMap extract: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from None
    found = assemble(ways, nodes)
    if not len(found.node_id):
        problem = _("{file} holds no roads that can be driven on, or none inside the bounds", file=path)
        raise DispatchError(problem)
    return found.graph(_about(path.name, digest, data_at, now, bounds, rules, reader, found))


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()


class _WayReader:
    """Reads the ways that are driven on."""

    def __init__(self, rules: RoadRules, tell: Told) -> None:
        self.rules, self.tell = rules, tell
        self.seen = self.ferries = 0
        self.known: set[int] = set()
        self.ids, self.first, self.refs = array("q"), array("q", [0]), array("q")
        self.forward, self.backward = array("d"), array("d")

    def read(self, path: Path) -> WayTable:
        """All of them, in the order of the file."""
        import osmium

        keys = osmium.filter.KeyFilter("highway", "route")
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(keys):
            if isinstance(way, osmium.osm.Way) and way.visible:
                if way.id in self.known:
                    raise _several_versions(path)
                self.known.add(way.id)
                self._take(way.id, dict(way.tags), [node.ref for node in way.nodes])
        self.tell("ways", self.seen, self.seen)
        return WayTable(
            np.array(self.ids, np.int64),
            np.array(self.first, np.int64),
            np.array(self.refs, np.int64),
            np.array(self.forward, np.float64),
            np.array(self.backward, np.float64),
        )

    def _take(self, way_id: int, tags: dict[str, str], refs: list[int]) -> None:
        if "highway" not in tags:
            self.ferries += tags["route"] == "ferry"
            return
        self.seen += 1
        if self.seen % TELL_EVERY == 0:
            self.tell("ways", self.seen, 0)
        speed = way_speed(tags, self.rules)
        if not (speed.forward or speed.backward) or len(refs) < 2:
            return
        self.ids.append(way_id)
        self.refs.extend(refs)
        self.first.append(len(self.refs))
        self.forward.append(speed.forward)
        self.backward.append(speed.backward)


def _nodes(path: Path, wanted: "np.ndarray[tuple[int], np.dtype[np.int64]]", tell: Told) -> NodeTable:
    """Where the wanted nodes lie; an extract may lack some of them."""
    import osmium

    ids, lat, lon = array("q"), array("d"), array("d")
    if len(wanted):
        found = osmium.FileProcessor(str(path), osmium.osm.NODE)
        if wanted[0] >= 0:  # the filter knows no negative ids, which an editor gives to what is not uploaded
            found = found.with_filter(osmium.filter.IdFilter(wanted.tolist()))
        known = set(wanted.tolist()) if wanted[0] < 0 else None
        for node in found:
            if not isinstance(node, osmium.osm.Node) or not node.location.valid():
                continue
            if known is not None and node.id not in known:
                continue
            ids.append(node.id)
            lat.append(node.location.lat)
            lon.append(node.location.lon)
            if len(ids) % TELL_EVERY == 0:
                tell("nodes", len(ids), len(wanted))
    tell("nodes", len(wanted), len(wanted))
    order = np.argsort(np.array(ids, np.int64), kind="stable")
    found_ids = np.array(ids, np.int64)[order]
    if (np.diff(found_ids) == 0).any():
        raise _several_versions(path)
    return NodeTable(found_ids, np.array(lat)[order], np.array(lon)[order])


def _several_versions(path: Path) -> DispatchError:
    return DispatchError(
        _(
            "{file} holds the same thing more than once: it is a history, a file of changes, or several "
            "extracts in one. Make one map of it first (osmium time-filter, apply-changes or merge)",
            file=path,
        )
    )


def _data_time(path: Path) -> datetime | None:
    """How new the map is, where its header says so; DispatchError for a history or a file of changes."""
    import osmium

    with osmium.io.Reader(str(path)) as reader:
        header = reader.header()
        if header.has_multiple_object_versions:
            raise _several_versions(path)
        said = header.get("osmosis_replication_timestamp")
    with suppress(ValueError):
        return datetime.fromisoformat(said)
    return None


def _about(
    name: str,
    digest: str,
    data_at: datetime | None,
    now: datetime,
    bounds: Bounds | None,
    rules: RoadRules,
    reader: _WayReader,
    found: Assembled,
) -> GraphAbout:
    return GraphAbout(
        source=name,
        sha256=digest,
        data_at=data_at,
        imported_at=now,
        bounds=bounds,
        rules=rules,
        ways_read=reader.seen,
        ways_kept=len(reader.ids),
        ferries_left_out=reader.ferries,
        junctions_cut_off=found.cut_off,
    )


def _nobody(_phase: str, _done: int, _whole: int) -> None:
    """Nobody watches."""
