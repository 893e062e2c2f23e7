"""What the audit logs do not hold: stocks, orders of blood, claims. A replay shows none of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Never

from dispatch.blood.move_models import MoveAnswer, MoveDecision
from dispatch.claims.claim import ClaimRow, ClaimStep
from dispatch.desk.document import Document
from dispatch.domain.drills import Course
from dispatch.domain.errors import DispatchError
from dispatch.language import _


class ReplayRefused(DispatchError):
    """Nothing can be done in a replay."""

    def __init__(self) -> None:
        super().__init__(_("this is a replay: it can be looked at, and nothing can be done"))


class NoBloodOrders:
    """Orders of blood at this desk: none."""

    def asking(self) -> Sequence[Never]:
        return ()

    async def act(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused


class NoMoves:
    """Moves of blood: nobody has looked."""

    answer: MoveAnswer | None = None

    @property
    def decided(self) -> Mapping[str, MoveDecision]:
        return {}

    async def look(self) -> Never:
        raise ReplayRefused

    async def decide(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused


class NoPrinting:
    """A replay prints nothing: what it shows is printed by `czt report`."""

    async def keep(self, _document: Document) -> Never:
        raise ReplayRefused

    async def put_out(self, _document: Document) -> Never:
        raise ReplayRefused

    async def shown(self, _document: Document) -> None:
        """Nothing is written down here."""


class NoSteering:
    """A replay is led by nobody."""

    course: Course | None = None

    @property
    def trouble(self) -> str:
        return str(ReplayRefused())

    async def refresh(self) -> None:
        """There is nobody to ask."""

    async def inject(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused

    async def end(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused

    async def pause(self) -> Never:
        raise ReplayRefused

    async def resume(self) -> Never:
        raise ReplayRefused

    async def run_at(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused


class NoClaims:
    """Claims on blood fees: none were told."""

    total = 0
    shown = ""
    why = ""
    heard_at: datetime | None = None

    @property
    def rows(self) -> Sequence[ClaimRow]:
        return ()

    @property
    def trouble(self) -> str:
        return str(ReplayRefused())

    @property
    def facts(self) -> Mapping[str, str | int]:
        return {}

    @property
    def steps(self) -> Sequence[ClaimStep]:
        return ()

    async def refresh(self) -> None:
        """There is nobody to ask."""

    async def look(self, claim: str) -> bool:  # noqa: ARG002 - what it is given is set by the protocol
        """There is nobody to ask."""
        return False

    async def act(self, *_given: object, **_named: object) -> Never:
        raise ReplayRefused
