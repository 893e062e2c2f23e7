"""The lines around every screen: feeds and clock, alarms, result of the last command, function keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widget import Widget

from dispatch.clock import speed_of, standing
from dispatch.console.faults import Guarded
from dispatch.console.people import operator_text, role_text
from dispatch.console.ports import Desk
from dispatch.console.present import (
    ALARM_STATE_WORDS,
    SEVERITY_WORDS,
    SHANGHAI,
    age_text,
    alarm_sentence,
    clock_text,
    name_text,
    sight_word,
)
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped
from dispatch.console.symbols import symbols
from dispatch.console.theme import Look, look
from dispatch.console.trade import DISPATCH, Trade
from dispatch.console.waiting import unsent_incidents, worst_unseen
from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.incidents import Priority
from dispatch.language import N_, _
from dispatch.picture.cities import CityView, Sight
from dispatch.text import cell_width, fit, safe_text

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_ROOMY = 100
"""Cells from which on the function keys stand apart."""
_BESIDE = 20
"""Cells that the banner of a drill takes from the alarm line, at both of its ends."""
_ALIVE = "▖▘▝▗"
_ALIVE_ASCII = "|/-\\"
_SIGHT_STYLES = {Sight.LIVE: "normal", Sight.SILENT: "warning", Sight.OFFLINE: "abnormal", Sight.NEVER: "dim"}


class ChromeLine(Guarded, Widget):
    """One line that is drawn again only when its text changed."""

    DEFAULT_CSS = "ChromeLine { height: 1; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.text = Text("", no_wrap=True, end="")

    def put(self, text: Text) -> None:
        text.no_wrap, text.end = True, ""
        if text != self.text or text.spans != self.text.spans or text.style != self.text.style:
            self.text = text
            self.refresh()

    def render(self) -> Text:
        return self.text

    @property
    def look(self) -> Look:
        return look(self.app.theme)

    @property
    def columns(self) -> int:
        """The width it has, or will have: a line that has just come into view was not laid out yet."""
        return self.app.size.width


class StatusBar(ChromeLine):
    """Three feeds, incidents nobody was sent to, alarms, refused messages, time, heartbeat, operator."""

    DEFAULT_CSS = "StatusBar { background: $panel; }"

    def show(self, desk: Desk, beat: int, trade: Trade = DISPATCH, muted_s: float = 0.0) -> None:
        """Paint the moment; `beat` counts frames and moves the heartbeat."""
        self.put(status_text(desk, self.columns, self.look, beat, trade, muted_s))


def status_text(
    desk: Desk, width: int, styles: Look, beat: int, trade: Trade = DISPATCH, muted_s: float = 0.0
) -> Text:
    """The status line in `width` cells: what does not fit is said shorter, never dropped.

    `muted_s`: so long the bell is still silent, which is said as long as it is.
    """
    for feeds, side in ((2, 2), (1, 1), (1, 0), (0, 0), (-1, -1)):
        left = _feeds(desk, styles, feeds)
        right = _muted(muted_s, styles, side).append_text(_desk_side(desk, styles, beat, side, trade))
        gap = width - left.cell_len - right.cell_len
        if gap >= 1:
            break
    line = left
    line.append(" " * max(gap, 1))
    line.append_text(right)
    return line


def _muted(left_s: float, styles: Look, wordy: int) -> Text:
    if left_s <= 0:
        return Text()
    minutes = ceil(left_s / 60)
    said = _("muted {minutes} min", minutes=minutes) if wordy > 0 else _("mute {minutes}", minutes=minutes)
    return Text(f"{said} ", styles["warning"])


def _feeds(desk: Desk, styles: Look, wordy: int) -> Text:
    line = Text(" ")
    for index, (code, view) in enumerate(desk.picture.sight.items()):
        if index:
            line.append(f" {symbols().bar} " if wordy > 0 else f"{symbols().bar}", styles["faint"])
        line.append(name_text(desk.picture.cities[code].name), styles["strong"])
        line.append(" ")
        line.append(_sight(view, desk, wordy), styles[_SIGHT_STYLES[view.sight]])
    return line


def _sight(view: CityView, desk: Desk, wordy: int) -> str:
    """How far a city can be seen, since when if not live, and the age of its last message."""
    now = desk.clock.now()
    signs = {Sight.LIVE: symbols().good, Sight.SILENT: symbols().warning}
    parts = [signs.get(view.sight, symbols().offline)]
    if wordy > 0 or (wordy == 0 and view.sight is not Sight.LIVE):
        parts[0] += sight_word(view.sight)
    if view.by_bridge:
        parts[0] += f" {_('relayed')}" if wordy > 1 else _("(rel)")
    wordy = max(wordy, 0)
    if view.sight is not Sight.LIVE and view.since is not None:
        parts.append(
            clock_text(view.since, now) if not wordy else _("since {time}", time=clock_text(view.since, now))
        )
    if view.last_heard is not None and (wordy or view.sight is Sight.LIVE):
        parts.append(age_text(view.last_heard, now))
    return " ".join(parts)


def _desk_side(desk: Desk, styles: Look, beat: int, wordy: int, trade: Trade) -> Text:
    now = desk.clock.now().astimezone(SHANGHAI)
    line = Text()
    bare, wordy = wordy < 0, max(wordy, 0)
    unsent = unsent_incidents(desk.picture, desk.home_city) if trade.ambulances else []
    if unsent:
        red = unsent[0].priority is Priority.LIFE_THREATENING
        sign = symbols().critical if red else symbols().warning
        many = {"count": len(unsent)}
        said = _("{count} nobody sent", **many) if wordy else _("u{count}", **many)
        line.append(f" {sign} {said} ", styles["critical" if red else "warning"])
        line.append(" ")
    worst, many_wait = worst_unseen(desk.picture, desk.clock.now(), trade.judge)
    if worst is not None:
        sign = _sign(worst.severity)
        words = _("1 alarm") if many_wait == 1 else _("{count} alarms", count=many_wait)
        word = words if wordy else str(many_wait)
        line.append(f" {sign} {word} ", styles[_alarm_style(worst)])
        line.append(" ")
    refused = desk.quarantine.total
    if refused:
        line.append(
            _("{count} refused", count=refused) if wordy else _("q{count}", count=refused), styles["dim"]
        )
        line.append("  " if wordy else " ")
    line.append_text(_who(desk, styles, wordy, bare=bare))
    if wordy:
        line.append(f"{now:%m-%d} {_(WEEKDAYS[now.weekday()])} ", styles["dim"])
    line.append(f"{now:%H:%M}" if bare else f"{now:%H:%M:%S}", styles["strong"])
    alive = _ALIVE_ASCII if symbols().name == "ascii" else _ALIVE
    line.append(f" {alive[beat % len(alive)]} ", styles["dim"])
    return line


def _who(desk: Desk, styles: Look, wordy: int, *, bare: bool) -> Text:
    """Who sits here as what; that nobody does, or without a password, is said at any width."""
    if desk.signed_in and not desk.break_glass:
        if wordy < 2:
            return Text()
        city = name_text(desk.picture.cities[desk.home_city].name)
        return Text(f"{operator_text(desk)} {role_text(desk)} @ {city}  ")
    if desk.signed_in:
        said = f"{operator_text(desk)} {role_text(desk)}" if wordy else role_text(desk)
    else:
        said = _("nobody signed in") if wordy else _("no one")
    sign = symbols().warning
    line = Text(f"{sign}{said}" if bare else f" {sign} {said} ", styles["warning"])
    return line.append(" ")


def _sign(severity: Severity) -> str:
    marks = symbols()
    return {Severity.CRITICAL: marks.critical, Severity.WARNING: marks.warning}.get(severity, marks.advisory)


def _alarm_style(alarm: Alarm) -> str:
    """Red only while the cause stands."""
    if alarm.state is AlarmState.RETURNED:
        return "advisory"
    return {Severity.CRITICAL: "critical", Severity.WARNING: "warning"}.get(alarm.severity, "advisory")


class AlarmLine(ChromeLine):
    """The drill banner, and the worst alarm that nobody has acknowledged; one cell of it flashes."""

    DEFAULT_CSS = "AlarmLine { background: $surface; }"

    def show(self, desk: Desk, beat: int, trade: Trade = DISPATCH) -> None:
        self.put(alarm_text(desk, self.columns, self.look, beat, trade))


def alarm_text(desk: Desk, width: int, styles: Look, beat: int, trade: Trade = DISPATCH) -> Text:
    """The whole line in `width` cells; in a drill it is the drill's colour from end to end."""
    worst, waiting = worst_unseen(desk.picture, desk.clock.now(), trade.judge)
    under = styles["drill"] if desk.drill else Style()
    line = Text("", style=under)
    tail = ""
    if desk.drill:
        line.append(f" {_('DRILL')}{_pace(desk)} ", styles["drill"])
        tail = f" {_('DRILL')} " if width >= 100 else ""
    room = width - line.cell_len - cell_width(tail)
    if worst is not None:
        line.append_text(_alarm(worst, waiting, desk, room, styles, beat))
    else:
        calm = _("not a real event; no alarm waits") if desk.drill else _("no alarm waits")
        line.append(fit(f" {calm}", room), under if desk.drill else styles["dim"])
    line.append(tail, styles["drill"])
    return line


