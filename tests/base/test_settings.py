"""Settings: defaults that work, one file, secrets from the environment alone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.errors import BadInputError
from marketwake.base.settings import Settings, read_settings


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
        ("coingecko_api_key = 'secret'", "unknown setting 'coingecko_api_key'"),
        ("coins = 'many'", "coins is 'many'"),
        ("coins = true", "coins is True"),
        ("spot_venues = 'Kraken'", "spot_venues is 'Kraken'"),
        ("now = 'midnight'", "now is 'midnight'"),
        ("coins =", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_settings(tmp_path, _file(tmp_path, text))


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
