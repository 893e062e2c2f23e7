"""The configuration as shipped: complete, in both languages, and every place where it says."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from dispatch.domain.blood import Bank
from dispatch.domain.geography import Bridge, Position, Site, great_circle_km
from dispatch.domain.hospitals import Hospital
from dispatch.domain.model import Name
from dispatch.domain.units import UNIT_CAPABILITIES, Capability
from dispatch.feed.limits import IntakeLimits
from dispatch.settings import Configuration, config_dir, load, settings_schema

ROOT = Path(__file__).parents[3]
Place = Hospital | Site | Bank | Bridge
CITIES = ("changsha", "zhuzhou", "xiangtan")
NEAR_BORDER_KM = 0.5  # two hospitals stand so near a border that its generalised line passes them


def every_place(configuration: Configuration) -> tuple[Place, ...]:
    """Whatever has a position and a source."""
    return (*configuration.hospitals, *configuration.sites, *configuration.banks, *configuration.bridges)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """The shipped files alone: an empty folder of the user's replaces none."""
    return load(tmp_path_factory.mktemp("nothing-of-my-own"))


def test_the_three_cities_are_there_with_their_districts(shipped: Configuration) -> None:
    assert {city.code for city in shipped.cities} == set(CITIES)
    assert {city.prefix for city in shipped.cities} == {"CS", "ZZ", "XT"}
    assert len(shipped.districts) == 23
    for city in shipped.cities:
        people = sum(d.population_million for d in shipped.districts if d.city == city.code)
        assert people == pytest.approx(city.population_million, rel=0.06)


def test_there_are_at_least_two_hundred_units_numbered_without_gaps(shipped: Configuration) -> None:
    assert len(shipped.units) >= 200
    counts = Counter(str(unit.city) for unit in shipped.units)
    assert counts["changsha"] > counts["zhuzhou"] > counts["xiangtan"] >= 40
    ids = [unit.id for unit in shipped.units if unit.city == "changsha"]
    assert ids == [f"CS-{number:03}" for number in range(1, len(ids) + 1)]


def test_each_city_has_every_kind_of_vehicle_and_each_unit_a_station_of_its_city(
    shipped: Configuration,
) -> None:
    stations = {site.id: site for site in shipped.sites if site.kind == "station"}
    for city in CITIES:
        kinds = {
            capability for unit in shipped.units if unit.city == city for capability in unit.capabilities
        }
        assert kinds == UNIT_CAPABILITIES
    for unit in shipped.units:
        assert unit.station is not None
        assert stations[unit.station].city == unit.city


def test_each_city_has_hospitals_for_every_need_of_an_emergency(shipped: Configuration) -> None:
    emergency = {Capability.CARDIAC, Capability.STROKE, Capability.TRAUMA, Capability.OBSTETRIC}
    for city in CITIES:
        can = {c for hospital in shipped.hospitals if hospital.city == city for c in hospital.capabilities}
        assert emergency <= can
    assert len(shipped.hospitals) >= 60


def test_each_city_has_its_blood_centre_and_more_than_a_hundred_places_are_known(
    shipped: Configuration,
) -> None:
    assert {"CS-B-CENTRE", "ZZ-B-CENTRE", "XT-B-CENTRE"} <= {bank.id for bank in shipped.banks}
    landmarks = [site for site in shipped.sites if site.kind != "station"]
    assert len(landmarks) >= 100
    assert {"rail", "airport", "university", "government", "junction"} <= {site.kind for site in landmarks}


def test_every_place_lies_in_its_city(shipped: Configuration) -> None:
    near = {"CS-H-BRAIN", "CS-H-WANGWANG"}
    strays = [place.id for place in every_place(shipped) if shipped.city_of(place.position) != place.city]
    assert not strays
    for city in shipped.cities:
        assert shipped.city_of(city.centre) == city.code
    for table in _hospital_tables():
        hospital = next(h for h in shipped.hospitals if h.id == table["id"])
        district = next(d for d in shipped.ground.districts if d.code == table["district"])
        allowed_km = NEAR_BORDER_KM if hospital.id in near else 0.0
        assert district.distance_km(hospital.position) <= allowed_km, hospital.name.zh


def _hospital_tables() -> list[dict[str, str]]:
    files = [config_dir() / "cities" / f"{city}.toml" for city in CITIES]
    return [table for file in files for table in tomllib.loads(file.read_text("utf-8"))["hospital"]]


def test_every_bridge_lies_on_the_river(shipped: Configuration) -> None:
    assert len(shipped.bridges) >= 20
    for bridge in shipped.bridges:
        assert shipped.ground.river_distance_km(bridge.position) < 0.3, bridge.name.zh


def test_no_two_hospitals_of_a_city_stand_on_one_spot(shipped: Configuration) -> None:
    for row, one in enumerate(shipped.hospitals):
        for other in shipped.hospitals[row + 1 :]:
            assert great_circle_km(one.position, other.position) > 0.05, (one.name.zh, other.name.zh)


def test_every_name_is_there_in_chinese_and_in_english(shipped: Configuration) -> None:
    named: list[Name] = [place.name for place in shipped.cities]
    named += [place.name for place in every_place(shipped)]
    named += [component.name for component in shipped.components]
    for name in named:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in name.zh), name
        assert name.en.isascii(), name


def test_every_place_says_that_it_is_approximate_and_where_it_comes_from(shipped: Configuration) -> None:
    for place in every_place(shipped):
        assert place.approx
        assert "to be confirmed by the operator" in place.source


def test_the_rules_are_loaded_and_the_river_parts_the_banks(shipped: Configuration) -> None:
    assert shipped.dispatch_rules.units.exclude_age_s == 300
    assert shipped.components == shipped.blood_rules.components.components
    (lat, lon), *_rest = shipped.dispatch_rules.travel.river
    assert 27 < lat < 29
    assert 112 < lon < 114


def test_the_limits_that_are_written_down_are_the_defaults(shipped: Configuration) -> None:
    assert shipped.limits == IntakeLimits()
    written = tomllib.loads((config_dir() / "settings.toml").read_text("utf-8"))["limits"]
    assert set(written) == set(IntakeLimits.model_fields)


def test_a_new_picture_knows_the_standing_facts_and_no_news(shipped: Configuration) -> None:
    picture = shipped.new_picture()
    assert len(picture.fleet) == len(shipped.units)
    assert set(picture.hospitals) == {hospital.id for hospital in shipped.hospitals}
    assert not picture.incidents
    assert not picture.stock.banks
    assert picture is not shipped.new_picture()


def test_a_place_outside_the_three_cities_is_in_no_city(shipped: Configuration) -> None:
    assert shipped.city_of(Position(lat=28.1952, lon=112.9713)) == "changsha"
    assert shipped.city_of(Position(lat=26.8890, lon=112.5710)) is None  # Hengyang


def test_the_schema_in_docs_is_that_of_the_model() -> None:
    written = (ROOT / "docs" / "settings.schema.json").read_text("utf-8")
    assert written == settings_schema(), "run make docs"
