"""Monthly settlement between the centres: what each owes each, the nets, the fewest payments, statements."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.language import _
from dispatch.text import safe_text

EXACT_UP_TO = 12
"""Centres with a net for which the fewest payments are found; of more the largest are paired."""
Centre = Annotated[CityCode, Field(min_length=1, max_length=64, pattern=r"^\S(?:.*\S)?$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class JournalEntry(Frozen):
    """`advanced_by` paid for what `liable` owes. A reversal takes one whole entry back, in its own month."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    month: Month
    liable: Centre
    advanced_by: Centre
    fen: Annotated[int, Field(gt=0, le=10**12)]
    kind: Literal["advance", "reversal"] = "advance"
    of: str | None = Field(default=None, description="the entry that a reversal takes back")


class Journal(Frozen):
    """Append-only: what was written is only ever reversed."""

    entries: tuple[JournalEntry, ...]


class Debt(Frozen):
    """One centre's debt to another before netting, reversals taken off. Fen."""

    debtor: CityCode
    creditor: CityCode
    fen: int


class Payment(Frozen):
    """What is paid in the end."""

    payer: CityCode
    payee: CityCode
    fen: int


class Settlement(Frozen):
    """One month. The nets sum to zero; positive is received."""

    month: Month
    entries: int
    gross_fen: int
    debts: tuple[Debt, ...]
    nets: dict[CityCode, int]
    payments: tuple[Payment, ...]


def check(journal: Journal) -> None:
    """Raise DispatchError for a journal that cannot be believed: an id twice, a reversal of nothing."""
    known: dict[str, JournalEntry] = {}
    reversed_: set[str] = set()
    for entry in journal.entries:
        shown = safe_text(entry.id)
        if entry.id in known:
            raise DispatchError(_("journal: the entry {id} stands there twice", id=shown))
        known[entry.id] = entry
        if entry.kind == "advance":
            if entry.of is not None:
                raise DispatchError(_("journal: {id} is no reversal and names an entry", id=shown))
            continue
        first = known.get(entry.of or "")
        if first is None or first.kind != "advance":
            raise DispatchError(_("journal: {id} reverses what does not stand before it", id=shown))
        if entry.of in reversed_:
            raise DispatchError(
                _(
                    "journal: {of} is reversed twice, by {id} too",
                    of=safe_text(first.id),
                    id=shown,
                )
            )
        same = (entry.liable, entry.advanced_by, entry.fen) == (first.liable, first.advanced_by, first.fen)
        if not same or entry.month < first.month:
            raise DispatchError(
                _("journal: {id} must reverse {of} whole: the same centres and sum, no earlier month",
                  id=shown, of=safe_text(first.id))
            )  # fmt: skip
        reversed_.add(first.id)


def settle(journal: Journal, month: str) -> Settlement:
    """Net one month of a journal. What a centre advanced for itself is no debt."""
    check(journal)
    entries = [entry for entry in journal.entries if entry.month == month]
    owed: dict[tuple[CityCode, CityCode], int] = {}
    for entry in entries:
        if entry.liable != entry.advanced_by:
            pair = (entry.liable, entry.advanced_by)
            owed[pair] = owed.get(pair, 0) + (entry.fen if entry.kind == "advance" else -entry.fen)
    debts = []
    for (debtor, creditor), fen in sorted(owed.items()):
        if fen:  # more taken back than advanced in this month: the debt goes the other way
            ways = (debtor, creditor) if fen > 0 else (creditor, debtor)
            debts.append(Debt(debtor=ways[0], creditor=ways[1], fen=abs(fen)))
    names = sorted({name for entry in entries for name in (entry.liable, entry.advanced_by)})
    nets = dict.fromkeys(names, 0)
    for debt in debts:
        nets[debt.debtor] -= debt.fen
        nets[debt.creditor] += debt.fen
    return Settlement(
        month=month,
        entries=len(entries),
        gross_fen=sum(debt.fen for debt in debts),
        debts=tuple(debts),
        nets=nets,
        payments=tuple(payments(nets)),
    )


def payments(nets: Mapping[CityCode, int]) -> list[Payment]:
    """Payments that bring every net to zero: one fewer than members in each group that sums to zero.

    The most groups make the fewest payments; they are looked for among at most EXACT_UP_TO centres.
    """
    names = [name for name, fen in sorted(nets.items()) if fen]
    groups = _groups([nets[name] for name in names]) if len(names) <= EXACT_UP_TO else [range(len(names))]
    found = [pay for group in groups for pay in _pair_off({names[at]: nets[names[at]] for at in group})]
    return sorted(found, key=lambda one: (one.payer, one.payee))


def _groups(fen: Sequence[int]) -> list[list[int]]:
    """Places of the sums, parted into the most groups that each sum to zero.

    An order of all places that passes through zero most often parts them so: most[some places] is how often
    the best order of these passes through zero, and last[...] is the place it ends with.
    """
    everything = (1 << len(fen)) - 1
    most, last, sums = [0] * (everything + 1), [0] * (everything + 1), [0] * (everything + 1)
    for some in range(1, everything + 1):
        ends = [at for at in range(len(fen)) if some >> at & 1]
        last[some] = max(ends, key=lambda at: most[some & ~(1 << at)])
        before = some & ~(1 << last[some])
        sums[some] = sums[before] + fen[last[some]]
        most[some] = most[before] + (sums[some] == 0)
    groups: list[list[int]] = []
    some = everything
    while some:
        if sums[some] == 0:
            groups.append([])
        groups[-1].append(last[some])
        some &= ~(1 << last[some])
    return groups


def _pair_off(nets: dict[CityCode, int]) -> list[Payment]:
    """The largest debtor pays the largest creditor, until all is paid."""
    found = []
    while any(nets.values()):
        payer = min(nets, key=lambda name: (nets[name], name))
        payee = max(nets, key=lambda name: (nets[name], name))
        fen = min(-nets[payer], nets[payee])
        nets[payer] += fen
        nets[payee] -= fen
        found.append(Payment(payer=payer, payee=payee, fen=fen))
    return found


class StatementLine(Frozen):
    """One entry as one centre sees it: fen that it receives, or (negative) owes."""

    id: str
    other: CityCode
    kind: Literal["advance", "reversal"]
    fen: int


class Statement(Frozen):
    """A centre's month: its lines, their sum, and what it pays or is paid."""

    centre: CityCode
    month: Month
    lines: tuple[StatementLine, ...]
    net_fen: int
    payments: tuple[Payment, ...]


def statement(journal: Journal, month: str, centre: CityCode) -> Statement:
    """The lines of one centre; their sum is its net of the settlement."""
    settled = settle(journal, month)
    lines = []
    for entry in journal.entries:
        if entry.month != month or entry.liable == entry.advanced_by:
            continue
        if centre not in (entry.liable, entry.advanced_by):
            continue
        receives = (entry.advanced_by == centre) == (entry.kind == "advance")
        other = entry.liable if entry.advanced_by == centre else entry.advanced_by
        fen = entry.fen if receives else -entry.fen
        lines.append(StatementLine(id=entry.id, other=other, kind=entry.kind, fen=fen))
    return Statement(
        centre=centre,
        month=month,
        lines=tuple(lines),
        net_fen=settled.nets.get(centre, 0),
        payments=tuple(one for one in settled.payments if centre in (one.payer, one.payee)),
    )
