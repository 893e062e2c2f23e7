"""Ways to hold blood that look right and are wrong: the judge must catch each of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from dispatch.blood import holds
from dispatch.centre import blood_orders, blood_stock
from dispatch.centre.draft import Draft
from dispatch.centre.memory import Over
from dispatch.centre.messages import HoldBlood, Input
from dispatch.centre.protocol import Effect
from dispatch.domain.blood import LotId
from dispatch.domain.blood_orders import BloodOrder, BloodState, Shelf, ShelfLot
from tests.chaos.blood.world import InMemory

Patch = Callable[[pytest.MonkeyPatch], None]


def _no_idempotency(patch: pytest.MonkeyPatch) -> None:
    """A repeat is decided as if it were the first."""

    def anew(draft: Draft, said: HoldBlood, known: BloodOrder) -> None:
        fresh = known.model_copy(update={"steps": (), "taken": ()})
        draft.blood.pop(known.id, None)
        shelf = draft.shelf(known.bank)
        found = (
            holds.pick(shelf, holds.taken_of(draft.blood_orders(known.bank)), known.lines, 0) if shelf else ()
        )
        taken = () if isinstance(found, holds.Missing) else found
        blood_orders._step(draft, fresh.model_copy(update={"taken": taken}), BloodState.HELD, said)
        blood_orders._accept(draft, said, draft.blood[known.id])

    patch.setattr(Over, "reply", lambda self, key: None)
    patch.setattr(blood_orders, "_same_again", anew)


def _ignores_other_holds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blood_orders, "taken_of", lambda orders: {})


def _expires_what_was_confirmed(patch: pytest.MonkeyPatch) -> None:
    def tick(draft: Draft) -> None:
        for order in draft.blood_orders():
            if order.state in (BloodState.HELD, BloodState.CONFIRMED) and draft.now_ms >= order.until_ms:
                step = order.steps[-1].model_copy(update={"state": BloodState.EXPIRED, "at_ms": draft.now_ms})
                draft.put_blood(order.model_copy(update={"steps": (*order.steps, step)}))

    patch.setattr(blood_orders, "tick", tick)


def _forgets_what_has_left(patch: pytest.MonkeyPatch) -> None:
    """What was packed and carried away is free again, though the bank's count still contains it."""

    def only_held(orders: Iterable[BloodOrder], but: BloodOrder | None = None) -> dict[LotId, int]:
        return holds_taken([one for one in orders if one.state.holds], but)

    holds_taken = holds.taken_of
    patch.setattr(blood_orders, "taken_of", only_held)


def _ignores_a_fall(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blood_stock, "give_way", lambda shelf, orders, good_until_ms: [])


def _ignores_gaps(patch: pytest.MonkeyPatch) -> None:
    def changed(
        shelf: Shelf | None, seq: int, counted_ms: int, put: Iterable[ShelfLot], removed: Iterable[LotId]
    ) -> Shelf | None:
        if shelf is None or seq <= shelf.seq:
            return None
        return right(replace(shelf, seq=seq - 1), seq, counted_ms, put, removed)

    right = holds.changed
    patch.setattr(blood_stock, "changed", changed)


def _believes_an_old_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blood_stock, "counted", lambda shelf, new: new)


def _grants_what_expires(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blood_orders, "_good_until", lambda draft, order: 0)


def _answers_before_it_writes(patch: pytest.MonkeyPatch) -> None:
    """What it died with was said and is not on its disk."""

    def take(self: InMemory, inputs: Sequence[Input], now_ms: int) -> list[Effect]:
        over = self._centre._over
        kept[id(self)] = self._centre.state.copy(), dict(over.replies), dict(over.blood)
        return right(self, inputs, now_ms)

    def restart(self: InMemory, now_ms: int) -> None:
        state, replies, blood = kept.pop(id(self), (None, {}, {}))
        if state is not None:
            self._centre.mind.state, self._centre._over.replies = state, replies
            self._centre._over.blood = blood

    kept: dict[int, tuple] = {}  # type: ignore[type-arg]
    right = InMemory.take
    patch.setattr(InMemory, "take", take)
    patch.setattr(InMemory, "restart", restart)


MUTANTS: dict[str, Patch] = {
    "no idempotency": _no_idempotency,
    "ignores other holds": _ignores_other_holds,
    "expires what was confirmed": _expires_what_was_confirmed,
    "forgets what has left": _forgets_what_has_left,
    "ignores a fall of the stock": _ignores_a_fall,
    "ignores gaps": _ignores_gaps,
    "believes an old count": _believes_an_old_count,
    "grants what expires on the way": _grants_what_expires,
    "answers before it writes": _answers_before_it_writes,
}
