"""A Prefect server of our own on 127.0.0.1: a process that lasts as long as a block does, with its
state below the warehouse and a key of its own. Prefect is not imported here.
"""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from marketwake.base.errors import WarehouseError
from marketwake_flows import api as prefect_api
from marketwake_flows.api import Api, ApiError
from marketwake_flows.child import SECONDS_TO_END

LOG = "server.log"
"""In Prefect's home: what the newest server has printed."""
LOCK = "server.lock"
SECONDS_TO_START = 120
"""What a server may take to start on a busy machine: the first time it makes its database."""
LISTENING = 128
"""How many connections wait for the server while it starts."""


@contextmanager
def running(
    root: Path, port: int | None = None, meanwhile: Callable[[], object] = lambda: None
) -> Iterator[Api]:
    """Keep a Prefect server for a warehouse while the block lasts; the environment names it.
    `meanwhile` is called while it starts, which takes some ten seconds the first time.

    With a port it has pages too, and leaves a file by which other processes of this user find it.
    Without one it takes any that is free, and is known to this process alone.

    Raises:
        ApiError: the port is taken, another server keeps this warehouse, or ours does not start.
        WarehouseError: the folder cannot be written.
    """
    with ExitStack() as stack:
        home, log = _own(root, stack)
        listener = stack.enter_context(_listener(port))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        api = Api(f"{address}/api", f"marketwake:{secrets.token_urlsafe(24)}")
        stack.enter_context(_environment(root, api))
        process = stack.enter_context(_process(listener, api, home, log, pages=port is not None))
        meanwhile()
        _wait_for(api, process, home / LOG)
        if port is not None:
            left = prefect_api.leave_profile(root, api)
            stack.callback(left.unlink, missing_ok=True)
        yield api


def _own(root: Path, stack: ExitStack) -> tuple[Path, BinaryIO]:
    """Prefect's home, which no other server uses meanwhile, and the open log in it."""
    home = prefect_api.home(root)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context((home / LOCK).open("ab"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (home / prefect_api.PROFILE).unlink(missing_ok=True)
        return home, stack.enter_context((home / LOG).open("wb"))
    except BlockingIOError as error:
        raise ApiError(
            f"another marketwake keeps a Prefect server in {home}",
            "Wait until it is done, or end that `marketwake serve`.",
        ) from error
    except OSError as error:
        raise WarehouseError(
            f"the folder {home} cannot be written: {error.strerror}",
            "Choose another with --warehouse.",
        ) from error


@contextmanager
def _listener(port: int | None) -> Iterator[socket.socket]:
    # Bound here, so that a port which is taken is found out at once, and nobody takes it before the
    # server is ready: who connects meanwhile, waits.
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port or 0))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "there is none of this number"
            raise ApiError(
                f"port {port} of 127.0.0.1 cannot be had: {why}",
                "Choose another with --port. Where a Prefect server runs already, name it: "
                "export PREFECT_API_URL=http://...",
            ) from error
        listener.listen(LISTENING)
        yield listener


@contextmanager
def _environment(root: Path, api: Api) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in prefect_api.environment(root, api)}
    prefect_api.prepare(root, api)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _process(
    listener: socket.socket, api: Api, home: Path, log: BinaryIO, *, pages: bool
) -> Iterator["subprocess.Popen[bytes]"]:
    address = api.url.removesuffix("/api")
    # None of the user's settings of Prefect: they may be for another server.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    settings = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": os.devnull,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_AUTH_STRING": api.key or "",
        "PREFECT_SERVER_BLOCKS_REGISTER_ON_START": str(pages).lower(),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": address,
        # Prefect pastes the path of its home into an address, where '?' and '%' mean something.
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            f"sqlite+aiosqlite:///{quote(str(home / 'prefect.db'))}"
        ),
        "PREFECT_SERVER_UI_API_URL": api.url,
        "PREFECT_SERVER_UI_ENABLED": str(pages).lower(),
    }
    if not os.access(sys.prefix, os.W_OK):
        # Prefect unpacks its pages into its own package.
        settings["PREFECT_SERVER_UI_STATIC_DIRECTORY"] = str(home / "pages")
    descriptor, port = listener.fileno(), listener.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "marketwake_flows.child", str(descriptor), str(port)],
        env=inherited | settings,
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=(descriptor,),
        # Ctrl-C is for the parent, which may still need the server.
        process_group=0,
    )
    # The connections that wait are the child's: they end with it.
    listener.close()
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(timeout=2 * SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(api: Api, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import httpx

    try:
        answer = httpx.get(
            f"{api.url}/health", timeout=httpx.Timeout(SECONDS_TO_START), trust_env=False
        )
        why = "" if answer.is_success else f"it answers with HTTP {answer.status_code}"
    except httpx.HTTPError as error:
        why = f"it has ended with {process.poll()}" if process.poll() else str(error)
    if why:
        raise ApiError(
            f"the Prefect server did not start at {api.url}: {why}",
            f"What it printed stands in {log}.",
        )
