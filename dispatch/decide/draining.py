"""The best way to take so much from many lots, exactly: drain them in order of merit.

Pieces are sorted by a key that falls into parts (arrival, tier, harm, expiry). All parts that fit are
drained whole; where a part holds more than is left, any choice inside it is equally good by the key,
and the one that adds the fewest banks is taken, the soonest among those. Because the pieces of one
bank and group lie in the order in which they may go, no other choice has a better sorted list of keys:
the independent sets are those of a partition matroid, for which the greedy choice is the best
(Edmonds, Mathematical Programming 1, 1971).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from dispatch.decide.blood_models import PlanLine
from dispatch.decide.offers import Offer, Piece
from dispatch.domain.blood import BankId, LotId

Key = tuple[float, float, float, datetime]
"""Smaller goes first."""
Taken = dict[BankId, list[PlanLine]]


def drain(
    offers: Iterable[Offer],
    quantity: int,
    key: Callable[[Offer, Piece], Key],
    used: frozenset[BankId] = frozenset(),
) -> Taken:
    """Lines by bank; `used` banks send something anyhow, and taking more of them adds no bank."""
    soonest = by_arrival(offers)
    pieces = [(key(offer, piece), at, piece) for at, offer in enumerate(soonest) for piece in offer.pieces]
    pieces.sort(key=itemgetter(0, 1))
    taken: dict[int, list[Piece]] = {}
    for _key, equals in groupby(pieces, key=itemgetter(0)):
        part = [(at, piece) for _same, at, piece in equals]
        if sum(piece.quantity for _at, piece in part) > quantity:
            sending = {at for at, offer in enumerate(soonest) if at in taken or offer.bank.id in used}
            part = _some_of(part, quantity, sending)
        for at, piece in part:
            taken.setdefault(at, []).append(piece)
            quantity -= piece.quantity
        if not quantity:
            break
    return {soonest[at].bank.id: _lines(taken[at]) for at in sorted(taken)}


def by_arrival(offers: Iterable[Offer]) -> list[Offer]:
    """Soonest first by the slow end of the arrival, then by bank."""
    return sorted(offers, key=lambda offer: (offer.eta.high_min, offer.bank.id))


def fewest(amounts: Sequence[int], wanted: int) -> list[int]:
    """Places of the fewest amounts that make up `wanted`; of all such choices the first in order."""
    largest = sorted(amounts, reverse=True)
    count = next(n for n in range(len(largest) + 1) if sum(largest[:n]) >= wanted)
    chosen: list[int] = []
    for at, amount in enumerate(amounts):
        others = sorted(amounts[at + 1 :], reverse=True)[: count - len(chosen) - 1]
        if wanted > 0 and amount + sum(others) >= wanted:
            chosen.append(at)
            wanted -= amount
    return chosen


def _some_of(part: list[tuple[int, Piece]], quantity: int, sending: set[int]) -> list[tuple[int, Piece]]:
    """So much of equally good pieces, from banks that send anyhow and the fewest others."""
    amounts = Counter[int]()
    for at, piece in part:
        amounts[at] += piece.quantity
    missing = quantity - sum(amounts[at] for at in sending)
    others = [at for at in amounts if at not in sending]
    chosen = sending | {others[place] for place in fewest([amounts[at] for at in others], missing)}
    some = []
    for at, piece in part:
        take = min(quantity, piece.quantity) if at in chosen else 0
        if take:
            some.append((at, Piece(piece.lot, take, piece.tier, piece.harm)))
            quantity -= take
    return some


def _lines(pieces: Iterable[Piece]) -> list[PlanLine]:
    """Pieces as lines, those of one lot joined; the closest tier first, then first to expire."""
    amounts: dict[LotId, int] = {}
    of: dict[LotId, Piece] = {}
    for piece in pieces:
        amounts[piece.lot.id] = amounts.get(piece.lot.id, 0) + piece.quantity
        of[piece.lot.id] = piece
    order = sorted(of.values(), key=lambda p: (p.tier, p.lot.expires_at, p.lot.id))
    return [PlanLine(p.lot.id, p.lot.group, amounts[p.lot.id], p.tier, p.lot.expires_at) for p in order]
