"""What a source says of the time, against this machine's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.errors import ClockError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs.fetch import Fetched, fetch
from marketwake.sources.farside.source import Farside
from marketwake.sources.source import Source
from marketwake.sources.spot.client import Spot
from marketwake.sources.told_time import compared, note
from marketwake.sources.yahoo.source import Yahoo
from tests.support.servers import Running, serve

# RFC 9110, 5.6.7: the same instant in each of the forms that a Date may have.
INSTANT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
FORMS = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
]
MINUTE = timedelta(minutes=1)


def answer(now: datetime, headers: dict[str, str]) -> None:
    with compared("farside", lambda: now):
        note(headers)


@pytest.mark.parametrize("form", FORMS)
def test_a_source_whose_clock_is_ours_is_believed_and_another_is_not(form: str) -> None:
    for seconds in (-120, 0, 120):
        answer(INSTANT + timedelta(seconds=seconds), {"Date": form})
    for seconds in (-121, 121):
        with pytest.raises(ClockError, match="farside: its clock says 1994-11-06 08:49:37 UTC"):
            answer(INSTANT + timedelta(seconds=seconds), {"date": form})


def test_an_answer_from_a_cache_is_as_old_as_it_says() -> None:
    answer(INSTANT + 60 * MINUTE, {"Date": FORMS[0], "Age": "3600"})
    with pytest.raises(ClockError):
        answer(INSTANT + 60 * MINUTE, {"Date": FORMS[0], "Age": "0"})


@pytest.mark.parametrize(
    "headers",
    [{}, {"Date": "yesterday"}, {"Date": FORMS[0], "Age": "old"}, {"Date": FORMS[0], "Age": "inf"}],
)
def test_what_cannot_be_read_says_nothing(headers: dict[str, str]) -> None:
    answer(INSTANT + 60 * MINUTE, headers)


NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def venues() -> Iterator[Running]:
    with serve("farside", "coinbase", "yahoo", now=NOW) as running:
        yield running


def brought(venues: Running, root: Path, name: str, clock_is_off: timedelta) -> Fetched:
    now = NOW + clock_is_off
    settings = Settings(
        addresses=venues.addresses,
        now=now,
        spot_symbols=("BTC/USD",),
        state_folder=root / "state",
    )
    sources: dict[str, Source] = {
        "farside": Farside(settings),
        "coinbase": Spot("Coinbase", settings, settings.clock(), {"BTC/USD": NOW - 9 * MINUTE}),
        "yahoo": Yahoo(settings, settings.clock(), {}),
    }
    return fetch(Landing(root, settings.clock()), sources[name], "run", lambda _: None)


@pytest.mark.parametrize("name", ["farside", "coinbase", "yahoo"])
@pytest.mark.parametrize("off", [timedelta(days=365), 10 * MINUTE, -10 * MINUTE])
def test_an_answer_that_would_be_stamped_with_a_wrong_time_does_not_land(
    venues: Running, tmp_path: Path, name: str, off: timedelta
) -> None:
    asked = len(venues.requests)
    fetched = brought(venues, tmp_path, name, off)
    assert (fetched.landed, Landing(tmp_path).receipts()) == (0, [])
    assert isinstance(fetched.failures[0][1], ClockError)
    assert "withdraw --run" in fetched.failures[0][1].fix
    # Yahoo is asked for a cookie and a crumb first.
    assert len(venues.requests) - asked <= 3


def test_a_venue_whose_clock_alone_is_off_fails_alone(venues: Running, tmp_path: Path) -> None:
    venues.dates["coinbase"] = NOW - 3 * MINUTE
    try:
        assert brought(venues, tmp_path, "coinbase", timedelta()).landed == 0
        assert brought(venues, tmp_path, "farside", timedelta()).failures == ()
    finally:
        venues.dates.clear()
    assert brought(venues, tmp_path, "coinbase", timedelta()).failures == ()
