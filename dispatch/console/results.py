"""What comes of a command line, and how one is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from dispatch.domain.errors import DispatchError


@dataclass(frozen=True, slots=True)
class Result:
    """What the result line says after a command: one sentence, and whether it was done."""

    ok: bool
    text: str
    then: Callable[[], str] | None = None
    """What it says instead once the world has gone on; empty until then."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the console itself answers in place of the desk: an Outcome."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to complete a word of the command line."""

    text: str
    note: str = ""


class Misread(DispatchError):
    """A command line that cannot be carried out: one sentence, already in the language in use."""


class LineTyped(Message):
    """A command line to be carried out, from whichever key, click or field."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


class Stands(Message):
    """A dialog, the command line or the palette stands, with its focus."""
