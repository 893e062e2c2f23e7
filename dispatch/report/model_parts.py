"""Parts that several tables of the report's document are made of."""

from pydantic import Field

from dispatch.domain.model import Frozen

Ms = int
"""Milliseconds since 1970 UTC."""


class Interval(Frozen):
    """One step of the work, as a distribution: bins of `edges_s`, the last one open."""

    name: str
    clock: str
    n: int
    unfinished: int = Field(description="begun and not ended when the log ended, or never told")
    excluded: dict[str, int]
    quantiles_s: dict[str, float | None]
    edges_s: tuple[int, ...]
    counts: tuple[int, ...]