def _pace(desk: Desk) -> str:
    """That the drill stands still, or runs at another pace than the clock."""
    if standing(desk.clock):
        return f" {_('stands still')}"
    speed = speed_of(desk.clock)
    return "" if speed == 1 else f" ×{speed:g}"


def _alarm(alarm: Alarm, count: int, desk: Desk, room: int, styles: Look, beat: int) -> Text:
    gone = alarm.state is AlarmState.RETURNED
    style = styles["critical" if _alarm_style(alarm) == "critical" else "selected_blurred"]
    flash = beat % 4 < 2
    sign = _sign(alarm.severity)
    said = [
        _(ALARM_STATE_WORDS[alarm.state] if gone else SEVERITY_WORDS[alarm.severity]),
        *([_("escalated")] if alarm.escalated else []),
        clock_text(alarm.raised_at, desk.clock.now()),
        alarm_sentence(alarm, desk.picture.cities, desk.picture.banks, saying(desk), desk.picture.hospitals),
    ]
    more = f"  {_('and {count} more', count=count - 1)}" if count > 1 else ""
    tail = f"{more}  {_('F8 acknowledges')} "
    if room < _ROOMY - _BESIDE:  # what is wrong comes before how many others there are, in words
        tail = f" +{count - 1} F8 " if count > 1 else " F8 "
    line = Text(style=style)
    line.append(f"{sign if flash else ' '} ", style)
    line.append(fit(" ".join(said), max(10, room - 2 - cell_width(tail)), ellipsis=symbols().ellipsis), style)
    line.append(tail, style)
    return line


