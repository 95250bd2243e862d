"""The claims: files, tables and verdicts; figures checked against hand arithmetic on the published
prices, flows and probabilities.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.base.errors import DefinitionError
from marketwake.fact_check.evaluation import FIELDS, FOLDER, claim_file, evaluate, read_claims
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert

IDS = [f"a{number:02}" for number in range(1, 24)] + [f"b{number:02}" for number in range(1, 10)]
FILES = sorted(FOLDER.glob("*.sql"))
HEADER = """-- One row per nothing in particular.
-- claim: z01
-- article: A
-- statement: two and two make four
-- stated: 4
-- unit: ratio
"""
SELECT = """select null as anchor, 'Coinbase' as venue, 'sum' as definition, 2.0 + 2.0 as value,
    null as low, null as high, 'ratio' as unit, true as agrees, null as note
"""


def write(folder: Path, text: str, name: str = "z01") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


# --- the files ---


def test_every_claim_of_the_articles_is_there_once() -> None:
    assert [path.stem for path in FILES] == IDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_states_what_the_seed_states(path: Path, con: duckdb.DuckDBPyConnection) -> None:
    claim = claim_file(path)
    assert claim.article == ("A" if claim.claim.startswith("a") else "B")
    seeded = con.execute(
        "select value, unit from seed.article_figure where claim = ? and figure = 'stated'",
        [claim.claim],
    ).fetchall()
    if seeded:
        assert [(float(claim.stated), claim.unit)] == seeded
    else:
        assert claim.unit == "words"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first line must state the grain"),
        (
            HEADER.replace("-- One row per nothing in particular.\n", "") + SELECT,
            "first line must state the grain",
        ),
        (HEADER.replace("-- article: A\n", "") + SELECT, "the header lacks article"),
        (HEADER.replace("-- stated: 4\n", "-- stated: \n") + SELECT, "header line '-- stated: '"),
        (HEADER + "-- mood: good\n" + SELECT, "header line '-- mood: good'"),
        (HEADER + "-- unit: usd\n" + SELECT, "header line '-- unit: usd'"),
        (HEADER.replace("z01", "z02") + SELECT, "calls the claim 'z02', the file is named 'z01'"),
        (HEADER + "select 1 as value", "it returns the columns value; expected anchor, venue"),
        (HEADER + "selec 1", "Parser Error"),
        (
            HEADER + SELECT.replace("2.0 + 2.0", "'four'"),
            "column value is VARCHAR; expected DOUBLE",
        ),
        (HEADER + SELECT.replace("'sum'", "null"), "definition and unit must not be null"),
        (
            HEADER + SELECT + "union all " + SELECT,
            "more than one row for anchor, venue, definition",
        ),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, message: str
) -> None:
    folder = write(tmp_path / "claims", text)
    with pytest.raises(DefinitionError) as raised:
        evaluate(con, folder)
    assert raised.value.what.startswith("claims/z01.sql: ")
    assert message in raised.value.what


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("threshold('nowhere')", "no threshold nowhere"),
        ("cast(sha as double)", "Could not convert string 'x' to DOUBLE"),
        ("big * 2", "Overflow in multiplication of INT64"),
    ],
)
def test_a_claim_that_the_data_do_not_let_compute_says_so_and_the_next_is_judged(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, value: str, why: str
) -> None:
    row = " from (values ('x', 9223372036854775807)) as held (sha, big)\n"
    write(tmp_path / "claims", HEADER + SELECT.replace("2.0 + 2.0", value).rstrip() + row)
    write(tmp_path / "claims", (HEADER + SELECT).replace("z01", "z02"), "z02")
    (problem,) = evaluate(con, tmp_path / "claims")
    assert problem.startswith("claim z01 broke: ")
    assert why in problem
    broken, judged = read_claims(con)
    assert (broken["verdict"], broken["figures"]) == ("not_testable", [])
    assert broken["reason"] == f"It could not be computed: {problem}"
    assert judged["verdict"] == "supported"


def test_adding_a_file_adds_a_claim(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    evaluate(con, write(tmp_path / "claims", HEADER + SELECT))
    evaluate(
        con,
        write(
            tmp_path / "claims",
            (HEADER + SELECT.replace("true", "false")).replace("z01", "z02"),
            "z02",
        ),
    )
    first, second = read_claims(con)
    assert first == {
        "id": "z01",
        "article": "A",
        "statement": "two and two make four",
        "stated": 4.0,
        "unit": "ratio",
        "verdict": "supported",
        "reason": "Agrees by sum (4).",
        "figures": [
            {
                "anchor": None,
                "venue": "Coinbase",
                "definition": "sum",
                "value": 4.0,
                "unit": "ratio",
                "agrees": True,
            }
        ],
    }
    assert (second["id"], second["verdict"]) == ("z02", "contradicted")


def test_a_quotient_by_zero_has_no_vote(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    evaluate(con, write(tmp_path / "claims", HEADER + SELECT.replace("2.0 + 2.0", "1e308 * 10")))
    (claim,) = read_claims(con)
    assert (claim["verdict"], claim["reason"], claim["figures"][0]["value"]) == (
        "not_testable",
        "Not a finite number.",
        None,
    )


def test_without_data_every_claim_is_judged_all_the_same(con: duckdb.DuckDBPyConnection) -> None:
    evaluate(con)
    verdicts = {claim["id"]: claim["verdict"] for claim in read_claims(con)}
    assert list(verdicts) == IDS
    # Arithmetic needs no data.
    assert {id_ for id_, verdict in verdicts.items() if verdict != "not_testable"} == {"a20"}


def test_reading_claims_needs_no_heavy_import() -> None:
    slow = ("polars", "pyarrow", "prefect", "altair")
    code = (
        "import sys, marketwake.fact_check.evaluation; sys.exit(any(name in sys.modules for name "
        f"in {slow}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- the verdicts on the sample ---


@pytest.fixture(scope="module")
def sample(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(sample_root).reader() as con:
        yield con


@pytest.fixture(scope="module")
def verdicts(sample: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    return {claim["id"]: claim for claim in read_claims(sample)}


def rows(
    con: duckdb.DuckDBPyConnection, claim: str, definition: str = "%", **where: str | None
) -> list[dict[str, Any]]:
    """Figures of a claim whose definition is like `definition`, as dicts of mart.claim_figure."""
    cursor = con.execute(
        "select * from mart.claim_figure where claim = ? and definition like ? order by ordinal",
        [claim, definition],
    )
    names = [column[0] for column in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in found if all(row[name] == value for name, value in where.items())]


def only(
    con: duckdb.DuckDBPyConnection, claim: str, definition: str = "%", **where: str | None
) -> dict[str, Any]:
    (row,) = rows(con, claim, definition, **where)
    return row


@pytest.mark.parametrize(
    ("verdict", "claims"),
    [
        ("supported", "a04 a07 a08 a09 a10 a14 a19 a20 a22 b01 b09"),
        ("depends", "a01 a02 a03 a05 a06 a11 a12 a17 a18 b07"),
        ("not_testable", "a15 a21 b02 b03 b04 b06 b08"),
    ],
)
def test_verdicts_that_follow_from_the_figures_below(
    verdicts: dict[str, dict[str, Any]], verdict: str, claims: str
) -> None:
    assert {id_: verdicts[id_]["verdict"] for id_ in claims.split()} == dict.fromkeys(
        claims.split(), verdict
    )


def test_json_has_these_keys_and_no_other(verdicts: dict[str, dict[str, Any]]) -> None:
    assert list(verdicts) == IDS
    for claim in verdicts.values():
        assert list(claim) == ["id", *FIELDS[1:], "verdict", "reason", "figures"]
        for figure in claim["figures"]:
            assert list(figure) == ["anchor", "venue", "definition", "value", "unit", "agrees"]
    json.dumps(list(verdicts.values()), allow_nan=False)


def test_a_figure_without_a_vote_says_why(sample: duckdb.DuckDBPyConnection) -> None:
    silent = sample.execute(
        "select claim, definition, anchor, venue from mart.claim_figure where agrees is null and "
        "note is null"
    ).fetchall()
    assert silent == []


def test_an_anchor_before_the_order_never_votes_and_the_day_of_publication_only_on_levels(
    sample: duckdb.DuckDBPyConnection,
) -> None:
    voting = sample.execute(
        "select distinct anchor, claim from mart.claim_figure where agrees is not null order by "
        "claim"
    ).fetchall()
    assert [claim for anchor, claim in voting if anchor == "leak"] == []
    assert {claim for anchor, claim in voting if anchor == "publication"} == {
        "a08",
        "a13",
        "a14",
        "a16",
        "a17",
    }


def test_windows_are_shown_from_every_anchor_on_both_venues(
    sample: duckdb.DuckDBPyConnection,
) -> None:
    anchors = {"leak", "day", "report", "signing", "publication"}
    for claim in ("a01", "a02", "a05", "a11", "a21"):
        shown = {(row["anchor"], row["venue"]) for row in rows(sample, claim) if row["anchor"]}
        assert shown == {(anchor, venue) for anchor in anchors for venue in ("Coinbase", "Binance")}


def test_the_same_data_give_the_same_tables(sample_root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes((sample_root / "market.duckdb").read_bytes())
    with duckdb.connect(copy) as con:
        con.execute("set timezone = 'UTC'")
        before = [
            con.execute(f"select * from mart.{table}").fetchall()
            for table in ("claim", "claim_figure")
        ]
        evaluate(con)
        assert [
            con.execute(f"select * from mart.{table}").fetchall()
            for table in ("claim", "claim_figure")
        ] == before


# Closes of the hourly bars that end at the instant, as Coinbase and Binance published them: BTC.
@pytest.mark.parametrize(
    ("anchor", "venue", "value", "agrees"),
    [
        ("day", "Coinbase", 117515.49 / 115028.83 - 1, True),  # 2.16 %
        ("day", "Binance", 117472.01 / 114992.27 - 1, True),
        ("report", "Coinbase", 116535.98 / 116390.83 - 1, False),  # 0.12 %
        ("report", "Binance", 116500.48 / 116390.00 - 1, False),
        ("signing", "Coinbase", 116212.94 / 116732.65 - 1, False),  # -0.45 %
        ("signing", "Binance", 116207.69 / 116689.81 - 1, False),
    ],
)
def test_a01(
    sample: duckdb.DuckDBPyConnection, anchor: str, venue: str, value: float, agrees: bool
) -> None:
    row = only(sample, "a01", anchor=anchor, venue=venue)
    assert row["value"] == pytest.approx(value, abs=1e-12)
    assert row["agrees"] is agrees


def test_a01_moves_with_the_hour_of_signing(
    sample: duckdb.DuckDBPyConnection, verdicts: dict[str, dict[str, Any]]
) -> None:
    row = only(sample, "a01", anchor="signing", venue="Coinbase")
    # Of the nine whole hours from 12:00 to 20:00, the one at 20:00 is worst and the one at 12:00
    # best.
    assert row["low"] == pytest.approx(116467.80 / 117525.79 - 1, abs=1e-12)
    assert row["high"] == pytest.approx(116930.25 / 116535.61 - 1, abs=1e-12)
    assert verdicts["a01"]["reason"] == (
        "Turns on the anchor: agrees from day (+2.2 %), not from report (+0.1 %) or from signing "
        "(-0.4 %); the same on both venues."
        " Over every anchor, venue, model and window, BTC rose: yes in 69 % of 84 specifications, "
        "turning most on the window "
        "(35 % of the variance)."
    )


@pytest.mark.parametrize(
    ("claim", "venue", "ratio", "agrees"),
    [
        # Volume of the UTC days 7 and 6 August: 30 and 38 % more bitcoin, 74 and 73 % more ether.
        ("a02", "Coinbase", 5804.239608 / 4481.394747, False),
        ("a02", "Binance", 13468.56263 / 9761.15318, False),
        ("a05", "Coinbase", 215879.453643 / 123751.957848, True),
        ("a05", "Binance", 631678.9872 / 365309.9205, True),
    ],
)
def test_volume_against_the_day_before(
    sample: duckdb.DuckDBPyConnection, claim: str, venue: str, ratio: float, agrees: bool
) -> None:
    row = only(sample, claim, "volume over the 24 hours before", anchor="day", venue=venue)
    assert row["value"] == pytest.approx(ratio, rel=1e-6)
    assert row["agrees"] is agrees


def test_a03(sample: duckdb.DuckDBPyConnection) -> None:
    assert only(sample, "a03", "net flow of the session by rank", anchor="signing")[
        "value"
    ] == pytest.approx(277.4e6)
    # 6, 5, 4, 1 August and 31 July: 91.6 - 196.2 - 323.5 - 812.3 - 114.8 = -1355.2; a fifth is
    # -271.04
    change = only(sample, "a03", "net flow less%", anchor="signing")
    assert change["value"] == pytest.approx((277.4 + 271.04) * 1e6)
    assert only(sample, "a03", "traded volume")["agrees"] is None


def test_a03_by_traded_volume_where_bars_of_the_funds_are_held(
    sample_root: Path, tmp_path: Path, insert: Insert
) -> None:
    # Two funds; five sessions at 100 x 50 + 10 x 100 = 6000 dollars, then 110 x 60 + 10 x 80 =
    # 7400: 1.2333 times the mean.
    shutil.copyfile(sample_root / "writer.duckdb", tmp_path / "writer.duckdb")
    sessions = ["2025-07-31", "2025-08-01", "2025-08-04", "2025-08-05", "2025-08-06", "2025-08-07"]
    traded = [("IBIT", 50.0, 100), ("FBTC", 100.0, 10)], [("IBIT", 60.0, 110), ("FBTC", 80.0, 10)]
    with Warehouse(tmp_path).writer() as con:
        insert(
            con,
            "etf_bar",
            [
                {"ticker": ticker, "session": session, "close_usd": close, "volume_shares": shares}
                for session in sessions
                for ticker, close, shares in traded[session == "2025-08-07"]
            ],
        )
        evaluate(con)
        found = only(con, "a03", "traded volume%", anchor="signing")
    assert found["value"] == pytest.approx(7400 / 6000)
    assert found["agrees"] is True


@pytest.mark.parametrize(("claim", "day"), [("a04", 20250811), ("a07", 20250808)])
def test_levels_are_broken_on_both_venues_on_the_day(
    sample: duckdb.DuckDBPyConnection, claim: str, day: int
) -> None:
    found = rows(sample, claim)
    assert len(found) == 4
    assert {(row["value"], row["unit"], row["agrees"]) for row in found} == {
        (day, "yyyymmdd", True)
    }


def test_a04_knows_that_the_level_was_not_new(sample: duckdb.DuckDBPyConnection) -> None:
    # BTC had traded up to 123,231 on Coinbase on 14 July.
    assert (
        "before the order last on 2025-07-14"
        in only(sample, "a04", "first trade%", venue="Coinbase")["note"]
    )


def test_a06(sample: duckdb.DuckDBPyConnection) -> None:
    price = only(sample, "a06", "price%", anchor="day", venue="Coinbase")
    low = only(sample, "a06", "low%", anchor="day", venue="Coinbase")
    # 3683.80 is 2.3 % above 3,600, the low of 6 August 1.0 % below it.
    assert (price["value"], price["agrees"]) == (3683.80, False)
    assert (low["value"], low["agrees"]) == (3563.44, True)


def test_a08(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a08", venue="Coinbase")
    assert (row["value"], row["low"], row["high"]) == (4299, 4219.92, 4638.0)


def test_a09(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a09", "gain over BTC to publication", anchor="day", venue="Coinbase")
    assert row["value"] == pytest.approx(
        (4224.48 / 118701.84) / (3683.80 / 115028.83) - 1, abs=1e-12
    )
    day = only(sample, "a09", "gain over BTC in 24 hours", anchor="day", venue="Coinbase")
    assert day["value"] == pytest.approx(
        (3911.28 / 117515.49) / (3683.80 / 115028.83) - 1, abs=1e-12
    )


def test_a10(sample: duckdb.DuckDBPyConnection) -> None:
    for anchor in ("day", "report", "signing"):
        row = only(sample, "a10", anchor=anchor)
        assert row["value"] == pytest.approx((222.3 + 461.0) * 1e6)
        assert row["agrees"] is True


def test_a11(sample: duckdb.DuckDBPyConnection) -> None:
    # From midnight ETH closes 1 % up (3,720.64) at 09:00 and 2 % (3,757.48) at 11:00, BTC
    # (116,179.12, 117,329.41) at 11:00 and 20:00.
    assert only(sample, "a11", "faster to 1 %", anchor="day", venue="Coinbase")["value"] == 2
    assert only(sample, "a11", "faster to 2 %", anchor="day", venue="Coinbase")["value"] == 9
    rose = only(sample, "a11", "both rose%", anchor="signing", venue="Coinbase")
    assert (rose["value"], rose["agrees"]) == (pytest.approx(116212.94 / 116732.65 - 1), False)
    # From 13:00 both are 1 % up at the close of the same hour (19:00 to 20:00): no telling who was
    # first.
    assert only(sample, "a11", "faster to 1 %", anchor="report", venue="Coinbase")["agrees"] is None


def test_a12(sample: duckdb.DuckDBPyConnection) -> None:
    # August contract, expiry 29 August 15:00 UTC. Midnight after the 7th: 21.625 days, METQ5 3,940,
    # MBTQ5 118,190.
    thursday = only(sample, "a12", "front month, 08-07", venue="Coinbase")
    assert thursday["value"] == pytest.approx((3940 / 3911.28 - 1) * 365 / 21.625)
    assert f"bitcoin {100 * (118190 / 117515.49 - 1) * 365 / 21.625:.1f} %" in thursday["note"]
    # Friday ends at 21:00 UTC, 20.75 days before: joined to spot of that hour it is 10.4 %, joined
    # to spot at midnight it would be 31.7 %.
    friday = only(sample, "a12", "front month, 08-08", venue="Coinbase")
    assert friday["value"] == pytest.approx((4082.5 / 4058.57 - 1) * 365 / 20.75)


def test_a13(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a13", "price against 7 days before", venue="Coinbase")
    assert row["value"] == pytest.approx((4224.48 / 118701.84) / (3720.87 / 115051.85) - 1)
    assert only(sample, "a13", "its own volume")["agrees"] is None


def test_a14(sample: duckdb.DuckDBPyConnection) -> None:
    # The flow of 11 August, 1,018.8 M USD, was public on the 12th at 05:00 UTC.
    start = only(sample, "a14", "%start%")["value"]
    assert only(sample, "a14", "%end")["value"] - start == pytest.approx(1018.8e6)
    assert start > 6.7e9


def test_a15(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a15", venue="Coinbase")
    assert (row["value"], row["unit"]) == (pytest.approx(13e9 / 4224.48), "coin")


def test_a18(sample: duckdb.DuckDBPyConnection) -> None:
    assert [(row["definition"], row["value"], row["agrees"]) for row in rows(sample, "a18")] == [
        ("cut, end of 08-07", 0.918621, False),
        ("cut, end of 08-08", 0.888621, True),
        ("cut, end of 08-11", 0.858621, False),
        ("cut, end of 08-12", 0.938621, None),  # public from 13 August
    ]


def test_a19(sample: duckdb.DuckDBPyConnection) -> None:
    fits = only(sample, "a19", "sum check: equity and mixed%")
    assert (fits["value"], fits["agrees"]) == (pytest.approx((3.2 + 1.4) / 5.3), None)


def test_a20(sample: duckdb.DuckDBPyConnection) -> None:
    assert only(sample, "a20", "share of the sum%")["value"] == pytest.approx(0.05 * 9e12)
    assert only(sample, "a20", "share of the 401(k)%")["value"] == pytest.approx(0.05 * 8.7e12)


def test_a22(sample: duckdb.DuckDBPyConnection) -> None:
    # A cut: 37.6552 % on 31 July, 80.3103 % on 1 August.
    assert only(sample, "a22", "change%")["value"] == pytest.approx(0.803103 - 0.376552)


def test_a23(sample: duckdb.DuckDBPyConnection) -> None:
    # Sessions of 7, 8 and 11 August.
    bitcoin, ether = 277.4 + 403.9 + 178.1, 222.3 + 461.0 + 1018.8
    assert only(sample, "a23", "not shown: bitcoin funds%")["value"] == pytest.approx(bitcoin * 1e6)
    assert only(sample, "a23", "%less that of bitcoin funds")["value"] == pytest.approx(
        (ether - bitcoin) * 1e6
    )


@pytest.mark.parametrize(
    ("claim", "peak", "trough"), [("b01", 381.17, 41.22), ("b09", 1565.15, 676.53)]
)
def test_falls(sample: duckdb.DuckDBPyConnection, claim: str, peak: float, trough: float) -> None:
    (row,) = [row for row in rows(sample, claim) if row["agrees"] is not None]
    assert row["value"] == pytest.approx(trough / peak - 1, abs=1e-6)  # -89.19 %, -56.78 %
    assert row["agrees"] is True


def test_b05(sample: duckdb.DuckDBPyConnection) -> None:
    # Shiller's index: January 1950 16.88, January 1960 58.03.
    row = only(sample, "b05", "ny-prudent-1950, 120 months", venue="SHILLER")
    assert (row["value"], row["agrees"]) == (pytest.approx(58.03 / 16.88 - 1), True)


# --- the panel of coins, in small ---


@pytest.fixture
def panel(con: duckdb.DuckDBPyConnection, insert: Insert) -> duckdb.DuckDBPyConnection:
    """31 midnights to publication: everything flat at 100 until the last, but ripple was at 200
    three weeks before.
    """
    last = {
        "bitcoin": 110.0,
        "ethereum": 150.0,
        "ripple": 120.0,
        "solana": 105.0,
        "cardano": 90.0,
        "tether": 100.0,
    }
    end = datetime(2025, 8, 12, tzinfo=UTC)
    prices = [
        (
            coin,
            end - timedelta(days=back),
            price if back == 0 else 200.0 if coin == "ripple" and back == 21 else 100.0,
        )
        for coin, price in last.items()
        for back in range(31)
    ]
    insert(
        con,
        "coin_snapshot",
        [
            {
                "vendor": "CoinGecko",
                "coin": coin,
                "symbol": coin.upper(),
                "snapshot_at": at,
                "price_usd": price,
                "market_cap_usd": price * 10,
                "volume_24h_usd": 1.0,
            }
            for coin, at, price in prices
        ],
    )
    evaluate(con)
    return con


def test_a16_by_hand(panel: duckdb.DuckDBPyConnection) -> None:
    # Altcoins 120 + 105 + 90 = 315 of 300; with ether 465 of 400. Bitcoin and the stablecoin do not
    # count.
    assert only(panel, "a16", "without ether%08-11")["value"] == pytest.approx(0.05)
    assert only(panel, "a16", "with ether%08-11")["value"] == pytest.approx(0.1625)
    assert only(panel, "a16", "without ether%08-11")["agrees"] is False
    assert only(panel, "a16", "with ether%08-11")["agrees"] is None


@pytest.mark.parametrize(
    ("definition", "share"),
    [
        ("fell over the week", 1 / 3),  # cardano
        ("behind bitcoin over the week", 2 / 3),  # solana, cardano
        ("behind ether over the week", 1.0),
        ("20 % or more below the high of 30 days", 1 / 3),  # ripple: 120 of 200
    ],
)
def test_a17_by_hand(panel: duckdb.DuckDBPyConnection, definition: str, share: float) -> None:
    assert only(panel, "a17", definition)["value"] == pytest.approx(share)
