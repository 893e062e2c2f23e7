"""Run cards at the console: checked against the commands there are, filled in, run step by step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.language import _, current
from dispatch.settings.cards import Cards, CardStep, RunCard, wrong_step
from dispatch.text import safe_text

if TYPE_CHECKING:
    from dispatch.console.commands.line import Registry

NEVER = frozenset(
    {"card", "line", "palette", "quit", "undo", "signin", "signout", "breakglass", "help", "tour"}
)
"""Commands that no card may give: they end the console, change who sits here, or wait for typing."""


def check_cards(cards: Cards, known: "Registry") -> None:
    """BadConfiguration names file and line of the first step that no command can be."""
    for card in cards.cards:
        for number, step in enumerate(card.steps):
            verb = step.run.split()[0]
            command = known.named(verb)
            if command is None and verb not in known.shorthand:
                problem = _(
                    "{code}: {verb} is no command; czt keys lists them all",
                    code=card.code,
                    verb=safe_text(verb),
                )
                raise wrong_step(cards, card, number, problem)
            if command is not None and command.name() in NEVER:
                problem = _(
                    "{code}: a card may not give the command {verb}", code=card.code, verb=command.name()
                )
                raise wrong_step(cards, card, number, problem)


def values_of(card: RunCard, typed: str) -> dict[str, str]:
    """The words of a line as parameters, in their order; the last one takes all that are left."""
    words, values = typed.split(), {}
    for place, param in enumerate(card.params):
        last = place == len(card.params) - 1
        given = words if last else words[:1]
        words = words[len(given) :]
        values[param.name] = " ".join(given) or param.default
    return values


def missing(card: RunCard, values: Mapping[str, str]) -> list[str]:
    """The names of the parameters that are still empty."""
    return [param.name for param in card.params if not values.get(param.name, "").strip()]


def step_lines(steps: Sequence[CardStep]) -> list[str]:
    """The steps as they will be given, numbered; those that are asked about say so."""
    asked = _("asks first")
    return [
        f"{number:>2}  {safe_text(step.run, 120)}" + (f"  ({asked})" if step.confirm else "")
        for number, step in enumerate(steps, 1)
    ]


async def run_card(console: Console, card: RunCard, values: dict[str, str]) -> Result:
    """Give the steps one after the other; the first that is refused, or not agreed to, ends the card."""
    steps = card.filled(values)
    name, said = card.title.text(current()), []
    for number, step in enumerate(steps, 1):
        place = {"card": name, "step": number, "count": len(steps)}
        if step.confirm and not await _agreed(console, card, steps, number):
            return Result(False, _("{card}: stopped before step {step} of {count}", **place))
        result = await console.carry_out(step.run)
        if not result.ok:
            why = result.text or _("refused")
            return Result(False, _("{card}: step {step} of {count} stopped it: {why}", why=why, **place))
        said.append(result.text)
    last = next((text for text in reversed(said) if text), "")
    done = _("{card}: {count} steps done", card=name, count=len(steps))
    return Result(True, f"{done}{_('; ')}{last}" if last else done)


async def _agreed(console: Console, card: RunCard, steps: Sequence[CardStep], number: int) -> bool:
    def title() -> str:
        name = card.title.text(current())
        return _("{card}: step {step} of {count}", card=name, step=number, count=len(steps))

    return bool(await console.ask(YesNoDialog(title, lambda: [safe_text(steps[number - 1].run, 200)])))
