"""Plans over several banks: the best of all there are by the order of merit, proved by trying them all."""

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.decide.blood import BloodNeed, BloodRanking, Plan, rank_blood
from dispatch.decide.blood_rules import Floor
from dispatch.decide.draining import fewest
from dispatch.decide.rules import BloodRules
from dispatch.domain.blood import BloodGroup, Lot
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    NOW,
    RED,
    XIANGTAN,
    ZHUZHOU,
    bank,
    empty_picture,
    hospital,
    lot,
    put_stock,
)

BANDS = (3.0, 2.0)
PLACES = [
    ("A", CHANGSHA, 28.21, 112.97),
    ("B", ZHUZHOU, 28.10, 113.02),
    ("C", XIANGTAN, 27.95, 112.95),
    ("D", ZHUZHOU, 27.83, 113.15),
]
TIERS = {"A+": ["A+", "O+"], "AB+": ["AB+", "A+ B+", "O+"], "A-": ["A-", "O-", "A+", "O+"], "O+": ["O+"]}
"""The order of the shipped table for a known group in an emergency, written down once more by hand."""


def rules_with(floor: int, slack_min: float) -> BloodRules:
    floors = (Floor(component=RED, lender=floor),)
    slack = {"emergency": slack_min}
    sourcing = BLOOD_RULES.sourcing.model_copy(
        update={"floors": floors, "harm_bands": BANDS, "arrival_slack_min": slack}
    )
    return BLOOD_RULES.model_copy(update={"sourcing": sourcing})


def need_of(group: str, quantity: int, minutes: float) -> BloodNeed:
    return BloodNeed(
        component=RED,
        group=BloodGroup(group),
        quantity=quantity,
        hospital="CS-H-1",
        need_by=NOW + timedelta(minutes=minutes),
        recipient="general",
    )


def banks_with(stock: list[list[Lot]]) -> Picture:
    places = PLACES[: len(stock)]
    picture = empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], [bank(*each) for each in places])
    for (name, *_where), lots in zip(places, stock, strict=True):
        put_stock(picture, name, *lots)
    return picture


def question(seed: int) -> tuple[Picture, BloodNeed, BloodRules]:
    """One to four banks with few lots, floors and ties of every kind; small enough to try every plan."""
    rng = random.Random(seed)
    group = rng.choice(list(TIERS))
    groups = rng.choice([[group], [group, "O+"], ["A+", "O+", "A+", "B+", "AB+", "O-", "A-"]])
    hours = rng.choice([[24], [24, 48], [-3, 4, 24, 24, 48, 240]])
    stock = [
        [
            lot(f"{b}{i}", rng.choice(groups), rng.choice([0, 1, 2, 3, 5, 8, 12]), hours=rng.choice(hours))
            for i in range(rng.randint(0, 3))
        ]
        for b in range(rng.randint(1, 4))
    ]
    need = need_of(group, rng.randint(1, 6), rng.choice([0, 22, 30, 45, 90, 90]))
    return banks_with(stock), need, rules_with(rng.randint(0, 3), rng.choice([0.0, 5.0, 1000.0]))


Choice = dict[tuple[str, Lot], int]
Merit = tuple[list[int], list[int], list[int], list[datetime], int]


