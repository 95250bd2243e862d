"""What came of a request that ccxt sent: byte for byte, also where it broke off. ccxt itself keeps
the text only, of whole answers only.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from marketwake.base.errors import (
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.sources.http import connect_seconds, refusal
from marketwake.sources.spot.bars import shown
from marketwake.sources.spot.venue import Venue

_CHUNK = 65_536
_OK = 200


@dataclass(frozen=True)
class Answer:
    """An answer as far as it came; `is_whole` when that is all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_whole: bool = False


class _Raw(Protocol):
    def read1(self, amt: int, decode_content: bool) -> bytes: ...


class _Response(Protocol):
    """What is used of a response of requests."""

    status_code: int
    headers: Mapping[str, str]
    raw: _Raw
    _content: bytes

    def close(self) -> None: ...


class Recorder:
    """Keeps the newest answer on a session of requests, and ends one that takes longer than
    `seconds` as a whole.

    Without it the time-out of requests counts anew for every packet.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = 0.0
        self.answer: Answer | None = None

    @property
    def waited(self) -> float:
        """Seconds since the request was sent, at most those that an answer has."""
        return min(self.seconds, round(time.monotonic() - self._began, 1))

    def attach(self, session: Any) -> None:  # noqa: ANN401 - requests has no types
        """Watch over a session from now on."""
        send = session.send

        def timed(request: object, **options: object) -> object:
            self._began = time.monotonic()
            patience = connect_seconds(self.seconds), self.seconds
            return send(request, **options | {"timeout": patience})

        session.send = timed
        session.hooks["response"].append(self._keep)

    def clear(self) -> None:
        """Forget what came, before a new request."""
        self.answer = None

    def _keep(self, response: _Response, *_: object, **__: object) -> None:
        from urllib3.exceptions import HTTPError

        body = b""
        self.answer = Answer(response.status_code, response.headers)
        try:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                self.answer = Answer(response.status_code, response.headers, body)
                if time.monotonic() - self._began > self.seconds:
                    response.close()
                    raise TimeoutError
        except HTTPError as error:
            response.close()
            raise ConnectionError(str(error)) from error
        # Where requests itself would put it.
        response._content = body
        self.answer = Answer(response.status_code, response.headers, body, is_whole=True)


def whole(what: str, answer: Answer | None) -> bytes:
    """The body of a complete answer to `what`.

    Raises:
        SourceUnavailableError: it broke off, or is empty, or begins like JSON and is none.
    """
    if answer is None or not answer.is_whole or _is_cut(answer.body):
        raise _unavailable(what, answer, "the answer broke off")
    return answer.body


def _is_cut(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return body.strip()[:1] in (b"", b"[", b"{")
    return False


def fault(venue: Venue, what: str, recorder: Recorder, error: Exception) -> SourceError | None:
    """What went wrong with a request for `what` that ccxt gave up with `error`; None when a
    complete answer came with status 200, which then lands as it is, for parse to refuse.
    """
    import ccxt  # type: ignore[import-untyped]

    answer = recorder.answer
    if answer is None:
        return _lost(what, error, recorder.waited)
    if not answer.is_whole:
        return _unavailable(what, answer, "the answer broke off")
    if answer.status != _OK:
        return refusal(what, answer.status, answer.body, answer.headers.get("Retry-After"))
    # Kraken says with status 200 what others say with 429, 404 or 503.
    said = f"{what}: {shown(answer.body)}"
    if isinstance(error, ccxt.DDoSProtection | ccxt.RateLimitExceeded):
        return RateLimitedError(
            said, "The venue wants fewer requests: wait, then run again.", _OK, answer.body
        )
    if isinstance(error, ccxt.BadSymbol | ccxt.BadRequest) or (
        venue.unknown_market and venue.unknown_market in str(error)
    ):
        return SourceError(
            said, "The venue does not know this market: check spot_symbols.", _OK, answer.body
        )
    if isinstance(error, ccxt.NetworkError):
        return _unavailable(what, answer, f"answered {answer.status}: {shown(answer.body)}")
    return None


def _unavailable(what: str, answer: Answer | None, why: str) -> SourceUnavailableError:
    status, body = (answer.status, answer.body) if answer else (None, b"")
    return SourceUnavailableError(
        f"{what}: {why}",
        "Check the network and the venue's status page; another of spot_venues can stand in.",
        status,
        body,
    )


def _lost(what: str, error: Exception, seconds: float) -> SourceUnavailableError:
    """The error for a request without an answer; `error` is ccxt's, whose own words are the address
    alone.
    """
    from requests.exceptions import Timeout
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    cause = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return UnreachableError(
            f"{what}: no connection: {reason.args[-1]}",
            "Check the network; another of spot_venues can stand in.",
        )
    said = (
        f"no complete answer within {seconds:g} s"
        if isinstance(cause, Timeout)
        else f"no answer: {type(cause or error).__name__}"
    )
    return SourceUnavailableError(
        f"{what}: {said}", "Check the venue's status page; another of spot_venues can stand in."
    )
