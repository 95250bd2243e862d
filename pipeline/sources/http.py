"""One GET, once: status and transport errors become errors of ours, a complete answer comes back byte for byte."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from pipeline.errors import BlockedError, RateLimitedError, SourceError, SourceUnavailableError
from pipeline.sources.base import utc_now

# Farside, for one, answers 403 to a client that does not look like a browser.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept-Language": "en-US,en;q=0.9",
}


def get(url: str, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None, timeout: float = 20.0) -> bytes:
    """The body of a complete answer with status 200 (after redirects), whatever it holds; transport compression removed.

    `timeout` is seconds for the whole answer. Messages name host and path; queries and headers, which may hold a key, stay out of them.

    Raises:
        RateLimitedError: 429 or 418, with the seconds that Retry-After asks for.
        BlockedError: 401, 403 or 451.
        SourceUnavailableError: 5xx, a time-out, a connection refused, reset or cut off in the body.
        SourceError: any other status: asking again will not help.
    """
    deadline = time.monotonic() + timeout
    try:
        with (
            httpx.Client(headers=BROWSER | dict(headers or {}), timeout=timeout, follow_redirects=True) as client,
            client.stream("GET", url, params=params) as answer,
        ):
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"no complete answer after {timeout:g} s")
    except httpx.TimeoutException as error:
        what = f"{_address(url)}: no complete answer within {timeout:g} s"
        raise SourceUnavailableError(what, "Ask again later, or raise the time-out.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = f"{_address(url)}: {str(error) or type(error).__name__}"
        raise SourceUnavailableError(what, "Check the network and the address, then run again.") from error
    if answer.status_code != httpx.codes.OK:
        raise refusal(_address(url), answer.status_code, body, answer.headers.get("Retry-After"))
    return body


def refusal(where: str, status: int, body: bytes, retry_after: str | None = None) -> SourceError:
    """The error that stands for an HTTP status other than 200; `where` says what had been asked, without secrets."""
    what = f"{where}: HTTP {status}"
    if status in (429, 418):
        seconds = retry_after_seconds(retry_after, utc_now())
        wait = "Wait" if seconds is None else f"Wait {seconds:.0f} s"
        return RateLimitedError(what, f"{wait}, then run again; what is stored is not asked for twice.", status, body, seconds)
    if status in (401, 403, 451):
        return BlockedError(what, "The source refuses this address or client: asking again will not help. Use another venue.", status, body)
    if status >= 500:
        return SourceUnavailableError(what, "The source has trouble of its own: run again later.", status, body)
    return SourceError(what, "The address is gone or the question is not understood: check it against the source.", status, body)


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date (RFC 9110, 10.2.3); None: nothing readable."""
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


def _address(url: str) -> str:
    return url.split("?", 1)[0]
