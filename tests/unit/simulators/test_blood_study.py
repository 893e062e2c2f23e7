"""The blood study: conservation, published results, and what sharing and moves do."""

import json
from math import exp
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dispatch.blood.outdates import demand_chances
from dispatch.cli.app import app
from dispatch.domain.model import Name
from simulators.blood_study.demand import draw_demand, draw_site
from simulators.blood_study.optimal import best_orders
from simulators.blood_study.run import Run, run, up_to_levels
from simulators.blood_study.scenario import StudyScenario, StudySite, load_scenario
from simulators.blood_study.shelf import Units
from simulators.blood_study.study import Policy, Question, replicate, run_policy, study
from simulators.engine import Streams
from tests.unit.blood.move_world import RULES

PLATELETS = RULES.components[0]
SHIPPED = load_scenario()
HAMILTON_SIZE = (3.497361, 10.985837, 7.183407, 11.064622, 5.930222, 5.473242, 2.193797)
HAMILTON_MEAN = (5.660569, 6.922555, 6.504332, 6.165049, 5.816060, 3.326408, 3.426814)


def scenario(*sites: StudySite, **more: object) -> StudyScenario:
    facts = {"edition": "test", "source": "test", "component": "platelets", "life_days": 5, "days": 364}
    return StudyScenario.model_validate({**facts, "site": sites, **more})


def site(mean: float, level: int, name: str = "A", **more: object) -> StudySite:
    named = Name(zh=name, en=name)
    return StudySite.model_validate({"name": named, "order_up_to": level, "mean": [mean] * 7, **more})


def at_levels(*levels: int, days: int) -> StudyScenario:
    sites = [
        one.model_copy(update={"order_up_to": level}) for one, level in zip(SHIPPED.site, levels, strict=True)
    ]
    return SHIPPED.model_copy(update={"site": tuple(sites), "days": days})


def question(held: StudyScenario, seed: int = 1) -> Question:
    return Question(held, PLATELETS, "test", RULES.caution_z, seed)


def per_cent(found: Run) -> tuple[float, float]:
    """Short of what was asked for, outdated of what came in."""
    return (
        100 * found.sum("short") / found.sum("demanded"),
        100 * found.sum("outdated") / found.sum("received"),
    )


# --- the engine itself


@pytest.mark.parametrize("issuing", ["fifo", "lifo"])
@pytest.mark.parametrize("lead", [0, 1, 3])
def test_no_unit_is_lost_or_made_under_any_policy(issuing: str, lead: int) -> None:
    held = scenario(site(4, 12, "A"), site(2, 9, "B", keep=1), issuing=issuing, lead_days=lead, days=200)
    for found in replicate(question(held), 0).values():
        came, went = (
            found.began + found.sum("received"),
            found.ended + found.sum("issued") + found.sum("outdated"),
        )
        assert came == went
        assert found.sum("demanded") == found.sum("issued") + found.sum("short")
        assert found.sum("received") > 0


def test_the_oldest_goes_first_or_the_freshest_as_the_scenario_says() -> None:
    assert Units(4, [1, 0, 2, 5]).take(4) == [(1, 1), (3, 2), (4, 1)]
    assert Units(4, [1, 0, 2, 5]).take(6, oldest_first=False) == [(4, 5), (3, 1)]
    shelf = Units(3, [4, 5, 6])
    assert (shelf.age(), shelf.left) == (4, [5, 6, 0])


def test_freshest_first_outdates_more_than_oldest_first() -> None:
    fifo, lifo = (scenario(site(4, 14), issuing=issuing, days=1000) for issuing in ("fifo", "lifo"))
    demand = draw_demand(fifo, 1, 0)
    assert (
        per_cent(run(lifo, demand, up_to_levels(lifo)))[1]
        > 2 * per_cent(run(fifo, demand, up_to_levels(fifo)))[1]
    )


def test_every_policy_meets_the_same_demand_and_a_seed_repeats() -> None:
    found = replicate(question(at_levels(20, 8, 6, days=100)), 3)
    assert len({one.sum("demanded") for one in found.values()}) == 1
    assert found == replicate(question(at_levels(20, 8, 6, days=100)), 3)
    assert found != replicate(question(at_levels(20, 8, 6, days=100), seed=2), 3)


def test_a_site_that_keeps_something_never_lends_below_it() -> None:
    held = scenario(site(30, 4, "A"), site(0, 9, "B", keep=7), days=30, warm_up_days=0, life_days=40)
    found = run(held, draw_demand(held, 1, 0), up_to_levels(held), reactive=True)
    assert found.sites[1].shared == 2 * 30  # the two above what it keeps, ordered again every morning


# --- published results


@pytest.mark.parametrize(("life", "published"), [(2, 2.22), (3, 2.40), (4, 2.47)])
def test_the_best_gain_of_hendrix_and_others_2019_exactly_and_by_the_simulator(
    life: int, published: float
) -> None:
    """One product, Poisson 5, price 1, cost 0.5, order at most 10, first in first out."""
    chances = demand_chances(5.0, 1.0, 41).copy()
    chances[-1] += 1 - chances.sum()
    best = best_orders(life, chances, most=10, price=1.0, cost=0.5)
    assert best.gap < 1e-4
    assert round(best.gain, 2) == published
    held = scenario(site(5, 0), life_days=life, lead_days=1, days=40_000)
    found = run(held, draw_demand(held, 1, 0), lambda _at, units, _way: best.order[tuple(units.left)])
    gain = (found.sum("issued") - 0.5 * found.sum("received")) / held.days
    assert gain == pytest.approx(best.gain, abs=0.02)


