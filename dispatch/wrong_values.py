"""What a value in a document has to be, in the language in use: pydantic says it in English."""

import re
from collections.abc import Mapping

from dispatch.language import N_, _

_VALUES = {
    "missing": N_("is missing"),
    "extra_forbidden": N_("is not known here"),
    "json_invalid": N_("not JSON"),
    "json_type": N_("not JSON"),
    "greater_than_equal": N_("must be at least {limit}"),
    "greater_than": N_("must be greater than {limit}"),
    "less_than_equal": N_("must be at most {limit}"),
    "less_than": N_("must be less than {limit}"),
    "finite_number": N_("must be a finite number"),
    "int_": N_("must be a whole number"),
    "float_": N_("must be a number"),
    "decimal_": N_("must be a number"),
    "bool_": N_("must be true or false"),
    "string_too_short": N_("must have at least {limit} characters"),
    "string_too_long": N_("must have at most {limit} characters"),
    "string_pattern_mismatch": N_("must look like {pattern}"),
    "string_": N_("must be a text in quotes"),
    "literal_error": N_("must be one of: {listed}"),
    "enum": N_("must be one of: {listed}"),
    "union_tag_": N_("must be one of: {listed}"),
    "too_short": N_("must have at least {limit} entries"),
    "too_long": N_("must have at most {limit} entries"),
    "list_type": N_("must be a list"),
    "tuple_type": N_("must be a list"),
    "set_type": N_("must be a list"),
    "frozen_set_type": N_("must be a list"),
    "dict_type": N_("must be an object"),
    "model_": N_("must be an object"),
    "dataclass_type": N_("must be an object"),
    "timezone_": N_("must be a time with its offset, such as 2026-01-31T08:00:00+08:00"),
    "datetime_": N_("must be a time with its offset, such as 2026-01-31T08:00:00+08:00"),
    "date_": N_("must be a date such as 2026-01-31"),
    "time_": N_("must be a time of day such as 08:00:00"),
    "none_required": N_("must be null"),
}
"""Beginnings of pydantic's types of errors, the longer ones first. Its own sentences are English."""


def wrong_value(error: Mapping[str, object]) -> str:
    """One error of pydantic's `errors()` without its place: what the value has to be."""
    kind, facts = str(error["type"]), error.get("ctx")
    if kind == "json_invalid" and isinstance(facts, Mapping):
        place = re.search(r"line (\d+) column (\d+)", str(facts.get("error")))
        if place is not None:
            return _("not JSON at line {line}, column {column}", line=place[1], column=place[2])
    for beginning, sentence in _VALUES.items():
        if kind.startswith(beginning):
            return _(sentence, **_facts(facts))
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".")


def _facts(given: object) -> dict[str, object]:
    """What a sentence may name: the limit, whatever pydantic calls it, and what is allowed."""
    if not isinstance(given, Mapping):
        return {}
    limits = [given[name] for name in ("gt", "ge", "lt", "le", "min_length", "max_length") if name in given]
    listed = str(given.get("expected") or given.get("expected_tags") or "").replace(" or ", ", ")
    return {"limit": limits[0] if limits else "", "listed": listed, "pattern": given.get("pattern", "")}
