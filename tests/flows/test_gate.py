"""The gate before the server's port: who passes, and what its own pages may do."""

import asyncio
from typing import Any

import pytest

from marketwake_flows.gate import Gate, Message, Receive, Scope, Send

PORT = 4200
OWN = {"host": "127.0.0.1:4200"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}


def _ask(headers: dict[str, str], path: str = "/api/flows/", **scope: str) -> dict[str, Any]:
    """What the gate sends first; the application behind it answers with 299."""
    sent: list[Any] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    asked: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Gate(app, PORT)(asked | scope, receive, send))
    first: dict[str, Any] = sent[0]
    return first


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:4200", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
    ],
)
def test_programs_and_own_pages_pass(headers: dict[str, str]) -> None:
    assert _ask(OWN | headers)["status"] == 299
    assert _ask(OWN | headers, method="POST")["status"] == 299


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:4200"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"origin": "http://localhost:4599"},
        {"origin": "http://127.0.0.1:4201"},
        {"origin": "null"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        LINK,
    ],
)
def test_pages_of_others_are_refused(headers: dict[str, str]) -> None:
    assert _ask(OWN | headers)["status"] == 403
    assert _ask(OWN | headers, method="POST")["status"] == 403
    assert _ask(OWN | headers, type="websocket") == {"type": "websocket.close", "code": 1008}


def test_a_page_may_be_opened_by_a_link_from_anywhere_but_not_posted_to() -> None:
    assert _ask(OWN | LINK, "/runs")["status"] == 299
    assert _ask(OWN | LINK, "/runs", method="POST")["status"] == 403
    assert _ask(OWN | LINK | {"host": "evil.example"}, "/runs")["status"] == 403


def test_pages_may_not_call_other_places_or_be_framed() -> None:
    policy = dict(_ask(OWN, "/runs")["headers"])[b"content-security-policy"]
    assert b"connect-src 'self' ws://127.0.0.1:4200;" in policy
    assert b"frame-ancestors 'none'" in policy


def test_pages_under_the_name_localhost_move_to_the_address_that_may_call_the_api() -> None:
    moved = _ask({"host": "localhost:4200"}, "/runs", query_string=b"page=2")  # type: ignore[arg-type]
    assert moved["status"] == 307
    assert dict(moved["headers"])[b"location"] == b"http://127.0.0.1:4200/runs?page=2"
