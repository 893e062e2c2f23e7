from collections import defaultdict

import msgspec

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.picture.stock import Stock
from simulators.banks import Banks
from simulators.engine import Agenda, Streams
from simulators.messages import Message
from simulators.scenarios import BloodShortage
from simulators.shelves import SimulatedBank
from simulators.world import World
from tests.unit.simulators.simulated_world import ORIGIN, assumptions, configuration, live, scenario, world


def as_lots(lots: list[payloads.StockLot]) -> list[Lot]:
    return [
        Lot(
            id=LotId(lot.lot),
            component=ComponentCode(lot.component),
            group=BloodGroup(lot.group),
            quantity=lot.quantity,
            expires_at=from_epoch_ms(lot.expires_at),
        )
        for lot in lots
    ]


def follow(said: list[Message]) -> tuple[Stock, int, int]:
    """The stock as a console builds it from differences, and how many were applied and refused."""
    stock, applied, refused = Stock(), 0, 0
    for message in said:
        data, when = message.data, from_epoch_ms(message.ts_evt)
        if isinstance(data, payloads.BankStock):
            if BankId(data.bank) not in stock.banks:
                stock.apply_snapshot(BankId(data.bank), data.stock_seq, when, when, as_lots(data.lots))
        elif isinstance(data, payloads.BankChange):
            removed = [LotId(lot) for lot in data.removed]
            taken = stock.apply_difference(
                BankId(data.bank), data.stock_seq, when, when, as_lots(data.put), removed
            )
            applied, refused = applied + taken, refused + (not taken)
    return stock, applied, refused


def held(bank: SimulatedBank) -> dict[str, int]:
    return {lot.id: lot.quantity for lot in bank.lots.values()}


def banks_alone(hours: float) -> tuple[Banks, list[Message], dict[str, int]]:
    """Banks without the rest of a city, lived through; what they said, and what they began with."""
    agenda, said = Agenda(epoch_ms(ORIGIN)), list[Message]()
    banks = Banks(configuration(), assumptions().blood, agenda, Streams(3), said.append)
    before = totals(banks)
    for bank in banks.by_id.values():
        banks.say_count(bank)
    agenda.run_until(epoch_ms(ORIGIN) + round(hours * 3_600_000))
    return banks, said, before


def totals(banks: Banks) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for bank in banks.by_id.values():
        for lot in bank.lots.values():
            sums[lot.component] += lot.quantity
    return dict(sums)


def test_differences_chain_without_a_gap_and_lead_to_the_same_stock_as_a_count() -> None:
    banks, said, _ = banks_alone(72)
    stock, applied, refused = follow(said)
    assert applied > 1000
    assert refused == 0
    for name, bank in banks.by_id.items():
        assert {lot.id: lot.quantity for lot in stock.banks[name].lots.values()} == held(bank)
        assert all(quantity > 0 for quantity in held(bank).values())


def test_stock_adds_up_start_plus_collected_minus_issued_minus_expired() -> None:
    banks, _, before = banks_alone(72)
    after, tally = totals(banks), banks.tally
    assert set(tally.issued) & set(tally.collected) >= {"red_cells", "platelets", "fresh_frozen_plasma"}
    assert tally.expired
    for component in before:
        got = tally.collected.get(component, 0)
        gone = tally.issued.get(component, 0) + tally.expired.get(component, 0)
        assert after.get(component, 0) == before[component] + got - gone


def test_in_the_long_run_as_much_is_collected_as_is_used() -> None:
    banks, _, before = banks_alone(24 * 30)
    for component in ("red_cells", "red_cells_leucoreduced", "fresh_frozen_plasma"):
        assert 0.5 < totals(banks)[component] / before[component] < 1.7


def test_groups_are_as_frequent_as_assumed_and_rhesus_negative_is_rare() -> None:
    living = world()
    red = [
        lot for bank in living.banks.by_id.values() for lot in bank.lots.values() if "red" in lot.component
    ]
    total = sum(lot.quantity for lot in red)
    share = {
        abo: sum(lot.quantity for lot in red if lot.group.abo == abo) / total for abo in ("O", "A", "B", "AB")
    }
    assert abs(share["O"] - 0.34) < 0.04
    assert share["O"] > share["A"] > share["B"] > share["AB"]
    assert sum(lot.quantity for lot in red if not lot.group.rhd_positive) / total < 0.02


def request(bank: SimulatedBank, quantity: int) -> payloads.BloodRequest:
    return payloads.BloodRequest(
        request="R-1",
        bank=bank.bank.id,
        hospital=configuration().hospitals[0].id,
        component="red_cells",
        lines=[payloads.BloodLine(group="O+", quantity=quantity)],
        need_by=0,
    )


def on_hand(living: World, bank: SimulatedBank) -> int:
    lots = bank.on_hand("red_cells", BloodGroup.O_POS, living.agenda.now_ms)
    return sum(lot.quantity for lot in lots)


def test_a_request_is_reserved_packed_and_handed_over() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    before = on_hand(living, bank)
    first = bank.on_hand("red_cells", BloodGroup.O_POS, living.agenda.now_ms)[0]
    assert living.banks.reserve(bank, request(bank, 3)) == []
    assert on_hand(living, bank) == before - 3
    packed = [lot for lot in bank.lots.values() if lot.reserved]
    assert sum(lot.quantity for lot in packed) == 3
    assert packed[0].expires_ms == first.expires_ms  # first expired, first out
    live(living, 40)
    assert [lot for lot in bank.lots.values() if lot.reserved] == []


def test_a_request_for_irradiated_units_takes_no_others_and_keeps_them_marked() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    irradiated = frozenset({"irradiated"})
    now = living.agenda.now_ms
    there = sum(lot.quantity for lot in bank.on_hand("red_cells", BloodGroup.O_POS, now, irradiated))
    assert 0 < there < on_hand(living, bank)
    more = msgspec.structs.replace(request(bank, there + 1), attributes=["irradiated"])
    assert living.banks.reserve(bank, more) == ["O+ 1"]
    assert living.banks.reserve(bank, msgspec.structs.replace(more, lines=request(bank, 1).lines)) == []
    assert [lot.attributes >= irradiated for lot in bank.lots.values() if lot.reserved] == [True]
    assert any("irradiated" in lot.attributes for lot in bank.count(now).lots)


def test_a_request_for_more_than_there_is_changes_nothing_and_says_what_is_missing() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    before = held(bank)
    missing = living.banks.reserve(bank, request(bank, on_hand(living, bank) + 5))
    assert missing == ["O+ 5"]
    assert held(bank) == before


def test_a_shortage_leaves_the_share_that_the_scenario_names() -> None:
    event = BloodShortage(
        kind="blood_shortage", at_min=1, city=CityCode("xiangtan"), component="red_cells",
        groups=frozenset({BloodGroup.O_POS}), leave=0.2,
    )  # fmt: skip
    living = world(scenario(event))
    bank = living.banks.of(CityCode("xiangtan"))[0]
    before = on_hand(living, bank)
    live(living, 1.1)
    assert on_hand(living, bank) <= 0.2 * before + 1
    assert before > 20
