"""The picture as a ranking of banks must see it: without what is held for orders, or has left uncounted."""

from collections import defaultdict
from copy import copy
from dataclasses import replace

from dispatch.blood.holds import taken_of
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrder
from dispatch.picture.live import Picture
from dispatch.picture.stock import BankStock, Stock


def without_held(picture: Picture) -> Picture:
    """The same picture where no order takes anything; the picture itself is never changed."""
    orders: dict[BankId, list[BloodOrder]] = defaultdict(list)
    for order in picture.blood_orders.values():
        if order.on_count and order.bank in picture.stock.banks:
            orders[order.bank].append(order)
    if not orders:
        return picture
    stock = Stock()
    stock.banks = dict(picture.stock.banks)
    for bank, held in orders.items():
        stock.banks[bank] = _less(stock.banks[bank], held)
    seen = copy(picture)
    seen.stock = stock
    return seen


def _less(stock: BankStock, orders: list[BloodOrder]) -> BankStock:
    lots = dict(stock.lots)
    for number, quantity in taken_of(orders).items():
        lot = lots.get(number)
        if lot is not None:
            lots[number] = lot.model_copy(update={"quantity": max(0, lot.quantity - quantity)})
    return replace(stock, lots=lots)
