"""Whoever sits here: asked who it is, signed out when nobody is there, his work told to the other desks."""

from typing import TYPE_CHECKING

from textual.screen import ModalScreen

from dispatch.console.commands.people import sign_in
from dispatch.console.dialogs.base import Dialog
from dispatch.console.faults import said_error
from dispatch.console.presence import Presence
from dispatch.console.results import Result
from dispatch.console.seat import SeatWatch, Wish
from dispatch.console.trade import trade_of
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import IncidentId
from dispatch.language import _

if TYPE_CHECKING:
    from dispatch.console.app import ConsoleApp


class Seating:
    """Looked at once a second; what takes time runs in workers of the app."""

    def __init__(self, console: "ConsoleApp") -> None:
        self._console = console
        self._presence = Presence()
        self.watch = SeatWatch(console.desk.configuration.settings.lock_after_min)

    def look(self) -> None:
        """Sign out whoever left, ask who takes an empty seat."""
        match self.watch.look(self._console.desk):
            case Wish.LOCK:
                self._console.run_worker(self._lock(), group="seat", exit_on_error=False)
            case Wish.ASK:
                self._console.run_worker(self._ask_who(), group="seat", exit_on_error=False)

    def follow_trade(self) -> None:
        """Somebody of another trade sits here now: his keys, and his first screen once no dialog is open."""
        console = self._console
        trade = trade_of(console.desk, console.trade)
        if trade is not console.trade and not isinstance(console.screen, ModalScreen):
            console.take_trade(trade)
            console.run_worker(console.goto(trade.home), group="seat", exit_on_error=False)

    def tell_work(self, incident_id: str | None) -> None:
        """The other desks are told which open incident this one has looked at for a while."""
        desk = self._console.desk
        looked = desk.picture.incidents.get(IncidentId(incident_id or ""))
        at_work = looked.id if looked is not None and looked.state.open else None
        told = self._presence.look(at_work, desk.clock.monotonic())
        if told is not None:
            self._console.run_worker(desk.work_on(told.incident), group="presence", exit_on_error=False)

    async def _lock(self) -> None:
        """Nobody touched the console for so long that it signs out; what is under way goes on."""
        await self._console.desk.sign_out(idle=True)
        minutes = self.watch.minutes
        self._console.say(
            Result(False, _("Nobody was here for {minutes:g} min: signed out", minutes=minutes))
        )

    async def _ask_who(self) -> None:
        """Ask who takes the seat; a form that stands open waits below and is not lost."""
        console = self._console
        covered = any(isinstance(screen, Dialog) for screen in console.screen_stack)
        try:
            console.say(await sign_in(console, operator=self.watch.sat, leavable=not covered))
        except DispatchError as error:
            console.say(Result(False, said_error(error)))
