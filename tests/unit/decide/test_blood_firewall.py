"""The gates that nothing opens, over random pictures: RhD firewall, floors, expiry, conservation.

`make firewall` tries a hundred thousand pictures; the ordinary run tries a tenth of that, and every
kind of patient exhaustively.
"""

import os
import random
from collections import Counter
from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from dispatch.decide.blood import BloodNeed, BloodRanking, rank_blood
from dispatch.decide.blood_questions import Patient
from dispatch.decide.blood_rules import Mode, RecipientClass
from dispatch.decide.substitution import suitability
from dispatch.domain.blood import BankId, BloodGroup, Lot, LotId, LotState
from dispatch.picture.live import Picture
from dispatch.picture.stock import BankStock
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    GROUPS,
    NOW,
    XIANGTAN,
    ZHUZHOU,
    bank,
    empty_picture,
    hospital,
    lot,
)

PICTURES = int(os.environ.get("CZT_FIREWALL_PICTURES", "10000"))
COMPONENTS = ["red_cells", "red_cells", "red_cells", "platelets", "fresh_frozen_plasma", "washed_red_cells"]
BANKS = [
    bank("A", CHANGSHA, 28.21, 112.97),
    bank("B", ZHUZHOU, 28.10, 113.02),
    bank("C", XIANGTAN, 27.95, 112.95),
]
ABO_PLASMA = {"O": {"O", "A", "B", "AB"}, "A": {"A", "AB"}, "B": {"B", "AB"}, "AB": {"AB"}}
UNKNOWN = {"red_cells": {"O+"}, "platelets": set(), "plasma": {"AB+", "AB-"}}


def shelves(rng: random.Random) -> list[Lot]:
    """Lots of every kind to fill banks with."""
    return [
        lot(
            f"L{number}",
            rng.choice(GROUPS).value,
            rng.choice([0, 2, 9, 30, 90, 3000]),
            component=rng.choice(COMPONENTS),
            hours=rng.choice([-5, 0, 1, 4, 5, 30, 500]),
            state=rng.choice([LotState.AVAILABLE] * 4 + list(LotState)),
            attributes=tuple(a for a in ("irradiated", "K_negative", "Jka_negative") if rng.random() < 0.4),
        )
        for number in range(4000)
    ]


def needs(rng: random.Random) -> list[BloodNeed]:
    """Requests of every kind."""
    found = []
    for number in range(2000):
        group = rng.choice([None, *GROUPS])
        modes: list[Mode] = ["emergency", "emergency", "ad_hoc", "stock"]
        found.append(
            BloodNeed(
                component=rng.choice(COMPONENTS),
                group=group,
                quantity=rng.randint(1, 30),
                hospital="CS-H-1",
                need_by=NOW + timedelta(minutes=rng.choice([0, 25, 60, 2000])),
                mode=rng.choice(modes),
                recipient=rng.choice(list(RecipientClass)),
                anti_d=(group is None or not group.rhd_positive) and rng.random() < 0.2,
                antibodies=frozenset(["K"] if rng.random() < 0.2 else []),
                attributes=frozenset(["irradiated"] if rng.random() < 0.1 else []),
                on_word_of="Dr Liu" if number % 5 == 0 else None,
            )
        )
    return found


def test_no_plan_of_many_random_pictures_opens_a_gate() -> None:
    rng = random.Random(20261124)
    lots, wishes = shelves(rng), needs(rng)
    picture = empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], BANKS)
    planned = guarded = 0
    of = {code: [each for each in lots if each.component == code] for code in COMPONENTS}
    for _number in range(PICTURES):
        need = rng.choice(wishes)
        for held in BANKS:
            chosen = [rng.choice(lots), *rng.sample(of[need.component], rng.randint(0, 7))]
            stock = BankStock(held.id, 1, NOW, NOW, {each.id: each for each in chosen})
            picture.stock.banks[held.id] = stock
        ranking = rank_blood(picture, need, BLOOD_RULES, NOW)
        planned += len(ranking.plans)
        guarded += need.group is not None and need.group.rhd_positive and bool(ranking.plans)
        if (fault := first_fault(picture, need, ranking)) is not None:
            raise AssertionError(f"{fault}: {need!r} in {picture.stock.banks!r}")
    assert planned > PICTURES / 4  # the gates were tried, not only shut
    assert guarded > PICTURES / 20


