"""What really happened, seen from outside, and what must never be seen."""

from collections.abc import Mapping

from dispatch.centre.asking import Asked
from dispatch.centre.messages import Answer
from dispatch.centre.vehicle import Task, TaskState
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import CREW_REFUSED, NO_TOKEN, Order, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId

REFUSED = frozenset({OrderState.DENIED, OrderState.EXPIRED, OrderState.CANCELLED})
AT_WORK = frozenset({OrderState.ORDERED, OrderState.ACKED, OrderState.STANDING_DOWN})


HARM = frozenset({"double", "ghost", "refused but goes", "not held", "unlent goes"})
"""What hurts somebody: a unit on two jobs, a confirmation without a crew, a refused order carried out."""
SIGNS = frozenset(
    {
        "token",
        "history",
        "answer",
        "centre",
        "double in the centre",
        "no rest",
        "unlent",
        "two aids",
        "unit",
        "telephone",
    }
)
"""What leads there: seen earlier, and only from inside."""


class Violation(AssertionError):
    """The protocol did what it must never do."""


class Truth:
    """Hears of everything that was written or said, and checks it at once."""

    def __init__(self, owner: Mapping[UnitId, CityCode], watched: frozenset[str] = HARM | SIGNS) -> None:
        self.watched = watched
        self.tasks: dict[UnitId, Task | None] = dict.fromkeys(owner)
        self.begun: set[RequestId] = set()
        self.acknowledged: set[RequestId] = set()
        self.ended: set[RequestId] = set()
        self.orders: dict[RequestId, Order] = {}
        self.holders: dict[UnitId, RequestId] = {}
        self.answers: dict[RequestId, tuple[Step, ...]] = {}
        self.tokens: dict[CityCode, Token] = {}
        self.asked: dict[RequestId, Asked] = {}
        self.by_radio: set[RequestId] = set()
        """Orders whose crews said by radio that they are through, while their terminals were dead."""

    def fail(self, kind: str, what: str) -> None:
        """Violation, if this kind is watched for."""
        if kind in self.watched:
            raise Violation(f"{kind}: {what}")

    def vehicle(self, unit: UnitId, task: Task | None) -> None:
        """A vehicle knows something new."""
        before = self.tasks[unit]
        if before is not None and (task is None or task.token < before.token):
            self.fail("token", f"{unit}: its highest token went back from {before.token}")
        if task is None:
            return
        if before is None or before.request != task.request or (task.state.open and not before.state.open):
            self._begin(unit, before, task)
        self.tasks[unit] = task
        if task.state is TaskState.ACKNOWLEDGED:
            self.acknowledged.add(task.request)
        elif task.state is TaskState.DONE:
            if task.ending != CREW_REFUSED:
                self.acknowledged.add(task.request)
            self.ended.add(task.request)
        elif task.state is TaskState.STOOD_DOWN:
            self.ended.add(task.request)
        self._at_work(unit, task)

    def _begin(self, unit: UnitId, before: Task | None, task: Task) -> None:
        if before is not None and before.state.open and before.request not in self.by_radio:
            self.fail("double", f"{unit}: on two jobs at once, {before.request} and {task.request}")
        if not task.state.open:
            return
        if task.request in self.begun:
            self.fail("double", f"{unit}: began {task.request} twice")
        self.begun.add(task.request)
        asked = self.asked.get(task.request)
        if asked is not None and asked.state in REFUSED:
            self.fail("refused but goes", f"{task.request}: shown as {asked.state}, but {unit} goes")

    def _at_work(self, unit: UnitId, task: Task) -> None:
        """What a vehicle works on, its centre has ordered and not ended."""
        order = self.orders.get(task.request)
        if task.request in self.by_radio:
            return  # its terminal was dead, and does not know yet
        if task.state.open and (order is None or order.state not in AT_WORK):
            self.fail(
                "centre", f"{unit}: works on {task.request}, its centre has it as {order and order.state}"
            )

    def centre(self, order: Order) -> None:
        """A centre wrote an order down."""
        before = self.orders.get(order.request)
        if before is not None and order.steps[: len(before.steps)] != before.steps:
            self.fail("history", f"{order.request}: its history was {before.steps} and is {order.steps}")
        self.orders[order.request] = order
        holding = self.holders.get(order.unit)
        if order.state.holds_unit:
            if holding not in (None, order.request):
                self.fail(
                    "double in the centre", f"{order.unit}: given to {order.request} while {holding} holds it"
                )
            self.holders[order.unit] = order.request
        elif holding == order.request:
            del self.holders[order.unit]
        if order.state is OrderState.ACKED and order.request not in self.acknowledged:
            self.fail("ghost", f"{order.request}: acknowledged by no crew")
        task = self.tasks[order.unit]
        if task is not None and task.request == order.request:
            self._at_work(order.unit, task)

    def answer(self, answer: Answer) -> None:
        """A centre said something about a request."""
        known = self.answers.get(answer.request, ())
        short, long = sorted((known, answer.steps), key=len)
        if long[: len(short)] != short or (known and not answer.steps):
            self.fail("answer", f"{answer.request}: was answered {known}, then {answer.steps}")
        self.answers[answer.request] = long

    def token(self, city: CityCode, token: Token) -> None:
        """A centre gave a token out."""
        if token <= self.tokens.get(city, NO_TOKEN):
            self.fail("token", f"{city}: gave token {token} after {self.tokens[city]}")
        self.tokens[city] = token

    def requester(self, asked: Asked) -> None:
        """A requester shows something new to its operator."""
        self.asked[asked.request] = asked
        if asked.contradicted:
            self.fail("answer", f"{asked.request}: the centre contradicted its own answers")
        if asked.state in REFUSED and asked.request in self.begun:
            self.fail("refused but goes", f"{asked.request}: shown as {asked.state}, but {asked.unit} goes")
        if any(step.state is OrderState.ACKED for step in asked.steps):
            self._confirmed(asked)

    def _confirmed(self, asked: Asked) -> None:
        if asked.request not in self.acknowledged:
            self.fail("ghost", f"{asked.request}: shown as confirmed, but no crew acknowledged")
        task = self.tasks[asked.unit]
        holds = task is not None and task.request == asked.request and task.state is not TaskState.TOLD
        if not holds and asked.request not in self.ended | self.by_radio:
            self.fail("not held", f"{asked.request}: shown as confirmed, but {asked.unit} does not hold it")
