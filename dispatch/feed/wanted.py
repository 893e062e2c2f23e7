"""What a field may hold, in words: for whoever has to write it."""

from msgspec import inspect

from dispatch.language import N_, say

_ONE_OF = N_("one of: {values}")
_TRUE_OR_FALSE = N_("true or false")
_NULL = N_("null, or left out")
_WHOLE = N_("a whole number")
_NUMBER = N_("a number")
_BETWEEN = N_("{what} from {low} to {high}")
_BELOW = N_("{what} from {low} to less than {high}")
_AT_LEAST = N_("{what} of at least {low}")
_TEXT = N_("text")
_TEXT_UP_TO = N_("text of at most {most} characters")
_TEXT_BETWEEN = N_("text of {least} to {most} characters")
_FORM = N_("{what} of the form {form}")
_LIST = N_("a list")
_LIST_UP_TO = N_("a list of at most {most} entries")
_TABLE = N_("an object with any names")
_OBJECT = N_("an object with: {fields}")
_MOMENT = N_("a time as ISO 8601 with its offset, such as 2026-11-24T09:59:58+08:00")
_OR = N_("{one} or {other}")


def described(wanted: inspect.Type, language: str) -> str:
    """A type of the contract as a phrase, such as "a number from -90 to 90"."""
    match wanted:
        case inspect.LiteralType(values=values):
            shown = sorted(str(value) for value in values)
            return shown[0] if len(shown) == 1 else say(language, _ONE_OF, values=", ".join(shown))
        case inspect.BoolType():
            return say(language, _TRUE_OR_FALSE)
        case inspect.IntType() | inspect.FloatType():
            return _number(wanted, language)
        case inspect.StrType():
            return _text(wanted, language)
        case inspect.DateTimeType():
            return say(language, _MOMENT)
        case inspect.ListType(max_length=most):
            return say(language, _LIST) if most is None else say(language, _LIST_UP_TO, most=most)
        case inspect.DictType():
            return say(language, _TABLE)
        case inspect.StructType(fields=fields):
            return say(language, _OBJECT, fields=", ".join(field.encode_name for field in fields))
        case inspect.UnionType(types=types):
            return _either(types, language)
        case inspect.Metadata(type=inner):
            return described(inner, language)
        case _:
            return say(language, _NULL)


def _number(wanted: inspect.IntType | inspect.FloatType, language: str) -> str:
    what = say(language, _WHOLE if isinstance(wanted, inspect.IntType) else _NUMBER)
    if wanted.ge is None:
        return what
    if wanted.le is not None:
        return say(language, _BETWEEN, what=what, low=wanted.ge, high=wanted.le)
    if wanted.lt is not None:
        return say(language, _BELOW, what=what, low=wanted.ge, high=wanted.lt)
    return say(language, _AT_LEAST, what=what, low=wanted.ge)


def _text(wanted: inspect.StrType, language: str) -> str:
    if wanted.max_length is None:
        what = say(language, _TEXT)
    elif wanted.min_length:
        what = say(language, _TEXT_BETWEEN, least=wanted.min_length, most=wanted.max_length)
    else:
        what = say(language, _TEXT_UP_TO, most=wanted.max_length)
    form = (wanted.pattern or "").replace(r"(?!\n)$", "$")
    return say(language, _FORM, what=what, form=form) if form else what


def _either(types: tuple[inspect.Type, ...], language: str) -> str:
    """Null is named last: it is what a field may be left out as."""
    ordered = sorted(types, key=lambda one: isinstance(one, inspect.NoneType))
    said = described(ordered[0], language)
    for other in ordered[1:]:
        said = say(language, _OR, one=said, other=described(other, language))
    return said
