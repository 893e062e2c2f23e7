"""A console whose settings name a road graph: estimates at once, road times a moment later."""

import asyncio
from pathlib import Path

from dispatch.audit.read import Filter, rows
from dispatch.decide.travel import method_name
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Transport
from dispatch.runtime import Session, open_session
from dispatch.settings import Configuration
from dispatch.travel.graph_file import save_graph
from dispatch.travel.opening import with_travel
from tests.performance.bench_roads import synthetic_graph
from tests.scenarios.three_cities import CHANGSHA, CLOCK, configured, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
INCIDENT = IncidentId("CS-1126-0901")


def by_road(folder: Path) -> Configuration:
    graph = folder / "synthetic.roads.npz"
    save_graph(synthetic_graph(6_000), graph)
    return with_travel(configured(), roads=graph)


def alone(city: CityCode, client_id: str) -> Transport:
    """A broker for each link: nobody else is there."""
    return MemoryTransport(MemoryBroker(), client_id, CLOCK)


def open_incident(session: Session) -> None:
    session.picture.incidents[INCIDENT] = Incident(
        id=INCIDENT,
        city=CHANGSHA,
        position=WUYI_SQUARE,
        place="五一广场",
        priority=Priority(1),
        opened_at=CLOCK.now(),
        drill=True,
    )


def methods(session: Session) -> set[str]:
    """How the driving times of the nearest hospitals were got."""
    ranking = session.desk.rank_hospitals(INCIDENT)
    return {method_name(candidate.eta.method) for candidate in ranking.candidates[:5]}


async def test_road_times_come_a_moment_after_the_estimates_and_the_screens_are_told(tmp_path: Path) -> None:
    async with open_session(by_road(tmp_path), alone, CLOCK, tmp_path, drill=True) as session:
        await asyncio.sleep(0)
        open_incident(session)
        first = session.desk.rank_hospitals(INCIDENT)
        assert "roads_coming" in {reason.code for reason in first.advice}
        assert {method_name(candidate.eta.method) for candidate in first.candidates} == {"estimate"}
        session.picture.changes.drain()
        await until(lambda: CHANGSHA in session.picture.changes.drain().get("city", set()))
        await until(lambda: methods(session) == {"roads"})
        assert "roads_coming" not in {r.code for r in session.desk.rank_hospitals(INCIDENT).advice}
    (rules,) = rows(tmp_path / AUDIT_FILE, Filter(action="settings.in_force"))
    graph = rules.detail["road_graph"]
    assert isinstance(graph, dict)
    assert graph["source"] == "by hand"


async def test_an_open_incident_is_prepared_before_anybody_asks(tmp_path: Path) -> None:
    async with open_session(by_road(tmp_path), alone, CLOCK, tmp_path, drill=True) as session:
        open_incident(session)
        journeys = session.journeys
        assert journeys is not None
        roads = journeys.roads
        assert roads is not None
        asked = (WUYI_SQUARE.lat, WUYI_SQUARE.lon, True)
        await until(lambda: asked in roads._trees)
        assert methods(session) == {"roads"}
