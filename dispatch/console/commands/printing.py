"""The command that prints what the screen is about: the slip of an order, the stock, the moves, a claim."""

# ruff: noqa: ARG002 - what a reader is given is set by the protocol

import re
from collections.abc import Sequence

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.claims import claim_ids
from dispatch.console.commands.readers import Choice
from dispatch.console.people import operator_text
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Misread, Result, Suggestion
from dispatch.desk.claim_slips import claim_decision, claims_list
from dispatch.desk.claim_words import checklist, policy_text
from dispatch.desk.document import Document
from dispatch.desk.slips import moves_statement, order_slip, stock_statement
from dispatch.domain.blood_orders import BloodOrderId
from dispatch.domain.operators import Right
from dispatch.language import N_, _, current
from dispatch.text import fold, safe_text

TO = {"paper": ("纸", "zhi", "打印机", "dayinji"), "file": ("文件", "wenjian")}
ABOUT = {
    "order": ("血单", "xuedan"),
    "stock": ("库存", "kucun"),
    "moves": ("调剂", "tiaoji"),
    "claim": ("报销单", "baoxiaodan"),
    "claims": ("报销清单", "baoxiaoqingdan"),
}
_CLAIMS = frozenset({"claim", "claims"})
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_.:-]{0,47}")


class _ClaimWord:
    """A claim by its number: also one that is over, which no list has any more."""

    def read(self, word: str, desk: Desk) -> object | None:
        return word if _CODE.fullmatch(word) else None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        found = [Suggestion(code, note) for code, note in claim_ids(desk) if fold(start) in fold(code)]
        return found[:8]


class Print(Command):
    verbs = ("print", "打印", "dayin")
    title = N_("Print")
    help = N_(
        "Prints the issue slip of the order under the cursor, the stock of this city's banks, the proposed "
        "moves, a claim under the cursor or by its number, or the claims that are not over; with file it is "
        "only written. In a browser it opens as a page for its printer."
    )
    group = GROUPS[1]
    args = (
        Arg(
            "about",
            N_("order, stock, moves, claim or claims"),
            Choice(ABOUT, whole=True),
            "stock",
            required=False,
        ),
        Arg("to", N_("paper or file"), Choice(TO, whole=True), "file", required=False),
        Arg("claim", N_("claim"), _ClaimWord(), "CS-1", required=False),
    )
    example = "print stock file"

    def why_not(self, console: Console) -> str:
        about = _about(self, console)
        if about in _CLAIMS:
            return console.desk.may(Right.CLAIMS)
        if about:
            return ""
        return _("nothing to print here: put the cursor on an order or a claim, or say stock")

    async def run(self, console: Console) -> Result:
        about, claim = _about(self, console), self.text("claim")
        if claim and about != "claim":
            raise Misread(_("only a claim is printed by its number: {word}", word=safe_text(claim, 48)))
        if about == "claims":
            await console.desk.claims.refresh()
        document = await _claim(claim, console) if about == "claim" else _document(about, console)
        if document is None:
            return Result(False, self.why_not(console) or _nothing(about, console))
        printing = console.desk.printing
        if console.deliver(document):
            await printing.shown(document)
            return Result(True, _("{title}: shown in the browser, which prints it", title=document.title))
        put = printing.keep if self.text("to") == "file" else printing.put_out
        outcome = await put(document)
        return Result(outcome.ok, outcome.message)


def _about(command: Print, console: Console) -> str:
    """What is said, else what the screen is about; empty: nothing."""
    if said := command.text("about"):
        return said
    if command.text("claim") or console.selected("claim"):
        return "claim"
    if console.selected("blood_order"):
        return "order"
    screens = {"blood": "stock", "bloodwork": "stock", "moves": "moves", "claims": "claims"}
    return screens.get(console.screen_name, "")


def _nothing(about: str, console: Console) -> str:
    if about == "claims":
        return console.desk.claims.trouble
    if about == "claim":
        return _("nothing to print: which claim? put the cursor on one, or type its number")
    return _("nothing to print: nobody has looked for moves yet")


async def _claim(number: str, console: Console) -> Document | None:
    """The one that is named, else the one under the cursor, as its centre tells it now."""
    desk = console.desk
    number = number or console.selected("claim") or ""
    if not number:
        return None
    claims = desk.claims
    if not await claims.look(number):
        raise Misread(_("the centre does not tell of claim {claim}", claim=safe_text(number, 48)))
    facts, known = claims.facts, desk.configuration
    policy = str(facts["policy"])
    return claim_decision(
        facts,
        claims.steps,
        claims.why,
        {str(code): city.name.text(current()) for code, city in desk.picture.cities.items()},
        policy_text(known, policy),
        checklist(known, policy, str(facts["used_on"]), str(facts["by"])),
        desk.clock.now(),
        operator_text(desk, limit=40),
        drill=desk.drill,
    )


def _document(about: str, console: Console) -> Document | None:
    desk = console.desk
    now, who = desk.clock.now(), operator_text(desk, limit=40)
    match about:
        case "order":
            order = desk.picture.blood_orders.get(BloodOrderId(console.selected("blood_order") or ""))
            if order is not None:
                return order_slip(order, desk.configuration, now, who, drill=desk.drill)
        case "stock":
            return stock_statement(desk.picture, desk.home_city, now, console.soon, who, drill=desk.drill)
        case "moves":
            if (answer := desk.moves.answer) is not None:
                decided = desk.moves.decided
                return moves_statement(answer, decided, desk.picture, now, who, drill=desk.drill)
        case "claims":
            if desk.claims.trouble or desk.may(Right.CLAIMS):
                return None
            claims, centre = desk.claims, desk.picture.city(desk.home_city).name.text(current())
            more = claims.total - len(claims.rows)
            return claims_list(claims.rows, more, centre, now, who, drill=desk.drill)
    return None
