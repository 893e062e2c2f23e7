"""cards.toml: run cards, command lines that are given one after the other under one name."""

import re
from pathlib import Path

from pydantic import Field

from dispatch.domain.errors import BadConfiguration
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file

FILE = "cards.toml"
_FIELD = re.compile(r"\{([^{}]*)\}")
_STRAY = re.compile(r"[{}]")


class CardParam(Frozen):
    """One thing that is filled in before a card runs."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")
    zh: str = Field(min_length=1, max_length=20)
    en: str = Field(min_length=1, max_length=40)
    hint: str = Field(default="", max_length=40)
    default: str = Field(default="", max_length=80)

    @property
    def title(self) -> Name:
        return Name(zh=self.zh, en=self.en)


class CardStep(Frozen):
    """A command line with {parameters}; `confirm`: it is asked about before it is given."""

    run: str = Field(min_length=1, max_length=200)
    confirm: bool = False


class CardTable(Frozen):
    """[cards.<code>] as it is written."""

    zh: str = Field(min_length=1, max_length=20)
    en: str = Field(min_length=1, max_length=40)
    about: Name
    params: tuple[CardParam, ...] = Field(default=(), max_length=6)
    steps: tuple[str | CardStep, ...] = Field(min_length=1, max_length=20)


class CardsFile(Frozen):
    """config/cards.toml."""

    edition: str = Field(min_length=1)
    cards: dict[str, CardTable] = Field(default={}, max_length=60)


class RunCard(Frozen):
    """One card, checked: every {name} of its steps is a parameter, and each parameter is used."""

    code: str
    title: Name
    about: Name
    params: tuple[CardParam, ...]
    steps: tuple[CardStep, ...]
    lines: tuple[int, ...]
    """The line of the file on which each step begins."""

    def filled(self, values: dict[str, str]) -> tuple[CardStep, ...]:
        """The steps with the parameters put in; what is not given stays in its {braces}."""
        known = {name: value for name, value in values.items() if value}

        def put(step: CardStep) -> CardStep:
            run = _FIELD.sub(lambda found: known.get(found[1], found[0]), step.run)
            return CardStep(run=run, confirm=step.confirm)

        return tuple(put(step) for step in self.steps)


class Cards(Frozen):
    """All cards by code, and the file that they stand in."""

    file: str = FILE
    cards: tuple[RunCard, ...] = ()

    def named(self, code: str) -> RunCard | None:
        return next((card for card in self.cards if card.code == code), None)


def load_cards(user_dir: Path | None = None) -> Cards:
    """Read and check them; BadConfiguration names file and line."""
    file = TomlFile(config_file(FILE, user_dir))
    table = file.read(CardsFile)
    return Cards(
        file=str(file.path), cards=tuple(_card(file, code, card) for code, card in table.cards.items())
    )


def _card(file: TomlFile, code: str, card: CardTable) -> RunCard:
    place = ("cards", code)
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", code):
        raise file.wrong(place, _("{code}: a card is named by small letters, digits and _", code=code))
    names = [param.name for param in card.params]
    if len(set(names)) < len(names):
        raise file.wrong((*place, "params"), _("{code}: a parameter is named twice", code=code))
    steps = tuple(step if isinstance(step, CardStep) else CardStep(run=step) for step in card.steps)
    used: set[str] = set()
    for number, step in enumerate(steps):
        used |= _checked(file, _line_of(file, (*place, "steps", number), step), code, step, names)
    if unused := [name for name in names if name not in used]:
        problem = _("{code}: no step uses the parameter {name}", code=code, name=unused[0])
        raise file.wrong((*place, "params"), problem)
    lines = tuple(_line_of(file, (*place, "steps", number), step) for number, step in enumerate(steps))
    return RunCard(code=code, title=Name(zh=card.zh, en=card.en), about=card.about, params=card.params,
                   steps=steps, lines=lines)  # fmt: skip


def _line_of(file: TomlFile, place: tuple[str | int, ...], step: CardStep) -> int:
    """The line of one step in its list: the first from the list's own line on that holds its words."""
    begin = file.line(place)
    lines = file.path.read_text("utf-8").splitlines()[begin - 1 :]
    return next((begin + down for down, line in enumerate(lines) if step.run in line), begin)


def _checked(file: TomlFile, line: int, code: str, step: CardStep, names: list[str]) -> set[str]:
    """The parameters that a step uses."""
    found = _FIELD.findall(step.run)
    known = ", ".join(names) or _("none")
    for name in found:
        if name not in names:
            problem = _(
                "{code}: {name} is no parameter; there are: {known}", code=code, name=name, known=known
            )
            raise BadConfiguration(str(file.path), line, problem)
    if _STRAY.search(_FIELD.sub("", step.run)):
        problem = _("{code}: a brace stands alone; a parameter is written in two", code=code)
        raise BadConfiguration(str(file.path), line, problem)
    return set(found)


def wrong_step(cards: Cards, card: RunCard, number: int, problem: str) -> BadConfiguration:
    """The complaint about one step of a card, by file and line; `number` counts from 0."""
    return BadConfiguration(cards.file, card.lines[number], problem)
