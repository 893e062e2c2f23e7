"""Why a proposed move of blood is declined."""

from collections.abc import Callable, Sequence

from dispatch.console.dialogs.reason import ReasonDialog
from dispatch.language import _
from dispatch.settings.incident_words import Words


class KeepMoveDialog(ReasonDialog[str]):
    """A digit takes an agreed reason, or one is typed; F7 declines."""

    def __init__(self, sentence: Callable[[], str], words: Words) -> None:
        super().__init__(words)
        self.sentence = sentence

    def title_text(self) -> str:
        return _("Decline a move")

    def nouns(self) -> Sequence[str]:
        return [self.sentence()]

    def answer(self, reason: str) -> str:
        return reason
