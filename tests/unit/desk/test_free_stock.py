"""What a ranking may offer: never what is held for an order already."""

from datetime import timedelta

from dispatch.clock import from_epoch_ms
from dispatch.desk.free_stock import without_held
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.blood_orders import BloodState
from dispatch.settings import load
from tests.console.fakes_blood import order_of

NOW = from_epoch_ms(1_795_500_000_000)


def test_what_is_held_is_not_offered_and_the_picture_stays_as_it_is() -> None:
    picture = load().new_picture()
    bank, hospital = BankId("CS-B-CENTRE"), next(iter(picture.hospitals))
    lot = Lot(id=LotId("CS-B-L000042"), component=ComponentCode("red_cells"), group=BloodGroup.O_POS,
              quantity=6, expires_at=NOW + timedelta(days=9))  # fmt: skip
    picture.stock.apply_snapshot(bank, 1, NOW, NOW, [lot])
    assert without_held(picture) is picture
    for number, state in (("B-1", BloodState.HELD), ("B-2", BloodState.DECLINED)):
        order = order_of(number, state, NOW, bank=bank, hospital=hospital, quantity=4)
        picture.blood_orders[order.id] = order
    assert without_held(picture).stock.banks[bank].lots[lot.id].quantity == 2
    assert picture.stock.banks[bank].lots[lot.id].quantity == 6