class Judge:
    """Everything that a plan could be, judged by the documentation and no code of the planner."""

    def __init__(self, picture: Picture, need: BloodNeed, rules: BloodRules, ranking: BloodRanking) -> None:
        self.need = need
        tiers = TIERS[need.group.value if need.group else ""]
        self.tier = {group: at for at, groups in enumerate(tiers) for group in groups.split()}
        self.late_end = {str(plan.bank): plan.eta.high_min for plan in ranking.candidates}
        self.floor = rules.sourcing.floors[0].lender
        self.slack = rules.sourcing.arrival_slack_min["emergency"]
        self.usable = {
            (name, held): held.quantity
            for name in self.late_end
            for held in picture.stock.banks[name].lots.values()  # type: ignore[index]
            if held.group.value in self.tier
            and held.expires_at >= NOW + timedelta(minutes=self.late_end[name] + 240)
        }
        self.free = Counter[tuple[str, str]]()
        for (name, held), units in self.usable.items():
            self.free[name, held.group.value] += units
        until_need_min = (need.need_by - NOW).total_seconds() / 60
        tardy = sorted(m for m in self.late_end.values() if m > until_need_min)
        self.band = {
            name: 0
            if minutes <= until_need_min
            else 1 + (int((minutes - tardy[0]) / self.slack) if self.slack else tardy.index(minutes))
            for name, minutes in self.late_end.items()
        }

    def floor_of(self, name: str) -> int:
        return 0 if name == "A" else self.floor  # bank A lies in the city that asks

    def all_choices(self) -> list[Choice]:
        """Every whole number of units of every lot that breaks no rule and is not more than was asked for."""
        found: list[Choice] = [{}]
        for key, there in self.usable.items():
            found = [
                choice | ({key: units} if units else {})
                for choice in found
                for units in range(min(there, self.need.quantity - sum(choice.values())) + 1)
            ]
        return [choice for choice in found if self.breaks_no_floor(choice)]

    def taken(self, choice: Choice) -> Counter[tuple[str, str]]:
        taken = Counter[tuple[str, str]]()
        for (name, held), units in choice.items():
            taken[name, held.group.value] += units
        return taken

    def breaks_no_floor(self, choice: Choice) -> bool:
        return all(
            self.free[key] - units >= self.floor_of(key[0]) for key, units in self.taken(choice).items()
        )

    def merit(self, choice: Choice) -> Merit:
        bands = sorted(set(self.band.values()) | {0})
        arrival = [-sum(n for (name, _l), n in choice.items() if self.band[name] == b) for b in bands]
        worst = max(self.tier.values())
        far = [
            sum(n for (_b, held), n in choice.items() if self.tier[held.group.value] == t)
            for t in range(worst, 0, -1)
        ]
        harm = [0, 0]
        for (name, group), units in self.taken(choice).items():
            floor = self.floor_of(name)
            for gone in range(1, units + 1):
                for at, band in enumerate(sorted(BANDS)):
                    harm[at] += bool(floor) and (self.free[name, group] - gone) / floor < band
        expiries = sorted(held.expires_at for (_b, held), n in choice.items() for _unit in range(n))
        return arrival, far, harm, expiries, len({name for name, _held in choice})


def choice_of(plan: Plan, picture: Picture) -> Choice:
    return {
        (str(step.bank), picture.stock.banks[step.bank].lots[line.lot]): line.quantity
        for step in plan.steps
        for line in step.lines
    }


@given(seed=st.integers(0, 10**9))
@settings(max_examples=400, deadline=None)
def test_the_first_plan_is_the_best_of_all_there_are(seed: int) -> None:
    picture, need, rules = question(seed)
    ranking = rank_blood(picture, need, rules, NOW)
    judge = Judge(picture, need, rules, ranking)
    if not ranking.plans:
        assert all(not judge.breaks_no_floor({key: 1}) for key, units in judge.usable.items() if units)
        return
    assert ranking.plans[0].aim == "best"
    best = choice_of(ranking.plans[0], picture)
    assert all(units <= judge.usable[key] for key, units in best.items())
    assert judge.breaks_no_floor(best)
    assert judge.merit(best) == min(judge.merit(choice) for choice in judge.all_choices())


@given(seed=st.integers(0, 10**9))
@settings(max_examples=150, deadline=None)
def test_the_other_plans_come_in_order_and_each_is_the_best_of_its_aim(seed: int) -> None:
    picture, need, rules = question(seed)
    ranking = rank_blood(picture, need, rules, NOW)
    judge = Judge(picture, need, rules, ranking)
    merits = [judge.merit(choice_of(plan, picture)) for plan in ranking.plans]
    assert merits == sorted(merits)
    if not merits:
        return
    choices = judge.all_choices()
    fewest_banks = min(judge.merit(c)[4] for c in choices if judge.merit(c)[0] == merits[0][0])
    assert min(merit[4] for merit in merits if merit[0] == merits[0][0]) == fewest_banks
    gentlest = min((judge.merit(c)[0], judge.merit(c)[2]) for c in choices)
    assert min((merit[0], merit[2]) for merit in merits) == gentlest


@given(seed=st.integers(0, 10**9))
@settings(max_examples=200, deadline=None)
def test_the_order_in_which_banks_and_lots_are_written_changes_nothing(seed: int) -> None:
    picture, need, rules = question(seed)
    before = rank_blood(picture, need, rules, NOW).plans
    picture.banks = dict(reversed(picture.banks.items()))
    for stock in picture.stock.banks.values():
        stock.lots = dict(reversed(stock.lots.items()))
    assert rank_blood(picture, need, rules, NOW).plans == before


@given(amounts=st.lists(st.integers(1, 9), max_size=7), data=st.data())
def test_the_fewest_amounts_are_the_fewest_and_the_first_of_their_kind(
    amounts: list[int], data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(0, sum(amounts)))
    subsets = [
        [at for at, taken in enumerate(mask) if taken] for mask in product([True, False], repeat=len(amounts))
    ]
    enough = [chosen for chosen in subsets if sum(amounts[at] for at in chosen) >= wanted]
    count = min(len(chosen) for chosen in enough)
    assert fewest(amounts, wanted) == min(chosen for chosen in enough if len(chosen) == count)
