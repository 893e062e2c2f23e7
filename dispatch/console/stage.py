"""What stands in view: the screens, the dialogs over them, and how one gives way to another."""

from contextlib import ExitStack

from textual.screen import ModalScreen, Screen

from dispatch import language
from dispatch.console.dialogs.base import Dialog
from dispatch.console.hearing import Hearing
from dispatch.console.limits import Manners
from dispatch.console.results import Result
from dispatch.console.screens.base import ConsoleScreen

MASK_S = 0.05
"""How long a change of screen is hidden at most; it is over once the new screen is painted whole."""
HOME_OF = {
    "unit": "units",
    "incident": "incidents",
    "alarm": "alarms",
    "aid": "aids",
    "blood_order": "holds",
    "site": "map",
    "hospital": "map",
    "bank": "map",
}


class Stage(Hearing):
    """An app of console screens, each a mode of Textual's, with dialogs over them."""

    def __init__(self, manners: Manners) -> None:
        super().__init__(manners.letter_quiet_s)
        self.manners = manners
        self.previous_screen = ""
        """The screen before the help was opened."""
        self._mask, self._masked = ExitStack(), False

    def paint_chrome(self) -> None:
        """Paint the lines around the screen in view."""
        raise NotImplementedError

    def delay_update(self, delay: float = MASK_S) -> None:
        """Textual hides a change of screen for 50 ms always, which is all the time a key may take to show."""
        if not self._masked:
            self._masked = True
            self._mask.enter_context(self.batch_update())
        self.set_timer(min(delay, MASK_S), self.unmask)

    def unmask(self) -> None:
        if self._masked:
            self._masked = False
            self._mask.close()
            self.screen.refresh()

    @property
    def base_screen(self) -> ConsoleScreen | None:
        """The screen under any dialog."""
        base = self.screen_stack[0] if self.screen_stack else None
        return base if isinstance(base, ConsoleScreen) else None

    def every_screen(self) -> list[Screen[object]]:
        """All that stand somewhere, those out of sight too."""
        return [screen for stack in self._screen_stacks.values() for screen in stack]

    @property
    def screen_name(self) -> str:
        screen = self.base_screen
        return screen.NAME if screen else ""

    async def goto(self, screen: str) -> None:
        self._leave_dialogs()
        if self.screen_name != "help":
            self.previous_screen = self.screen_name
        await self.switch_mode(screen)

    def _leave_dialogs(self) -> None:
        while isinstance(self.screen, ModalScreen):
            self.screen.dismiss(None)

    def selected(self, kind: str) -> str | None:
        screen = self.base_screen
        if screen is None:
            return None
        screen.settle()
        return screen.selected(kind)

    async def show(self, kind: str, key: str) -> bool:
        await self.goto(HOME_OF[kind])
        screen = self.base_screen
        return screen is not None and screen.show_one(kind, key)

    async def do(self, act: str, *words: str) -> Result:
        screen = self.base_screen
        if screen is None:
            return Result(False, "")
        screen.settle()
        return await screen.do(act, *words)

    def can(self, act: str) -> str:
        screen = self.base_screen
        return screen.can(act) if screen else ""

    async def ask(self, dialog: object) -> object | None:
        if not isinstance(dialog, Screen):
            raise TypeError("only a dialog can be asked")
        if isinstance(dialog, Dialog):
            dialog.guard_s, dialog.quiet_s = self.manners.confirm_guard_s, self.manners.confirm_quiet_s
        answer: object | None = await self.push_screen_wait(dialog)
        self._goes_on()
        return answer

    def speak(self, wanted: str) -> None:
        language.use(wanted)
        for screen in self.every_screen():
            relabel = getattr(screen, "relabel", None)
            if relabel is not None and screen.is_mounted:
                relabel()
        self.paint_chrome()
