"""The states a unit may take next, side by side; the digit of a state picks it."""

from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message

from dispatch.console.dialogs.fields import ChoiceRow
from dispatch.console.present import state_text
from dispatch.domain.units import UnitState
from dispatch.text import fold


class StateRow(ChoiceRow[UnitState]):
    """Unlike other choices, the digit is the state's own; one that may not come next is refused."""

    class Refused(Message):
        """The digit of a state that does not follow was pressed."""

        def __init__(self, state: UnitState) -> None:
            super().__init__()
            self.state = state

    def __init__(self, states: Sequence[UnitState], *, value: UnitState | None, id: str) -> None:  # noqa: A002
        super().__init__([(state, _label(state)) for state in states], value=value, id=id)

    def offer_states(self, states: Sequence[UnitState], value: UnitState | None = None) -> None:
        """Other states to pick from."""
        self.options = tuple((state, _label(state)) for state in states)
        self.at = list(states).index(value) if value is not None and value in states else 0
        self.refresh(layout=True)

    def on_key(self, event: events.Key) -> None:
        digit = fold(event.character or "")
        if not (digit.isdigit() and len(digit) == 1):
            return
        event.stop()
        event.prevent_default()
        state = UnitState(int(digit))
        if state in [option for option, _said in self.options]:
            self.choose(state)
        else:
            self.post_message(self.Refused(state))

    def _chips(self) -> list[str]:
        return [f" {label()} " for _state, label in self.options]


def _label(state: UnitState) -> Callable[[], str]:
    return lambda: state_text(state)
