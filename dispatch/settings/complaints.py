"""What is wrong with a setting, in one sentence that says what is allowed."""

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dispatch.language import N_, _

_LIMITS = {
    "greater_than": N_("{key}: must be greater than {gt}; it is {value}"),
    "greater_than_equal": N_("{key}: must be at least {ge}; it is {value}"),
    "less_than": N_("{key}: must be less than {lt}; it is {value}"),
    "less_than_equal": N_("{key}: must be at most {le}; it is {value}"),
    "string_too_short": N_("{key}: must have at least {min_length} characters; it is {value}"),
    "string_too_long": N_("{key}: must have at most {max_length} characters; it is {value}"),
    "string_pattern_mismatch": N_("{key}: must look like {pattern}; it is {value}"),
    "finite_number": N_("{key}: must be a finite number; it is {value}"),
    "too_short": N_("{key}: must have at least {min_length} entries; it has {actual_length}"),
    "too_long": N_("{key}: must have at most {max_length} entries; it has {actual_length}"),
    "literal_error": N_("{key}: is {value}; allowed: {expected}"),
    "enum": N_("{key}: is {value}; allowed: {expected}"),
}
_KINDS = {
    "int_type": N_("a whole number"),
    "int_from_float": N_("a whole number"),
    "float_type": N_("a number"),
    "bool_type": N_("true or false"),
    "string_type": N_("a text in quotes"),
    "list_type": N_("a list"),
    "tuple_type": N_("a list"),
    "set_type": N_("a list"),
    "frozen_set_type": N_("a list"),
    "dict_type": N_("a table"),
    "model_type": N_("a table"),
    "model_attributes_type": N_("a table"),
    "date_type": N_("a date such as 2026-01-31"),
    "date_from_datetime_parsing": N_("a date such as 2026-01-31"),
}


def telling(failure: ValidationError) -> ErrorDetails:
    """The error to tell: a mistyped key before the key that is missing because of it."""
    errors = failure.errors(include_url=False)
    return next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])


def complaint(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The sentence for one validation error of `model`, in the language in use."""
    facts: dict[str, Any] = {**error.get("ctx", {})}
    facts.update(key=key_text(error["loc"]), value=shown(error["input"]))
    if "expected" in facts:
        facts["expected"] = str(facts["expected"]).replace(" or ", ", ")
    kind = error["type"]
    if kind == "missing":
        return _("{key}: is missing", **facts)
    if kind == "extra_forbidden":
        return _unknown_key(error, model)
    if kind in _KINDS:
        return _("{key}: must be {kind}; it is {value}", **{**facts, "kind": _(_KINDS[kind])})
    if kind in _LIMITS:
        return _(_LIMITS[kind], **facts)
    if isinstance(error["input"], dict):  # a rule over a whole table: its keys are no value to show
        return f"{facts['key']}: {_reason(error)}" if facts["key"] else _reason(error)
    return _("{key}: {problem}; it is {value}", **facts, problem=_reason(error))


def key_text(loc: tuple[int | str, ...]) -> str:
    """A key as the user would say it: `unit[3].station`, counted from 1."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def nearest(name: str, allowed: list[str]) -> str:
    """The allowed name that looks most like `name`, or an empty text."""
    return next(iter(difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)), "")


def _unknown_key(error: ErrorDetails, model: type[BaseModel]) -> str:
    allowed = _allowed_keys(model, error["loc"][:-1])
    near = nearest(str(error["loc"][-1]), allowed)
    key, listed = key_text(error["loc"]), ", ".join(sorted(allowed))
    if near:
        return _(
            "{key}: is no setting; did you mean {near}? Allowed here: {listed}",
            key=key,
            near=near,
            listed=listed,
        )
    return _("{key}: is no setting. Allowed here: {listed}", key=key, listed=listed)


def _allowed_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields of the model that stands at `loc` inside `model`."""
    fields = _fields(model)
    for part in loc:
        if isinstance(part, str) and part in fields:
            inner = _model_in(fields[part])
            if inner is not None:
                fields = _fields(inner)
    return list(fields)


def _fields(model: type[BaseModel]) -> Mapping[str, object]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The first model named in an annotation such as `tuple[Unit, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _reason(error: ErrorDetails) -> str:
    """A validator's own sentence without pydantic's prefix."""
    return error["msg"].removeprefix("Value error, ")


def shown(value: object) -> str:
    """A value as it stands in the file, cut when it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
