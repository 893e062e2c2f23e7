"""A screen over another one that is left once."""

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from dispatch.console.faults import Guarded
from dispatch.console.results import Stands

A = TypeVar("A")


class Modal(Guarded, ModalScreen[A], Generic[A]):
    """Base of dialogs and of the command line."""

    def on_screen_resume(self) -> None:
        """It stands, once its focus is set: keys pressed while it opened are for it."""
        self.call_later(self.post_message, Stands())

    def dismiss(self, result: A | None = None) -> AwaitComplete:
        """Leave with an answer. Keys pressed at once may ask for it twice: Textual would then close whatever
        stands on top by that time, and answer twice."""
        return super().dismiss(result) if self.is_current else AwaitComplete()
