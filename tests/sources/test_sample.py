"""The sample source: what it asks for, how it reads, and what stands in the bundled files."""

from pathlib import Path

import polars as pl
import pytest

from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.base.resources import SAMPLE, SQL
from marketwake.sources.files.sample import Sample, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts

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


def test_the_bundled_sample_has_every_exported_table_below_a_megabyte() -> None:
    exported = sorted(path.stem for path in (SQL / "exports" / "sample").glob("*.sql"))
    assert [request.dataset for request in Sample().requests()] == exported
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1_000_000


def test_the_bundled_hours_are_complete() -> None:
    # 2025-06-25 to 2025-08-22: 6 + 31 + 22 days of 24 hours, and the hour before, whose close is
    # the first price.
    bars = bundled("spot_bar")
    assert bars.group_by("venue", "symbol").len().sort("venue", "symbol").rows() == [
        ("Binance", "BTC/USDT", 59 * 24 + 1),
        ("Binance", "ETH/USDT", 59 * 24 + 1),
        ("Coinbase", "BTC/USD", 59 * 24 + 1),
        ("Coinbase", "ETH/USD", 59 * 24 + 1),
    ]


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


def test_the_plans_add_up_to_the_published_whole() -> None:
    # 8.7 + 0.735 + 1.4 + 0.477 + 0.936 = 12.248, published as 12.2 trillion.
    figures = dict(bundled("reference_figure").select("figure", "value").rows())
    parts = ("401k", "other_private_dc", "403b", "457", "tsp")
    assert (
        abs(sum(figures[f"plan_assets_{part}"] for part in parts) - figures["plan_assets_dc"])
        < 0.05e12
    )
