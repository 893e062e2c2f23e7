"""F10 at a console behind a browser: the slip goes to the page, which opens it; no printer is asked."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE

F10 = b"\x1b[21~"


def packet(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload


async def test_the_slip_of_the_order_under_the_cursor_is_given_to_the_page() -> None:
    environment = os.environ | {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "COLUMNS": "120", "ROWS": "36"}  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.blood_console", stdin=PIPE, stdout=PIPE, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    shown, key, document = b"", "", b""
    async with asyncio.timeout(300):
        while await process.stdout.readline() != b"__GANGLION__\n":
            pass
        while "</html>" not in document.decode("utf-8", "replace"):
            kind = await process.stdout.readexactly(1)
            payload = await process.stdout.readexactly(
                int.from_bytes(await process.stdout.readexactly(4), "big")
            )
            if kind == b"D":
                before = b"CS-B1-1126-091000-3" in shown
                shown += payload
                if not before and b"CS-B1-1126-091000-3" in shown:
                    process.stdin.write(packet(b"D", F10))
            elif kind == b"P":
                document += payload
            elif (told := json.loads(payload))["type"] == "deliver_file_start":
                key = told["key"]
                assert told["open_method"] == "browser"
                assert told["mime_type"] == "text/html"
                assert told["path"].endswith("blood-order-CS-B1-1126-091000-3.html")
                wanted = {"type": "deliver_chunk_request", "key": key, "size": 1 << 20, "name": None}
                process.stdin.write(packet(b"M", json.dumps(wanted).encode()))
        process.stdin.write(packet(b"M", json.dumps({"type": "quit"}).encode()))
        await process.communicate()
    assert "发血单" in document.decode("utf-8", "replace")
    assert process.returncode == 0
