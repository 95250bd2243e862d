"""The claims: evaluated, kept and read; figures of those that prices and flows decide, checked
against hand arithmetic on the published figures.
"""

import json
import math
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
from marketwake.fact_check.claim_file import read_claim
from marketwake.fact_check.evaluation import FOLDER, TABLES, evaluate
from marketwake.fact_check.reading import read_claims
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert
from tests.fact_check.claims import HEADER, SELECT, only, rows, write

IDS = [f"a{number:02}" for number in range(1, 33)] + [f"b{number:02}" for number in range(1, 15)]
FILES = sorted(FOLDER.glob("*.sql"))


# --- the files ---


def test_every_claim_of_the_articles_is_there_once() -> None:
    assert [path.stem for path in FILES] == IDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_states_what_the_seed_states(
    path: Path, unchanged: duckdb.DuckDBPyConnection
) -> None:
    claim = read_claim(path)
    assert claim.article == ("A" if claim.claim.startswith("a") else "B")
    assert unchanged.execute("select 1 from seed.event where event = ?", [claim.event]).fetchall()
    seeded = unchanged.execute(
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
        (HEADER + "select 1 as value", "it returns the columns value; expected definition, anchor"),
        (HEADER + "selec 1", "Parser Error"),
        (
            HEADER + SELECT.replace("2.0 + 2.0", "'four'"),
            "column value is VARCHAR; expected DOUBLE",
        ),
        (HEADER + SELECT.replace("'sum'", "'total'"), "the definition 'total' in the unit 'ratio'"),
        (HEADER + SELECT.replace("'ratio'", "null"), "and a unit is needed"),
        (
            HEADER + SELECT.replace("'yes'", "'perhaps'"),
            "vote 'perhaps': expected yes, no, unclear",
        ),
        (HEADER + SELECT + "where false", "the select returns no row"),
        (
            HEADER + SELECT + "union all " + SELECT,
            "more than one row for definition, anchor, venue",
        ),
        (
            HEADER + SELECT + "union all " + SELECT.replace("Coinbase", "Kraken"),
            "a part of kind arithmetic has one vote: 'sum' has 2",
        ),
        (
            HEADER.replace("arithmetic", "window")
            + SELECT.replace("null as anchor", "'dawn' as anchor"),
            "event eo-401k has no anchor 'dawn'",
        ),
        (HEADER.replace("{sum}", "{total}") + SELECT, "names total, which no part defines"),
        (
            HEADER + SELECT + "-- evidence\nselect 1 as what",
            "it returns the columns what; expected what,",
        ),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, message: str
) -> None:
    write(tmp_path / "claims", text)
    with pytest.raises(DefinitionError) as raised:
        evaluate(con, tmp_path / "claims")
    assert raised.value.what.startswith("claims/z01.sql: ")
    assert message in raised.value.what


