"""The people of the blood banks: they answer holds, pack, hand over; couriers carry, hospitals check.

They read what their city's centre says of its orders, as a console of the bank would, and act through the
centre like anybody else. Their bank's own count follows what they do: bags that stand in a box are taken off
it, and the difference names the order. While a person sits at a desk of the city as blood centre staff, its
banks are his: he confirms, packs and hands over; couriers and hospitals go on.
"""

from collections.abc import Callable

from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.feed import payloads
from dispatch.settings import Configuration
from simulators import words
from simulators.assumptions import BloodAssumptions
from simulators.banks import Banks
from simulators.commands import Commands
from simulators.engine import Agenda, Streams
from simulators.keys import Keys
from simulators.roads import Roads
from simulators.words import Words

HAND_OVER_S = 90.0
"""From the packed box to the courier on his way."""
CHECK_S = 180.0
"""From the door of the hospital to the thermometer."""
LOOK_AGAIN_S = 20.0
"""After something that was refused."""
_BANKS_TURN = frozenset({"held", "confirmed", "packing", "packed"})
"""In these the bank's people do what comes next."""
_OVER = frozenset({"declined", "cancelled", "expired", "unfulfilled", "in_error"})


class BloodStaff:
    """All of them, of all cities."""

    def __init__(
        self,
        configuration: Configuration,
        assumed: BloodAssumptions,
        agenda: Agenda,
        streams: Streams,
        keys: Keys,
        banks: Banks,
        roads: Roads,
        commands: Commands,
        say_words: Words,
    ) -> None:
        self._assumed, self._agenda, self._keys = assumed, agenda, keys
        self._banks, self._roads, self._commands, self._words = banks, roads, commands, say_words
        self._rng = streams.of("blood staff")
        self._places = {hospital.id: hospital.position for hospital in configuration.hospitals}
        self._preparation = {str(one.code): one.preparation_min for one in configuration.components}
        self._limits = {
            str(one.component): (one.low_c, one.high_c)
            for one in (configuration.centre_rules.blood.limits if configuration.centre_rules.blood else ())
        }
        self._known: dict[str, payloads.BloodOrderRecord] = {}
        self._begun: set[tuple[str, str]] = set()
        self._seated: set[tuple[CityCode, str]] = set()
        """City and node of the desks at which blood centre staff sit."""

    def forget(self) -> None:
        """The centres are others from now on."""
        self._known.clear()
        self._begun.clear()

    def hear(self, city: CityCode, said: payloads.BloodOrdersSnapshot) -> None:
        """All orders of a city as its centre holds them now."""
        for order in said.orders:
            bank = self._banks.by_id.get(BankId(order.bank))
            if bank is None or bank.bank.city != city:
                continue
            self._known[order.order] = order
            state = order.steps[-1].state
            if state in ("packed", "carried"):  # a person may have packed it
                self._banks.box(bank, order)
            if state in _OVER:
                self._banks.unbox(bank, order.order)
            elif (order.order, state) not in self._begun:
                self._begun.add((order.order, state))
                self._later(order, state)
        self._banks.keep(city, said)

    def hear_desk(self, city: CityCode, node: str, *, ours: bool) -> None:
        """Whether blood centre staff sit at a desk of a city. When the last leaves, all goes on."""
        before = self._by_hand(city)
        (self._seated.add if ours else self._seated.discard)((city, node))
        if before and not self._by_hand(city):
            for order in self._known.values():
                if self._city_of(order) == city and order.steps[-1].state in _BANKS_TURN:
                    self._later(order, order.steps[-1].state)

    def _by_hand(self, city: CityCode) -> bool:
        """Whether the banks of a city are a person's."""
        return any(desk == city for desk, _node in self._seated)

    def _city_of(self, order: payloads.BloodOrderRecord) -> CityCode:
        return self._banks.by_id[BankId(order.bank)].bank.city

    # --- what comes next ---------------------------------------------------------------------------

    def _later(self, order: payloads.BloodOrderRecord, state: str) -> None:
        """Plan the next act; a state that waits for nobody here has none."""
        plan = self._plan(order, state)
        if plan is not None:
            pause_s, act = plan
            self._agenda.after(pause_s, lambda: self._if_still(order.order, state, act))

    def _plan(
        self, order: payloads.BloodOrderRecord, state: str
    ) -> tuple[float, Callable[[payloads.BloodOrderRecord], None]] | None:
        match state:
            case "held":
                return self._assumed.confirm_s.draw(self._rng), self._answer
            case "confirmed":
                return 10.0, lambda now: self._act(now, "pack")
            case "packing":
                prepared = max(self._preparation.get(line.component, 0.0) for line in order.lines)
                return (prepared + self._assumed.packing_min.draw(self._rng)) * 60, self._pack
            case "packed":
                return HAND_OVER_S, self._hand
            case "carried":
                return self._drive_s(order), lambda now: self._act(now, "deliver")
            case "delivered":
                return CHECK_S, self._check
        return None

    def _if_still(self, number: str, state: str, act: Callable[[payloads.BloodOrderRecord], None]) -> None:
        """Somebody else may have acted meanwhile."""
        order = self._known.get(number)
        if order is None or order.steps[-1].state != state:
            return
        if state not in _BANKS_TURN or not self._by_hand(self._city_of(order)):
            act(order)

    def _drive_s(self, order: payloads.BloodOrderRecord) -> float:
        bank = self._banks.by_id[BankId(order.bank)].bank.position
        to = self._places.get(HospitalId(order.hospital))
        if to is None:
            return 30 * 60.0
        return 60 * self._roads.minutes((bank.lat, bank.lon), (to.lat, to.lon))

    # --- acts --------------------------------------------------------------------------------------

    def _answer(self, order: payloads.BloodOrderRecord) -> None:
        bank = self._banks.by_id[BankId(order.bank)]
        if self._banks.there(bank, order):
            self._act(order, "confirm")
        else:
            self._act(order, "decline", reason=self._words(words.NOT_ON_THE_SHELF))

    def _pack(self, order: payloads.BloodOrderRecord) -> None:
        """Into the box first: what the centre is told is then so."""
        bank = self._banks.by_id[BankId(order.bank)]
        if self._banks.box(bank, order):
            bags = [
                payloads.BagSaid(f"{order.order}-{number}", one.lot)
                for number, one in enumerate(order.taken[:256], 1)
            ]
            self._act(order, "packed", bags=bags)
        else:
            self._act(order, "decline", reason=self._words(words.NOT_ON_THE_SHELF))

    def _hand(self, order: payloads.BloodOrderRecord) -> None:
        self._act(order, "hand", courier=self._words(words.COURIER))

    def _check(self, order: payloads.BloodOrderRecord) -> None:
        self._act(order, "receive", temperature=self._measured(order))

    def _measured(self, order: payloads.BloodOrderRecord) -> int:
        """Tenths of a degree: mostly within the limits, sometimes warmer."""
        low, high = self._limits.get(order.lines[0].component, (2.0, 10.0))
        top = 10.0 if high is None else high
        bottom = top - 6.0 if low is None else low
        warm = float(self._rng.random()) < self._assumed.arrives_warm
        degrees = top + 4.0 if warm else bottom + (top - bottom) * float(self._rng.uniform(0.2, 0.8))
        return round(degrees * 10)

    def _act(
        self,
        order: payloads.BloodOrderRecord,
        act: payloads.BloodActCode,
        *,
        reason: str = "",
        courier: str = "",
        temperature: int | None = None,
        bags: list[payloads.BagSaid] | None = None,
    ) -> None:
        city = self._city_of(order)
        by = payloads.By(self._words(words.BANK_STAFF), "blood_staff")
        data = payloads.BloodAct(
            order.order, act, by, reason=reason, courier=courier, temperature=temperature, bags=bags or [],
            seen=len(order.steps),
        )  # fmt: skip
        state = order.steps[-1].state
        key = self._keys.of(self._agenda.now_ms, order.order, act)

        def answered(response: payloads.Response) -> None:
            if not response.accepted:
                self._agenda.after(LOOK_AGAIN_S, lambda: self._begin_again(order.order, state))

        self._commands.send(city, city, "blood.act", data, key, answered, good_for_s=None)

    def _begin_again(self, number: str, state: str) -> None:
        """It was refused: look at the order as it stands now."""
        order = self._known.get(number)
        if order is not None and order.steps[-1].state == state:
            self._later(order, state)
