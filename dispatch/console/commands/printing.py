"""The command that prints what the screen is about: the slip of an order, the stock, the moves."""

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Choice
from dispatch.console.people import operator_text
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.desk.document import Document
from dispatch.desk.slips import moves_statement, order_slip, stock_statement
from dispatch.domain.blood_orders import BloodOrderId
from dispatch.language import N_, _

TO = {"paper": ("纸", "zhi", "打印机", "dayinji"), "file": ("文件", "wenjian")}
ABOUT = {
    "order": ("血单", "xuedan"),
    "stock": ("库存", "kucun"),
    "moves": ("调剂", "tiaoji"),
}


class Print(Command):
    verbs = ("print", "打印", "dayin")
    title = N_("Print")
    help = N_(
        "Prints the issue slip of the order under the cursor, the stock of this city's banks, or the "
        "proposed moves; with file it is only written. In a browser it opens as a page for its printer."
    )
    group = GROUPS[1]
    args = (
        Arg("about", N_("order, stock or moves"), Choice(ABOUT, whole=True), "stock", required=False),
        Arg("to", N_("paper or file"), Choice(TO, whole=True), "file", required=False),
    )
    example = "print stock file"

    def why_not(self, console: Console) -> str:
        return (
            ""
            if _about(self, console)
            else _("nothing to print here: put the cursor on an order, or say stock")
        )

    async def run(self, console: Console) -> Result:
        document = _document(_about(self, console), console)
        if document is None:
            return Result(
                False, self.why_not(console) or _("nothing to print: nobody has looked for moves yet")
            )
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
    if console.selected("blood_order"):
        return "order"
    return {"blood": "stock", "bloodwork": "stock", "moves": "moves"}.get(console.screen_name, "")


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
    return None
