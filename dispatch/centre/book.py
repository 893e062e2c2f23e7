"""A centre's ledger in memory: which order holds which unit."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dispatch.centre.messages import Request
from dispatch.centre.protocol import Decision
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Order, RequestId, Token
from dispatch.domain.units import UnitId


@dataclass(slots=True)
class Book:
    """A ledger in memory: of the orders that hold a unit, and of those looked at lately."""

    city: CityCode
    last_token: Token
    units: frozenset[UnitId]
    orders: dict[RequestId, Order] = field(default_factory=dict)
    holders: dict[UnitId, RequestId] = field(default_factory=dict)

    def order(self, request: RequestId) -> Order | None:
        return self.orders.get(request)

    def holder(self, unit: UnitId) -> Order | None:
        request = self.holders.get(unit)
        return None if request is None else self.orders[request]

    def held(self) -> Iterable[Order]:
        return [self.orders[request] for request in self.holders.values()]

    def refusal(self, said: Request) -> str:
        return "" if said.unit in self.units else "unit_unknown"

    def copy(self) -> "Book":
        """To come back to: the orders themselves never change."""
        return replace(self, orders=dict(self.orders), holders=dict(self.holders))

    def apply(self, decision: Decision) -> None:
        """Take over what was decided. ValueError: two orders would hold one unit."""
        for order in decision.changed:
            self.put(order)
        if decision.token is not None:
            self.last_token = decision.token

    def put(self, order: Order) -> None:
        """Take over one order as it stands."""
        holding = self.holders.get(order.unit)
        if order.state.holds_unit:
            if holding not in (None, order.request):
                raise ValueError(f"{order.unit} is held by {holding} and would be given to {order.request}")
            self.holders[order.unit] = order.request
        elif holding == order.request:
            del self.holders[order.unit]
        self.orders[order.request] = order