@pytest.mark.parametrize("rule", ["red_cells", "platelets", "whole_blood"])
def test_no_answer_of_any_patient_opens_the_firewall(rule: str) -> None:
    table = BLOOD_RULES.compatibility.tables[rule]
    everything = product([None, *GROUPS], get_args(Mode), RecipientClass, (False, True), (None, "Dr Liu"))
    tried = 0
    for group, mode, recipient, anti_d, word in everything:
        offered = suitability(Patient(group, mode, recipient, anti_d, word), table).tier_of
        tried += 1
        if group is not None and group.rhd_positive:
            assert all(donor.rhd_positive for donor in offered)
        if anti_d:
            assert not any(donor.rhd_positive for donor in offered)
    assert tried == 9 * 3 * 5 * 2 * 2


def first_fault(picture: Picture, need: BloodNeed, ranking: BloodRanking) -> str | None:
    """What a plan or a bank offers and must not; None when nothing."""
    rule = picture.components[need.component].rule
    offers = [[(plan.bank, plan.eta.high_min, plan.lines)] for plan in ranking.candidates]
    offers += [[(step.bank, step.eta.high_min, step.lines) for step in plan.steps] for plan in ranking.plans]
    for offer in offers:
        if sum(line.quantity for _bank, _late, lines in offer for line in lines) > need.quantity:
            return "more than was asked for"
        for name, late_min, lines in offer:
            held, taken = picture.stock.banks[name].lots, Counter[BloodGroup]()
            amounts = Counter[LotId]()
            for line in lines:
                amounts[line.lot] += line.quantity
                taken[line.group] += line.quantity
                if (fault := wrong_unit(held[line.lot], need, rule, late_min)) is not None:
                    return fault
            if any(amount > held[lot_id].quantity or amount < 1 for lot_id, amount in amounts.items()):
                return "more of a lot than there is"
            if digs_below_floor(name, held, need, taken, late_min):
                return "below a floor"
    return None


def wrong_unit(held: Lot, need: BloodNeed, rule: str, late_min: float) -> str | None:
    """By the words of the rules, without the tables of the program."""
    group = need.group
    if rule != "plasma" and group is not None and group.rhd_positive and not held.group.rhd_positive:
        return "the firewall leaks"
    if rule != "plasma" and need.anti_d and held.group.rhd_positive:
        return "RhD-positive against anti-D"
    if held.component != need.component or held.state is not LotState.AVAILABLE:
        return "not to be had"
    if held.expires_at < NOW + timedelta(minutes=late_min + 240):
        return "expires before it is used"
    if not need.attributes <= held.attributes:
        return "not special"
    if rule == "red_cells" and need.antibodies and "K_negative" not in held.attributes:
        return "not typed for an antibody"
    return wrong_group(held.group, need, rule)


def wrong_group(donor: BloodGroup, need: BloodNeed, rule: str) -> str | None:
    if need.group is None:
        by_rule = set(UNKNOWN[rule])
        if rule == "red_cells" and (need.anti_d or need.recipient is RecipientClass.CHILD_BEARING):
            by_rule = {"O-"} if need.anti_d else {"O-", "O+"}
        return None if donor.value in by_rule else "not by the rule for an unknown group"
    if rule == "plasma":
        return None if donor.abo in ABO_PLASMA[need.group.abo] else "plasma against the patient"
    if need.on_word_of is not None and rule == "platelets":
        return None
    if rule == "platelets":
        return None if donor is need.group else "platelets of another group without a word"
    if not set(donor.abo) - {"O"} <= set(need.group.abo) - {"O"}:
        return "antigens the patient lacks"
    if donor.rhd_positive and not need.group.rhd_positive:
        may = need.mode == "emergency" and need.recipient is RecipientClass.GENERAL
        return None if may else "RhD-positive for one whom it could harm"
    return None


def digs_below_floor(
    name: BankId, held: dict[LotId, Lot], need: BloodNeed, taken: Counter[BloodGroup], late_min: float
) -> bool:
    use_until = NOW + timedelta(minutes=late_min + 240)
    for group, units in taken.items():
        free = sum(
            each.quantity
            for each in held.values()
            if each.component == need.component
            and each.group is group
            and each.state is LotState.AVAILABLE
            and each.expires_at >= use_until
        )
        floor = BLOOD_RULES.sourcing.floor(need.component, group)
        if free - units < (floor.own if name == "A" else floor.lender):
            return True
    return False
