"""What a bank says it holds: whole counts and differences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.clock import from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.context import Context, IntakeEvent
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.feed.transport import Received
from dispatch.picture.stock import BankStock

TOLD_EACH_S = 60.0
"""Real seconds: so long the changes of one bank are counted together."""
TOLD_ALONE = 5
"""Changes of one bank in that time that get an entry of their own; one more stands for all others."""
FAR_BEHIND = 64
"""A difference so many numbers behind the count held is no straggler: the two disagree."""


@dataclass(slots=True)
class _Told:
    """What the log was told of one bank since `began`; `waiting` changes are still to be told."""

    city: CityCode
    began: float
    entries: int = 0
    waiting: int = 0
    stock_seq: int = 0


class StockNews:
    """Applies messages about stock.

    A lot whose component is not configured is left out and the rest is taken: what cannot be named
    must never be offered, but refusing the whole count would show the old one as if it were true.
    The refusal is counted and kept; `left_out` says how many lots of a bank are not shown. A lot
    listed twice makes the quantities doubtful: that message is refused as a whole.
    """

    def __init__(
        self,
        context: Context,
        steady: Callable[[], float],
        on_event: Callable[[IntakeEvent], None] | None = None,
    ) -> None:
        self._context, self._steady, self._on_event = context, steady, on_event
        self._told: dict[BankId, _Told] = {}
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
            self._doubt(route.city, held, data)
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

    def tell(self, *, at_once: bool = False) -> None:
        """Tell the log of changes that waited for `TOLD_EACH_S`; all of them with `at_once`."""
        now = self._steady()
        for bank, told in list(self._told.items()):
            if at_once or now - told.began >= TOLD_EACH_S:
                del self._told[bank]
                if told.waiting:
                    self._told[bank] = _Told(told.city, now, entries=1)
                    self._say(told.city, bank, told.stock_seq, changes=told.waiting)

    def _doubt(self, city: CityCode, held: BankStock, data: payloads.BankChange) -> None:
        """A difference numbered before the count held: where it is no straggler, ask for a whole count.

        Counted later than what is held, it also says that the count held is not the newest: its bank
        began to number anew, or the count held was never that bank's.
        """
        newer = from_epoch_ms(data.counted_at) > held.counted_at
        if newer and held.complete:
            held.complete = False
            self._context.picture.changes.mark("bank", held.bank)
        if newer or held.sequence - data.stock_seq > FAR_BEHIND:
            self._context.ask(city, "stock", held.bank)

    def _note(self, city: CityCode, bank: BankId, sequence: int, **lots: int) -> None:
        """Tell the log of a change, or let it wait when this bank's changes are many."""
        told = self._told.setdefault(bank, _Told(city, self._steady()))
        if told.entries < TOLD_ALONE:
            told.entries += 1
            self._say(city, bank, sequence, changes=1, **lots)
        else:
            told.waiting += 1
            told.stock_seq = sequence

    def _say(self, city: CityCode, bank: BankId, sequence: int, **counts: int) -> None:
        if self._on_event is not None:
            facts: dict[str, str | float] = {"bank": bank, "stock_seq": sequence, **counts}
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
