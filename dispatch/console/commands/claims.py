"""The one command of claims on blood fees: what is done to the claim in view, or to one by its number."""

from collections.abc import Iterable

from dispatch.claims.states import DEED_NAMES, NEEDS_REASON, STATE_NAMES, Deed
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Choice, Numbered, Words
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Misread, Result
from dispatch.domain.operators import Right
from dispatch.language import N_, _

DEED_WORDS = {
    Deed.SUBMIT.value: ("提交", "tijiao"),
    Deed.VERIFY.value: ("核验", "heyan"),
    Deed.ASK_INFO.value: ("要求补充", "yaoqiubuchong"),
    Deed.GIVE_INFO.value: ("已补充", "yibuchong"),
    Deed.REJECT.value: ("驳回", "bohui"),
    Deed.APPROVE.value: ("批准", "pizhun"),
    Deed.PAY.value: ("支付", "zhifu"),
    Deed.CLOSE.value: ("结案", "jiean"),
    Deed.WITHDRAW.value: ("撤回", "chehui"),
    Deed.REVERSE.value: ("冲销", "chongxiao"),
    Deed.DISPUTE.value: ("争议", "zhengyi"),
    Deed.RESOLVE.value: ("解决争议", "jiejue"),
}
_TICKS = frozenset({Deed.SUBMIT, Deed.GIVE_INFO})
"""The words after these are documents that were seen, not a reason."""


def claim_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """The claims in view, with their states."""
    return ((row.id, _(STATE_NAMES[row.state])) for row in desk.claims.rows)


class ActOnClaim(Command):
    verbs = ("claim", "理赔", "lipei")
    title = N_("Act on a claim")
    help = N_(
        "Does something to a claim on blood fees: submit with the documents seen, verify, approve, pay. "
        "What needs a reason asks for it: type it after the number."
    )
    group = GROUPS[1]
    args = (
        Arg("deed", N_("what to do"), Choice(DEED_WORDS), "approve"),
        Arg("claim", N_("claim"), Numbered(claim_ids), "CS-1", required=False),
        Arg("words", N_("reason or documents"), Words(), "identity invoice", required=False, rest=True),
    )
    right = Right.CLAIMS
    example = "claim approve"
    lines = ()

    def label(self) -> str:
        return _(DEED_NAMES[Deed(self.text("deed"))]) if self.text("deed") else _(self.title)

    async def run(self, console: Console) -> Result:
        deed, words = Deed(self.text("deed")), self.text("words")
        claim = self.text("claim") or console.selected("claim") or ""
        if not claim:
            raise Misread(_("which claim? stand on one, or type its number"))
        typed = bool(self.text("claim"))
        if not typed and (deed in NEEDS_REASON or deed in _TICKS or deed is Deed.PAY):
            console.open_line(f"claim {deed.value} {claim} ")
            return Result(True, _ask_for(deed))
        ticked = tuple(words.replace(",", " ").split()) if deed in _TICKS else ()
        reference = words if deed is Deed.PAY else ""
        reason = "" if ticked or reference else words
        outcome = await console.desk.claims.act(claim, deed, reason, ticked, reference)
        await console.do("refresh")
        return Result(outcome.ok, outcome.message)


def _ask_for(deed: Deed) -> str:
    if deed in _TICKS:
        return _("type the documents that were seen, then Enter")
    return _("type why, then Enter") if deed in NEEDS_REASON else _("Enter notes that it was paid")
