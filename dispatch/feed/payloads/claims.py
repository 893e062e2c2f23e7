"""Claims on blood fees between desks and centres."""

from typing import Annotated

from msgspec import Meta

from dispatch.feed.payloads.ground import By, Payload


class ClaimsSay(Payload, frozen=True):
    """Something about claims: `said` is a JSON document of dispatch/claims/deeds.py. It names nobody."""

    said: Annotated[str, Meta(max_length=100_000)]
    by: By
