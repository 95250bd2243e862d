"""Settings: defaults that work, one file, secrets from the environment alone."""

import json
import tempfile
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.base.settings import Settings, read_settings
from marketwake.sources.registry import PARSERS


def _file(folder: Path, text: str) -> Path:
    path = folder / "marketwake.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_settings(tmp_path / "w")
    assert found.spot_venues == Settings().spot_venues
    assert found.state_folder == tmp_path / "w" / "state"


def test_a_file_in_the_current_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _file(
        tmp_path,
        'spot_venues = ["Kraken"]\nhistory_from = 2025-06-24\ntimeout_seconds = 5\n[addresses]\n'
        'kraken = "http://127.0.0.1:1"\n',
    )
    found = read_settings(tmp_path)
    assert (found.spot_venues, found.history_from, found.timeout_seconds) == (
        ("Kraken",),
        date(2025, 6, 24),
        5,
    )
    assert found.addresses == {"kraken": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spot_venue = ['Kraken']", "unknown setting 'spot_venue'"),
        ("thread = 1", "Did you mean 'threads'. Known settings: "),
        ("spot_venues = ['Krakn']", "Did you mean 'Kraken'. It must be"),
        ("[addresses]\nkrakn = 'http://127.0.0.1'", "Did you mean 'kraken'. It must be"),
        ("coingecko_api_key = 'secret'", "unknown setting 'coingecko_api_key'"),
        ("coins = 'many'", "coins is 'many'"),
        ("coins = true", "coins is True"),
        ("spot_venues = 'Kraken'", "spot_venues is 'Kraken'"),
        ("now = 'midnight'", "now is 'midnight'"),
        ("coins =", "cannot be read"),
        ("coins = -5", "coins is -5\nIt must be a whole number from 1 to 1000"),
        ("coins = 0", "coins is 0"),
        ("coins = 1001", "coins is 1001"),
        ("coins = 50.0", "coins is 50.0"),
        (f"coins = 0x1{'0' * 5000}", "coins is a number of thousands of digits"),
        (f"spot_interval = '{'h' * 500}'", r"spot_interval is 'h{79} \.\.\.\n"),
        ("timeout_seconds = 0", "timeout_seconds is 0\nIt must be a number from 0.1 to 600"),
        ("memory_limit = '2 gigabytes'", "memory_limit is .*\nIt must be an amount like 512MB"),
        ("memory_limit = '0GB'", "memory_limit is '0GB'"),
        ("memory_limit = '20MB'", "memory_limit is '20MB'.*\nIt must be .* 100MB at least"),
        ("warehouse_url = 'lake'", "warehouse_url is no address of a lake, or holds a password"),
        ("lake_data = 'lake'", "lake_data is 'lake'\nIt must be an absolute folder like /mnt/lake"),
        ("lake_data = 's3://bucket'", "lake_data is 's3://bucket'"),
        ("threads = -1", "threads is -1\nIt must be a whole number from 0 to 1024"),
        ("timeout_seconds = 601", "timeout_seconds is 601"),
        ("timeout_seconds = nan", "timeout_seconds is nan"),
        ("timeout_seconds = inf", "timeout_seconds is inf"),
        ("lookback_hours = -72", "lookback_hours is -72\nIt must be .* from 0 to 8784"),
        ("spot_side_by_side = 0", "spot_side_by_side is 0\nIt must be .* from 1 to 4"),
        ("spot_venues = []", "spot_venues is .*one, each once: Coinbase, Binance, Kraken, Bitst"),
        ("spot_venues = ['Gox']", "spot_venues is"),
        ("spot_venues = ['Kraken', 'Kraken']", "spot_venues is"),
        ("spot_symbols = []", "spot_symbols is"),
        ("spot_symbols = [1]", "spot_symbols is .*\nIt must be .*like BTC/USD"),
        ("spot_symbols = ['BTCUSD']", "spot_symbols is"),
        ("spot_symbols = ['btc/usd']", "spot_symbols is"),
        ("spot_symbols = ['BTC/USDT:USDT']", "spot_symbols is"),
        ("spot_symbols = ['BTC/']", "spot_symbols is"),
        ("spot_interval = '7m'", "spot_interval is '7m'\nIt must be one of 1m, 3m, 5m"),
        ("history_from = 0001-01-01", "history_from is 0001-01-01\nIt must be .* 2009-01-03 to"),
        ("history_from = 2009-01-02", "history_from is 2009-01-02"),
        ("history_from = 2025-06-01T00:00:00Z", "history_from is .*like 2025-06-01"),
        ("history_from = 9999-12-31", "history_from is 9999-12-31"),
        (
            "now = 2025-08-22T23:30:00-02:00\nhistory_from = 2025-08-24",
            "history_from is .*\nIt must be a day from 2009-01-03 to 2025-08-23",
        ),
        ("now = 2025-08-22T09:30:00", "now is .*with its offset from UTC"),
        ("now = 9999-12-31T23:59:59Z", "now is 9999"),
        ("now = 0001-01-01T00:00:00+23:59", "now is 0001"),
        ("[addresses]\ncoinbase = 5", "addresses has 'coinbase'"),
        ("[addresses]\ncoinbase = 'file:///etc/passwd'", "addresses has 'coinbase'"),
        ("[addresses]\ncoinbase = 'http://'", "addresses has 'coinbase'"),
        ("[addresses]\ncoinbase = 'http://h:port'", "addresses has 'coinbase'"),
        ("[addresses]\ncoinbase = 'http://[::1'", "addresses has 'coinbase'"),
        ("[addresses]\nCoinbase = 'http://h'", "addresses has 'Coinbase'\n.* of coinbase,"),
        ("addresses = 'http://h'", "addresses is no table"),
        ("reports_url = 'reports'", "reports_url is no address of http or https"),
        ("reports_url = 'javascript://h/x'", "reports_url is no address of http or https"),
        (f"coins = {'[' * 20_000}", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = _file(tmp_path, text)
    with pytest.raises(BadInputError, match=f"(?s){message}") as caught:
        read_settings(tmp_path, file)
    assert caught.value.what.startswith(f"settings {file}")


@pytest.mark.parametrize(
    "text",
    [
        "coins = 1\ntimeout_seconds = 0.1\nlookback_hours = 0\nspot_side_by_side = 1",
        "coins = 1000\ntimeout_seconds = 600\nlookback_hours = 8784\nspot_side_by_side = 4",
        "history_from = 2009-01-03\nspot_symbols = ['币安人生/USDT', '1000SATS/USDT']",
        "now = 2009-01-03T12:00:00Z\nhistory_from = 2009-01-03\nreports_url = 'https://h/r'",
        "[addresses]\nyahoo = 'http://127.0.0.1:8080/proxy/'\nbitstamp = 'https://[::1]'",
    ],
)
def test_the_ends_of_the_ranges_are_allowed(tmp_path: Path, text: str) -> None:
    read_settings(tmp_path, _file(tmp_path, text))


def test_every_source_that_is_asked_may_have_an_address() -> None:
    here = {"sample", "archive", "inbox"}
    asked = {name.removeprefix("spot-") for name in PARSERS if name not in here}
    Settings(addresses=dict.fromkeys(asked, "http://127.0.0.1:1"))


def test_a_password_in_an_address_is_refused_without_being_shown(tmp_path: Path) -> None:
    file = _file(tmp_path, "[addresses]\nkraken = 'http://me:s3cr3t@h/'")
    with pytest.raises(BadInputError, match="addresses has 'kraken'") as caught:
        read_settings(tmp_path, file)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    ["host=db password=hunter2", "postgres://me:hunter2@db/lake", "postgres://db?password=hunter2"],
)
def test_a_password_of_a_lake_is_refused_without_being_shown(tmp_path: Path, given: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"warehouse_url = 'ducklake:postgres:{given}'")
    with pytest.raises(BadInputError, match="PGPASSWORD") as refused:
        read_settings(tmp_path, file)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes("# Zürich\n".encode("latin-1"))
    with pytest.raises(BadInputError, match=r"latin\.toml cannot be read"):
        read_settings(tmp_path, file)


class _Bare(str):
    """What TOML writes without quotes."""


def _toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml(name)} = {_toml(item)}' for name, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str) and not isinstance(value, _Bare):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool | float) else str(value)


