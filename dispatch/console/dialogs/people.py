"""A field that picks a person: by number, name or pinyin, or by going down the list."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from dispatch.console.dialogs.fields import LABEL_CELLS, Field
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.model import Name
from dispatch.domain.operators import ROLE_NAMES, Role
from dispatch.language import _, current
from dispatch.text import matches, safe_text

Person = tuple[str, Name, Role]
_SHOWN = 4


class PersonField(Field):
    """`picked` is the id of who was taken, or what was typed where nobody is known."""

    DEFAULT_CSS = f"""
    PersonField ReasonList {{ margin-left: {LABEL_CELLS}; display: none; }}
    PersonField ReasonList.-on {{ display: block; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "enter_list", show=False)]

    def __init__(
        self, name: str, label: Callable[[], str], people: Sequence[Person], picked: str = ""
    ) -> None:
        self.input = Input(picked, id=name, select_on_focus=False, max_length=64)
        super().__init__(name, label, self.input, hint=lambda: _("name, pinyin or initials"))
        self.people, self.found = tuple(people), tuple[Person, ...]()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield ReasonList(())

    @property
    def picked(self) -> str:
        """The id of the person; empty while nobody, or more than one, is meant."""
        typed = self.input.value.strip()
        if not self.people:
            return typed
        exact = [key for key, name, _role in self.people if typed in (key, name.zh, name.en)]
        fitting = self._fitting(typed) if typed else ()
        return exact[0] if len(exact) == 1 else fitting[0][0] if len(fitting) == 1 else ""

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        self._offer()

    def on_descendant_blur(self) -> None:
        super().on_descendant_blur()
        self.call_after_refresh(self._offer)

    def on_input_changed(self) -> None:
        self._offer()

    def on_input_submitted(self) -> None:
        if self.found and not self.picked:
            self._take(self.found[0])

    def on_reason_list_taken(self, event: ReasonList.Taken) -> None:
        event.stop()
        self._take(self.found[event.at])
        self.screen.focus_next()

    def action_enter_list(self) -> None:
        offered = self.query_one(ReasonList)
        if self.found and not offered.has_focus:
            offered.focus()
            offered.action_move(1)

    def _take(self, person: Person) -> None:
        """His name stands in the field, or his number where two have the same name."""
        said = person[1].text(current())
        same = sum(said in (name.zh, name.en) for _key, name, _role in self.people)
        self.input.value = said if same == 1 else person[0]
        self.input.cursor_position = len(self.input.value)

    def _fitting(self, typed: str) -> tuple[Person, ...]:
        scored = [
            (matches(typed, (key, name.zh, name.en)), (key, name, role)) for key, name, role in self.people
        ]
        return tuple(person for score, person in sorted(scored, key=lambda pair: -pair[0]) if score)

    def _offer(self) -> None:
        """Below the field while somebody is in it: whom the typing may mean."""
        typed = self.input.value.strip()
        here = self.has_focus_within and not self.picked
        self.found = (self._fitting(typed) if typed else self.people)[:_SHOWN] if here else ()
        if not self.query(ReasonList):
            return  # the dialog was left meanwhile
        offered = self.query_one(ReasonList)
        offered.give([_line(person) for person in self.found])
        offered.set_class(bool(self.found), "-on")


def _line(person: Person) -> str:
    key, name, role = person
    return f"{safe_text(name.text(current()), 30)}  {safe_text(key, 32)}  {_(ROLE_NAMES[role])}"
