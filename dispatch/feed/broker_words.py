"""Why a broker does not serve a link, in the language in use: aiomqtt and paho say it in English."""

from dispatch.causes import cause
from dispatch.language import N_, _

_NOT_ALLOWED = N_("the broker does not let this program in: not authorised")
_PASSWORD = N_("the broker does not let this program in: wrong user name or password")
_CLOSED = N_("the broker closed the connection")
_CONNECT = {
    1: N_("the broker does not speak MQTT 3.1.1"),
    2: N_("the broker refuses the name of this client"),
    3: N_("the broker is not available"),
    4: _PASSWORD,
    5: _NOT_ALLOWED,
}
"""Return codes of CONNACK in MQTT 3.1.1."""
_REASONS = {
    128: N_("the broker reports a fault"),
    132: N_("the broker does not speak MQTT 3.1.1"),
    133: N_("the broker refuses the name of this client"),
    134: _PASSWORD,
    135: _NOT_ALLOWED,
    136: N_("the broker is not available"),
    137: N_("the broker is busy"),
    138: N_("the broker has banned this client"),
    140: N_("the broker wants another way of signing in"),
    151: N_("a quota of the broker is used up"),
    159: N_("the broker allows no more connections at a time"),
}
"""Reason codes of MQTT 5, which paho uses for both versions."""
_PAHO = {
    2: N_("the broker said something that is no MQTT"),
    4: N_("there is no connection"),
    5: N_("the broker refused the connection"),
    7: _CLOSED,
    8: N_("the encryption of the connection failed"),
    9: N_("the message is too big"),
    11: _NOT_ALLOWED,
    12: N_("the broker does not allow this"),
    14: _CLOSED,
    16: N_("the broker was silent for too long"),
}
"""MQTT_ERR_... of paho."""
_TIMED_OUT = "Operation timed out"


def why_lost(error: BaseException) -> str:
    """One sentence for an error of aiomqtt, of the socket below it, or of the system."""
    below = error.__context__
    code = getattr(error, "rc", None)
    if code is not None:
        return answer(
            code if isinstance(code, int) else int(code.value), str(error), of_client=isinstance(code, int)
        )
    if isinstance(below, OSError):
        return cause(below)
    if str(error) == _TIMED_OUT:
        return _("the broker does not answer")
    return cause(error)


def answer(code: int, otherwise: str, *, of_client: bool = False) -> str:
    """A return or reason code in words; `of_client`: one that paho made itself."""
    known = _PAHO if of_client else _CONNECT | _REASONS
    return _(known[code]) if code in known else otherwise
