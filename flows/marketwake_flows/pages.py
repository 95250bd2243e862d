"""The report pages over HTTP, for the links in the artifacts of `marketwake serve`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import BinaryIO, cast

from marketwake_flows.gate import is_stranger

log = logging.getLogger(__name__)
VARIABLE = "MARKETWAKE_REPORTS_URL"
INDEXES = ("index.html", "index.htm")
"""What a folder is answered with."""


class _Pages(SimpleHTTPRequestHandler):
    """Serves the files of one folder, to its own pages and to who follows a link to them."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = cast("ThreadingHTTPServer", self.server).server_port
        if is_stranger(self.command, headers, port, is_page=True):
            self.send_error(403, "Not for pages of other origins")
            return None
        asked = Path(self.translate_path(self.path))
        if any(path.resolve() != path for path in (asked, *(asked / name for name in INDEXES))):
            self.send_error(404, "Links are not followed")
            return None
        return super().send_head()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def shown(folder: Path, port: int) -> Iterator[str | None]:
    """Serve a folder on 127.0.0.1 while the block lasts, and say where to the runs that it starts,
    in the environment.

    Gives the address; None where the port is taken: the runs then name their pages and do not link
    to them.
    """
    handler = partial(_Pages, directory=str(folder.resolve()))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        log.warning(
            "port %d of 127.0.0.1 cannot be had, so that artifacts do not link to the reports: %s",
            port,
            error,
        )
        yield None
        return
    address = f"http://127.0.0.1:{server.server_address[1]}"
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        os.environ[VARIABLE] = address
        try:
            yield address
        finally:
            del os.environ[VARIABLE]
            server.shutdown()
