"""What the decoder complains of, in the language in use: msgspec says it in English.

The quarantine keeps the decoder's own sentence, so that a row says the same in either language, and rows
of earlier versions too.
"""

import re

from dispatch.language import N_, say

_PLACE = re.compile(r"(?P<what>.*?) - at `(?P<path>[^`]*)`", re.DOTALL)
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (r"Object missing required field `(?P<name>.*)`", N_("the field {name} is missing")),
        (r"Object contains unknown field `(?P<name>.*)`", N_("there is no field {name}")),
        (r"Expected `(?P<wanted>.*)`, got `(?P<found>.*)`", N_("it must be {wanted}, not {found}")),
        (
            r"Expected `str` matching regex (?P<form>.*)",
            N_("the text must have the form {form}"),
        ),
        (r"Expected `str` of length >= (?P<limit>\d+)", N_("the text must have at least {limit} characters")),
        (r"Expected `str` of length <= (?P<limit>\d+)", N_("the text must have at most {limit} characters")),
        (
            r"Expected `(?:array|object)` of length >= (?P<limit>\d+)",
            N_("it must have at least {limit} entries"),
        ),
        (
            r"Expected `(?:array|object)` of length <= (?P<limit>\d+)",
            N_("it must have at most {limit} entries"),
        ),
        (
            r"Expected `(?:int|float)` (?P<bound>>=|<=|>|<) (?P<limit>\S+)",
            N_("the number must be {bound} {limit}"),
        ),
        (r"Expected `(?:datetime|date|time)` with a timezone component", N_("the time needs its offset")),
        (r"Invalid RFC3339 encoded (?:datetime|date|time)", N_("it is no time as ISO 8601")),
        (r"Invalid (?:enum )?value (?P<found>.*)", N_("{found} is not allowed here")),
        (r"(?:Integer value|Number) out of range", N_("the number is too large")),
        (r"Input data was truncated", N_("the message ends in the middle")),
        (r"JSON is malformed: .* \(byte (?P<byte>\d+)\)", N_("the message is no JSON at byte {byte}")),
        (r"Invalid UTF-8 .*|'utf-8' codec can't decode .*", N_("the message is no UTF-8 text")),
        (r"maximum recursion depth exceeded.*|RecursionError", N_("the message is nested too deeply")),
        (r"Invalid isoformat string: (?P<found>.*)", N_("{found} is no day as ISO 8601")),
        (r"a lot is of no line", N_("a lot is of no line")),  # our own: feed/news_blood.py
    )
)
_TYPES = {
    "int": N_("a whole number"),
    "float": N_("a number"),
    "str": N_("text"),
    "bool": N_("true or false"),
    "null": N_("null"),
    "array": N_("a list"),
    "object": N_("an object"),
    "datetime": N_("a time"),
}
_OR = N_("{one} or {other}")


def decoder_words(said: str, language: str) -> str:
    """A sentence of the decoder in `language`; one that is not known here stays as it is."""
    if language == "en":
        return said
    placed = _PLACE.fullmatch(said)
    what, path = (placed["what"], placed["path"]) if placed else (said, "")
    for pattern, sentence in _SENTENCES:
        if (found := pattern.fullmatch(what)) is not None:
            facts = found.groupdict()
            if "wanted" in facts:
                facts = {name: _types(value, language) for name, value in facts.items()}
            text = say(language, sentence, **facts)
            return say(language, N_("{path}: {what}"), path=path, what=text) if path else text
    return said


def _types(said: str, language: str) -> str:
    """A type as the decoder names it, such as "int | null"."""
    first, *others = (say(language, _TYPES.get(each, each)) for each in said.split(" | "))
    for other in others:
        first = say(language, _OR, one=first, other=other)
    return first
