"""What is said about claims, between the domain and the wire."""

from pydantic import ValidationError

from dispatch.centre.messages import ClaimSaid
from dispatch.centre.wire_parts import Refused, by, by_payload
from dispatch.claims.deeds import SAYING
from dispatch.domain.orders import Asker
from dispatch.feed import payloads


def said(data: payloads.ClaimsSay, key: str, asker: Asker) -> ClaimSaid:
    """Something about claims; Refused when it is no document of claims/deeds.py."""
    try:
        document = SAYING.validate_json(data.said, strict=True)
    except ValidationError as error:
        raise Refused("malformed") from error
    return ClaimSaid(key, asker, by(data.by), document)


def said_payload(said: ClaimSaid) -> payloads.ClaimsSay:
    return payloads.ClaimsSay(said.said.model_dump_json(), by_payload(said.by))
