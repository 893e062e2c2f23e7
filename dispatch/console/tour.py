"""The guided tour of a drill: one thing to do at a time, which waits until it was done."""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.language import N_, _

ARROWS = frozenset({"up", "down"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing to do. `says` names keys as {choose}; `commands` or `keys`: any of them, done, goes on."""

    says: str
    lines: dict[str, str]
    """Name in the sentence -> command line whose key is shown for it."""
    commands: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    needs_alarm: bool = False
    """Left out while nobody has to acknowledge anything."""


STOPS = (
    Stop(
        N_(
            "{incidents} lists the open incidents, those nobody was sent to first. "
            "Move with the arrows up and down."
        ),
        {"incidents": "goto incidents"},
        keys=ARROWS,
    ),
    Stop(
        N_("Beside it the units of three cities are ranked, with reasons and with those left out. "
           "{choose} asks about the first; {choose} or Enter again sends it."),
        {"choose": "choose"},
        commands=frozenset({"choose", "send"}),
    ),
    Stop(
        N_("The order stands above this line until the crew acknowledges it. {orders} shows it."),
        {"orders": "orders"},
        commands=frozenset({"orders"}),
    ),
    Stop(
        N_(
            "A call comes in: {new}, a place by its initials (wygc) and Enter, 1 to 3 for how urgent, "
            "{choose} opens it."
        ),
        {"new": "new", "choose": "choose"},
        commands=frozenset({"new", "open"}),
    ),
    Stop(
        N_("{find} finds units, incidents, places, hospitals and blood banks: type xyeyy and Enter."),
        {"find": "line find"},
        commands=frozenset({"find"}),
    ),
    Stop(
        N_(
            "{blood} is the blood of all banks; the digits show it in other ways. "
            "Show what is RhD-negative: {rare}."
        ),
        {"blood": "goto blood", "rare": "rare"},
        commands=frozenset({"rare"}),
    ),
    Stop(
        N_("{alarms} lists the alarms; the worst stands at the top of every screen. {ack} acknowledges it."),
        {"alarms": "goto alarms", "ack": "ack"},
        commands=frozenset({"ack"}),
        needs_alarm=True,
    ),
    Stop(
        N_("{palette} finds every command in Chinese, English or pinyin; {cards} gives several at once. "
           "{help} lists all keys: press it."),
        {"palette": "palette", "cards": "card", "help": "help"},
        commands=frozenset({"help"}),
    ),
)  # fmt: skip


class Tour:
    """Where the tour stands; None of the stops while nobody takes it."""

    def __init__(self, stops: tuple[Stop, ...] = STOPS) -> None:
        self.stops = stops
        self.at: int | None = None

    @property
    def running(self) -> bool:
        return self.at is not None

    @property
    def stop(self) -> Stop | None:
        """What is to be done now."""
        return None if self.at is None else self.stops[self.at]

    def begin(self) -> None:
        self.at = 0

    def end(self) -> None:
        self.at = None

    def go_on(self) -> None:
        """To the next stop; after the last one it is over."""
        if self.at is not None:
            self.at = self.at + 1 if self.at + 1 < len(self.stops) else None

    def pressed(self, key: str) -> None:
        """A key came to the console."""
        if self.stop is not None and key in self.stop.keys:
            self.go_on()

    def did(self, command: str, *, ok: bool) -> None:
        """A command came to its end; only one that was done counts."""
        if ok and self.stop is not None and command in self.stop.commands:
            self.go_on()

    def text(self, key_of: Callable[[str], str], *, critical: bool, alarms: bool) -> str:
        """What stands in the panel; empty while nobody takes the tour.

        `key_of` gives the key of a command line as it is printed; `critical`: a critical alarm waits, which
        the tour makes room for; `alarms`: some alarm waits for somebody.
        """
        while self.stop is not None and self.stop.needs_alarm and not alarms:
            self.go_on()
        stop, at = self.stop, self.at
        if stop is None or at is None:
            return ""
        if critical and not stop.needs_alarm:
            return _(
                "Tour: a critical alarm waits. {ack} acknowledges it; then it goes on.", ack=key_of("ack")
            )
        place = _("Tour {step}/{count}", step=at + 1, count=len(self.stops))
        said = _(stop.says, **{name: key_of(line) for name, line in stop.lines.items()})
        leave = _(
            "{next} skips this   {leave} ends the tour", next=key_of("tour next"), leave=key_of("tour stop")
        )
        return f"{place}  {said}  {leave}"
