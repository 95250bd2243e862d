"""Views on the tests: specification curve, anticipation, scenario."""

from pathlib import Path

import duckdb
import pytest

from marketwake.warehouse.files import Warehouse

TEST = (
    "insert into mart.event_inference by name select 'e' as event, ? as anchor, timestamptz "
    "'2025-08-07 00:00:00+00' as anchor_at,"
    " true as is_candidate, ? as venue, 'BTC' as instrument, ? as measure, 'constant_mean' as "
    "model, ? as window_length,"
    " 'hour' as window_unit, timestamptz '2025-08-07 00:00:00+00' as starts_at, ? as value, "
    "'fraction' as unit, 0.5 as p_two_sided,"
    " 10 as placebo_count, 10 as independent_count, 10 as effective_count, 10 as effective_earlier,"
    " true as is_standardised, false as is_in_family, 'not unusual' as verdict,"
    " 'not unusual' as verdict_earlier,"
    " 'x' as design_hash"
)


def put(
    con: duckdb.DuckDBPyConnection,
    anchor: str,
    venue: str,
    hours: int,
    value: float,
    measure: str = "abnormal_log_return",
) -> None:
    con.execute(TEST, [anchor, venue, measure, hours, value])


def test_an_answer_that_hangs_on_one_choice_says_so(con: duckdb.DuckDBPyConnection) -> None:
    # Up from the report, down from the signing, whatever venue and window: the anchor explains all,
    # the others nothing.
    for anchor, value in (("report", 0.01), ("signing", -0.02)):
        for venue in ("Coinbase", "Binance"):
            for hours in (24, 48):
                put(con, anchor, venue, hours, value)
    rows = con.execute(
        "select choice, alternatives, specifications, agreeing_share, variance_share from "
        "mart.specification_choice order by choice"
    ).fetchall()
    assert rows == [
        ("anchor", 2, 8, 0.5, 1.0),
        ("model", 1, 8, 0.5, 0.0),
        ("venue", 2, 8, 0.5, 0.0),
        ("window", 2, 8, 0.5, 0.0),
    ]


def test_answers_that_all_agree_hang_on_nothing(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "report", "Coinbase", 24, 0.01)
    put(con, "signing", "Coinbase", 24, 0.02)
    shares = con.execute(
        "select distinct agreeing_share, variance_share from mart.specification_choice"
    ).fetchall()
    assert shares == [(1.0, None)]


def test_a_share_came_before_only_where_both_moves_point_one_way(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for hours, before, after in ((24, 0.03, 0.01), (48, 0.03, -0.01)):
        put(con, "report", "Coinbase", hours, before, "abnormal_log_return_before")
        put(con, "report", "Coinbase", hours, after)
    # 0.03 of 0.04.
    assert con.execute(
        "select hours, share_before from mart.anticipation order by hours"
    ).fetchall() == [
        (24, pytest.approx(0.75)),
        (48, None),
    ]


def test_the_scenario_is_shares_over_sizes(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        rows = con.execute(
            "select amount_usd, amount_per_year_usd, scale_usd, multiple from mart.scenario where "
            "share = 0.05 and years = 5 order by scale"
        ).fetchall()
        flow, mined, value = rows
    # 5 % of 8.7 T USD is 435 B, over five years 87 B a year.
    assert [row[:2] for row in rows] == [(pytest.approx(435e9), pytest.approx(87e9))] * 3
    # CoinGecko at 2025-08-12 00:00 UTC: bitcoin about 118,700 USD and 2.36 T USD, ether about 4,220
    # USD and 0.51 T USD.
    assert value[2] == pytest.approx(2.87e12, rel=0.02)
    assert value[3] == pytest.approx(435e9 / value[2])
    assert mined[2] == pytest.approx(164_250 * 118_700, rel=0.01)
    assert flow[3] == pytest.approx(87e9 / flow[2])


def test_any_share_at_any_pace_is_the_same_arithmetic(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        rows = con.execute(
            "select amount_usd, amount_per_year_usd, scale_usd, multiple from scenario(0.04, 8)"
        ).fetchall()
        seeded = con.execute("select scale_usd from mart.scenario_scale order by scale").fetchall()
    # 4 % of 8.7 T USD is 348 B, over eight years 43.5 B a year.
    assert [row[:2] for row in rows] == [(pytest.approx(348e9), pytest.approx(43.5e9))] * 3
    assert [(row[2],) for row in rows] == seeded
    flow, mined, value = rows
    assert [flow[3] * flow[2], mined[3] * mined[2], value[3] * value[2]] == pytest.approx(
        [43.5e9, 43.5e9, 348e9]
    )
