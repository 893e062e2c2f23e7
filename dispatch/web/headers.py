"""What every answer says to the browser: nothing from outside, nothing kept, nobody frames it."""

from collections.abc import Mapping

_NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_PAGE = f"{_NOTHING}; form-action 'self'; style-src 'self'; font-src 'self'; img-src 'self'"
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PAGE = {"Content-Security-Policy": _PAGE, "Cache-Control": "no-store"}
"""Of a page without scripts."""
PRINTED = {
    "Content-Security-Policy": f"{_NOTHING}; sandbox allow-modals; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}
"""Of a document that the console made: it is shown as if it came from nowhere, and runs nothing."""
ASSET = {"Cache-Control": "public, max-age=3600"}


def console_page(socket: str) -> Mapping[str, str]:
    """Of the console's page. Its terminal writes style sheets of its own; scripts come as files only."""
    policy = (
        f"{_NOTHING}; form-action 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"font-src 'self'; img-src 'self' data: blob:; connect-src 'self' {socket}"
    )
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store"}


def everywhere(secure: bool) -> Mapping[str, str]:
    """Of every answer; over TLS the browser is told to come by TLS only."""
    kept = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
    return _EVERYWHERE | kept
