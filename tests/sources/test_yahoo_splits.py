"""A split restates all that is held of a fund, in the night that is told of it."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.base.settings import Settings
from marketwake.coverage.watermarks import read_watermarks
from marketwake.runs import selection as chosen
from marketwake.runs.run import Run
from marketwake.sources.source import Request
from marketwake.sources.yahoo.source import Yahoo, parse
from marketwake.sources.yahoo.splits import AfterSplits, Held, last_split
from marketwake.warehouse.files import Warehouse

NEW_YORK = ZoneInfo("America/New_York")
# As ETHA's of 6 October 2026: one new share for three. Four sessions in shares of before the split,
# three in those of after it.
BEFORE = {5: 3.0, 6: 3.1, 7: 3.2, 8: 3.1}
AFTER = {11: 9.0, 12: 9.2, 13: 9.4}
SPLIT = date(2025, 8, 11)


def _stamp(day: date) -> int:
    return int(datetime.combine(day, time(9, 30), NEW_YORK).timestamp())


class Chart:
    """Yahoo's client, which knows one fund as it stood at an instant."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.asked: list[tuple[date, date]] = []
        self.told: list[bool] = []

    def chart(self, symbol: str, first: int, end: int) -> tuple[int, bytes]:
        assert symbol == "ETHA"
        is_split = self.now.date() >= SPLIT
        closes = {day: round(close * (3 if is_split else 1), 1) for day, close in BEFORE.items()}
        closes |= AFTER if is_split else {}
        days = [day for day in closes if first <= _stamp(date(2025, 8, day)) < end]
        stamps = [_stamp(date(2025, 8, day)) for day in days]
        prices = [closes[day] for day in days]
        columns = dict.fromkeys(("open", "high", "low", "close"), prices)
        at = _stamp(SPLIT)
        events = {"splits": {str(at): {"date": at, "numerator": 1, "denominator": 3}}}
        meta = {
            "symbol": symbol,
            "dataGranularity": "1d",
            "exchangeTimezoneName": "America/New_York",
            "regularMarketTime": int(self.now.timestamp()),
        }
        result = {
            "meta": meta,
            "timestamp": stamps,
            "indicators": {"quote": [columns | {"volume": [1000] * len(days)}]},
        }
        self.told.append(is_split and first <= at < end)
        result |= {"events": events} if self.told[-1] else {}
        self.asked.append((datetime.fromtimestamp(first, UTC).date(), date(2025, 8, days[-1])))
        return 200, json.dumps({"chart": {"result": [result], "error": None}}).encode()


def night(root: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> tuple[Run, Chart]:
    """What a night asks of one fund, and loads."""
    client = Chart(now)

    def one_fund(*arguments: object) -> Yahoo:
        yahoo = Yahoo(*arguments)  # type: ignore[arg-type]
        yahoo._client = client  # type: ignore[assignment]
        yahoo._series = lambda: (s for s in Yahoo._series(yahoo) if s.symbol == "ETHA")  # type: ignore[method-assign]
        return yahoo

    monkeypatch.setattr(chosen, "Yahoo", one_fund)
    monkeypatch.setattr("marketwake.sources.yahoo.source.shares.requests", lambda *_: [])
    settings = Settings(now=now, history_from=date(2025, 8, 1))
    run = Run(Warehouse(root), "nightly", "live", settings)
    with run.hold(0):
        known = read_watermarks(run.warehouse)
        selection = chosen.select_sources("live", root, None, settings, run.clock, known)
        (yahoo,) = (source for source in selection.first if source.name == "yahoo")
        run.load([run.fetch(yahoo)])
        run.load([run.fetch(source) for source in selection.later if source.requests()])
    return run, client


def held(root: Path) -> dict[int, float]:
    with Warehouse(root).writer() as con:
        rows = con.execute(
            "select day(session), close_usd from raw.etf_bar where superseded_at is null"
        ).fetchall()
    return dict(rows)


def test_the_night_that_is_told_of_a_split_asks_for_the_whole_series_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime(2025, 8, 9, 6, tzinfo=UTC)
    _, client = night(tmp_path, first, monkeypatch)
    assert held(tmp_path) == BEFORE
    assert len(client.asked) == 1
    run, client = night(tmp_path, first + timedelta(days=5), monkeypatch)
    assert held(tmp_path) == {5: 9.0, 6: 9.3, 7: 9.6, 8: 9.3, **AFTER}
    assert [window[0] for window in client.asked] == [date(2025, 8, 5), date(2025, 8, 5)]
    with Warehouse(tmp_path).writer() as con:
        assert con.execute("select count(*) from ops.held where decided_by is null").fetchall() == [
            (0,)
        ]
    assert [load.receipt.ordered_by for load in run.loads] == ["", "split"]
    # The next night is told of it too: the lookback of three days begins on the 10th.
    run, client = night(tmp_path, first + timedelta(days=6), monkeypatch)
    assert client.told == [True]
    assert [load.receipt.ordered_by for load in run.loads] == [""]


def test_a_night_asks_for_the_whole_series_when_the_one_before_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime(2025, 8, 9, 6, tzinfo=UTC)
    night(tmp_path, first, monkeypatch)
    with monkeypatch.context() as unable:
        unable.setattr(Yahoo, "whole", lambda *_: [])
        night(tmp_path, first + timedelta(days=5), unable)
    assert held(tmp_path)[5] == 3.0
    night(tmp_path, first + timedelta(days=6), monkeypatch)
    assert held(tmp_path) == {5: 9.0, 6: 9.3, 7: 9.6, 8: 9.3, **AFTER}


def test_a_split_before_all_that_is_held_was_recorded_restates_nothing() -> None:
    yahoo = Yahoo(Settings(), lambda: datetime(2025, 8, 20, tzinfo=UTC), {})
    # New York opens at 09:30, which is 13:30 UTC in August.
    yahoo.splits["ETHA"] = opening = datetime(2025, 8, 11, 13, 30, tzinfo=UTC)
    since = date(2025, 8, 10)
    assert AfterSplits(yahoo, {"ETHA": Held(since, opening)}).requests() == []
    assert AfterSplits(yahoo, {}).requests() == []
    before = opening - timedelta(seconds=1)
    (request,) = AfterSplits(yahoo, {"ETHA": Held(since, before)}).requests()
    assert request.what == "ETHA 1d 2025-08-10..2025-08-20"


def test_splits_in_another_form_are_a_changed_source() -> None:
    now = datetime(2025, 8, 14, 6, tzinfo=UTC)
    request = Request("etf_bar", "ETHA 1d 2025-08-05..2025-08-13")
    _, body = Chart(now).chart("ETHA", _stamp(date(2025, 8, 5)), _stamp(date(2025, 8, 14)))
    assert last_split(body) == datetime(2025, 8, 11, 13, 30, tzinfo=UTC)
    assert parse(request, body, now)["etf_bar"].height == 7
    with pytest.raises(SourceChangedError, match="KeyError"):
        parse(request, body.replace(b'"date"', b'"day"'), now)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b'{"chart": {"result": null}}', b'{"chart": {"result": [{}]}}',
     b'{"chart": {"result": [{"events": {"splits": {"1": {"date": 1e99}}}}]}}',
     b'{"chart": {"result": [{"events": {"splits": {}}}]}}', b"[" * 50_000],
)  # fmt: skip
def test_what_tells_of_no_split_tells_of_none(body: bytes) -> None:
    assert last_split(body) is None
