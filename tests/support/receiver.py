"""A webhook on the loopback that remembers what was posted to it."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Receiver:
    """Answers with `statuses` in turn, then with 200; None: no answer until it is closed. `seen`:
    Idempotency-Key and body of each POST.
    """

    statuses: list[int | None] = field(default_factory=list)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    address: str = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that is up while the block lasts; its address holds a secret."""
    made = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.seen.append((self.headers["Idempotency-Key"], body))
            status = made.statuses.pop(0) if made.statuses else 200
            if status is None:
                made.closing.wait(30)
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}/services/s3cr3t?token=s3cr3t"
    try:
        yield made
    finally:
        made.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
