"""A ranking that is live until the operator chooses from it, and then stands still."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from dispatch.console.present import age_text
from dispatch.console.present_ranking import RankingTable
from dispatch.console.widgets.ranking import RankingView
from dispatch.language import _


class Ranked(Protocol):
    """What every ranking says of itself."""

    @property
    def as_of(self) -> datetime: ...


R = TypeVar("R", bound=Ranked)


class Held(Generic[R]):
    """What is shown is what is offered: `ranking` is the one on the screen, never a newer one."""

    def __init__(self, view: RankingView) -> None:
        self.view = view
        self.ranking: R | None = None
        self.subject = ""
        self.order: tuple[str, ...] = ()
        self.newer = False
        self.stale = False
        """The language or the theme changed: the same ranking must be said anew."""

    @property
    def chosen_from(self) -> bool:
        """Whether the operator's cursor is in this list."""
        focused = self.view.screen.focused
        return focused is self.view.board

    def take(self, subject: str, ranking: R, order: Sequence[str], table: Callable[[], RankingTable]) -> None:
        """A newer ranking came: show it, or only remember that there is one while the operator chooses."""
        same_order = tuple(order) == self.order
        if self.chosen_from and subject == self.subject and not self.stale:
            self.newer = not same_order
            return
        self.subject, self.ranking, self.order = subject, ranking, tuple(order)
        self.newer = self.stale = False
        shown = table()
        self.view.show(shown, anew=True)
        # A list nobody chooses from offers rank 1, whoever that is now.
        if order and (not self.chosen_from or self.view.selected in shown.refused):
            self.view.board.select(order[0])

    def release(self) -> None:
        """The operator asked for the newest: the next one is shown."""
        self.stale = True

    def clear(self) -> None:
        """There is nothing to rank for."""
        if self.ranking is not None or self.subject:
            self.subject, self.ranking, self.order = "", None, ()
            self.view.show(RankingTable("", (), {}))

    def notice(self, now: datetime) -> str:
        """That a newer ranking differs from the one being chosen from; empty when none does."""
        if not (self.newer and self.chosen_from and self.ranking is not None):
            return ""
        return _(
            "This ranking is {age} old and a newer one differs; r takes the newer",
            age=age_text(self.ranking.as_of, now),
        )
