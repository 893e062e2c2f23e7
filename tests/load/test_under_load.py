"""Three cities of real programs, and a broker that is flooded while orders go on.

CZT_FLOOD_SECONDS makes the flood longer, CZT_FLOOD_UNITS the cities larger. How soon crews answer is
printed here and demanded by `make load`: it is the machine's as much as the program's.
"""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from dispatch.settings import load
from tests.load.report import text_of
from tests.load.rig import Load
from tests.load.run import play
from tests.load.wide_cities import CITIES, make_configuration

SECONDS = float(os.environ.get("CZT_FLOOD_SECONDS", "8"))
UNITS = int(os.environ.get("CZT_FLOOD_UNITS", "150"))
FLOOD_PER_S = 10_000


def test_a_city_gets_as_many_units_and_banks_as_asked(tmp_path: Path) -> None:
    wide = load(make_configuration(tmp_path / "config", units=400, banks=9, home="zhuzhou", closed_kept_s=60))
    for city in CITIES:
        assert sum(unit.city == city for unit in wide.units) == 400
        assert sum(bank.city == city for bank in wide.banks) == 9
    assert wide.settings.home_city == "zhuzhou"
    assert wide.limits.closed_kept_s == 60
    with pytest.raises(ValueError, match="the shipped city has"):
        make_configuration(tmp_path / "small", units=1, banks=9)


@pytest.mark.slow
@pytest.mark.mosquitto
def test_orders_go_on_while_ten_thousand_messages_a_second_flood_the_broker(tmp_path: Path) -> None:
    load_ = Load(
        units=UNITS,
        banks=5,
        orders_per_s=2.0,
        seconds=SECONDS,
        flood_per_s=FLOOD_PER_S,
        flood_s=SECONDS,
        screen=False,
        sample_s=1.0,
        drain_s=120.0,
    )
    run = play(tmp_path / "run", load_)
    print(f"\n{text_of(run, with_trends=False)}")
    assert run.flood is not None
    assert run.in_flood is not None
    assert run.flood["sent"] >= FLOOD_PER_S * SECONDS
    assert run.in_flood.asked
    assert run.orders.confirmed == run.orders.settled == run.orders.asked
    assert run.dead == ()
    assert max(one["refused"] for one in run.intake) > 1_000, run.intake


def test_the_flood_is_the_same_for_the_same_city() -> None:
    from tests.load.flood_child import DIFFERENT, packets

    config = Path(__file__).parents[2] / "config"
    first = packets(next(one.code for one in load().cities), config)
    assert len(first) == DIFFERENT
    assert len({len(one) for one in first}) > 20
    assert any(len(a) != len(b) for a, b in pairwise(first))