def test_a_file_may_say_that_it_can_be_empty(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = HEADER.replace("-- unit", "-- may be empty: nothing of it was ever published\n-- unit")
    write(tmp_path / "claims", text + SELECT + "where false")
    evaluate(con, tmp_path / "claims")
    (claim,) = read_claims(con)
    assert (claim["verdict"], claim["figures"]) == ("not testable", [])


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
    assert (broken["verdict"], broken["figures"]) == ("not testable", [])
    assert broken["reason"] == f"It could not be computed: {problem}"
    assert judged["verdict"] == "supported"


EVIDENCE = """-- evidence
select 'two' as what, 2.0 as value, 'ratio' as unit, 'arithmetic' as publisher,
    'by hand' as source, null as payload_sha256, timestamptz '2025-08-07 19:44:39+00' as recorded_at
"""


def test_adding_a_file_adds_a_claim(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(
        tmp_path / "claims",
        HEADER.replace("-- reason", "-- first: mixed\n-- reason") + SELECT + EVIDENCE,
    )
    write(tmp_path / "claims", (HEADER + SELECT.replace("yes", "no")).replace("z01", "z02"), "z02")
    evaluate(con, tmp_path / "claims")
    first, second = read_claims(con)
    source = {
        "publisher": "arithmetic",
        "source": "by hand",
        "payload_sha256": None,
        "recorded_at": "2025-08-07T19:44:39+00:00",
    }
    assert first == {
        "id": "z01",
        "event": "eo-401k",
        "article": "A",
        "statement": "two and two make four",
        "statement_zh": None,
        "stated": 4.0,
        "unit": "ratio",
        "verdict": "supported",
        "agree": 1,
        "unclear": 0,
        "of": 1,
        "first_verdict": "mixed",
        "reason": "The sum is 4.00.",
        "reason_zh": "The sum is 4.00.",
        "parts": [
            {
                "says": "the sum is four",
                "kind": "arithmetic",
                "main": "sum of the two",
                "verdict": "supported",
                "agree": 1,
                "unclear": 0,
                "of": 1,
                "main_agree": 1,
                "main_unclear": 0,
                "main_of": 1,
                "first_verdict": "mixed",
                "reason": "The sum is 4.00.",
                "reason_zh": "The sum is 4.00.",
            }
        ],
        "figures": [
            {
                "part": 1,
                "role": "main",
                "anchor": None,
                "venue": "Coinbase",
                "definition": "sum of the two",
                "value": 4.0,
                "low": None,
                "high": None,
                "unit": "ratio",
                "vote": "yes",
                "note": None,
                "agrees": True,
            }
        ],
        "evidence": [{"what": "two", "value": 2.0, "unit": "ratio"} | source],
        "sources": [source],
    }
    assert (second["id"], second["verdict"]) == ("z02", "contradicted")


def test_a_quotient_by_zero_has_no_vote(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(tmp_path / "claims", HEADER + SELECT.replace("2.0 + 2.0", "1e308 * 10"))
    evaluate(con, tmp_path / "claims")
    (claim,) = read_claims(con)
    assert (claim["verdict"], claim["figures"][0]["value"], claim["figures"][0]["note"]) == (
        "not testable",
        None,
        "not a finite number",
    )


def test_without_data_every_claim_is_judged_all_the_same(con: duckdb.DuckDBPyConnection) -> None:
    assert evaluate(con) == []
    verdicts = {claim["id"]: claim["verdict"] for claim in read_claims(con)}
    assert list(verdicts) == IDS
    # Arithmetic on what the articles say needs no data.
    decided = {id_ for id_, verdict in verdicts.items() if verdict != "not testable"}
    assert decided == {"a20", "b12", "b13"}


def test_reading_claims_needs_no_heavy_import() -> None:
    slow = ("polars", "pyarrow", "prefect", "altair", "polib")
    code = (
        "import sys, marketwake.fact_check.reading; sys.exit(any(name in sys.modules for name "
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


@pytest.mark.parametrize(
    ("verdict", "claims"),
    [
        ("supported", "a02 a04 a07 a08 a09 a10 a12 a13 a14 a18 a27"),
        ("mostly supported", "a03 a06 a25 a26"),
        ("mixed", "a11"),
        ("mostly contradicted", "a01 a05"),
        ("contradicted", "a21 a24"),
        ("not testable", "a16 a23"),
    ],
)
def test_verdicts_that_follow_from_the_figures_below(
    verdicts: dict[str, dict[str, Any]], verdict: str, claims: str
) -> None:
    assert {id_: verdicts[id_]["verdict"] for id_ in claims.split()} == dict.fromkeys(
        claims.split(), verdict
    )


def test_every_claim_reads_as_json_and_rests_on_rows(verdicts: dict[str, dict[str, Any]]) -> None:
    assert list(verdicts) == IDS
    json.dumps(list(verdicts.values()), allow_nan=False)
    # A forecast and a cause may have nothing to rest on, and arithmetic its figures alone.
    without = {id_ for id_, claim in verdicts.items() if not claim["sources"]}
    assert all(
        part["kind"] in {"cause", "forecast", "arithmetic"} or part["verdict"] == "not testable"
        for id_ in without
        for part in verdicts[id_]["parts"]
    )


def test_an_anchor_that_cannot_be_meant_never_votes(sample: duckdb.DuckDBPyConnection) -> None:
    voting = sample.execute(
        "select distinct anchor from mart.claim_figure where vote is not null and anchor is not "
        "null and claim like 'a%' order by anchor"
    ).fetchall()
    assert voting == [("confirmed",), ("day",), ("report",), ("signing",)]


def test_windows_are_shown_from_every_anchor_on_both_venues(
    sample: duckdb.DuckDBPyConnection,
) -> None:
    anchors = {
        "leak",
        "day",
        "report",
        "report_late",
        "signing",
        "confirmed",
        "text",
        "publication",
    }
    for claim in ("a01", "a02", "a05", "a11"):
        shown = {(row["anchor"], row["venue"]) for row in rows(sample, claim) if row["anchor"]}
        assert shown == {(anchor, venue) for anchor in anchors for venue in ("Coinbase", "Binance")}


def test_the_same_data_give_the_same_tables(sample_root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes((sample_root / "market.duckdb").read_bytes())
    with duckdb.connect(copy) as con:
        con.execute("set timezone = 'UTC'")
        before = [con.execute(f"select * from mart.{table}").fetchall() for table in TABLES]
        evaluate(con)
        assert [con.execute(f"select * from mart.{table}").fetchall() for table in TABLES] == before


# Closes of the hourly bars that end at the instant, as Coinbase and Binance published them: BTC.
@pytest.mark.parametrize(
    ("anchor", "venue", "value", "vote"),
    [
        ("day", "Coinbase", 117515.49 / 115028.83 - 1, "yes"),  # 2.16 %
        ("day", "Binance", 117472.01 / 114992.27 - 1, "yes"),
        ("report", "Coinbase", 116712.13 / 115081.16 - 1, "no"),  # 1.42 %, from 11:00 less
        ("report", "Binance", 116685.17 / 115062.19 - 1, "no"),
        ("signing", "Coinbase", 116212.94 / 116732.65 - 1, "no"),  # -0.45 %
        ("signing", "Binance", 116207.69 / 116689.81 - 1, "no"),
        ("confirmed", "Coinbase", 116533.35 / 116596.43 - 1, "no"),  # from the close of 19:00
    ],
)
def test_a01(
    sample: duckdb.DuckDBPyConnection, anchor: str, venue: str, value: float, vote: str
) -> None:
    row = only(sample, "a01", anchor=anchor, venue=venue)
    assert row["value"] == pytest.approx(value, abs=1e-12)
    assert row["vote"] == vote


def test_a01_moves_with_the_hour_of_signing(
    sample: duckdb.DuckDBPyConnection, verdicts: dict[str, dict[str, Any]]
) -> None:
    row = only(sample, "a01", anchor="signing", venue="Coinbase")
    # Of the closes of 16:00 to 19:00 the first is worst and that of 17:00 best.
    assert row["low"] == row["value"]
    assert row["high"] == pytest.approx(116467.80 / 116225.54 - 1, abs=1e-2)
    assert (verdicts["a01"]["agree"], verdicts["a01"]["of"]) == (2, 8)
    assert verdicts["a01"]["reason"].startswith("Over 24 hours bitcoin moved by -0.4 to +2.2 %")


@pytest.mark.parametrize(
    ("claim", "venue", "ratio"),
    [
        # Volume of the UTC days 7 and 6 August: 30 and 38 % more bitcoin, 74 and 73 % more ether.
        ("a02", "Coinbase", 5804.239608 / 4481.394747),
        ("a02", "Binance", 13468.56263 / 9761.15318),
        ("a05", "Coinbase", 215879.453643 / 123751.957848),
        ("a05", "Binance", 631678.9872 / 365309.9205),
    ],
)
def test_volume_against_the_day_before(
    sample: duckdb.DuckDBPyConnection, claim: str, venue: str, ratio: float
) -> None:
    row = only(sample, claim, "volume of the 24 hours after%", anchor="day", venue=venue)
    assert row["value"] == pytest.approx(ratio, rel=1e-6)
    # More than one ordinary window in ten had as much: no clear rise, and no marked one.
    assert row["vote"] == ("yes" if claim == "a02" else "no")


def test_a03(sample: duckdb.DuckDBPyConnection) -> None:
    flow = only(sample, "a03", "net flow of the session%", anchor="signing")
    assert flow["value"] == pytest.approx(277.4e6)
    # 6, 5, 4, 1 August and 31 July: 91.6 - 196.2 - 323.5 - 812.3 - 114.8 = -1355.2; a fifth is
    # -271.04
    change = only(sample, "a03", "net flow less%", anchor="signing")
    assert change["value"] == pytest.approx((277.4 + 271.04) * 1e6)
    # Of the 30 sessions before (from 25 June) eleven took more: 547.7, 501.2, 407.8, 601.8, 1175.6,
    # 1029.6, 297.4, 403.1, 799.4, 522.6, 363.5 M.
    assert flow["note"] == "37 % of the 30 sessions before had as much"
    assert (flow["vote"], change["vote"]) == ("yes", "no")
    assert only(sample, "a03", "traded volume%", anchor="signing")["vote"] is None


def test_a03_by_traded_volume_where_bars_of_the_funds_are_held(
    sample_root: Path, tmp_path: Path, insert: Insert
) -> None:
    # Two funds; sessions at 100 x 50 + 10 x 100 = 6000 dollars, at last 110 x 60 + 10 x 80 = 7400:
    # 1.2333 times the mean of five.
    shutil.copyfile(sample_root / "writer.duckdb", tmp_path / "writer.duckdb")
    traded = [("IBIT", 50.0, 100), ("FBTC", 100.0, 10)], [("IBIT", 60.0, 110), ("FBTC", 80.0, 10)]
    with Warehouse(tmp_path).writer() as con:
        sessions = con.execute(
            "select session from mart.etf_flow_daily where asset = 'BTC' and session between "
            "'2025-06-01' and '2025-08-07' order by session"
        ).fetchall()
        insert(
            con,
            "etf_bar",
            [
                {"ticker": ticker, "session": session, "close_usd": close, "volume_shares": shares}
                for (session,) in sessions
                for ticker, close, shares in traded[f"{session}" == "2025-08-07"]
            ],
        )
        evaluate(con)
        found = only(con, "a03", "traded volume%", anchor="signing")
    assert found["value"] == pytest.approx(7400 / 6000)
    assert found["vote"] == "no"  # no session of the 30 before had as much


@pytest.mark.parametrize(("claim", "day"), [("a04", 20250811), ("a07", 20250808)])
def test_levels_are_broken_on_both_venues_on_the_day(
    sample: duckdb.DuckDBPyConnection, claim: str, day: int
) -> None:
    found = [row for row in rows(sample, claim) if row["vote"]]
    assert len(found) == 4
    assert {(row["value"], row["unit"], row["vote"]) for row in found} == {(day, "yyyymmdd", "yes")}


def test_a04_knows_that_the_level_was_not_new(sample: duckdb.DuckDBPyConnection) -> None:
    # BTC had traded up to 123,231 on Coinbase on 14 July.
    assert only(sample, "a04", "last trade%", venue="Coinbase")["value"] == 20250714


def test_a06(sample: duckdb.DuckDBPyConnection) -> None:
    midnight = only(sample, "a06", "price at the start%", venue="Coinbase")
    price = only(sample, "a06", "price from%", venue="Coinbase")
    before = only(sample, "a06", "prices of%", venue="Coinbase")
    # 2 % above 3,600 is 3,672: at 10:00 ether stood higher, in the 24 hours before lower, too.
    assert (midnight["low"], midnight["vote"]) == (3683.80, None)
    assert (price["low"], price["vote"]) == (3732.63, "no")
    assert before["low"] < 3672
    assert before["vote"] == "yes"


def test_a08(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a08", "prices%", venue="Coinbase")
    assert (row["value"], row["low"], row["high"]) == (None, 4219.92, 4638.0)


def test_a09(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a09", "%to the day of publication", anchor="day", venue="Coinbase")
    assert row["value"] == pytest.approx(
        (4224.48 / 118701.84) / (3683.80 / 115028.83) - 1, abs=1e-12
    )
    day = only(sample, "a09", "gain over bitcoin in 24 hours", anchor="day", venue="Coinbase")
    assert day["value"] == pytest.approx(
        (3911.28 / 117515.49) / (3683.80 / 115028.83) - 1, abs=1e-12
    )


def test_a10_names_the_summands_and_the_next_pair(
    sample: duckdb.DuckDBPyConnection, verdicts: dict[str, dict[str, Any]]
) -> None:
    pair = only(sample, "a10", "%of the order and the next")
    following = only(sample, "a10", "%a day later")
    assert pair["value"] == pytest.approx((222.3 + 461.0) * 1e6)
    assert pair["note"] == "222.3 M USD on 08-07 + 461.0 M USD on 08-08"
    assert following["value"] == pytest.approx((461.0 + 1018.8) * 1e6)
    assert following["vote"] is None
    shown = [(row["what"], row["value"] / 1e6) for row in verdicts["a10"]["evidence"]]
    assert shown == [
        ("ETH funds, session of 2025-08-07", pytest.approx(222.3)),
        ("ETH funds, session of 2025-08-08", pytest.approx(461.0)),
        ("ETH funds, session of 2025-08-11", pytest.approx(1018.8)),
    ]
    assert {row["publisher"] for row in verdicts["a10"]["sources"]} == {"Farside Investors"}
    assert all(len(row["payload_sha256"]) == 64 for row in verdicts["a10"]["sources"])


def test_a11(sample: duckdb.DuckDBPyConnection) -> None:
    # From midnight ETH closes 1 % up (3,720.64) at 09:00 and 2 % (3,757.48) at 11:00, BTC
    # (116,179.12, 117,329.41) at 11:00 and 20:00.
    assert only(sample, "a11", "%a move of 1 %", anchor="day", venue="Coinbase")["value"] == 2
    assert only(sample, "a11", "%a move of 2 %", anchor="day", venue="Coinbase")["value"] == 9
    rose = only(sample, "a11", "the smaller%", anchor="signing", venue="Coinbase")
    assert rose["value"] == pytest.approx(116212.94 / 116732.65 - 1)
    assert rose["vote"] == "unclear"  # from 17:00 both rose
    # From 10:00 both are 1 % up at the close of 11:00: no telling who was first.
    tie = only(sample, "a11", "%a move of 1 %", anchor="report", venue="Coinbase")
    assert (tie["value"], tie["vote"]) == (0, "unclear")


def test_a12(sample: duckdb.DuckDBPyConnection) -> None:
    # August contract, expiry 29 August 15:00 UTC. Midnight after the 7th: 21.625 days, METQ5 3,940;
    # Friday ends at 21:00 UTC, 20.75 days before: joined to spot of that hour it is 10.4 %, joined
    # to spot at midnight it would be 31.7 %.
    front = only(sample, "a12", "front month against dollar spot%", venue="Coinbase")
    assert front["low"] == pytest.approx((4082.5 / 4058.57 - 1) * 365 / 20.75)
    assert front["high"] == pytest.approx((3940 / 3911.28 - 1) * 365 / 21.625)
    above = only(sample, "a12", "premium of ether less%", venue="Coinbase")
    thursday = (3940 / 3911.28 - 118190 / 117515.49) * 365 / 21.625
    assert above["low"] == pytest.approx(thursday)
    # Spot in a stablecoin is shown, and Sunday evening of the 10th is thin.
    assert only(sample, "a12", "%stablecoin")["vote"] is None
    assert only(sample, "a12", "those days", venue="Coinbase")["value"] == 3


def test_a13(sample: duckdb.DuckDBPyConnection) -> None:
    row = only(sample, "a13", "change over the seven days%", venue="Coinbase")
    assert row["value"] == pytest.approx((4224.48 / 118701.84) / (3720.87 / 115051.85) - 1)
    assert only(sample, "a13", "volume of the pair%")["vote"] is None


def test_a14(sample: duckdb.DuckDBPyConnection) -> None:
    # The flow of 11 August, 1,018.8 M USD, was public on the 12th at 05:00 UTC.
    year = only(sample, "a14", "net flow of the year%")
    assert year["high"] - year["low"] == pytest.approx((461.0 + 1018.8) * 1e6)
    assert only(sample, "a14", "the same to the session of the order")["value"] == year["low"]
    assert year["low"] == pytest.approx(6.712e9, abs=1e6)


def test_a18(sample: duckdb.DuckDBPyConnection) -> None:
    # Ends of the 7th, 8th and 11th: 91.8621, 88.8621 and 85.8621 %; the 12th was public afterwards.
    cut = only(sample, "a18", "probability of a cut%")
    assert (cut["low"], cut["high"], cut["vote"]) == (0.858621, 0.918621, "yes")
    assert cut["note"] == "within one point on 1 of 3 days"
    assert only(sample, "a18", "probability of the cut%")["value"] == 0.888621


def test_a21(verdicts: dict[str, dict[str, Any]]) -> None:
    assert [part["verdict"] for part in verdicts["a21"]["parts"]] == [
        "contradicted",
        "not testable",
    ]


def test_a23(sample: duckdb.DuckDBPyConnection) -> None:
    # Sessions of 7, 8 and 11 August.
    bitcoin, ether = 277.4 + 403.9 + 178.1, 222.3 + 461.0 + 1018.8
    assert only(sample, "a23", "net flow of the bitcoin%")["value"] == pytest.approx(bitcoin * 1e6)
    assert only(sample, "a23", "net flow of the ether%")["value"] == pytest.approx(ether * 1e6)


def test_a26(sample: duckdb.DuckDBPyConnection) -> None:
    # From midnight to the 12th 118,701.84 / 115,028.83, of that in the first day 117,515.49.
    row = only(sample, "a26", "share%", anchor="day", venue="Coinbase")
    whole, first = math.log(118701.84 / 115028.83), math.log(117515.49 / 115028.83)
    assert row["value"] == pytest.approx(1 - first / whole)


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
    # count. Only the last of the three weeks has moved.
    without, with_ether = (
        only(panel, "a16", "the same without%"),
        only(panel, "a16", "large coins%"),
    )
    assert (without["low"], without["high"]) == (0, pytest.approx(0.05))
    assert (with_ether["low"], with_ether["high"]) == (0, pytest.approx(0.1625))
    assert {row["role"] for row in rows(panel, "a16")} == {"proxy"}
