"""Macros: the warehouse as it was known, and figures of the seed tables by name."""

from datetime import UTC, datetime

import duckdb
import pytest

from tests.conftest import Insert
from tests.support.rows import at, flow

Con = duckdb.DuckDBPyConnection
FIRST = datetime(2025, 8, 8, 22, tzinfo=UTC)
FINAL = datetime(2025, 8, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2025-08-08 21:59:59+00", []),
        ("2025-08-08 22:00:00+00", [250.0e6]),
        ("2025-08-09 04:59:59+00", [250.0e6]),
        ("2025-08-09 05:00:00+00", [254.7e6]),
        ("2026-01-01 00:00:00+00", [254.7e6]),
    ],
)
def test_as_known_at_answers_with_the_version_of_that_instant(
    con: Con, insert: Insert, instant: str, expected: list[float]
) -> None:
    insert(con, "etf_flow", [flow("2025-08-08", "ETHA", 250.0)], recorded_at=FIRST)
    con.execute("update raw.etf_flow set superseded_at = ?", [FINAL])
    insert(con, "etf_flow", [flow("2025-08-08", "ETHA", 254.7)], recorded_at=FINAL)
    rows = con.execute(
        f"select net_flow_usd from as_known_at('raw.etf_flow', timestamptz '{instant}')"
    ).fetchall()
    assert [row[0] for row in rows] == expected


def test_stated_figures_by_claim_and_by_figure(unchanged: Con) -> None:
    # CLAIMS: a01 +2 %; a18 a hold at 11.6 % and a cut of 25 basis points at 88.4 %.
    query = "select stated('a01'), stated('a18', 'hold'), stated('a18', figure_name := 'cut_25')"
    assert unchanged.execute(query).fetchall() == [(0.02, 0.116, 0.884)]


def test_every_threshold_is_found_by_its_name(unchanged: Con) -> None:
    rows = unchanged.execute("select value, threshold(threshold) from seed.threshold").fetchall()
    assert rows
    assert all(value == known for value, known in rows)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("stated('nope')", "no figure stated of claim nope"),
        ("stated('a18')", "no figure stated of claim a18"),
        ("threshold('nope')", "no threshold nope"),
        ("available_after('nope')", "no dataset nope"),
    ],
)
def test_an_unknown_name_is_an_error_and_not_a_null(unchanged: Con, call: str, reason: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=reason):
        unchanged.execute(f"select {call}").fetchall()


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("'2025-08-09 06:00'", "2025-08-09 06:00"),
        ("'2025-08-09'", "2025-08-09 00:00"),
        ("date '2025-08-09'", "2025-08-09 00:00"),
        ("timestamp '2025-08-09 06:00:00'", "2025-08-09 06:00"),
        ("'2025-08-09T06:00Z'", "2025-08-09 06:00"),
        ("'2025-08-09 06:00+02'", "2025-08-09 04:00"),
        ("timestamptz '2025-08-09 06:00:00+02'", "2025-08-09 04:00"),
        ("'2025-08-09 06:00:00 Asia/Kolkata'", "2025-08-09 00:30"),
    ],
)
def test_a_stamp_without_a_zone_is_utc_and_another_keeps_its_own(
    con: Con, stamp: str, expected: str
) -> None:
    con.execute("set timezone = 'America/New_York'")
    row = con.execute(f"select epoch(as_instant({stamp})), utc_text(as_instant({stamp}))")
    assert row.fetchall() == [(at(expected).timestamp(), f"{expected}:00+00")]


def test_what_is_no_stamp_is_an_error_and_no_null(unchanged: Con) -> None:
    with pytest.raises(duckdb.ConversionException, match="yesterday"):
        unchanged.execute("select as_instant('yesterday')").fetchall()
