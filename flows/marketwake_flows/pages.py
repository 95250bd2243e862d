"""The report pages over HTTP, for the links in the artifacts of `marketwake serve`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

log = logging.getLogger(__name__)
VARIABLE = "MARKETWAKE_REPORTS_URL"


class _Pages(SimpleHTTPRequestHandler):
    """Serves one folder and prints nothing."""

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def shown(folder: Path, port: int) -> Iterator[str | None]:
    """Serve a folder on 127.0.0.1 while the block lasts, and say where to the runs that it starts,
    in the environment.

    Gives the address; None where the port is taken: the runs then name their pages and do not link
    to them.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, directory=str(folder)))
    except OSError as error:
        log.warning(
            "port %d of 127.0.0.1 cannot be had, so that artifacts do not link to the reports: %s",
            port,
            error.strerror,
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
