"""What neighbours' centres say of their units and of help: most concerns nobody here, or is known."""

from collections.abc import Iterable

from dispatch.centre.messages import ForeignAid, ForeignUnit, Input, Telephoned
from dispatch.centre.state import State
from dispatch.clock import epoch_ms
from dispatch.domain.units import UnitId


class Neighbours:
    """Chooses what is decided about.

    The last word about each other unit is kept aside in memory (brokers say it again after a start): a call
    about the unit may be reported to this city after its own city has sent it elsewhere.
    """

    def __init__(self, prefix: str) -> None:
        """`prefix`: what the numbers of this city begin with, such as CS."""
        self._prefix = f"{prefix}-"
        self._aside: dict[UnitId, ForeignUnit] = {}

    def concerns_us(self, said: Input, state: State) -> bool:
        """Whether a neighbour's word is to be decided about; what is not may come up `after` a call."""
        match said:
            case ForeignAid(aid=aid):
                return state.asked.get(aid.id) != aid
            case ForeignUnit():
                self._aside[said.unit] = said
                return self._unit_concerns_us(said, state)
        return True

    def after(self, decided: Iterable[Input]) -> list[ForeignUnit]:
        """What was heard before of units that were arranged by telephone, and is younger than the call."""
        calls = [one for one in decided if isinstance(one, Telephoned) and one.unit in self._aside]
        words = [(call, self._aside[call.unit]) for call in calls if call.incident.startswith(self._prefix)]
        return [word for call, word in words if _answers(word, call)]

    def _unit_concerns_us(self, said: ForeignUnit, state: State) -> bool:
        status = said.status
        ours = status.incident is not None and status.incident.startswith(self._prefix)
        return ours or said.unit in state.foreign or _counted_on(said, state)


def _counted_on(said: ForeignUnit, state: State) -> bool:
    """Whether an incident here waits for it after a call, and it is, or went, elsewhere."""
    elsewhere = said.status.state.on_task or said.instead
    return bool(elsewhere) and any(said.unit in one.telephoned for one in state.open_incidents())


def _answers(word: ForeignUnit, call: Telephoned) -> bool:
    """An older task may have ended unheard while the link was down: the unit's city tells the caller."""
    sent = word.status.state.on_task and epoch_ms(word.status.since) > call.at_ms
    return sent or any(one.incident == call.incident for one in word.instead)
