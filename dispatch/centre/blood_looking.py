"""Looking at blood in a centre's database without changing it."""

from pathlib import Path

from dispatch.centre.blood_disk import blood_orders_newest, read_blood
from dispatch.centre.looking import look
from dispatch.centre.state import State
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrder, Shelf
from dispatch.domain.geography import CityCode

_FAR_FUTURE_MS = 2**62


def read_blood_orders(path: Path, last: int) -> list[BloodOrder]:
    """The newest orders of blood, newest first; CentreUnavailable when there is no centre's database."""
    return look(path, lambda connection: blood_orders_newest(connection, last))


def read_shelves(path: Path) -> dict[BankId, Shelf]:
    """What each bank said last; errors as `read_blood_orders`."""
    state = State(CityCode(""))
    look(path, lambda connection: read_blood(connection, state, _FAR_FUTURE_MS))
    return state.shelves
