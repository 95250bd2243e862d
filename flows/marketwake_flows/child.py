"""The process of the Prefect server: `python -m marketwake_flows.child SOCKET PORT`, started by
`marketwake_flows.server`. It ends with its parent, however that ends.
"""

import os
import signal
import sys
from threading import Thread, Timer

SECONDS_TO_END = 10
"""From the parent's end until the server is killed."""
SECONDS_FOR_REQUESTS = 3
"""What requests and WebSockets may still take once the server is to end."""


def _end_with_parent() -> None:
    # The parent keeps the other end of the pipe open as long as it lives.
    while os.read(sys.stdin.fileno(), 1):
        pass
    killer = Timer(SECONDS_TO_END, os.kill, (os.getpid(), signal.SIGKILL))
    killer.daemon = True
    killer.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main(descriptor: int, port: int) -> None:
    """Serve Prefect's API and pages, behind the gate, on a socket that the parent has bound."""
    # Before the imports: a server that is still starting ends too.
    Thread(target=_end_with_parent, daemon=True).start()

    import socket

    import uvicorn
    from prefect.server.api.server import create_app

    from marketwake_flows.gate import Gate

    config = uvicorn.Config(
        Gate(create_app(final=True), port),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SECONDS_FOR_REQUESTS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
