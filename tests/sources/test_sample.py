"""The sample source: what it asks for, how it reads, and what stands in the bundled files."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.base.resources import SAMPLE, SQL
from marketwake.sources.files.sample import Sample, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from tests.support.rows import SAMPLE_BARS

TOTALS = Request("etf_flow_total", "etf_flow_total.csv")


def bundled(table: str) -> pl.DataFrame:
    sample = Sample()
    (request,) = [request for request in sample.requests() if request.dataset == table]
    validated = read_contracts("raw")[table].validate(parse(request, sample.fetch(request))[table])
    assert validated.rejected.is_empty()
    return validated.accepted


def test_a_request_per_file_and_the_readme_is_none(tmp_path: Path) -> None:
    for name in ("spot_bar.csv", "etf_flow.csv", "README.md"):
        (tmp_path / name).write_text(name)
    sample = Sample(folder=tmp_path)
    assert sample.requests() == [
        Request("etf_flow", "etf_flow.csv"),
        Request("spot_bar", "spot_bar.csv"),
    ]
    assert sample.fetch(Request("etf_flow", "etf_flow.csv")) == b"etf_flow.csv"
    assert Sample(frozenset({"spot_bar"}), tmp_path).requests() == [
        Request("spot_bar", "spot_bar.csv")
    ]


def test_no_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no CSV file"):
        Sample(folder=tmp_path).requests()
    with pytest.raises(SourceError, match=r"etf_flow_total.csv cannot be read: No such file"):
        Sample(folder=tmp_path).fetch(TOTALS)


def test_columns_come_in_the_contracts_order_whatever_the_files() -> None:
    frame = parse(TOTALS, b"session,net_flow_usd,asset\n2025-08-07,222300000,ETH\n")[
        "etf_flow_total"
    ]
    assert frame.columns == ["asset", "session", "net_flow_usd"]
    assert frame.rows() == [("ETH", "2025-08-07", "222300000")]


def test_a_file_of_before_a_column_came_is_read() -> None:
    # What an older release has landed is parsed again by `marketwake replay`.
    body = b"symbol,bar_interval,session,close\n^DJI,1d,1929-09-03,381.17\n"
    frame = parse(Request("index_bar", "index_bar.csv"), body)["index_bar"]
    assert read_contracts("raw")["index_bar"].validate(frame).accepted.rows() == [
        ("^DJI", "1d", date(1929, 9, 3), 381.17, None, None, None)
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"asset,session\n",
            "etf_flow_total.csv: expected the columns asset, session, net_flow_usd, "
            "found asset, session",
        ),
        (b"asset,session,net_flow_usd,note\n", "found asset, session, net_flow_usd, note"),
        (
            b"asset,session,net_flow_usd\nETH,2025-08-07,1\nETH,2025-08-08\n",
            "etf_flow_total.csv line 3: expected 3 cells, found 2",
        ),
        (b"", "found an empty file"),
    ],
)
def test_a_file_of_another_layout_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(SourceChangedError, match=message):
        parse(TOTALS, body)


def test_a_file_that_is_no_raw_table_is_refused() -> None:
    with pytest.raises(
        SourceChangedError, match=r"notes.csv: expected one of coin_rank, .*, found notes"
    ):
        parse(Request("notes", "notes.csv"), b"a\n1\n")


def test_the_bundled_sample_has_every_exported_table_below_five_megabytes() -> None:
    exported = sorted(path.stem for path in (SQL / "exports" / "sample").glob("*.sql"))
    assert [request.dataset for request in Sample().requests()] == exported
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 5_000_000


def test_the_bundled_hours_are_complete() -> None:
    # Coinbase from 2024-08-01, Binance from 2024-09-14, where its record begins, both to
    # 2025-08-22: 365 + 22 days, and 17 + 31 + 30 + 31 + 212 + 22.
    bars = bundled("spot_bar")
    assert bars.group_by("venue", "symbol").len().sort("venue", "symbol").rows() == [
        ("Binance", "BTC/USDT", 343 * 24),
        ("Binance", "ETH/USDT", 343 * 24),
        ("Coinbase", "BTC/USD", 387 * 24),
        ("Coinbase", "ETH/USD", 387 * 24),
    ]
    assert bars.height == SAMPLE_BARS


def test_the_bundled_flows_give_the_published_figures() -> None:
    flows = (
        bundled("etf_flow")
        .group_by("asset", "session")
        .agg(pl.col("net_flow_usd").sum())
        .sort("asset", "session")
    )
    assert flows.equals(bundled("etf_flow_total").sort("asset", "session"))
    ether = flows.filter(
        pl.col("asset") == "ETH",
        pl.col("session").is_between(pl.date(2025, 8, 7), pl.date(2025, 8, 8)),
    )
    assert ether["net_flow_usd"].sum() == 683_300_000.0  # 222.3 and 461.0 million


def test_the_bundled_dow_falls_from_its_peak_to_its_trough() -> None:
    # Published closes: 381.17 on 1929-09-03, 41.22 on 1932-07-08.
    dow = bundled("index_bar").filter(pl.col("symbol") == "^DJI")
    assert dow["close"].max() == 381.17
    assert dow["close"].min() == 41.22


def test_the_bundled_probabilities_sum_to_one() -> None:
    sums = bundled("fed_probability").group_by("quoted_on").agg(pl.col("probability").sum())
    assert sums.height == 13  # weekdays from 2025-07-28 to 2025-08-13
    assert sums.filter((pl.col("probability") - 1).abs() > 2e-6).is_empty()


def test_the_bundled_coins_cover_the_month_before_the_order() -> None:
    counts = bundled("coin_snapshot").group_by("coin").len()
    assert counts["len"].unique().to_list() == [37]  # 2025-07-08 to 2025-08-13: 24 + 13 days


def test_every_reference_figure_is_of_a_known_unit_and_what_is_a_day_is_one() -> None:
    figures = bundled("reference_figure")
    units = {"usd", "coin", "fraction", "persons", "year", "yyyymmdd", "count"}
    assert set(figures["unit"]) == units | {"index_points", "yes_no"}
    days = figures.filter(unit="yyyymmdd")["value"].cast(pl.Int64).cast(pl.String)
    assert days.str.to_date("%Y%m%d", strict=True).null_count() == 0
    assert set(figures.filter(unit="yes_no")["value"]) == {0.0, 1.0}
    assert figures.filter(unit="fraction")["value"].abs().is_between(0, 1).all()
    # Of what was read before it was recorded how, one is left.
    assert figures.filter(pl.col("how_seen").is_null())["figure"].to_list() == [
        "participants_without_trade_share"
    ]


def test_a_share_that_trails_is_what_the_index_leaves() -> None:
    # 34 of 100 did better than bitcoin, so 66 did not; 4.06 trillion less 59.8 % is 1.63.
    figures = {
        (name, day.isoformat()): value
        for name, day, value in bundled("reference_figure")
        .select("figure", "as_of", "value")
        .iter_rows()
    }
    behind = figures["altcoins_behind_bitcoin_share", "2025-08-12"]
    assert round(100 * (1 - behind)) == figures["altcoin_season_index", "2025-08-12"]
    without = figures["crypto_market_value_without_bitcoin", "2025-08-11"]
    assert without == pytest.approx(4.06e12 * (1 - 0.598), rel=2e-3)


def test_the_plans_add_up_to_the_published_whole() -> None:
    # 8.7 + 0.735 + 1.4 + 0.477 + 0.936 = 12.248, published as 12.2 trillion.
    figures = dict(bundled("reference_figure").select("figure", "value").rows())
    parts = ("401k", "other_private_dc", "403b", "457", "tsp")
    assert (
        abs(sum(figures[f"plan_assets_{part}"] for part in parts) - figures["plan_assets_dc"])
        < 0.05e12
    )
