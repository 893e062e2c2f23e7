"""A Command is one thing an operator can ask for: message, key binding, palette entry, help row and verb."""

# ruff: noqa: ARG002 - the base answers for commands that do not ask

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual.message import Message

from dispatch.console.ports import Console, Desk
from dispatch.console.results import Result, Suggestion
from dispatch.domain.operators import Right
from dispatch.language import N_, _, current


class Reader(Protocol):
    """Reads one word of a command line as a value of one kind."""

    def read(self, word: str, desk: Desk) -> object | None:
        """The value of a word, None when it is not of this kind; Misread when it is but cannot be used."""
        ...

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        """Words of this kind that begin with, or sound like, `start`."""
        ...


@dataclass(frozen=True)
class Arg:
    """One field of a command. `many` fills a tuple; `rest` takes every word no other field wants."""

    name: str
    title: str
    reader: Reader
    hint: str
    required: bool = True
    many: bool = False
    rest: bool = False


LENDING = N_("Lending between cities")
SHIFTS = N_("Desks and shifts")
DRILLS = N_("Leading a drill")
GROUPS = (
    N_("Incidents and units"),
    N_("Blood"),
    N_("Alarms"),
    N_("Find and look"),
    N_("Console"),
    LENDING,
    SHIFTS,
    DRILLS,
)


class Command(Message):
    """Base of all commands. `verbs`: the first is its name; then Chinese and pinyin."""

    verbs: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    help: ClassVar[str]
    group: ClassVar[str] = GROUPS[4]
    args: ClassVar[tuple[Arg, ...]] = ()
    example: ClassVar[str] = ""
    lines: ClassVar[tuple[str, ...] | None] = None
    """The lines the palette offers; None: the bare verb, opened for typing where fields are needed."""
    listed: ClassVar[bool] = True
    right: ClassVar[Right | None] = None
    """What the role in use must be allowed; None: anybody may."""

    def __init__(self, line: str = "", **fields: object) -> None:
        super().__init__()
        self.line = line
        self.fields = fields

    @classmethod
    def name(cls) -> str:
        return cls.verbs[0]

    @classmethod
    def verb(cls) -> str:
        """Its verb in the language in use."""
        return cls.verbs[1] if current() == "zh_CN" and len(cls.verbs) > 1 else cls.verbs[0]

    @classmethod
    def needs_fields(cls) -> bool:
        return any(arg.required for arg in cls.args)

    @classmethod
    def palette_lines(cls, desk: Desk) -> tuple[str, ...]:  # noqa: ARG003 - for commands that ask the desk
        """The lines the palette offers at a desk."""
        return cls.lines or (cls.name(),)

    @classmethod
    def usage(cls, verb: str = "") -> str:
        """How to type it: `send <unit> <incident>`; optional fields in brackets. `verb`: for its name."""
        words = [f"<{_(arg.title)}>" if arg.required else f"[{_(arg.title)}]" for arg in cls.args]
        return " ".join([verb or cls.name(), *words])

    def label(self) -> str:
        """Two or three syllables for the row of function keys."""
        return _(self.title)

    def label_on(self, screen: str) -> str:
        """The same, where it means something else on one screen."""
        return self.label()

    def why_not(self, console: Console) -> str:
        """Why it cannot be done now, as one sentence; empty when it can. First of all the role may not."""
        return console.desk.may(self.right) if self.right is not None else ""

    async def run(self, console: Console) -> Result:
        """Do it and say what came of it; DispatchError when refused."""
        raise NotImplementedError

    def text(self, name: str) -> str:
        """A field as text; empty when it was not given."""
        value = self.fields.get(name)
        return "" if value is None else str(value)
