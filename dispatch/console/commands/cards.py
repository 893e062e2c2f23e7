"""Run cards: several command lines under one name, shown before they are given."""

from collections.abc import Iterable

from dispatch.console.cards import run_card, values_of
from dispatch.console.commands.base import Arg, Command
from dispatch.console.commands.readers import Named, Words
from dispatch.console.dialogs.card import CardDialog, CardsDialog
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Misread, Result
from dispatch.domain.model import Name
from dispatch.language import N_, _, current


def cards(desk: Desk) -> Iterable[tuple[str, Name]]:
    """Every card by its code."""
    return ((card.code, card.title) for card in desk.configuration.cards.cards)


class Card(Command):
    verbs = ("card", "预案", "yuan")
    title = N_("Run card")
    help = N_(
        "Gives the steps of a card from cards.toml one after the other, after showing them; it stops at the "
        "first that is refused. Without a name it lists the cards."
    )
    args = (
        Arg("card", N_("card"), Named("card", cards), "arrest", required=False),
        Arg("values", N_("what it needs"), Words(), "昭山", required=False, rest=True),
    )
    example = "card arrest 昭山"

    @classmethod
    def palette_lines(cls, desk: Desk) -> tuple[str, ...]:
        return (cls.name(), *(f"{cls.name()} {code}" for code, _title in cards(desk)))

    def label(self) -> str:
        return _("Run cards")

    async def run(self, console: Console) -> Result:
        known = console.desk.configuration.cards
        if not known.cards:
            raise Misread(_("there are no run cards: write some into cards.toml of your folder"))
        code = self.text("card")
        if not code and self.text("values"):
            names = _(", ").join(card.code for card in known.cards)
            raise Misread(_("no card is called that; there are: {names}", names=names))
        if not code:
            picked = await console.ask(CardsDialog(known.cards))
            code = picked if isinstance(picked, str) else ""
        card = known.named(code)
        if card is None:
            return Result(False, _("no card was run"))
        values = await console.ask(CardDialog(card, values_of(card, self.text("values"))))
        if not isinstance(values, dict):
            return Result(False, _("{card}: nothing was done", card=card.title.text(current())))
        return await run_card(console, card, values)
