"""One GET, once, as a browser sends it or under a name of our own: faults of status and transport
become errors of ours, a whole answer comes back byte for byte.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.sources import told_time
from marketwake.sources.source import utc_now

if TYPE_CHECKING:
    from curl_cffi.requests.exceptions import RequestException

CONNECT_SECONDS = 5.0
"""For a connection, its name looked up included. A network that is not there must not cost an
answer's whole time-out.
"""
_patience = ContextVar("patience", default=float("inf"))
OURSELVES = f"marketwake/{version('marketwake')} (market data warehouse)"
"""The agent of a request that says who asks."""


def get(
    url: str,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 20.0,
    agent: str | None = None,
) -> bytes:
    """The body of a complete answer with status 200 (after redirects), whatever it holds; transport
    compression removed.

    Headers and TLS are a browser's, as curl_cffi imitates Chrome; with an `agent` they are curl's,
    under that name. `timeout` is seconds for the whole answer. Messages name host and path;
    queries and headers, which may hold a key, stay out of them.

    Raises:
        RateLimitedError: 429 or 418, with the seconds that Retry-After asks for.
        BlockedError: 401, 403 or 451.
        UnreachableError: no connection.
        SourceUnavailableError: 5xx, a time-out, an answer cut off or garbled in its body, with what
            had come of it.
        SourceError: any other status: asking again will not help.
    """
    # Its import takes a tenth of a second, and most commands ask nobody.
    from curl_cffi.requests import Session
    from curl_cffi.requests.exceptions import RequestException

    address = url.split("?", 1)[0]
    try:
        with Session(impersonate=None if agent else "chrome") as client:
            answer = client.get(
                url,
                params=dict(params or {}),
                headers=({"User-Agent": agent} if agent else {}) | dict(headers or {}),
                timeout=time_out(timeout),
            )
    except RequestException as error:
        raise unanswered(address, error, timeout) from error
    told_time.note(dict(answer.headers))
    if answer.status_code != 200:
        raise refusal(
            address, answer.status_code, answer.content, answer.headers.get("Retry-After")
        )
    body: bytes = answer.content
    return body


def time_out(seconds: float) -> tuple[float, float]:
    """Seconds for a connection and for what follows it, as curl wants them: `seconds` is their sum
    and ends the whole.
    """
    connect = connect_seconds(seconds)
    return connect, seconds - connect


def connect_seconds(seconds: float) -> float:
    """For a connection, of `seconds` for the whole answer."""
    return min(CONNECT_SECONDS, _patience.get(), seconds / 2)


@contextmanager
def connecting_within(seconds: float) -> Iterator[None]:
    """No connection may take longer within the block; answers have the time that they have."""
    before = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(before)


def unanswered(where: str, error: "RequestException", seconds: float) -> SourceUnavailableError:
    """The error that stands for an exchange which curl could not complete, within `seconds`, within
    those that a connection may take, or at all; what had come is in it.
    """
    said = str(error).removeprefix("Failed to perform, curl: ").split(". See http", 1)[0]
    answer = error.response
    # Without a connection there is no address at its other end.
    if answer is None or not answer.primary_ip:
        return UnreachableError(
            f"{where}: no connection: {said}", "Check the network and the address, then run again."
        )
    waited = re.match(r"\(28\) .* after (\d+) m", said)
    if waited:
        said = f"no complete answer within {min(seconds, round(int(waited[1]) / 1000, 1)):g} s"
    return SourceUnavailableError(
        f"{where}: {said}",
        "Ask again later, or raise the time-out.",
        answer.status_code or None,
        answer.content,
    )


def refusal(where: str, status: int, body: bytes, retry_after: str | None = None) -> SourceError:
    """The error that stands for an HTTP status other than 200; `where` says what had been asked,
    without secrets.
    """
    what = f"{where}: HTTP {status}"
    if status in (429, 418):
        seconds = retry_after_seconds(retry_after, utc_now())
        pause = "" if seconds is None else f", asks for a pause of {seconds:.0f} s"
        return RateLimitedError(
            f"{what}{pause}",
            "Run again later; what is stored is not asked for twice.",
            status,
            body,
            seconds,
        )
    if status in (401, 403, 451):
        fix = (
            "It wants a key, or another one: look at the key in the environment."
            if status == 401
            else "It refuses this network or client: asking again will not help. Another network "
            "may be let in; docs/sources.md says what is known of it."
        )
        return BlockedError(what, fix, status, body)
    if status >= 500:
        return SourceUnavailableError(
            what, "The source has trouble of its own: run again later.", status, body
        )
    return SourceError(
        what,
        "The address is gone or the question is not understood: check it against the source.",
        status,
        body,
    )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date (RFC 9110,
    10.2.3); None: nothing readable.
    """
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    # A date without a zone is GMT by the RFC.
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
