"""The line about the order nobody has answered: on every screen, until somebody has."""

from collections.abc import Sequence

from rich.text import Text

from dispatch.centre.asking import Urgency
from dispatch.console.ports import OpenOrder
from dispatch.console.present_orders import STYLES, order_sentence, orders_count
from dispatch.console.present_scene import Scene
from dispatch.console.results import LineTyped
from dispatch.console.symbols import symbols
from dispatch.console.widgets.statusbar import ChromeLine
from dispatch.language import _
from dispatch.text import cell_width, fit


class OrderLine(ChromeLine):
    """Nothing while every order is answered; else the worst of them, of which one cell flashes."""

    DEFAULT_CSS = "OrderLine { display: none; background: $surface; }"

    def show(self, orders: Sequence[OpenOrder], scene: Scene, beat: int, key: str) -> None:
        """Paint the moment; `key` is the one that leads there, as it is printed on the keyboard."""
        if self.display != bool(orders):
            self.display = bool(orders)
        if orders:
            self.put(self._line(orders, scene, beat, key))

    def on_click(self) -> None:
        self.post_message(LineTyped("orders"))

    def _line(self, orders: Sequence[OpenOrder], scene: Scene, beat: int, key: str) -> Text:
        worst = orders[0]
        amber = worst.urgency is Urgency.AMBER
        style = self.look["banner" if amber else STYLES[worst.urgency]]
        sign = symbols().warning if amber else symbols().critical
        more = orders_count(orders)
        tail = "  ".join(part for part in (more, _("{key} shows it", key=key)) if part)
        room = max(10, self.columns - cell_width(tail) - 5)
        said = fit(order_sentence(worst, scene), room, ellipsis=symbols().ellipsis)
        return Text(f" {sign if beat % 4 < 2 else ' '} {said} {tail} ", style=style)
