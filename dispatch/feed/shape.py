"""Every fault in the shape of a message, each with its field, what stands there and what may stand there.

The intake itself stops at the first fault, in the words of its decoder; this walk along the same types is for
whoever writes messages and wants to hear of all of them.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from msgspec import inspect

from dispatch.feed.wanted import described
from dispatch.language import N_, say
from dispatch.text import safe_text

NOT_UTF8 = N_("the message is no UTF-8 text: byte {byte}")
NOT_JSON = N_("the message is no JSON at line {line}, column {column}: {problem}")
NO_NUMBER = N_("{path}: NaN and Infinity are no JSON numbers")
TWICE = N_("{path}: stands twice in one object")
TOO_DEEP = N_("the message is nested too deeply")
MISSING = N_("{path}: is missing; it must be {wanted}")
UNKNOWN = N_("{path}: there is no such field; allowed here: {listed}")
NEARLY = N_("{path}: there is no such field; did you mean {near}? Allowed here: {listed}")
WRONG = N_("{path}: is {found}; it must be {wanted}")
TOO_LONG = N_("{path}: has {found} entries; it must be {wanted}")
_PROBLEMS = {
    "Expecting property name enclosed in double quotes": N_("a name in double quotes is missing"),
    "Expecting ':' delimiter": N_("a colon is missing"),
    "Expecting ',' delimiter": N_("a comma is missing"),
    "Expecting value": N_("a value is missing"),
    "Extra data": N_("something stands after the end of the message"),
    "Unterminated string starting at": N_("a text has no end"),
    "Invalid control character at": N_("a text holds a control character"),
    "Invalid \\escape": N_("a text holds an unknown escape"),
    "Invalid \\uXXXX escape": N_("a text holds a broken \\u escape"),
    "Illegal trailing comma before end of object": N_("a comma stands before the end of an object"),
    "Illegal trailing comma before end of array": N_("a comma stands before the end of a list"),
}
"""What Python's reader of JSON complains of, in words of ours."""
_OTHER = N_("it cannot be read")
Said = str | int | float | inspect.Type


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `path` names the field, as in data.lots[2].quantity; empty: all of it."""

    code: str
    path: str
    sentence: str
    facts: Mapping[str, Said] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The sentence in a language."""
        said = {
            name: value if isinstance(value, str | int | float) else described(value, language)
            for name, value in self.facts.items()
        }
        if "problem" in said:
            said["problem"] = say(language, str(said["problem"]))
        return say(language, self.sentence, path=self.path, **said)

    def allowed(self, language: str) -> str:
        """What may stand there; empty where that is not the question."""
        wanted = self.facts.get("wanted")
        if isinstance(wanted, inspect.Type):
            return described(wanted, language)
        return str(self.facts.get("listed", ""))


def read_json(raw: bytes) -> tuple[object, list[Fault]]:
    """The value, and what is wrong with the text itself; None where it cannot be read at all."""
    faults: list[Fault] = []

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        whole: dict[str, object] = {}
        for name, value in found:
            if name in whole:
                faults.append(Fault("duplicate_key", shown(name), TWICE))
            whole[name] = value
        return whole

    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs)
    except UnicodeDecodeError as error:
        return None, [Fault("malformed", "", NOT_UTF8, {"byte": error.start + 1})]
    except json.JSONDecodeError as error:
        problem = next((ours for theirs, ours in _PROBLEMS.items() if error.msg.startswith(theirs)), _OTHER)
        where: dict[str, Said] = {"line": error.lineno, "column": error.colno, "problem": problem}
        return None, [Fault("malformed", "", NOT_JSON, where)]
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        return None, [Fault("malformed", "", TOO_DEEP)]
    return value, faults


