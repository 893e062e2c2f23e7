"""A console for tests of the door: it takes its ticket as the real one does, and says what it was given.

"q" signs out, "x" falls, "d" delivers a document, "h" hangs; anything else is echoed.
"""

import json
import os
import sys
import time
from typing import BinaryIO

from dispatch.web.child import SIGNED_OUT
from dispatch.web.ticket import take


def say(kind: bytes, payload: bytes) -> None:
    os.write(1, kind + len(payload).to_bytes(4, "big") + payload)


def heard(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    kind = stream.read(1)
    return (kind, stream.read(int.from_bytes(stream.read(4), "big"))) if kind else None


def main() -> int:
    ticket, _door = take(int(sys.argv[1]))
    os.write(1, b"__GANGLION__\n")
    facts = [
        ticket.operator,
        ticket.role.value,
        ticket.node,
        os.environ["COLUMNS"],
        os.environ["ROWS"],
        os.getpid(),
    ]
    say(b"D", json.dumps(facts).encode())
    while (packet := heard(sys.stdin.buffer)) is not None:
        kind, payload = packet
        if kind == b"M":
            told = json.loads(payload)
            if told["type"] == "quit":
                break
            if told["type"] == "deliver_chunk_request":
                from textual._binary_encode import dump

                chunk = b"<p>\xe8\xa1\x80</p>" if say.__dict__.setdefault("left", 1) else b""
                say.__dict__["left"] = 0
                say(b"P", dump(("deliver_chunk", told["key"], chunk)))
            else:
                say(b"D", payload)
        elif payload == b"q":
            say(b"M", json.dumps({"type": "exit"}).encode())
            return SIGNED_OUT
        elif payload == b"x":
            os._exit(7)
        elif payload == b"h":
            time.sleep(3600)
        elif payload == b"d":
            told = {
                "type": "deliver_file_start",
                "key": "k1",
                "path": "a b.html",
                "open_method": "browser",
            }
            say(
                b"M",
                json.dumps({**told, "mime_type": "text/html", "encoding": "utf-8", "name": None}).encode(),
            )
        else:
            say(b"D", payload)
    say(b"M", json.dumps({"type": "exit"}).encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
