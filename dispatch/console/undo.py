"""Five seconds in which the last act can be taken back, where it can be taken back at all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil

from dispatch.console.ports import Outcome
from dispatch.console.results import Result
from dispatch.language import _

UNDO_S = 5.0

Back = Callable[[], Awaitable[Outcome]]
"""Takes an act back; it may refuse, because the world has gone on."""


@dataclass(frozen=True, slots=True)
class _Offer:
    back: Back
    until_s: float


class Undo:
    """Holds the last act; `steady` counts an operator's seconds, whatever the speed of a drill."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._offer: _Offer | None = None

    def offer(self, back: Back) -> None:
        """From now on for `UNDO_S` seconds `back` takes the last act back."""
        self._offer = _Offer(back, self._steady() + UNDO_S)

    def forget(self) -> None:
        """Something else was done: what came before it is no longer the last act."""
        self._offer = None

    def left_s(self) -> int:
        """Whole seconds in which it can still be taken back; 0: nothing can."""
        if self._offer is None:
            return 0
        return max(0, ceil(self._offer.until_s - self._steady()))

    async def take_back(self) -> Result:
        """Take the last act back, once."""
        offer, self._offer = self._offer, None
        if offer is None or self._steady() >= offer.until_s:
            return Result(
                False, _("there is nothing to take back: it can be for {s} seconds only", s=int(UNDO_S))
            )
        outcome = await offer.back()
        return Result(outcome.ok, outcome.message)