_NAMES = [field.name for field in fields(Settings)]
_TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cc"]), max_size=9)
_SIMPLE = (
    st.booleans()
    | st.integers()
    | st.integers(-3, 10**4)
    | st.floats()
    | _TEXT
    | st.sampled_from(["", "Kraken", "BTC/USD", "1h", "http://h", "file://h", "http://u:p@h"])
    | st.dates().map(date.isoformat).map(_Bare)
    | st.datetimes(timezones=st.none() | st.just(UTC)).map(datetime.isoformat).map(_Bare)
)
_VALUES = (
    _SIMPLE
    | st.lists(_SIMPLE, max_size=3)
    | st.dictionaries(_TEXT | st.sampled_from(["kraken", "yahoo"]), _SIMPLE, max_size=3)
)


@given(given_=st.dictionaries(st.sampled_from(_NAMES) | _TEXT, _VALUES, min_size=1, max_size=4))
def test_any_file_is_read_or_refused_by_name(given_: dict[str, object]) -> None:
    text = "".join(f"{_toml(name)} = {_toml(value)}\n" for name, value in given_.items())
    read, refused = None, None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "marketwake.toml")
        file.write_text(text, encoding="utf-8")
        try:
            read = read_settings(Path(folder), file)
        except BadInputError as error:
            refused = error.what
    if refused:
        assert refused.startswith(f"settings {file}: ")  # so it was read
        assert any(name in refused for name in given_)
    if read:
        assert {"state_folder", "coingecko_api_key", "alert_webhook"}.isdisjoint(given_)
        assert 1 <= read.coins <= 1000
        assert 1 <= read.spot_side_by_side <= 4
        assert 0 <= read.lookback_hours <= 8784
        assert read.spot_venues
        assert read.spot_symbols
        assert date(2009, 1, 3) <= read.history_from <= read.clock()().date()


def test_a_rehearsal_takes_another_instant_for_the_present(tmp_path: Path) -> None:
    clock = read_settings(tmp_path, _file(tmp_path, "now = 2025-08-22T09:30:00Z")).clock()
    assert clock() == clock() == datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
    assert abs(Settings().clock()() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_settings(tmp_path, tmp_path / "none.toml")


def test_the_key_comes_from_the_environment_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COINGECKO_API_KEY", "very-secret")
    found = read_settings(tmp_path)
    assert found.coingecko_api_key == "very-secret"
    assert "very-secret" not in repr(found)
