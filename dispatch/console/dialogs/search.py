"""A field that finds what is typed - Chinese, pinyin or initials - and offers it below."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from dispatch.console.dialogs.fields import LABEL_CELLS, Field
from dispatch.console.places import FOUND_KINDS
from dispatch.console.present import name_text
from dispatch.console.present_places import place_said
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.geography import City, CityCode
from dispatch.language import _
from dispatch.picture.find import Found

SUGGESTED = 4


class SearchField(Field):
    """Enter or Tab takes the first one offered; down goes to the others; `picked` is what was taken.

    Tab never stops at what is offered: a digit typed next, for the priority, would pick a place instead.
    """

    DEFAULT_CSS = f"""
    SearchField ReasonList {{ margin-left: {LABEL_CELLS}; display: none; }}
    SearchField ReasonList.-on {{ display: block; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "enter_list", show=False),
        Binding("tab", "go_on", show=False),
    ]

    def __init__(
        self,
        name: str,
        label: Callable[[], str],
        search: Callable[[str], Sequence[Found]],
        kinds: Sequence[str],
        cities: Mapping[CityCode, City],
        *,
        hint: Callable[[], str],
        text: str = "",
        picked: Found | None = None,
    ) -> None:
        self.input = Input(text, id=name, select_on_focus=False)
        super().__init__(name, label, self.input, hint=hint)
        self.search, self.kinds, self.cities = search, kinds, cities
        self.found: list[Found] = []
        self.picked = picked

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield ReasonList(())

    def how(self) -> str:
        return _("Chinese, pinyin or initials; Enter or Tab takes the first found, Down goes to the others")

    @property
    def text(self) -> str:
        return self.input.value.strip()

    def on_input_changed(self) -> None:
        if self.picked is not None and name_text(self.picked.name) != self.text:
            self.picked = None
        wanted = [] if self.picked or not self.text else self.search(self.text)
        self._offer([found for found in wanted if found.kind in self.kinds][:SUGGESTED])

    def on_input_submitted(self) -> None:
        self._take_first()

    def _take_first(self) -> None:
        if self.found and self.picked is None:
            self.take(self.found[0])

    def action_go_on(self) -> None:
        if self.input.has_focus:
            self._take_first()
        offered = self.query_one(ReasonList)
        if self.screen.focus_next() is offered:  # its styles still show what was offered a moment ago
            self.screen.focus_next()

    def on_reason_list_taken(self, event: ReasonList.Taken) -> None:
        event.stop()
        self.take(self.found[event.at])
        self.screen.focus_next()

    def take(self, found: Found) -> None:
        """Fill the field with one of what was found."""
        self.picked = found
        self.input.value = name_text(found.name)
        self.input.cursor_position = len(self.input.value)
        self._offer([])

    def action_enter_list(self) -> None:
        offered = self.query_one(ReasonList)
        if self.found and not offered.has_focus:
            offered.focus()
            offered.action_move(1)

    def _offer(self, found: list[Found]) -> None:
        self.found = found
        offered = self.query_one(ReasonList)
        offered.give([self._line(each) for each in found])
        offered.set_class(bool(found), "-on")

    def _line(self, found: Found) -> str:
        city = name_text(self.cities[found.city].name)
        return f"{place_said(name_text(found.name))}  {city} {_(FOUND_KINDS[found.kind])}"
