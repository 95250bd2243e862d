"""`marketwake doctor`: what works from here, against venues that answer, refuse, hang and lie."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ccxt  # type: ignore[import-untyped]
import pytest

from marketwake.base.settings import Settings
from marketwake.runs.doctor import WORKS, Finding, examine, head
from marketwake.sources.registry import PARSERS
from marketwake.sources.smallest import SPOT, smallest
from marketwake.sources.spot.venues import VENUES
from tests.support.command import command
from tests.support.servers import VENUES as SERVED
from tests.support.servers import (
    Ask,
    Limit,
    Misbehaviour,
    Response,
    Running,
    Venue,
    serve,
    settings,
)

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
SPOT_NAMES = ("spot-coinbase", "spot-kraken", "spot-bitstamp", "spot-binance")
NAMES = (
    *SPOT_NAMES, "farside", "issuers Grayscale", "issuers iShares", "yahoo", "coingecko",
)  # fmt: skip
DATA = {"yahoo": "/v8/finance/chart"}
"""The address of what is asked for, where there is another beside it: cookies."""
FAULTS = [
    (Misbehaviour("status", status=403), "blocked", 403),
    (Misbehaviour("status", status=451), "blocked", 451),
    (Misbehaviour("status", status=429, retry_after=7), "wants a pause", 429),
    (Misbehaviour("status", status=500), "out of order", 500),
    (Misbehaviour("reset"), None, None),
    (Misbehaviour("truncated"), None, None),
    (Misbehaviour("html"), "no figures", None),
    (Misbehaviour("challenge"), "no figures", None),
]
"""What each source is made to do, and the status and HTTP status that the doctor must find."""


@pytest.fixture(scope="module")
def venues() -> Iterator[Running]:
    """All venues; each doctor is polite, but a dozen of them come within seconds."""
    with pytest.MonkeyPatch.context() as patch, serve(now=NIGHT) as running:
        for venue in SERVED.values():
            patch.setattr(venue, "limit", Limit(per_second=1e6, burst=1e6))
        yield running


@pytest.fixture
def well(venues: Running) -> Running:
    """Venues that behave, and have been asked nothing."""
    venues.behave()
    venues.dates.clear()
    venues.requests.clear()
    return venues


def _venue(name: str) -> str:
    """Whom the loopback venues call so."""
    return name.removeprefix("spot-").split(" ")[0]


def _settings(venues: Running, seconds: float = 8.0) -> Settings:
    return Settings(
        addresses={venue: venues.addresses[venue] for venue in map(_venue, NAMES)},
        now=venues.now,
        timeout_seconds=seconds,
        coingecko_api_key="CG-loopback",
    )


def _asked(venues: Running, name: str) -> int:
    venue = _venue(name)
    return len(venues.seen(venue, DATA.get(venue, "")))


def _all_misbehave(venues: Running, fault: Misbehaviour, spared: str = "") -> None:
    for name in NAMES:
        if name == spared:
            continue
        venue = _venue(name)
        venues.misbehave(venue, replace(fault, times=9, match=DATA.get(venue, "")))


def _by_name(findings: list[Finding]) -> dict[str, Finding]:
    assert tuple(finding.source for finding in findings) == NAMES
    return {finding.source: finding for finding in findings}


def test_each_source_is_asked_once_and_its_newest_figure_told(well: Running) -> None:
    heard = list[Finding]()
    found = _by_name(examine(_settings(well), heard.append))
    assert {heard_of.source: heard_of for heard_of in heard} == found
    assert {finding.status for finding in found.values()} == {WORKS}
    assert [_asked(well, name) for name in NAMES] == [
        2 if name.startswith("issuers") else 1 for name in NAMES
    ]
    # The hour from 5 to 6 had ended; of the day before, the funds' flows were known by six.
    assert found["spot-coinbase"].newest.startswith("2025-08-22 05:00 BTC/USD close ")
    assert found["spot-binance"].newest.startswith("2025-08-22 05:00 BTC/USDT close ")
    assert found["farside"].newest == "2025-08-21 BTC net_flow_usd -194,400,000.00"
    assert found["yahoo"].newest.startswith("2025-08-21 IBIT close_usd ")
    assert found["coingecko"].newest.startswith("2025-08-22 bitcoin market_cap_usd ")
    assert all(finding.reason == finding.remedy == "" for finding in found.values())


@pytest.mark.parametrize(
    ("fault", "status", "http_status"), FAULTS, ids=lambda it: str(getattr(it, "kind", it))
)
def test_a_source_that_does_wrong_is_told_with_a_remedy_and_not_asked_on(
    well: Running, fault: Misbehaviour, status: str | None, http_status: int | None
) -> None:
    _all_misbehave(well, fault)
    for name, finding in _by_name(examine(_settings(well))).items():
        assert not finding.works, name
        assert finding.newest == ""
        assert finding.reason, name
        assert finding.remedy, name
        if status:
            # Farside's is known for a door that is shut, as its 403 is.
            is_door = (name, fault.kind) == ("farside", "challenge")
            assert finding.status == ("blocked" if is_door else status), name
        if http_status:
            assert finding.http_status == http_status, name
        # Some try a second way in; none is asked a third time.
        assert 1 <= _asked(well, name) <= (4 if name.startswith("issuers") else 2), name
        assert f"{name}: " not in finding.reason
        assert "Expecting value" not in finding.reason


def test_a_slow_source_has_its_time_where_the_others_hang(
    well: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    _all_misbehave(well, Misbehaviour("hang"), spared="spot-binance")
    binance = SERVED["binance"]
    at_once = binance.handle

    def late(venue: Venue, ask: Ask) -> Response:
        time.sleep(0.7)
        return at_once(venue, ask)

    monkeypatch.setattr(binance, "handle", late)
    monkeypatch.setattr("marketwake.runs.doctor.IMPATIENT_SECONDS", 0.2)
    found = _by_name(examine(_settings(well, 1.0)))
    assert found.pop("spot-binance").status == WORKS
    for name, finding in found.items():
        assert finding.status == "no answer", name
        # Those that are said are those that were waited.
        assert "within 1 s" in finding.reason, name
        assert 1 <= finding.seconds < 5, name


def test_a_clock_that_is_another_is_named(well: Running) -> None:
    for name in NAMES:
        well.dates[_venue(name)] = NIGHT + timedelta(hours=1)
    for name, finding in _by_name(examine(_settings(well))).items():
        assert finding.status == "other time", name
        assert "07:15:00 UTC" in finding.reason
        assert "Set the clock" in finding.remedy


def test_an_answer_without_a_figure_does_not_work(well: Running) -> None:
    for venue in ("coinbase", "kraken", "bitstamp", "binance"):
        well.misbehave(venue, Misbehaviour("empty"))
    found = _by_name(examine(_settings(well)))
    assert {name for name, finding in found.items() if finding.status == "no figures"} == set(
        SPOT_NAMES
    )


def test_the_command_prints_a_line_for_each_and_ends_with_3_where_some_fail(
    well: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "who"))
    monkeypatch.setenv("COINGECKO_API_KEY", "CG-loopback")
    monkeypatch.setenv("https_proxy", "")
    (tmp_path / "marketwake.toml").write_text(settings(well, timeout_seconds=8))
    works = command("doctor", cwd=tmp_path, width=80)
    assert works.returncode == 0, works.stdout
    lines = [line for line in works.stdout.splitlines() if re.search(r" works +\d", line)]
    assert tuple(line[:17].strip() for line in lines) == NAMES
    assert f"All {len(NAMES)} sources work from here." in works.stdout

    well.misbehave("farside", Misbehaviour("status", times=9, status=403))
    told = command("doctor", cwd=tmp_path, width=80)
    as_json = command("doctor", "--json", cwd=tmp_path)
    assert (told.returncode, as_json.returncode) == (3, 3)
    assert f"1 of {len(NAMES)} sources do not work from here" in told.stderr
    assert re.search(r"^farside +\S+ +blocked 403 ", told.stdout, re.MULTILINE)
    found = json.loads(as_json.stdout)
    assert found["failed"] == 1
    assert [row["source"] for row in found["sources"] if row["status"] != WORKS] == ["farside"]
    assert found["settings"] == ["addresses", "coingecko_api_key", "now", "timeout_seconds"]
    assert found["libraries"]["ccxt"] == ccxt.__version__
    # Nothing that is nobody's business, and nothing written.
    for text in (works.stdout, told.stdout, as_json.stdout):
        assert "CG-loopback" not in text
        assert str(tmp_path) not in text
    assert [path.name for path in tmp_path.iterdir()] == ["marketwake.toml"]


def test_where_no_connection_can_be_made_it_says_so_for_each(tmp_path: Path) -> None:
    # Nobody listens at port 9 of this machine.
    venues = dict.fromkeys(map(_venue, NAMES))
    nowhere = "\n".join(f'{venue} = "http://127.0.0.1:9"' for venue in venues)
    (tmp_path / "marketwake.toml").write_text(f"[addresses]\n{nowhere}\n")
    done = command("doctor", cwd=tmp_path)
    assert done.returncode == 3
    assert len(re.findall(r"^.{17} \S+ +unreachable ", done.stdout, re.MULTILINE)) == len(NAMES)
    assert "is there a network" in done.stdout
    assert done.stdout.count("Check the network") == len(NAMES)


def test_an_address_is_told_without_what_may_be_a_secret(well: Running) -> None:
    own = {**well.addresses, "farside": f"{well.addresses['farside']}/hidden?key=hidden"}
    well.misbehave("farside", Misbehaviour("status", times=9, status=403))
    found = _by_name(examine(replace(_settings(well), addresses=own)))
    assert found["farside"].address == well.addresses["farside"]
    assert "hidden" not in json.dumps(vars(found["farside"]))


def test_every_source_of_a_live_run_has_its_line_and_the_clients_own_address() -> None:
    things = {thing.source: thing for thing in smallest(Settings())}
    assert set(things) == set(PARSERS) - {"sample", "archive", "inbox"}
    for venue, (address, _) in SPOT.items():
        client = getattr(ccxt, VENUES[venue].ccxt_id)()
        known = client.implode_params(client.urls["api"]["public"], {"hostname": client.hostname})
        assert known.startswith(address), venue
    assert all(thing.terms.startswith("https://") for thing in things.values())


def test_the_head_names_what_is_set_and_not_to_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    told = head(Settings(alert_webhook="https://example.org/secret", coins=7))
    assert told["settings"] == ["alert_webhook", "coins"]
    assert "https_proxy" in told["proxies"]
    assert "secret" not in json.dumps(told)
