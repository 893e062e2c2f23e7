"""A road graph as one file: numpy arrays in a zip, and where they come from as JSON beside them."""

import os
import zipfile
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from dispatch.causes import cause
from dispatch.decide.roads.graph import GraphAbout, RoadGraph
from dispatch.domain.errors import DispatchError
from dispatch.language import _

FORM = "czt-roads 1"
"""Changes when a file cannot be read as it used to be."""
SUFFIX = ".roads.npz"
_SCALE = 1e7
"""OpenStreetMap keeps whole 1e-7 degrees."""
_WHOLE = ("node_id", "start", "end", "way_id", "point_first", "point_id")
_SPEEDS = ("forward_kmh", "backward_kmh")
_PLACES = ("point_lat", "point_lon")


def save_graph(graph: RoadGraph, path: Path) -> None:
    """Write the file whole or not at all; DispatchError when it cannot be written."""
    arrays = {name: getattr(graph, name) for name in (*_WHOLE, *_SPEEDS)}
    arrays |= {name: np.rint(getattr(graph, name) * _SCALE).astype(np.int32) for name in _PLACES}
    said = {"form": FORM, "about": graph.about.model_dump_json()}
    arrays |= {name: np.frombuffer(text.encode("utf-8"), np.uint8) for name, text in said.items()}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        problem = _("cannot write {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from None


def load_graph(path: Path) -> RoadGraph:
    """Read a graph; DispatchError when there is none, or it is damaged or of another form."""
    try:
        with np.load(path, allow_pickle=False) as found:
            form = bytes(found["form"]).decode("utf-8")
            if form != FORM:
                problem = _("{file} has the form {form}, not {wanted}: import the map again",
                            file=path, form=form[:40], wanted=FORM)  # fmt: skip
                raise DispatchError(problem)
            about = GraphAbout.model_validate_json(bytes(found["about"]))
            arrays = {name: found[name].astype(np.int64) for name in _WHOLE}
            arrays |= {name: found[name].astype(np.float64) for name in _SPEEDS}
            arrays |= {name: found[name] / _SCALE for name in _PLACES}
    except OSError as error:
        problem = _("cannot read {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from None
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, ValidationError):
        raise DispatchError(_damaged(path)) from None
    graph = RoadGraph(about=about, **arrays)
    if not _sound(graph):
        raise DispatchError(_damaged(path))
    return graph


def _damaged(path: Path) -> str:
    return _(
        "{file} is no road graph, or it is damaged: import the map again with czt roads import", file=path
    )


def _sound(graph: RoadGraph) -> bool:
    """Whether the arrays fit each other: no index leads outside."""
    pieces, points = len(graph.start), len(graph.point_id)
    lengths = [len(graph.end), len(graph.forward_kmh), len(graph.backward_kmh), len(graph.way_id)]
    if not len(graph) or not pieces or lengths != [pieces] * 4 or len(graph.point_first) != pieces + 1:
        return False
    ends = np.concatenate((graph.start, graph.end))
    shapes = np.diff(graph.point_first)
    fits = graph.point_first[0] == 0 and graph.point_first[-1] == points and bool((shapes >= 2).all())
    inside = bool((ends >= 0).all() and (ends < len(graph)).all())
    speeds = np.concatenate((graph.forward_kmh, graph.backward_kmh))
    placed = len(graph.point_lat) == len(graph.point_lon) == points
    return bool(fits and inside and placed and np.isfinite(speeds).all() and (speeds >= 0).all())
