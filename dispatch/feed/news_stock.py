"""What a bank says it holds: whole counts and differences."""

from collections.abc import Callable, Iterable

from dispatch.clock import from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.context import Context, IntakeEvent
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.feed.transport import Received


class StockNews:
    """Applies messages about stock.

    A lot whose component is not configured is left out and the rest is taken: what cannot be named
    must never be offered, but refusing the whole count would show the old one as if it were true.
    The refusal is counted and kept; `left_out` says how many lots of a bank are not shown. A lot
    listed twice makes the quantities doubtful: that message is refused as a whole.
    """

    def __init__(self, context: Context, on_event: Callable[[IntakeEvent], None] | None = None) -> None:
        self._context, self._on_event = context, on_event
        self._stock = context.picture.stock
        self.left_out: dict[BankId, int] = {}

    def count(self, route: Route, data: payloads.BankStock, received: Received, latest_ms: int) -> None:
        """A whole count replaces what was held."""
        bank = self._bank(route, data.bank, data.counted_at, latest_ms)
        held = self._stock.banks.get(bank)
        lots = self._lots(route.city, bank, data.lots, received)
        self.left_out[bank] = len(data.lots) - len(lots)
        counted, heard = from_epoch_ms(data.counted_at), from_epoch_ms(received.received_ms)
        if self._stock.apply_snapshot(bank, data.stock_seq, counted, heard, lots):
            self._context.counters.applied += 1
            self._context.picture.changes.mark("bank", bank)
            if held is None or held.sequence != data.stock_seq:
                self._note(route.city, bank, data.stock_seq, counted=len(lots))
        else:
            self._context.counters.late += 1

    def change(self, route: Route, data: payloads.BankChange, received: Received, latest_ms: int) -> None:
        """A difference follows the count held; after a gap the bank is asked for a whole one."""
        bank = self._bank(route, data.bank, data.counted_at, latest_ms)
        held = self._stock.banks.get(bank)
        if held is not None and data.stock_seq <= held.sequence:
            self._context.counters.late += 1
            return
        put = self._lots(route.city, bank, data.put, received)
        self.left_out[bank] = self.left_out.get(bank, 0) + len(data.put) - len(put)
        removed = [LotId(lot) for lot in data.removed]
        counted, heard = from_epoch_ms(data.counted_at), from_epoch_ms(received.received_ms)
        if self._stock.apply_difference(bank, data.stock_seq, counted, heard, put, removed):
            self._context.counters.applied += 1
            self._note(route.city, bank, data.stock_seq, put=len(put), removed=len(removed))
        else:
            self._context.ask(route.city, "stock", bank)
        self._context.picture.changes.mark("bank", bank)

    def _note(self, city: CityCode, bank: BankId, sequence: int, **lots: int) -> None:
        if self._on_event is not None:
            facts: dict[str, str | float] = {"bank": bank, "stock_seq": sequence, **lots}
            self._on_event(IntakeEvent("stock.changed", city, facts))

    def _bank(self, route: Route, bank: str, counted_at: int, latest_ms: int) -> BankId:
        if bank != route.key:
            raise Refused("wrong_key", found=bank, expected=route.key)
        if counted_at > latest_ms:
            raise Refused("future", ahead_s=max(1, round((counted_at - latest_ms) / 1000)))
        return BankId(bank)

    def _lots(
        self, city: CityCode, bank: BankId, said: Iterable[payloads.StockLot], received: Received
    ) -> list[Lot]:
        known = self._context.picture.components
        lots: list[Lot] = []
        unknown: list[str] = []
        seen: set[str] = set()
        for lot in said:
            if lot.lot in seen:
                raise Refused("duplicate_lot", bank=bank, lot=lot.lot)
            seen.add(lot.lot)
            if lot.component in known:
                lots.append(_lot(lot))
            else:
                unknown.append(lot.component)
        if unknown:
            refusal = Refused("unknown_component", bank=bank, code=unknown[0], count=len(unknown))
            self._context.refuse(city, received, refusal)
        return lots


def _lot(said: payloads.StockLot) -> Lot:
    """Built without a second validation: msgspec has checked the same limits."""
    return Lot.model_construct(
        id=LotId(said.lot),
        component=ComponentCode(said.component),
        group=BloodGroup(said.group),
        quantity=said.quantity,
        expires_at=from_epoch_ms(said.expires_at),
        state=LotState(said.state),
        attributes=frozenset(said.attributes),
    )
