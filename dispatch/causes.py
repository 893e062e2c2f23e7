"""Why the system, a library or a file failed, in the language in use: their own sentences are English."""

import errno
import json
import re
import socket
import sqlite3
import ssl
import tomllib

from dispatch.language import N_, _

_SYSTEM = {
    errno.ENOENT: N_("no such file or folder"),
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("not permitted"),
    errno.EEXIST: N_("it exists already"),
    errno.ENOTDIR: N_("not a folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTEMPTY: N_("the folder is not empty"),
    errno.ENOSPC: N_("no space left on the disk"),
    errno.EDQUOT: N_("the quota of the disk is used up"),
    errno.EROFS: N_("the disk is read-only"),
    errno.EFBIG: N_("the file is too big"),
    errno.EIO: N_("the disk reports an input or output error"),
    errno.EMFILE: N_("too many open files"),
    errno.ENFILE: N_("too many open files"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ELOOP: N_("too many links one after the other"),
    errno.ETXTBSY: N_("the file is in use"),
    errno.EAGAIN: N_("it is in use at the moment"),
    errno.ENOMEM: N_("not enough memory"),
    errno.ECONNREFUSED: N_("nothing listens there: the connection was refused"),
    errno.ECONNRESET: N_("the other side closed the connection"),
    errno.ECONNABORTED: N_("the connection was broken off"),
    errno.EPIPE: N_("the other side closed the connection"),
    errno.ENOTCONN: N_("there is no connection"),
    errno.ETIMEDOUT: N_("no answer in time"),
    errno.EHOSTUNREACH: N_("the host cannot be reached"),
    errno.EHOSTDOWN: N_("the host cannot be reached"),
    errno.ENETUNREACH: N_("the network cannot be reached"),
    errno.ENETDOWN: N_("the network is down"),
    errno.EADDRINUSE: N_("the port is in use already"),
    errno.EADDRNOTAVAIL: N_("this machine has no such address"),
}
_CERTIFICATE = {
    9: N_("the certificate of the other side is not valid yet: look at the clocks"),
    10: N_("the certificate of the other side has expired"),
    18: N_("the certificate of the other side is signed by itself"),
    19: N_("the certificate of the other side comes from an authority that is not trusted here"),
    20: N_("the certificate of the other side comes from an authority that is not trusted here"),
    23: N_("the certificate of the other side was revoked"),
    62: N_("the certificate of the other side is for another host"),
    64: N_("the certificate of the other side is for another address"),
}
"""X509_V_ERR_... of OpenSSL."""
_DATABASE = {
    "SQLITE_BUSY": N_("another program is writing to it"),
    "SQLITE_LOCKED": N_("another program is writing to it"),
    "SQLITE_FULL": N_("no space left on the disk"),
    "SQLITE_READONLY": N_("it may only be read"),
    "SQLITE_IOERR": N_("the disk reports an input or output error"),
    "SQLITE_CORRUPT": N_("it is damaged"),
    "SQLITE_NOTADB": N_("it is no database"),
    "SQLITE_CANTOPEN": N_("it cannot be opened"),
    "SQLITE_PERM": N_("permission denied"),
    "SQLITE_AUTH": N_("not permitted"),
    "SQLITE_NOMEM": N_("not enough memory"),
    "SQLITE_TOOBIG": N_("a value is too big"),
}
"""Names of SQLite's results; an extended one such as SQLITE_IOERR_FSYNC by its beginning."""
_TOML = (
    (re.compile(r"Expected '=' after a key.*"), N_("= is missing after a key")),
    (re.compile(r"Invalid value.*"), N_("no valid value")),
    (re.compile(r"Invalid statement.*"), N_("neither a key nor a table")),
    (re.compile(r"Invalid initial character for a key part.*"), N_("no valid key")),
    (re.compile(r"Unterminated string.*"), N_("a text is not ended by its quote")),
    (re.compile(r"Unclosed array.*"), N_("a list is not closed by ]")),
    (re.compile(r"Unclosed inline table.*"), N_("an inline table is not closed")),
    (re.compile(r"Expected ']' at the end of a table.*"), N_("] is missing after the name of a table")),
    (re.compile(r"Expected ']]' at the end of an array.*"), N_("]] is missing after the name of a table")),
    (re.compile(r"Expected newline or end of document.*"), N_("more stands on the line than one value")),
    (re.compile(r"Cannot declare .* twice.*"), N_("a table stands twice")),
    (re.compile(r"Cannot overwrite a value.*"), N_("a key stands twice")),
    (re.compile(r"Cannot (?:mutate|redefine|access).*"), N_("a table or list is changed after its end")),
    (re.compile(r"Duplicate inline table key.*"), N_("a key stands twice")),
    (
        re.compile(r"Found invalid character.*|Illegal character.*"),
        N_("a character that may not stand there"),
    ),
    (re.compile(r"Unescaped '\\' in a string.*"), N_("\\ in a text must be written \\\\")),
    (re.compile(r"Escaped character is not.*|Invalid hex value.*"), N_("no valid \\ in a text")),
    (re.compile(r"Invalid date or datetime.*"), N_("no valid date or time")),
    (re.compile(r"Expected .*"), N_("a text is not ended by its quote")),
)
"""Sentences of tomllib without the place at their end."""
_PLACE = re.compile(r" \((?:at (?P<where>line \d+, column \d+|end of document))\)$")


def cause(error: BaseException) -> str:
    """What went wrong, for the place of {error} in a sentence; unknown sentences stay as they are."""
    if isinstance(error, sqlite3.Error):
        return _database(error)
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _CERTIFICATE:
        return _(_CERTIFICATE[error.verify_code])
    if isinstance(error, ssl.SSLError):
        return _("TLS: {reason}", reason=error.reason or error)
    if isinstance(error, socket.gaierror):
        return _("no host is known by this name")
    if isinstance(error, TimeoutError) and not error.errno:
        return _("no answer in time")
    if isinstance(error, OSError):
        return _(_SYSTEM[error.errno]) if error.errno in _SYSTEM else error.strerror or _own(error)
    if isinstance(error, UnicodeDecodeError):
        return _("not UTF-8 text at byte {position}", position=error.start + 1)
    if isinstance(error, json.JSONDecodeError):
        return _("not JSON at line {line}, column {column}", line=error.lineno, column=error.colno)
    if isinstance(error, tomllib.TOMLDecodeError):
        return _toml(str(error))
    return _own(error)


def _own(error: BaseException) -> str:
    """Its own words, or what it is where it has none."""
    return str(error) or type(error).__name__


def _database(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", None) or ""
    for known, sentence in _DATABASE.items():
        if name == known or name.startswith(f"{known}_"):
            return _(sentence)
    return _own(error)


def _toml(said: str) -> str:
    place = _PLACE.search(said)
    words = said[: place.start()] if place else said
    for pattern, sentence in _TOML:
        if pattern.fullmatch(words):
            words = _(sentence)
            break
    if place is None:
        return words
    found = re.fullmatch(r"line (\d+), column (\d+)", place["where"])
    if found is None:
        return _("{problem}, at the end", problem=words)
    return _("{problem}, line {line}, column {column}", problem=words, line=found[1], column=found[2])
