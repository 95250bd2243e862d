"""Retries: only what can be mended by asking again, with patience, and not for ever."""

from collections.abc import Callable

import pytest

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.sources.retry import ATTEMPTS, LONGEST_WAIT_SECONDS, Circuit

FIX = "Wait."


class Venue:
    """Answers with the given errors in turn, then with a body; counts how often it was asked."""

    def __init__(self, *errors: SourceError) -> None:
        self.errors = list(errors)
        self.asked = 0

    def __call__(self) -> bytes:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return b"body"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def circuit(waits: list[float]) -> Circuit:
    return Circuit("venue", waits.append)


def test_a_passing_fault_is_asked_again_after_growing_waits(
    circuit: Circuit, waits: list[float]
) -> None:
    venue = Venue(SourceUnavailableError("502", FIX, 502), SourceUnavailableError("502", FIX, 502))
    assert circuit.call(venue) == b"body"
    # 1 s, then 2 s, each with up to 1 s of jitter.
    assert 1 <= waits[0] <= 2 <= waits[1] <= 3


def test_retry_after_is_honoured_and_a_long_wait_is_told(
    circuit: Circuit, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        assert circuit.call(Venue(SourceUnavailableError("502", FIX, 502))) == b"body"
        assert (
            circuit.call(Venue(RateLimitedError("HTTP 429", FIX, 429, retry_after_seconds=37)))
            == b"body"
        )
    assert waits[1:] == [37]
    assert [record.getMessage() for record in caplog.records] == [
        "venue: waits 37 s, as it was asked to: HTTP 429"
    ]


def test_a_wait_longer_than_we_have_is_left_to_the_next_run(
    circuit: Circuit, waits: list[float]
) -> None:
    venue = Venue(RateLimitedError("429", FIX, 429, retry_after_seconds=LONGEST_WAIT_SECONDS + 1))
    with pytest.raises(RateLimitedError):
        circuit.call(venue)
    # Nor is the next page asked for: who wants an hour of peace does not want another request at
    # once.
    with pytest.raises(
        SourceUnavailableError, match="not asked, because venue had failed before: 429"
    ):
        circuit.call(venue)
    assert (venue.asked, waits) == (1, [])


def test_a_ban_without_a_word_on_its_length_is_not_tried_again(
    circuit: Circuit, waits: list[float]
) -> None:
    venue = Venue(RateLimitedError("418", FIX, 418))
    with pytest.raises(RateLimitedError):
        circuit.call(venue)
    assert circuit.is_open
    assert (venue.asked, waits) == (1, [])


@pytest.mark.parametrize(("seconds", "asked"), [(0.0, 3), (5.0, 2), (20.0, 1)])
def test_who_cannot_be_reached_is_given_up_after_seconds(
    monkeypatch: pytest.MonkeyPatch, seconds: float, asked: int
) -> None:
    # A name that is not resolved at once fails at once; a network that swallows everything costs
    # the connection's time each try.
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    venue = Venue(*[UnreachableError("no connection", FIX)] * 3)

    def ask() -> bytes:
        clock[0] += seconds
        return venue()

    with pytest.raises(UnreachableError):
        Circuit("venue", lambda _: None).call(ask)
    assert venue.asked == asked


@pytest.mark.parametrize(
    "error",
    [
        BlockedError("451", FIX, 451),
        SourceChangedError("venue", "page", "a table", "none"),
        SourceError("?", FIX),
    ],
)
def test_what_asking_cannot_mend_is_asked_once(circuit: Circuit, error: SourceError) -> None:
    venue = Venue(error)
    with pytest.raises(type(error)):
        circuit.call(venue)
    assert venue.asked == 1


def _always(status: int | None) -> Callable[[], bytes]:
    def fetch() -> bytes:
        raise SourceUnavailableError(f"status {status}", FIX, status)

    return fetch


def test_a_fault_that_stays_ends_after_the_attempts(circuit: Circuit) -> None:
    venue = Venue(*[SourceUnavailableError("500", FIX, 500)] * (ATTEMPTS + 5))
    with pytest.raises(SourceUnavailableError):
        circuit.call(venue)
    assert venue.asked == ATTEMPTS


@pytest.mark.parametrize(("failing", "before_it_opens"), [(_always(500), 2), (_always(None), 1)])
def test_a_source_that_stays_down_is_left_alone(
    circuit: Circuit, failing: Callable[[], bytes], before_it_opens: int
) -> None:
    for _ in range(before_it_opens):
        with pytest.raises(SourceUnavailableError, match="status"):
            circuit.call(failing)
    venue = Venue()
    with pytest.raises(SourceUnavailableError, match="not asked, because venue had failed before"):
        circuit.call(venue)
    assert venue.asked == 0


def test_two_pages_in_place_of_an_answer_open_the_circuit_and_an_answer_between_them_does_not(
    circuit: Circuit,
) -> None:
    page = SourceChangedError("venue", "page", "a table", "a challenge page")
    for ask in (Venue(page), Venue(), Venue(page), Venue(page)):
        if ask.errors:
            with pytest.raises(SourceChangedError):
                circuit.call(ask)
        else:
            circuit.call(ask)
        assert ask.asked == 1
    venue = Venue()
    with pytest.raises(
        SourceUnavailableError,
        match="not asked, because venue had failed before: page: expected a table, found a chall",
    ):
        circuit.call(venue)
    assert venue.asked == 0


def test_a_ban_opens_the_circuit_at_once(circuit: Circuit) -> None:
    with pytest.raises(BlockedError):
        circuit.call(Venue(BlockedError("418", FIX, 418)))
    with pytest.raises(SourceUnavailableError, match="not asked"):
        circuit.call(Venue())


def test_an_answer_forgives_what_failed_before(circuit: Circuit) -> None:
    for _ in range(5):
        with pytest.raises(SourceUnavailableError, match="status 500"):
            circuit.call(_always(500))
        assert circuit.call(Venue()) == b"body"
