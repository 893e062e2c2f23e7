"""A valid message of every type the contract knows, made from its models by a seed."""

import random
import re
from typing import Any

import msgspec
from msgspec import inspect

from dispatch.feed.payloads import PAYLOADS

WORDS = (
    "changsha", "zhuzhou", "xiangtan", "CS-001", "CS-002", "ZZ-001", "CS-1124-1001", "ZZ-1124-1001",
    "console-1", "centre", "CS-B-CENTRE", "CS-B1-1126-101500-1", "red_cells", "L1", "CS-H-1", "a1", "r1",
    "k1", "2026-11", "2026-11-26", "0" * 64, "ab" * 32, "A" * 43 + "=", "G123417654321", "0", "1", "",
)  # fmt: skip
TEXTS = (
    "五一广场", "[/]", "[@click=app.quit]x[/]", "\x1b[2J", "\u202eabc", "a\u0301\u0301\u0301", "x" * 60,
    "Ambulance 12", "\x00", "\ufeff", "\n\n",
)  # fmt: skip
NOW = 1_795_500_000_000


class Maker:
    """Values of any type of the contract; the same seed makes the same."""

    def __init__(self, chance: random.Random, now_ms: int = NOW) -> None:
        self.chance, self.now_ms = chance, now_ms

    def payload(self, kind: str) -> dict[str, Any]:
        """Plain JSON values that the model of `kind` takes."""
        made = self._of(inspect.type_info(PAYLOADS[kind]), "")
        assert isinstance(made, dict)
        return made

    def _of(self, told: inspect.Type, name: str) -> Any:
        match told:
            case inspect.Metadata():
                return self._of(told.type, name)
            case inspect.StructType():
                return {
                    field.encode_name: self._of(field.type, field.encode_name)
                    for field in told.fields
                    if field.required or self.chance.random() < 0.5
                }
            case inspect.UnionType():
                return self._of(self.chance.choice(told.types), name)
            case inspect.LiteralType():
                return self.chance.choice(told.values)
            case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
                most = 3 if told.max_length is None else min(3, told.max_length)
                return [
                    self._of(told.item_type, name)
                    for _ in range(self.chance.randint(told.min_length or 0, most))
                ]
            case inspect.TupleType():
                return [self._of(one, name) for one in told.item_types]
            case inspect.DictType():
                return {
                    self._of(told.key_type, "key"): self._of(told.value_type, name)
                    for _ in range(self.chance.randint(0, 3))
                }
            case inspect.StrType():
                return self._text(told)
            case inspect.IntType():
                return self._whole(told, name)
            case inspect.FloatType():
                low = -1e6 if told.ge is None else told.ge
                high = told.le if told.le is not None else 1e6 if told.lt is None else told.lt - 0.01
                return self.chance.choice((low, high, self.chance.uniform(low, high)))
            case inspect.BoolType():
                return self.chance.random() < 0.5
            case inspect.NoneType():
                return None
            case _:
                raise AssertionError(f"the maker does not know {told} of {name}")

    def _text(self, told: inspect.StrType) -> str:
        least, most = told.min_length or 0, 10_000 if told.max_length is None else told.max_length
        fitting = [
            word
            for word in WORDS + TEXTS
            if least <= len(word) <= most and (told.pattern is None or re.search(told.pattern, word))
        ]
        assert fitting, f"no word fits {told}"
        return self.chance.choice(fitting)

    def _whole(self, told: inspect.IntType, name: str) -> int:
        low = -(2**53) if told.ge is None else told.ge
        high = 2**53 if told.le is None else told.le
        near = self.now_ms + self.chance.randint(-100_000, 100_000)
        tries = [
            low,
            high,
            min(high, low + 1),
            self.chance.randint(low, high),
            self.chance.randint(low, min(high, low + 9)),
        ]
        if low <= near <= high and (name.endswith(("_at", "_ms", "_until", "ts")) or high > 2**40):
            tries += [near] * 6
        return self.chance.choice(tries)


def encoded(envelope: dict[str, Any]) -> bytes:
    return msgspec.json.encode(envelope)
