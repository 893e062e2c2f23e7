"""What checkpoints prove about a log, as facts and as sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.audit.checkpoint import Opened, city_of_key
from dispatch.audit.said_times import china_time
from dispatch.language import N_, say

_SIGNED = N_(
    "rows 1 to {size} are the ones {city} signed on {time}: whoever has not its key cannot have changed, "
    "added or removed any of them since"
)
_WITNESSED = N_(
    "rows 1 to {size} are the ones {witness} saw and cosigned on {time}: not even {city} can have changed, "
    "added or removed any of them since without {witness}"
)
_REST = N_(
    "rows {first} to {last} came after the newest checkpoint: each follows from the one before it, "
    "but nobody has signed them, so they may have been written anew"
)
_AFTER = N_(
    "rows that came after row {last} and were cut off are not seen by these checkpoints: give newer ones"
)
_NO_WITNESS = N_(
    "no other city's cosignature was given: {city} itself, or whoever has its key, could have written and "
    "signed another history"
)


@dataclass(frozen=True, slots=True)
class Proved:
    """`city` signed `size` rows at `at_ms`; or, with `witness`, that city cosigned what it signed."""

    city: str
    size: int
    at_ms: int
    witness: str = ""


def proved(fitting: Iterable[Opened]) -> tuple[Proved, ...]:
    """The newest of every signer among checkpoints that fit: the city itself first."""
    newest: dict[tuple[str, str], Proved] = {}
    for one in fitting:
        checkpoint = one.checkpoint
        found = [Proved(checkpoint.city, checkpoint.size, checkpoint.at_ms)]
        for signed in one.witnesses:
            seen_ms = (signed.at_s or 0) * 1000
            witness = city_of_key(signed.key.name)
            found.append(Proved(checkpoint.city, checkpoint.size, seen_ms, witness))
        for each in found:
            known = newest.get((each.city, each.witness))
            if known is None or known.size < each.size:
                newest[each.city, each.witness] = each
    return tuple(sorted(newest.values(), key=lambda each: (each.witness != "", each.witness)))


def sentences(found: Sequence[Proved], rows: int, language: str, names: Mapping[str, str]) -> list[str]:
    """What is proved and what is not, for a log of `rows` rows without a fault; `names` of cities by code."""
    said = [
        say(
            language,
            _WITNESSED if one.witness else _SIGNED,
            size=one.size,
            city=names.get(one.city, one.city),
            time=china_time(one.at_ms),
            witness=names.get(one.witness, one.witness),
        )
        for one in found
    ]
    newest = max(one.size for one in found)
    if not any(one.witness for one in found):
        said.append(say(language, _NO_WITNESS, city=names.get(found[0].city, found[0].city)))
    if newest < rows:
        said.append(say(language, _REST, first=newest + 1, last=rows))
    return [*said, say(language, _AFTER, last=rows)]
