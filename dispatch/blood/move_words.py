"""Proposals as sentences and plain lines, in either language."""

from collections.abc import Iterable, Mapping

from dispatch.blood.move_models import MoveAnswer, Proposal, Stays, spoken_groups
from dispatch.blood.words import Words
from dispatch.decide.editions import edition_text
from dispatch.decide.reasons import CHINA, REASONS, Reason, explain
from dispatch.domain.blood import Component, ComponentCode
from dispatch.domain.model import Name
from dispatch.language import N_, say
from dispatch.text import safe_text

SENTENCES: dict[str, str] = REASONS | {
    "would_outdate": N_("{outdates} would outdate there"),
    "used_there": N_("{quantity} expire within {in_s}; forecast use until then: {here} here, {there} there"),
    "saves": N_("saves about {saving}, {least} if use goes the wrong way"),
    "oldest_first": N_("the oldest first, from {expires_at}; the other bank has none older"),
    "giver_keeps": N_("{bank} keeps {left}, must keep {floor}"),
    "no_forecast_at_all": N_("no forecast of issue from enough days"),
    "no_other_bank": N_("no other bank holds or uses this"),
    "not_worth_it": N_("not worth a journey to {bank}: saves {worth} yuan, costs {cost}"),
    "too_far": N_("same city, too far, or blood may not go that way: {banks} banks"),
    "too_late": N_("would arrive with too little life: {banks} banks"),
    "older_there": N_("hold older stock themselves: {banks} banks"),
    "no_forecast": N_("no forecast of use: {banks} banks"),
    "gives_itself": N_("give the same themselves: {banks} banks"),
    "floor": N_("nothing left above what must be kept: {banks} banks"),
    "little_use": N_("would not use enough of it: {banks} banks"),
    "unsure": N_("saves too little if use goes the wrong way: {banks} banks"),
}
"""Code -> English sentence, also the key of the translation."""


def move_lines(
    answer: MoveAnswer,
    components: Mapping[ComponentCode, Component],
    names: Mapping[str, Name],
    language: str,
    most: int = 20,
) -> list[str]:
    """The answer as lines: at most `most` proposals and as many that stay; the rest is counted."""
    return _Lines(components, names, language, most).of(answer)


def reason_text(reasons: Iterable[Reason], names: Mapping[str, Name], language: str) -> str:
    """Reasons as one line."""
    return say(language, N_("; ")).join(explain(one, language, names, SENTENCES) for one in reasons)


class _Lines(Words):
    """Says one answer in one language."""

    def __init__(
        self,
        components: Mapping[ComponentCode, Component],
        names: Mapping[str, Name],
        language: str,
        most: int,
    ) -> None:
        super().__init__(components, names, language)
        self.most = most

    def of(self, answer: MoveAnswer) -> list[str]:
        moment = f"{answer.as_of.astimezone(CHINA):%Y-%m-%d %H:%M}"
        lines = [
            self.say(
                N_("As of {moment}; rules: {edition}"),
                moment=moment,
                edition=edition_text(answer.edition, self.language),
            )
        ]
        if not answer.proposals:
            lines.append(self.say(N_("no move is worth proposing")))
        for number, proposal in enumerate(answer.proposals[: self.most], start=1):
            lines += self._proposal(number, proposal)
        lines += self._more(len(answer.proposals))
        if answer.stays:
            lines += ["", self.say(N_("Will outdate where it is"))]
        lines += [self._stays(one) for one in answer.stays[: self.most]]
        lines += self._more(len(answer.stays))
        if answer.left_out:
            lines += ["", self.say(N_("Left out"))]
        lines += [
            f"  {self.name(one.bank)}{self.say(N_(': '))}{self._reasons(one.reasons)}"
            for one in answer.left_out
        ]
        return lines

    def _proposal(self, number: int, proposal: Proposal) -> list[str]:
        moved = proposal.transfer
        head = self.say(
            N_("{giver} → {taker}: {quantity} {unit} {component} {group}, leave by {time}"),
            giver=self.name(moved.giver),
            taker=self.name(moved.taker),
            quantity=moved.quantity,
            unit=self.unit(moved.component),
            component=self.name(moved.component),
            group=spoken_groups(moved.groups),
            time=f"{moved.leave_by.astimezone(CHINA):%m-%d %H:%M}",
        )
        lots = self.say(N_(", ")).join(f"{safe_text(line.lot)} × {line.quantity}" for line in moved.lines)
        return [f"{number:>3}  {head}", f"     {self._reasons(proposal.reasons)}", f"     {lots}"]

    def _stays(self, one: Stays) -> str:
        amount = f"{one.outdates:g} {self.unit(one.component)}"
        what = f"{self.name(one.bank)} {self.name(one.component)} {spoken_groups(one.groups)}"
        return f"  {what} {amount}{self.say(N_(': '))}{self._reasons(one.reasons)}"

    def _reasons(self, reasons: Iterable[Reason]) -> str:
        return reason_text(reasons, self.names, self.language)

    def _more(self, count: int) -> list[str]:
        return [self.say(N_("  … and {count} more"), count=count - self.most)] if count > self.most else []