class ResultLine(ChromeLine):
    """What the last command came to."""

    def show(self, ok: bool, text: str, when: str, undo_s: int = 0, key: str = "") -> None:
        """`undo_s` seconds are left in which `key` takes it back; 0: it cannot be taken back."""
        styles, marks = self.look, symbols()
        line = Text(" ")
        if text:
            line.append(f"{when} ", styles["dim"])
            line.append(f"{marks.good if ok else marks.bad} ", styles["good" if ok else "warning"])
            back = f"  {_('{key} takes it back {s}', key=key, s=undo_s)} " if undo_s else ""
            room = max(1, self.columns - line.cell_len - cell_width(back))
            line.append(fit(safe_text(text, 400), room).rstrip(), styles["strong" if ok else "warning"])
            line.append(back, styles["advisory"])
        self.put(line)


@dataclass(frozen=True, slots=True)
class KeyLabel:
    """One key of the bottom line: what is printed on it, what it does, whether it can now."""

    key: str
    label: str
    line: str
    able: bool = True
    here: bool = False


class KeyBar(ChromeLine):
    """The function keys; a click is as good as the key."""

    DEFAULT_CSS = "KeyBar { background: $panel; }"

    def __init__(self) -> None:
        super().__init__()
        self._zones: list[tuple[int, int, str]] = []

    def show(self, labels: Sequence[KeyLabel]) -> None:
        """Paint as many keys as fit; the last ones are left out first."""
        styles, width = self.look, self.columns
        line, self._zones = Text(), []
        pad = " " if width >= _ROOMY else ""
        for label in labels:
            key, words = f"{pad}{label.key} ", f"{label.label}{pad}"
            start = line.cell_len
            if start + cell_width(key + words) > width:
                continue
            line.append(key, styles["selected" if label.here else "strong" if label.able else "faint"])
            line.append(words, styles["selected" if label.here else "normal" if label.able else "faint"])
            self._zones.append((start, line.cell_len, label.line))
            if not pad and line.cell_len < width:
                line.append(" ")
        self.put(line)

    def on_click(self, event: events.Click) -> None:
        for start, end, line in self._zones:
            if start <= event.x < end:
                self.post_message(LineTyped(line))