def test_hamilton_platelet_demand_has_the_published_means_and_spreads() -> None:
    """Negative binomial by weekday; the published n and means."""
    where = site(1, 0, size=HAMILTON_SIZE).model_copy(update={"mean": HAMILTON_MEAN})
    weeks = 20_000
    drawn = draw_site(where, 7 * weeks, Streams(4).of("hamilton")).reshape(weeks, 7)
    means = np.array(HAMILTON_MEAN)
    spreads = means + means**2 / np.array(HAMILTON_SIZE)
    assert np.abs(drawn.mean(axis=0) - means).max() < 4 * np.sqrt(spreads / weeks).max()
    assert drawn.var(axis=0) == pytest.approx(spreads, rel=0.06)
    chances = demand_chances(means[0], float(spreads[0] / means[0]), 60)
    seen = np.bincount(drawn[:, 0], minlength=60)[:60]
    worth = chances * weeks >= 5  # Pearson's chi-square where at least five are expected
    distance = float(((seen - chances * weeks)[worth] ** 2 / (chances * weeks)[worth]).sum())
    assert distance < worth.sum() + 4 * np.sqrt(2 * worth.sum())


@pytest.mark.parametrize(("supply", "demand", "life"), [(3.3, 3.0, 2.0), (3.0, 3.0001, 1.5), (2.0, 3.0, 1.0)])
def test_units_given_at_random_outdate_as_graves_1982_and_kaspi_and_perry_1983_found(
    supply: float, demand: float, life: float
) -> None:
    """Poisson supply and demand, fixed life T, oldest first, lost sales: with r = supply / demand and
    E = exp(-(demand - supply) T), (1 - r) E / (1 - r E) of the supply outdates and (1 - r) / (1 - r E) of
    the demand is lost. (Management Science 28(4); Advances in Applied Probability 15.)
    """
    ratio, decay = supply / demand, exp(-(demand - supply) * life)
    parts = 24  # steps a day: the study counts time in steps
    held = scenario(
        site(demand / parts, 0),
        life_days=round(life * parts),
        days=80_000,
        warm_up_days=1_000,
    )
    rng = Streams(2).of("supply")
    given = rng.poisson(supply / parts, 81_000).tolist()
    found = run(held, draw_demand(held, 5, 0), lambda _at, _units, _way: given.pop())
    outdated, short = (
        found.sum("outdated") / found.sum("received"),
        found.sum("short") / found.sum("demanded"),
    )
    assert outdated == pytest.approx((1 - ratio) * decay / (1 - ratio * decay), abs=0.02)
    assert short == pytest.approx((1 - ratio) / (1 - ratio * decay), abs=0.02)


def test_sharing_when_short_nearly_ends_shortage_in_the_idealised_three_cities() -> None:
    """Second hand, at 20/8/6: shortage 3.19 % alone, 0.26 % with sharing. The demand there is not stated."""
    asked = question(at_levels(20, 8, 6, days=3000))
    demand = draw_demand(asked.scenario, 1, 0)
    alone = per_cent(run_policy(asked, Policy.ALONE, demand))[0]
    shared = per_cent(run_policy(asked, Policy.REACTIVE, demand))[0]
    assert 2.5 < alone < 4.5
    assert shared < 0.6
    assert shared < alone / 5


def test_moves_cut_outdates_that_sharing_when_short_hardly_touches() -> None:
    """Second hand, at 28/12/10: outdates 1.36 % alone, 1.32 % with sharing, 0.88 % with proposals."""
    asked = question(at_levels(28, 12, 10, days=2000))
    demand = draw_demand(asked.scenario, 1, 0)
    alone, shared, moved = (run_policy(asked, policy, demand) for policy in Policy)
    assert 1.0 < per_cent(alone)[1] < 2.5
    assert per_cent(shared)[1] == pytest.approx(per_cent(alone)[1], rel=0.05)
    assert per_cent(moved)[1] < 0.8 * per_cent(shared)[1]
    assert per_cent(moved)[0] <= per_cent(alone)[0]


# --- the command


def test_the_command_says_the_same_with_one_worker_and_with_two() -> None:
    asked = question(at_levels(20, 8, 6, days=28))
    assert study(asked, 4, workers=1) == study(asked, 4, workers=2)


def test_one_replication_has_no_interval_and_several_have() -> None:
    asked = question(at_levels(20, 8, 6, days=28))
    assert study(asked, 1).outcomes[0].short_pct.low is None
    several = study(asked, 5).outcomes[0].short_pct
    assert several.low is not None
    assert several.high is not None
    assert several.low < several.mean < several.high


def test_the_command_prints_text_json_csv_and_a_drawing(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    sites = "".join(
        f'[[site]]\nname = {{ zh = "{name}", en = "{name}" }}\norder_up_to = 9\nmean = {[2] * 7}\n'
        for name in ("A", "B")
    )
    file.write_text(
        'edition = "t"\nsource = "t"\ncomponent = "platelets"\nlife_days = 5\ndays = 14\n' + sites, "utf-8"
    )
    common = ["study", "blood", "--scenario", str(file), "--replications", "2", "--workers", "1"]
    drawing = tmp_path / "out.svg"
    said = CliRunner().invoke(app, [*common, "--plot", str(drawing)])
    assert said.exit_code == 0, said.output
    assert "<svg" in drawing.read_text("utf-8")
    whole = json.loads(CliRunner().invoke(app, [*common, "--json"]).stdout)
    assert [one["policy"] for one in whole["outcomes"]] == ["alone", "reactive", "proposals"]
    rows = CliRunner().invoke(app, [*common, "--csv"]).stdout.splitlines()
    assert rows[0] == "policy,site,figure,mean,low,high"
    assert len(rows) == 1 + 3 * (7 + 2 * 2)