def faults_of(value: object, wanted: inspect.Type, path: str = "") -> Iterator[Fault]:
    """Everything in `value` that its type does not allow, in the order of the type."""
    match wanted:
        case inspect.Metadata(type=inner):
            yield from faults_of(value, inner, path)
        case inspect.UnionType(types=types):
            yield from _faults_of_either(value, types, wanted, path)
        case inspect.StructType():
            yield from _faults_of_object(value, wanted, path)
        case inspect.ListType(item_type=item, max_length=most):
            if not isinstance(value, list):
                yield _wrong(value, wanted, path)
                return
            if most is not None and len(value) > most:
                yield Fault("malformed", path, TOO_LONG, {"found": len(value), "wanted": wanted})
            for number, one in enumerate(value):
                yield from faults_of(one, item, f"{path}[{number}]")
        case inspect.DictType(key_type=name_type, value_type=value_type):
            if not isinstance(value, dict):
                yield _wrong(value, wanted, path)
                return
            for name, one in value.items():
                yield from faults_of(name, name_type, _below(path, name))
                yield from faults_of(one, value_type, _below(path, name))
        case _:
            if isinstance(value, float) and not math.isfinite(value):
                yield Fault("malformed", path, NO_NUMBER)
            elif not _fits(value, wanted):
                yield _wrong(value, wanted, path)


def _faults_of_object(value: object, wanted: inspect.StructType, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong(value, wanted, path)
        return
    known = {one.encode_name: one for one in wanted.fields}
    for name, one in known.items():
        if name in value:
            yield from faults_of(value[name], one.type, _below(path, name))
        elif one.required:
            yield Fault("malformed", _below(path, name), MISSING, {"wanted": one.type})
    if wanted.forbid_unknown_fields:
        listed = ", ".join(sorted(known))
        for name in value:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                facts: dict[str, Said] = {"listed": listed} | ({"near": near[0]} if near else {})
                yield Fault("malformed", _below(path, name), NEARLY if near else UNKNOWN, facts)


def _faults_of_either(
    value: object, types: tuple[inspect.Type, ...], wanted: inspect.Type, path: str
) -> Iterator[Fault]:
    """No fault where one of the types takes it; else those of the only one that is not null."""
    found = [list(faults_of(value, one, path)) for one in types if not isinstance(one, inspect.NoneType)]
    null_allowed = len(found) < len(types)
    if not all(found) or (value is None and null_allowed):
        return
    yield from found[0] if len(found) == 1 and value is not None else [_wrong(value, wanted, path)]


def _fits(value: object, wanted: inspect.Type) -> bool:
    match wanted:
        case inspect.LiteralType(values=values):
            return any(value == one and type(value) is type(one) for one in values)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _within(value, wanted)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool) and _within(value, wanted)
        case inspect.StrType():
            return isinstance(value, str) and _spelled(value, wanted)
        case inspect.DateTimeType():
            return isinstance(value, str) and _is_moment(value)
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
    return True


def _within(value: object, wanted: inspect.IntType | inspect.FloatType) -> bool:
    bounds: tuple[tuple[float | None, Callable[[float, float], bool]], ...] = (
        (wanted.ge, lambda number, bound: number >= bound),
        (wanted.gt, lambda number, bound: number > bound),
        (wanted.le, lambda number, bound: number <= bound),
        (wanted.lt, lambda number, bound: number < bound),
    )
    number = value if isinstance(value, int | float) else math.nan
    return all(holds(number, bound) for bound, holds in bounds if bound is not None)


def _spelled(value: str, wanted: inspect.StrType) -> bool:
    most = wanted.max_length if wanted.max_length is not None else len(value)
    return (wanted.min_length or 0) <= len(value) <= most and bool(re.search(wanted.pattern or "", value))


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _wrong(value: object, wanted: inspect.Type, path: str) -> Fault:
    return Fault("malformed", path, WRONG, {"found": shown(value), "wanted": wanted})


def _below(path: str, name: str) -> str:
    return f"{path}.{shown(name)}" if path else shown(name)


def shown(value: object) -> str:
    """A value as JSON, made safe and cut; a name stands without its quotation marks."""
    if isinstance(value, str) and value.isidentifier():
        return safe_text(value, 40)
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, dict | list) else _kind(value)
    return safe_text(text, 60)


def _kind(value: dict[str, object] | list[object]) -> str:
    return "{…}" if isinstance(value, dict) else "[…]"
