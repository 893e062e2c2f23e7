"""What every message of the contract must pass before its content is looked at."""

import json

from dispatch.feed import payloads
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.feed.transport import Received
from dispatch.text import safe_text


def check_envelope(
    route: Route, envelope: payloads.Envelope[payloads.Payload], received: Received, *, drill: bool
) -> None:
    """Envelope against topic: type, city, drill, no field named twice. Refused says what is wrong."""
    if envelope.type != route.kind:
        raise Refused("wrong_type", found=safe_text(envelope.type, 64), expected=route.kind)
    if envelope.src.city != route.city:
        raise Refused("wrong_city", found=envelope.src.city, expected=route.city)
    if envelope.drill is not drill:
        raise Refused("drill_mismatch")
    if received.retained and route.fresh_only:
        raise Refused("retained_command")
    if _may_repeat_a_field(received.payload, envelope):
        json.loads(received.payload, object_pairs_hook=_each_field_once)


def check_dates(envelope: payloads.Envelope[payloads.Payload], now_ms: int, future_ms: int) -> None:
    """Refused for a message dated more than `future_ms` ahead, or past its own end."""
    newest = max(envelope.ts_evt, envelope.ts_pub)
    if newest > now_ms + future_ms:
        raise Refused("future", ahead_s=max(1, round((newest - now_ms) / 1000)))
    if envelope.expires_at is not None and envelope.expires_at < now_ms:
        raise Refused("expired", expired_s=round((now_ms - envelope.expires_at) / 1000))


def _may_repeat_a_field(raw: bytes, envelope: payloads.Envelope[payloads.Payload]) -> bool:
    """False when no field can stand twice: msgspec keeps the last of two and says nothing.

    The same envelope written anew has the fewest quotation marks that its fields need; a field
    named twice has more. Other spellings (explicit nulls, escapes) are looked at one by one.
    """
    return raw.count(b'"') != payloads.encode(envelope).count(b'"') or b"\\u" in raw


def _each_field_once(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _value in pairs}) != len(pairs):
        raise Refused("duplicate_key")
