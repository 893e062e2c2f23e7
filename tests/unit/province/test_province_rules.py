"""province.toml as shipped, and what is said when it is wrong; the rights of a provincial view."""

from pathlib import Path

import pytest

from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode
from dispatch.feed.access import Program, ProgramRole, access
from dispatch.feed.transport import overlap
from dispatch.settings import config_dir, load
from dispatch.settings.brokers import load_brokers
from dispatch.settings.province import load_province

SHIPPED = (config_dir() / "province.toml").read_text("utf-8")
HUNAN = 14
NORTH, SOUTH, WEST, EAST = 30.2, 24.6, 108.7, 114.3


def test_the_shipped_province_has_fourteen_cities_within_hunan() -> None:
    province = load_province()
    assert len(province.rules.city) == HUNAN
    assert len({one.name.zh for one in province.rules.city}) == HUNAN
    for one in province.rules.city:
        lat, lon = one.centre
        assert SOUTH < lat < NORTH
        assert WEST < lon < EAST
    assert province.rules.approx
    assert province.links == {}
    known = {city.code: city.centre for city in load().cities}
    for one in province.rules.city:
        if one.code in known:
            assert abs(known[one.code].lat - one.centre[0]) < 0.2


def test_a_city_twice_or_a_link_to_nowhere_is_refused_with_its_line(tmp_path: Path) -> None:
    for more, sentence in (
        ('\n[links.wuhan]\nhost = "h"\n', "wuhan"),
        ('\n[[city]]\ncode = "loudi"\nname = { zh = "x", en = "x" }\ncentre = [1.0, 2.0]\n', "loudi"),
    ):
        (tmp_path / "province.toml").write_text(SHIPPED + more, "utf-8")
        with pytest.raises(BadConfiguration, match=sentence):
            load_province(tmp_path)


def test_a_provincial_view_reads_what_it_counts_and_writes_only_that_it_is_there() -> None:
    view = Program(CityCode("hunan"), ProgramRole.PROVINCE, "province-1")
    city = CityCode("changsha")
    may = access(view, city)
    assert may is not None
    assert may.write == ("czt/v1/hunan/node/province-1/state",)
    assert may.may_read("czt/v1/changsha/ems/unit/CS-001/position")
    for closed in (
        "ems/unit/CS-001/order",
        "cmd/changsha/incident.open",
        "audit/checkpoint",
        "blood/bank/B/stock",
    ):
        assert not may.may_read(f"czt/v1/changsha/{closed}")
    assert not may.may_read("czt/v1/changsha/ems/incident/CS-1/timeline")
    assert not [
        (one, other) for one in may.read for other in may.read if one != other and overlap(one, other)
    ]


def test_its_certificate_comes_with_brokers_toml(tmp_path: Path) -> None:
    text = (config_dir() / "brokers.toml").read_text("utf-8")
    (tmp_path / "brokers.toml").write_text(
        text.replace('# [province]\n# code = "hunan"\n# nodes', '[province]\ncode = "hunan"\nnodes'), "utf-8"
    )
    brokers = load_brokers(load(tmp_path), tmp_path)
    (view,) = [one for one in brokers.programs if one.role is ProgramRole.PROVINCE]
    assert view.user == "hunan-province-1"
    assert [one.role for one in load_brokers(load()).programs if one.role is ProgramRole.PROVINCE] == []
