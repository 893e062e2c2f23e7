"""Cover by hour and what to send as plain lines, in either language."""

from collections.abc import Iterable, Mapping

from dispatch.blood.joined_models import HospitalCover, HourCover, JoinedAnswer, Sending
from dispatch.blood.words import Words
from dispatch.decide.editions import edition_text
from dispatch.decide.reasons import CHINA, REASONS, Reason, explain
from dispatch.domain.blood import Component, ComponentCode
from dispatch.domain.model import Name
from dispatch.language import N_
from dispatch.text import cell_width, fit

SENTENCES: dict[str, str] = REASONS | {
    "near_cover": N_("{quantity} are the hospital's own cover"),
    "moved_here": N_("{quantity} to be moved here"),
    "comes_late": N_("{quantity} come later than needed"),
}
"""Code -> English sentence, also the key of the translation."""


def joined_lines(
    answer: JoinedAnswer,
    components: Mapping[ComponentCode, Component],
    names: Mapping[str, Name],
    language: str,
) -> list[str]:
    """The whole answer as lines: cover by hour, then what to send."""
    return _Lines(components, names, language).of(answer)


class _Lines(Words):
    """Says one answer in one language."""

    def of(self, answer: JoinedAnswer) -> list[str]:
        moment = f"{answer.as_of.astimezone(CHINA):%Y-%m-%d %H:%M}"
        lines = [
            self.say(
                N_("As of {moment}; rules: {edition}"),
                moment=moment,
                edition=edition_text(answer.edition, self.language),
            ),
            self.say(
                N_("{patients} casualties, {negative} of them RhD-negative to be expected: group them first"),
                patients=answer.casualties,
                negative=f"{answer.rhd_negative_expected:g}",
            ),
        ]
        for cover in answer.cover:
            lines += self._cover(cover)
        lines.append(
            self.say(
                N_(
                    "Groups are those of the people on average. Few patients may all be of one group: until "
                    "theirs are known, what the rules give to an unknown group fits whoever comes"
                )
            )
        )
        lines += ["", self.say(N_("What to send"))] if answer.sendings else []
        lines += [self._sending(one) for one in answer.sendings]
        lines += ["", self.say(N_("Left out"))] if answer.left_out else []
        lines += [
            f"  {self.name(bank)}{self.say(N_(': '))}{self._reasons([reason])}"
            for bank, reason in answer.left_out
        ]
        return lines

    def _cover(self, cover: HospitalCover) -> list[str]:
        """A table: a column an hour, a row for each group of patients, below it what covers all of them."""
        hospital, component = self.name(cover.hospital), self.name(cover.component)
        lines = ["", f"{hospital}  {component} ({self.unit(cover.component)})"]
        rows = [
            (
                self.say(N_("group (-short)")),
                [self.say(N_("{hour} h"), hour=hour.hour) for hour in cover.hours],
            ),
            *((self._group(one.patient_group), self._needed(one.hours)) for one in cover.groups),
        ]
        if len(cover.groups) > 1:
            rows.append((self.say(N_("needed in all")), self._needed(cover.hours)))
        rows.append((self.say(N_("there from near")), [str(hour.near) for hour in cover.hours]))
        rows.append((self.say(N_("there if moved")), [str(hour.moved) for hour in cover.hours]))
        label = max(cell_width(row[0]) for row in rows)
        column = max(cell_width(cell) for row in rows for cell in row[1]) + 1
        for name, cells in rows:
            lines.append(f"  {fit(name, label)} " + "".join(fit(cell, column, "right") for cell in cells))
        if cover.missing:
            lines.append(self.say(N_("  no bank can send {missing}"), missing=cover.missing))
        return lines

    def _group(self, abo: str | None) -> str:
        return self.say(N_("not known yet")) if abo is None else abo

    def _needed(self, hours: Iterable[HourCover]) -> list[str]:
        """What is needed by then, and how much of it is not there."""
        return [f"{hour.needed}(-{hour.gap})" if hour.gap else str(hour.needed) for hour in hours]

    def _sending(self, one: Sending) -> str:
        head = self.say(
            N_("  {bank} → {hospital}: {quantity} {unit} {component} in {minutes} min (slow: {late})"),
            bank=self.name(one.bank),
            hospital=self.name(one.hospital),
            quantity=one.quantity,
            unit=self.unit(one.component),
            component=self.name(one.component),
            minutes=round(one.eta_min),
            late=round(one.late_eta_min),
        )
        groups: dict[str, int] = {}
        for line in one.lines:
            groups[line.group.value] = groups.get(line.group.value, 0) + line.quantity
        split = self.say(N_(", ")).join(f"{group} {count}" for group, count in sorted(groups.items()))
        return f"{head}  {split}  {self._reasons(one.reasons)}"

    def _reasons(self, reasons: Iterable[Reason]) -> str:
        semicolon = self.say(N_("; "))
        return semicolon.join(explain(one, self.language, self.names, SENTENCES) for one in reasons)
