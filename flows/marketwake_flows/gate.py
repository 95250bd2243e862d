"""What stands before the two ports of `marketwake serve`: only their own pages may ask there.

A browser carries the requests of any page to 127.0.0.1. CORS hides the answers alone: a POST
without a type, and a WebSocket, are carried out all the same. So whoever comes from a page of
another origin, or by another name of this machine, is refused before Prefect sees the request.
Programs send neither header, and need the key.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = "/open"
"""The page that takes the key from its fragment, which no log and no server ever sees."""
_OPEN = b"""<!doctype html><meta charset="utf-8"><title>marketwake</title><script>
localStorage.setItem("prefect-password", btoa(decodeURIComponent(location.hash.slice(1))));
location.replace("/");
</script>"""


def is_stranger(method: str, headers: Mapping[str, str], port: int, *, is_page: bool) -> bool:
    """Whether a request to a port of 127.0.0.1 comes from a page of another origin, or under a name
    that may be anybody's. Links to pages may stand anywhere.

    Args:
        method: of HTTP; of a WebSocket the empty one.
        headers: names in lower case.
        port: which is asked.
        is_page: a page is asked for, which may be opened from elsewhere.
    """
    if headers.get("host", "").rsplit(":", 1)[0] not in {"127.0.0.1", "localhost"}:
        return True
    if headers.get("origin", f"http://127.0.0.1:{port}") != f"http://127.0.0.1:{port}":
        return True
    if headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
        return False
    is_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    return not (is_page and is_link)


class Gate:
    """An ASGI application before another, which listens on a port of 127.0.0.1."""

    def __init__(self, app: App, port: int) -> None:
        self._app = app
        self._port = port
        # The pages would load pictures and report their use elsewhere.
        self._policy = (
            "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
            f"connect-src 'self' ws://127.0.0.1:{port}; frame-ancestors 'none'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        is_page = not scope["path"].startswith("/api")
        method = scope.get("method", "")
        if is_stranger(method, headers, self._port, is_page=is_page):
            await _refuse(scope["type"], send)
        elif is_page and method == "GET":
            await self._show(scope, receive, send, headers["host"])
        else:
            await self._app(scope, receive, send)

    async def _show(self, scope: Scope, receive: Receive, send: Send, host: str) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"content-security-policy", self._policy.encode()),
                ]
            await send(message)

        if host.startswith("localhost"):
            # The pages call the API under one name; under another they would be strangers there.
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            where = f"http://127.0.0.1:{self._port}".encode() + scope["raw_path"] + query
            await _answer(guarded, 307, b"", (b"location", where))
        elif scope["path"] == OPEN:
            await _answer(guarded, 200, _OPEN, (b"content-type", b"text/html"))
        else:
            await self._app(scope, receive, guarded)


async def _refuse(kind: str, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _answer(send, 403, b"Not for pages of other origins.\n")


async def _answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
