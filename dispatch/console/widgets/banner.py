"""The banner above the body: what a neighbour waits for, what we wait for, what both sides claimed."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from dispatch.console.neighbours import Part, claimed_elsewhere, listed
from dispatch.console.ports import Desk
from dispatch.console.present import AgeLimits, Scene, alarm_sentence, city_name
from dispatch.console.present_aids import banner_of, keeps_cells, loudness
from dispatch.console.present_cells import Cell
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped
from dispatch.console.symbols import symbols
from dispatch.console.waiting import conflicts
from dispatch.console.widgets.statusbar import ChromeLine
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm
from dispatch.language import _, current
from dispatch.text import cell_width, fit, safe_text

_MOST_LINES = 3
"""A low terminal keeps its rows for the work; what does not fit is counted at the end of the first line."""
_ALWAYS = AgeLimits(1e9, 1e9, 1e9)
"""No position is shown here, so none is old."""


class AidBanner(ChromeLine):
    """Nothing while nothing waits; else up to three lines, of which one cell flashes. A click answers."""

    DEFAULT_CSS = "AidBanner { height: 1; display: none; background: $surface; }"

    def __init__(self) -> None:
        super().__init__()
        self._kept: tuple[str, int, list[Cell]] = ("", -1, [])

    def show(self, desk: Desk, beat: int, key: str) -> None:
        """Paint the moment; `key` is the one that answers, as it is printed on the keyboard."""
        lines = self._lines(desk, beat, key)
        self.display = bool(lines)
        if lines:
            self.styles.height = len(lines)
            self.put(Text("\n").join(lines))

    def on_click(self) -> None:
        self.post_message(LineTyped("answer"))

    def _lines(self, desk: Desk, beat: int, key: str) -> list[Text]:
        scene = Scene.of(desk.picture, desk.clock.now(), _ALWAYS)
        standing = conflicts(desk.picture, scene.now)
        pressing = [
            (part, aid)
            for part, aid in listed(desk.picture, desk.home_city, scene.now)
            if part in (Part.ANSWER, Part.NAME, Part.WAITING, Part.REFUSED)
        ]
        shown = pressing[: self._room(bool(standing), pressing)]
        # the lender's centre and this desk both raise it: one conflict is counted once
        several = {(alarm.facts.get("unit"), alarm.facts.get("incident")) for alarm in standing}
        more = max(0, len(several) - 1) + len(pressing) - len(shown)
        lines = [self._conflict(alarm, desk, beat, more) for alarm in standing[:1]]
        for part, aid in shown:
            first = not lines
            lines.append(self._request(part, aid, desk, scene, beat, key, more if first else 0))
            if part is Part.ANSWER and (part, aid) == pressing[0]:
                lines.append(self._keeps(aid, desk, scene))
        return lines

    @staticmethod
    def _room(conflict: bool, pressing: Sequence[tuple[Part, Aid]]) -> int:
        """How many requests have a line: the first that is to be answered takes two, with what is kept."""
        kept = bool(pressing) and pressing[0][0] is Part.ANSWER
        return _MOST_LINES - conflict - kept

    def _conflict(self, alarm: Alarm, desk: Desk, beat: int, more: int) -> Text:
        style = self.look["critical"]
        sign = symbols().critical if beat % 4 < 2 else " "
        said = alarm_sentence(
            alarm, desk.picture.cities, desk.picture.banks, saying(desk), desk.picture.hospitals
        )
        word = _("CONFLICT")
        named = said if said.startswith(word) else f"{word}{_(': ')}{said}"
        return self._line(f" {sign} {named}", _("F6 shows it"), more, style)

    def _request(
        self, part: Part, aid: Aid, desk: Desk, scene: Scene, beat: int, key: str, more: int
    ) -> Text:
        loud = loudness(part, aid, desk.seat, scene.now)
        style = {"critical": "critical", "warning": "banner"}.get(loud, "selected_blurred")
        signs = {"critical": symbols().critical, "warning": symbols().warning}
        flashing = part is Part.ANSWER and beat % 4 >= 2 and not claimed_elsewhere(aid, desk.seat)
        sign = " " if flashing else signs.get(loud, symbols().bar)
        tail = _("{key} answers", key=key) if part in (Part.ANSWER, Part.NAME) else ""
        said = banner_of(part, aid, scene, desk.seat, saying(desk))
        return self._line(f" {sign} {said}", tail, more, self.look[style])

    def _keeps(self, aid: Aid, desk: Desk, scene: Scene) -> Text:
        line = Text("   ", style=self.look["selected_blurred"])
        for cell in self._kept_now(aid, desk, scene):
            line.append(f"{cell.text}   ", self.look[cell.style])
        line.truncate(self.columns, pad=True)
        return line

    def _kept_now(self, aid: Aid, desk: Desk, scene: Scene) -> list[Cell]:
        """Reckoned once a second: it looks at the whole fleet."""
        second = int(desk.clock.monotonic())
        wanted = f"{aid.id} {current()}"
        key, at, cells = self._kept
        if (key, at) != (wanted, second):
            keeps = desk.keeps(desk.home_city, aid.priority, aid.count)
            cells = keeps_cells(keeps, city_name(desk.home_city, scene))
            self._kept = (wanted, second, cells)
        return cells

    def _line(self, said: str, tail: str, more: int, style: Style) -> Text:
        counted = _("and {count} more", count=more) if more else ""
        end = "".join(f" {each} " for each in (counted, tail) if each)
        room = max(10, self.columns - cell_width(end))
        return Text(fit(safe_text(said, 400), room, ellipsis=symbols().ellipsis) + end, style=style)
