"""What the settings say about driving times, opened: the road graph, the routing server, the corrections."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dispatch.causes import cause
from dispatch.decide.corrections import Corrections
from dispatch.decide.ways import BY_LAW, Beyond
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings import Configuration
from dispatch.settings.travel import TravelSettings

if TYPE_CHECKING:
    from dispatch.travel.journeys import Journeys


def open_journeys(configuration: Configuration, *, wait: bool) -> "tuple[Configuration, Journeys | None]":
    """The configuration with everything that its settings name in use, and what is to be closed at the end.

    DispatchError says which file cannot be used. With `wait` nothing is left to be worked out later.
    """
    wanted = configuration.settings.travel
    corrections = load_corrections(wanted.corrections) if wanted.corrections else None
    journeys = _journeys(configuration, wanted, wait=wait)
    if journeys is None and corrections is None:
        return configuration, None
    return with_beyond(configuration, Beyond(journeys, corrections)), journeys


def driving_by(beyond: Beyond, journeys: "Journeys | None") -> dict[str, object]:
    """What driving times go by, for the audit log: which map, which server, which past trips."""
    found: dict[str, object] = {}
    if journeys is not None and journeys.roads is not None:
        about = journeys.roads.graph.about
        found["road_graph"] = {"source": about.source, "sha256": about.sha256, "rules": about.rules.edition}
    if journeys is not None and journeys.server is not None:
        found["routing_server"] = {"engine": journeys.server.engine, "url": journeys.server.url}
    if beyond.corrections is not None:
        learnt = beyond.corrections
        found["learned"] = {"made_at": learnt.made_at.isoformat(), "trips": learnt.trips}
    return found


@contextmanager
def in_use(configuration: Configuration) -> Iterator[Configuration]:
    """For a command that ranks once: everything is worked out before it answers."""
    opened, journeys = open_journeys(configuration, wait=True)
    try:
        yield opened
    finally:
        if journeys is not None:
            journeys.close()


def with_travel(configuration: Configuration, *, roads: Path | None) -> Configuration:
    """The configuration with another road graph than its settings name, where one is given."""
    if roads is None:
        return configuration
    travel = configuration.settings.travel.model_copy(update={"roads": roads})
    return configuration.model_copy(
        update={"settings": configuration.settings.model_copy(update={"travel": travel})}
    )


def with_beyond(configuration: Configuration, beyond: Beyond = BY_LAW) -> Configuration:
    """The configuration whose recommendations go by what is beyond the law."""
    dispatch = configuration.dispatch_rules.model_copy(update={"beyond": beyond})
    blood = configuration.blood_rules.model_copy(update={"beyond": beyond})
    return configuration.model_copy(update={"dispatch_rules": dispatch, "blood_rules": blood})


def load_corrections(path: Path) -> Corrections:
    """What `czt travel learn` wrote; DispatchError when it cannot be read."""
    try:
        return Corrections.model_validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        problem = _("cannot read {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from None
    except ValidationError:
        problem = _("{file} holds no corrections of driving times: make it with czt travel learn", file=path)
        raise DispatchError(problem) from None


def _journeys(configuration: Configuration, wanted: TravelSettings, *, wait: bool) -> "Journeys | None":
    if wanted.roads is None and wanted.table is None:
        return None
    from dispatch.travel.graph_file import load_graph
    from dispatch.travel.journeys import Journeys, Roads
    from dispatch.travel.table import TableServer

    rules = configuration.road_rules
    roads = Roads(load_graph(wanted.roads), rules) if wanted.roads else None
    said = wanted.table
    server = TableServer(said.engine, said.url, said.timeout_s, said.most_places) if said else None
    return Journeys(roads, server, rules.spread_sigma, wait=wait)
