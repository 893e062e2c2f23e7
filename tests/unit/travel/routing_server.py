"""A routing server of the tests' own, on this machine: answers as OSRM or Valhalla would, or wrongly."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Pair = tuple[float, float]


def seconds_between(a: Pair, b: Pair) -> float:
    """Not the same in both directions, so that turned questions are noticed."""
    return round(100_000 * (abs(a[0] - b[0]) + abs(a[1] - b[1])) + (50 if a[0] > b[0] else 0), 1)


@dataclass
class Server:
    """What it was asked, and how it behaves; `raw` is answered instead when it is set."""

    url: str = ""
    raw: bytes | None = None
    status: int = 200
    no_way_from_lat: float | None = None
    asked: list[str] = field(default_factory=list)

    def osrm(self, path: str) -> object:
        parts = urlsplit(path)
        places = [
            tuple(float(x) for x in reversed(p.split(","))) for p in parts.path.rsplit("/", 1)[1].split(";")
        ]
        query = parse_qs(parts.query)
        sources, targets = (
            [places[int(i)] for i in query[name][0].split(";")] for name in ("sources", "destinations")
        )
        return {"code": "Ok", "durations": [[self._cell(a, b) for b in targets] for a in sources]}

    def valhalla(self, body: dict[str, list[dict[str, float]]], *, short: bool) -> object:
        sources, targets = ([(p["lat"], p["lon"]) for p in body[name]] for name in ("sources", "targets"))
        times = [[self._cell(a, b) for b in targets] for a in sources]
        if short:
            return {"sources_to_targets": {"durations": times, "distances": times}}
        rows = [[{"time": t, "distance": 1.0, "from_index": i, "to_index": j} for j, t in enumerate(row)]
                for i, row in enumerate(times)]  # fmt: skip
        return {"sources_to_targets": rows, "units": "kilometers"}

    def _cell(self, a: tuple[float, ...], b: tuple[float, ...]) -> float | None:
        if a[0] == self.no_way_from_lat:
            return None
        return seconds_between((a[0], a[1]), (b[0], b[1]))


@contextmanager
def serving(*, short: bool = False) -> Iterator[Server]:
    """A server on a free port of 127.0.0.1."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            self._answer(lambda: server.osrm(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(self.path)
            self._answer(lambda: server.valhalla(body, short=short))

        def _answer(self, make: object) -> None:
            assert callable(make)
            content = server.raw if server.raw is not None else json.dumps(make()).encode()
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        listening.shutdown()
        thread.join()
