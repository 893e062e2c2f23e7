"""Each kind of event of a scenario changes the simulated cities, and what their consoles are told."""

from collections import Counter
from collections.abc import Iterator

import pytest

from dispatch.domain.blood import BloodGroup
from dispatch.domain.drills import (
    BloodShortage,
    BridgeClosed,
    Demand,
    Event,
    GpsLost,
    HospitalDiverted,
    LinkLost,
    MassCasualty,
    UnitsOut,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.units import Capability, UnitState
from dispatch.feed import payloads
from simulators.happenings import Did
from simulators.messages import Message, as_bytes
from simulators.world import World
from tests.unit.simulators.simulated_world import configuration, live, roads, scenario, world

CHANGSHA, ZHUZHOU, XIANGTAN = (CityCode(name) for name in ("changsha", "zhuzhou", "xiangtan"))
BRIDGE = "CS-R-HOUZISHI"


@pytest.fixture(autouse=True)
def open_roads() -> Iterator[None]:
    yield
    roads().open(BRIDGE)


def lived(*events: Event, minutes: float = 20, demand: float = 1.0) -> tuple[World, list[Message]]:
    living = world(scenario(*events, demand=demand))
    return living, live(living, minutes)


def told(said: list[Message], kind: str, city: CityCode) -> list[payloads.Payload]:
    return [message.data for message in said if message.kind == kind and message.city == city]


def test_a_mass_casualty_is_one_incident_with_its_place_patients_and_needs() -> None:
    event = MassCasualty(
        kind="mass_casualty", at_min=3, city=CHANGSHA, position=(28.2, 113.0), place="五一广场",
        patients=9, priority=1, needs=frozenset({Capability.TRAUMA}),
    )  # fmt: skip
    _living, said = lived(event, demand=0.0, minutes=8)
    records = told(said, "incident", CHANGSHA)
    (record,) = [one for one in records if isinstance(one, payloads.IncidentRecord) and one.patients == 9][:1]
    assert (record.lat, record.lon) == pytest.approx((28.2, 113.0))
    assert (record.place, record.priority, list(record.needs)) == ("五一广场", 1, ["trauma"])


def test_a_city_whose_link_is_lost_is_reached_by_nobody_until_the_later_of_two_outages_ends() -> None:
    living = world(
        scenario(
            LinkLost(kind="link_lost", at_min=2, city=ZHUZHOU, for_min=10),
            LinkLost(kind="link_lost", at_min=5, city=ZHUZHOU, for_min=3),
        )
    )
    reached = []
    live(living, 0.01)
    for _minute in range(14):
        live(living, 1)
        reached.append(living.sights.reachable(CHANGSHA, ZHUZHOU))
        assert living.sights.reachable(CHANGSHA, XIANGTAN)
    assert reached == [True, *[False] * 10, True, True, True]


def test_a_blood_shortage_draws_down_exactly_the_groups_it_names() -> None:
    event = BloodShortage(
        kind="blood_shortage", at_min=1, city=XIANGTAN, component="red_cells",
        groups=frozenset({BloodGroup("O+")}), leave=0.2,
    )  # fmt: skip

    def held(living: World, group: BloodGroup) -> int:
        return sum(
            lot.quantity
            for bank in living.banks.of(XIANGTAN)
            for lot in bank.lots.values()
            if (lot.component, lot.group, lot.kept_back) == ("red_cells", group, "")
        )

    with_it, without = world(scenario(event)), world(scenario())
    live(with_it, 1.1)
    live(without, 1.1)
    full = held(without, BloodGroup("O+"))
    assert full > 20
    assert held(with_it, BloodGroup("O+")) == pytest.approx(0.2 * full, abs=2)
    assert held(with_it, BloodGroup("A+")) == held(without, BloodGroup("A+"))


def test_a_diverting_hospital_says_so_gets_no_crew_by_itself_and_takes_patients_again_afterwards() -> None:
    hospital = HospitalId("CS-H-XIANGYA")
    assert hospital in {one.id for one in configuration().hospitals}
    living, said = lived(
        HospitalDiverted(kind="hospital_diverted", at_min=2, hospital=hospital, for_min=5), minutes=10
    )
    words = [
        (one.said_at, one.diverting)
        for data in told(said, "snapshot.hospitals", CHANGSHA)
        if isinstance(data, payloads.HospitalsSnapshot)
        for one in data.hospitals
        if one.hospital == hospital
    ]
    origin = living.origin_ms
    assert {diverting for at, diverting in words if origin + 2 * 60_000 <= at < origin + 7 * 60_000} == {True}
    assert {diverting for at, diverting in words if at >= origin + 7 * 60_000} == {False}
    living.hospitals.divert(hospital, 60)
    here = living.hospitals.point(hospital)
    assert living.hospitals.choose(here, CHANGSHA, frozenset()) != hospital


def test_a_closed_bridge_is_told_to_the_consoles_and_opened_again_when_the_last_closure_ends() -> None:
    living = world(
        scenario(
            BridgeClosed(kind="bridge_closed", at_min=2, bridge=BRIDGE, for_min=8),
            BridgeClosed(kind="bridge_closed", at_min=4, bridge=BRIDGE, for_min=2),
        )
    )
    said = live(living, 7)
    assert BRIDGE in living.roads.closed
    closed = [one for one in told(said, "snapshot.crossings", CHANGSHA)
              if isinstance(one, payloads.CrossingsSnapshot) and one.closed]  # fmt: skip
    assert closed[-1].closed == [payloads.ClosedCrossing(BRIDGE, living.origin_ms + 10 * 60_000)]
    said = live(living, 5)
    assert BRIDGE not in living.roads.closed
    last = told(said, "snapshot.crossings", CHANGSHA)[-1]
    assert isinstance(last, payloads.CrossingsSnapshot)
    assert not last.closed


def test_no_unit_plans_to_cross_a_bridge_while_it_is_closed() -> None:
    planned: dict[bool, int] = {}
    for shut in (False, True):
        event = BridgeClosed(kind="bridge_closed", at_min=1, bridge=BRIDGE, for_min=200)
        living = world(scenario(*[event] if shut else [], demand=3.0))
        live(living, 4)  # whoever was on it is off it by now
        planned[shut] = 0
        for _step in range(120):
            live(living, 0.5, step_s=30)
            now = living.agenda.now_ms
            planned[shut] += sum(unit.trip.will_cross(BRIDGE, now) for unit in living.fleet)
        roads().open(BRIDGE)
    assert planned[False] > 0
    assert planned[True] == 0


def test_demand_times_three_triples_the_calls_of_its_city_for_its_time() -> None:
    event = Demand(kind="demand", at_min=0, city=ZHUZHOU, factor=3, for_min=200)

    def opened(*events: Event) -> Counter[CityCode]:
        total: Counter[CityCode] = Counter()
        for seed in (1, 2):
            living = world(scenario(*events), seed=seed)
            live(living, 200, step_s=600)
            scenes = living.scenes.all.values()
            total.update(one.city for one in scenes if one.opened_ms >= living.origin_ms)
        return total

    plain, surged = opened(), opened(event)
    assert plain[ZHUZHOU] > 10
    assert 2.2 < surged[ZHUZHOU] / plain[ZHUZHOU] < 3.8
    assert surged[XIANGTAN] == plain[XIANGTAN]


def test_half_a_fleet_goes_out_the_busy_ones_when_they_are_free_and_all_come_back() -> None:
    did: list[Did] = []
    event = UnitsOut(kind="units_out", at_min=5, city=XIANGTAN, share=0.5, for_min=240, reason="车队减半")
    living = world(scenario(event, demand=2.5), seed=3)
    living.happenings.on_happened = lambda _key, what: did.append(what)
    live(living, 6)
    fleet = living.fleet.of(XIANGTAN)
    (what,) = did
    assert what["units"] + what["later"] == round(len(fleet) / 2)  # type: ignore[operator]
    assert int(what["later"]) > 0
    live(living, 180)
    halved = [one for one in fleet if one.state is UnitState.OUT_OF_SERVICE and one.reason == "车队减半"]
    assert len(halved) == round(len(fleet) / 2)
    live(living, 90)
    assert not [one for one in fleet if one.state is UnitState.OUT_OF_SERVICE and one.reason == "车队减半"]


def test_lost_gps_is_told_with_how_many_units() -> None:
    living = world(scenario(GpsLost(kind="gps_lost", at_min=1, city=ZHUZHOU, share=0.25, for_min=5)))
    did: list[tuple[str, Did]] = []
    living.happenings.on_happened = lambda key, what: did.append((key, what))
    live(living, 2)
    assert did == [("S1", {"units": round(len(living.fleet.of(ZHUZHOU)) / 4)})]


def test_what_is_injected_while_the_drill_runs_happens_at_once_and_the_seed_decides_the_rest() -> None:
    event = UnitsOut(kind="units_out", at_min=0, city=ZHUZHOU, share=0.5, for_min=20, reason="故障")

    def run() -> list[bytes]:
        living = world(scenario())
        said = live(living, 5)
        living.happenings.plan_one("L1", event, living.origin_ms)
        before = living.agenda.now_ms
        said += live(living, 5)
        assert any(
            isinstance(message.data, payloads.UnitStatus) and message.data.reason == "故障"
            for message in said
            if message.ts_evt >= before
        )
        return [as_bytes(message) for message in said]

    assert run() == run()


HOSPITAL = HospitalId("CS-H-XIANGYA")
LASTING: dict[str, Event] = {
    "bridge": BridgeClosed(kind="bridge_closed", at_min=1, bridge=BRIDGE, for_min=60),
    "hospital": HospitalDiverted(kind="hospital_diverted", at_min=1, hospital=HOSPITAL, for_min=60),
    "link": LinkLost(kind="link_lost", at_min=1, city=ZHUZHOU, for_min=60),
    "units": UnitsOut(kind="units_out", at_min=1, city=XIANGTAN, share=0.5, for_min=60, reason="车队减半"),
    "demand": Demand(kind="demand", at_min=1, city=CHANGSHA, factor=5, for_min=60),
}


def disturbed(living: World) -> dict[str, bool]:
    """Which of them is to be seen in a world now."""
    out = [one for one in living.fleet.of(XIANGTAN) if one.reason == "车队减半"]
    return {
        "bridge": BRIDGE in living.roads.closed,
        "hospital": living.hospitals.diverting(HOSPITAL),
        "link": not living.sights.reachable(CHANGSHA, ZHUZHOU),
        "units": bool(out),
    }


@pytest.mark.parametrize("name", ["bridge", "hospital", "link", "units"])
def test_an_event_that_is_ended_early_is_over_for_the_cities_at_once(name: str) -> None:
    living = world(scenario(LASTING[name]))
    ended: list[tuple[str, Did]] = []
    living.happenings.on_ended = lambda key, what: ended.append((key, what))
    live(living, 5)
    assert disturbed(living)[name]
    living.happenings.end_one("S1")
    assert not disturbed(living)[name]
    assert [key for key, _did in ended] == ["S1"]
    if name == "units":
        assert int(ended[0][1]["back"]) > 0
    live(living, 58)  # past its planned end
    assert not disturbed(living)[name]


def test_of_two_closures_the_one_that_is_not_ended_goes_on_to_its_own_end() -> None:
    other = BridgeClosed(kind="bridge_closed", at_min=2, bridge=BRIDGE, for_min=10)
    living = world(scenario(LASTING["bridge"], other))
    live(living, 5)
    living.happenings.end_one("S1")
    said = live(living, 1)
    assert BRIDGE in living.roads.closed
    last = told(said, "snapshot.crossings", CHANGSHA)[-1]
    assert isinstance(last, payloads.CrossingsSnapshot)
    assert last.closed == [payloads.ClosedCrossing(BRIDGE, living.origin_ms + 12 * 60_000)]
    live(living, 7)
    assert BRIDGE not in living.roads.closed


def test_a_surge_that_is_ended_brings_no_more_calls_and_says_how_many() -> None:
    def opened(*, end: bool) -> tuple[int, Did]:
        living = world(scenario(LASTING["demand"]))
        did: list[Did] = []
        living.happenings.on_ended = lambda _key, what: did.append(what)
        live(living, 10)
        if end:
            living.happenings.end_one("S1")
        live(living, 60, step_s=600)
        scenes = living.scenes.all.values()
        return sum(one.city == CHANGSHA and one.opened_ms >= living.origin_ms for one in scenes), (
            did or [{}]
        )[0]

    whole, _nothing = opened(end=False)
    less, did = opened(end=True)
    assert whole - less == did["called_off"]
    assert int(did["called_off"]) > 5


def test_positions_that_were_lost_come_back_when_the_loss_is_ended() -> None:
    living = world(scenario(GpsLost(kind="gps_lost", at_min=1, city=ZHUZHOU, share=1.0, for_min=60)))
    live(living, 5)

    def heard() -> int:
        return len(told(live(living, 2), "unit.position", ZHUZHOU))

    silent = heard()
    living.happenings.end_one("S1")
    assert heard() > 10 * max(silent, 1)


def test_what_is_called_off_never_happens() -> None:
    living = world(scenario(*LASTING.values()))
    happened: list[str] = []
    living.happenings.on_happened = lambda key, _did: happened.append(key)
    live(living, 0.5)
    for row in range(1, len(LASTING) + 1):
        living.happenings.end_one(f"S{row}")
    live(living, 5)
    assert not happened
    assert not any(disturbed(living).values())
