"""The claims that documents decide, on the sample: verdicts and figures from the documents and by
arithmetic on published figures, and sentences in both languages.
"""

import csv
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from marketwake.base.figure_text import format_value
from marketwake.base.languages import translated
from marketwake.fact_check.claim_file import read_claim
from marketwake.fact_check.evaluation import FOLDER, Judged, judged_claim
from marketwake.fact_check.verdict import Figure
from marketwake.report.claims import claims as page_claims
from marketwake.report.text import figure_text
from marketwake.warehouse.files import Warehouse

SAMPLE = Path(__file__).parents[2] / "warehouse" / "sample"
VERDICTS = {
    "a15": ["mixed"],
    "a17": ["contradicted"],
    "a19": ["supported", "supported", "supported", "not testable", "not testable"],
    "a20": ["supported"],
    "a22": ["supported", "supported", "supported"],
    "a28": ["contradicted"],
    "a29": ["supported", "supported"],
    "a30": ["not testable"],
    "a31": ["supported", "contradicted"],
    "a32": ["not testable"],
    "b01": ["supported"],
    "b02": ["supported"],
    "b03": ["supported", "contradicted", "supported"],
    "b04": ["not testable", "not testable", "not testable"],
    "b05": ["supported", "contradicted", "not testable"],
    "b06": ["mixed", "not testable"],
    "b07": ["contradicted"],
    "b08": ["contradicted"],
    "b09": ["supported"],
    "b10": ["supported"],
    "b11": ["supported"],
    "b12": ["contradicted"],
    "b13": ["contradicted"],
    "b14": ["not testable"],
}
"""Of the parts of each claim."""


@pytest.fixture(scope="module")
def judged(sample_root: Path) -> Iterator[dict[str, Judged]]:
    with Warehouse(sample_root).reader() as con:
        yield {claim: judged_claim(con, read_claim(FOLDER / f"{claim}.sql")) for claim in VERDICTS}


def figure(judged: dict[str, Judged], claim: str, definition: str, venue: str | None) -> Figure:
    (found,) = (
        row for row in judged[claim].figures if (row.definition, row.venue) == (definition, venue)
    )
    return found


@pytest.mark.parametrize("claim", VERDICTS)
def test_the_verdicts_on_the_sample(judged: dict[str, Judged], claim: str) -> None:
    assert [finding.verdict for _, finding, _ in judged[claim].parts] == VERDICTS[claim]


@pytest.mark.parametrize(
    ("claim", "definition", "venue", "value", "vote"),
    [
        # 2 % of the 120.7 million ether in circulation, below the least that the sum stands for.
        ("a15", "companies", None, 2.4e6, "no"),
        ("a15", "later", None, 4.07e6, None),
        # 34 of the hundred largest coins beat bitcoin over the 90 days to 12 August.
        ("a17", "broad", None, 0.66, "no"),
        # Of the 27 coins of the panel 6 fell, 13 trailed bitcoin and 24 ether; 2 were a fifth down.
        ("a17", "fell", None, 6 / 27, None),
        ("a17", "behind_bitcoin", None, 13 / 27, None),
        ("a17", "behind_ether", None, 24 / 27, None),
        ("a17", "below_high", None, 2 / 27, None),
        ("a19", "employer_plans", None, 12.2e12, "yes"),
        ("a19", "plans_401k", None, 8.7e12, "yes"),
        ("a19", "funds", None, 5.3e12, "yes"),
        # The next quarter stands in for the figures that were not found.
        ("a19", "equity_funds_later", None, 3.5e12, None),
        ("a19", "mixed_funds_later", None, 1.5e12, None),
        ("a20", "product", None, 0.05 * 9e12, "yes"),
        ("a20", "of_401k", None, 0.05 * 8.7e12, None),
        # Market values of bitcoin and ether, CoinGecko at 2025-08-12 00:00 UTC.
        ("a20", "valued_on", None, 20250812, None),
        ("a20", "of_market", None, 0.45e12 / (2_364_060_561_673 + 510_225_780_028.624), None),
        ("a22", "payrolls", None, 73_000, "yes"),
        ("a22", "rise", None, 0.042 - 0.041, "yes"),
        # CME FedWatch, end of 31 July and of 1 August: 4.00 to 4.25 %.
        ("a22", "likelier", None, 0.803103 - 0.376552, "yes"),
        ("a28", "any_account", None, 0.54, "no"),
        ("a29", "cuts", None, 3, "yes"),
        ("a29", "conference", None, 20251009, "yes"),
        ("a30", "target", None, 15_000, None),
        ("a30", "podcast", None, 15_000, None),
        # The sample's last hour ends at 00:00 UTC on 23 August, which is the end of the 22nd.
        ("a30", "until", None, 20250822, None),
        # The hour from 21:00 UTC on 22 August.
        ("a30", "highest", None, 4887.59, None),
        ("a31", "enacted", None, 19781106, "yes"),
        ("a31", "permits", None, 0, "no"),
        # Contracts traded on 8, 10, 11 and 12 August over those of 3, 4, 5 and 6 August.
        (
            "a32",
            "ether",
            None,
            (195_983 + 21_840 + 278_904 + 309_286) / (9_473 + 192_666 + 207_430 + 111_422),
            None,
        ),
        (
            "a32",
            "bitcoin",
            None,
            (41_895 + 4_386 + 90_755 + 60_369) / (3_042 + 48_433 + 48_814 + 40_531),
            None,
        ),
        # 3 September 1929 and 8 July 1932.
        ("b01", "fall", "^DJI", 1 - 41.22 / 381.17, "yes"),
        ("b02", "approved", None, 19350814, "yes"),
        ("b03", "in_force", None, 19500701, "yes"),
        ("b03", "private", None, 1, "no"),
        # Matter of Saks, 202 Misc. 130 (1952), on chapter 464 of the Laws of 1950.
        ("b03", "limit", None, 0.35, "yes"),
        ("b06", "other", None, 0.39, "unclear"),
        ("b07", "average", None, 0.0129, "no"),
        ("b07", "best", None, 0.0092, "no"),
        ("b08", "covers", None, 0, "no"),
        ("b09", "funds", None, 0.26, "yes"),
        # 9 October 2007 and 9 March 2009.
        ("b09", "shares", "^GSPC", 1 - 676.53 / 1565.15, None),
        ("b10", "bureau", None, 0.249, "yes"),
        ("b10", "revised", None, 0.252, "yes"),
        ("b10", "relief", None, 0.209, None),
        # Shiller's table, October of 1929 and of 1939.
        ("b11", "change", None, 0.0225 - 0.0337, "yes"),
        ("b11", "highest", None, 0.0368, None),
        ("b11", "lowest", None, 0.0195, None),
        ("b12", "own", None, 0.35, "no"),
        ("b12", "law", None, 0.35, None),
        ("b12", "next", None, 0.10, None),
        ("b13", "law", None, 19500701, "no"),
    ],
)
def test_a_figure(
    judged: dict[str, Judged],
    claim: str,
    definition: str,
    venue: str | None,
    value: float,
    vote: str | None,
) -> None:
    found = figure(judged, claim, definition, venue)
    assert found.value == pytest.approx(value)
    assert found.vote == vote


@pytest.mark.parametrize(
    ("claim", "definition", "low", "high", "vote"),
    [
        # It lay below what the sum stands for, and two weeks later above.
        ("a15", "wide", 2.31e6, 3.57e6, "unclear"),
        # The highest and the lowest close of 12 August, both on Binance.
        ("a15", "implied", 13e9 / 4621.84, 13e9 / 4223.22, None),
        ("a15", "worth", 2.4e6 * 4223.22, 2.4e6 * 4621.84, None),
        ("a22", "expected", 104_000, 117_000, None),
        ("a30", "year_end", 7_000, 8_000, None),
        ("b13", "dated", 1950, 1964, "no"),
    ],
)
def test_a_range(
    judged: dict[str, Judged],
    claim: str,
    definition: str,
    low: float,
    high: float,
    vote: str | None,
) -> None:
    found = figure(judged, claim, definition, None)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.vote == vote


def real_return(months: list[dict[str, str]], start: int) -> float:
    """A year's real return over the 120 months after `start`, dividends reinvested every month."""
    wealth = 1.0
    for before, month in pairwise(months[start : start + 121]):
        wealth *= (float(month["close"]) + float(month["dividend"]) / 12) / float(before["close"])
    first, last = (float(months[place]["consumer_price_index"]) for place in (start, start + 120))
    return math.pow(wealth * first / last, 1 / 10) - 1


@pytest.fixture(scope="module")
def months() -> list[dict[str, str]]:
    """Shiller's months with dividends and consumer prices, from January 1871 on."""
    with (SAMPLE / "index_bar.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["dividend"]]
    assert rows[0]["session"] == "1871-01-01"
    return rows


@pytest.mark.parametrize(
    ("definition", "first", "count", "vote"),
    [
        ("new_york", (1950, 7), 1, "yes"),
        ("first_limit", (1961, 1), 12, "no"),
        ("raised_limit", (1964, 1), 12, None),
    ],
)
def test_the_decade_after_a_law(
    judged: dict[str, Judged],
    months: list[dict[str, str]],
    definition: str,
    first: tuple[int, int],
    count: int,
    vote: str | None,
) -> None:
    # From the mean of the month before.
    begun = (first[0] - 1871) * 12 + first[1] - 2
    starts = range(begun, begun + count)
    expected = [real_return(months, start) for start in starts]
    every = [real_return(months, start) for start in range(len(months) - 120)]
    shares = [(sum(other >= one for other in every) - 1) / (len(every) - 1) for one in expected]
    found = figure(judged, "b05", definition, None)
    assert (found.low, found.high) == pytest.approx((min(expected), max(expected)))
    assert found.vote == vote
    found = figure(judged, "b05", f"{definition}_rank", None)
    assert (found.low, found.high) == pytest.approx((min(shares), max(shares)))


def test_the_fifties_are_those_of_the_yearbooks(months: list[dict[str, str]]) -> None:
    # Ibbotson Associates, 2004 Yearbook, compound annual rates of the fifties: large stocks 19.4 %,
    # inflation 2.2 %. They are of closes at the ends of years; means of months differ a little.
    fifties = real_return(months, (1950 - 1871) * 12 - 1)
    assert fifties == pytest.approx(1.194 / 1.022 - 1, abs=0.005)


def test_the_evidence_of_a_return_has_dividends_and_consumer_prices(
    judged: dict[str, Judged],
) -> None:
    rows = {row.what: row.value for row in judged["b05"].evidence}
    # Shiller's table, June of 1950, one month before the law came into force.
    assert rows["SHILLER, mean of 1950-06"] == 18.74
    assert rows["dividends a year of 1950-06"] == 1.2
    assert rows["consumer prices of 1950-06"] == 23.8


def test_yields_are_printed_in_hundredths_wherever_they_stand(judged: dict[str, Judged]) -> None:
    for claim, expected in (("b07", {"1.29 %", "0.92 %"}), ("b11", {"2.25 %", "1.95 %"})):
        found = judged[claim]
        figures = {format_value(row.value or 0, row.unit) for row in found.figures}
        evidence = {format_value(row.value or 0, row.unit or "") for row in found.evidence}
        said = " ".join(sentence for *_, sentences in found.parts for sentence in sentences)
        assert expected <= figures
        assert expected <= evidence
        assert all(text in said and text.replace(" ", "") in said for text in expected)
    assert figure_text(0.0129, "yield") == "1.29\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize("claim", VERDICTS)
def test_sentences_are_there_in_both_languages(judged: dict[str, Judged], claim: str) -> None:
    found = judged[claim]
    texts = [found.claim.statement]
    for part, _, (english, chinese) in found.parts:
        texts += [part.says, *part.definitions.values()]
        texts += [part.lines[name] for name in ("reason", "otherwise") if name in part.lines]
        for said in (english, chinese):
            assert "{" not in said
        assert chinese.endswith("。")
    assert [text for text in texts if translated(text, "zh") == text] == []


@pytest.mark.parametrize("claim", VERDICTS)
def test_without_data_a_claim_is_judged_all_the_same(
    unchanged: duckdb.DuckDBPyConnection, claim: str
) -> None:
    found = judged_claim(unchanged, read_claim(FOLDER / f"{claim}.sql"))
    # What the article itself says is all that is there.
    expected = {"a20": "supported", "b12": "contradicted", "b13": "contradicted"}
    assert {finding.verdict for _, finding, _ in found.parts} == {
        expected.get(claim, "not testable")
    }


@pytest.mark.parametrize("claim", VERDICTS)
def test_what_a_claim_rests_on_has_a_source(judged: dict[str, Judged], claim: str) -> None:
    rows = judged[claim].evidence
    # Nothing was found.
    assert bool(rows) == (claim not in ("b04", "b14"))
    assert all(row.publisher and row.source and row.payload_sha256 for row in rows)


def test_the_page_has_short_figures_that_a_reader_understands(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        rows = [
            row
            for (event,) in con.execute("select distinct event from mart.claim").fetchall()
            for row in page_claims(con, event, "en")
        ]
    short = {row["claim"]: row["computed_text"].replace("\N{NO-BREAK SPACE}", " ") for row in rows}
    tested = {row["claim"]: row["tested"] for row in rows}
    assert tested["a19"] == "as far as tested: 3 of 5 parts"
    assert tested["a22"] == tested["a30"] == ""
    assert short["a30"] == ""  # no figure decides on a forecast
    # The 12.2 T USD of all plans, which is what is stated; parts of them stand below.
    assert short["a19"] == "12.2 T USD"
    assert short["b01"] == "89.2 %"
    assert short["b03"] == "35.0 %"  # the share that is stated; a word and a day stand below
    assert short["b07"] == "1.29 %"
    assert short["b11"] == ""  # what is stated is a word
    assert short["a07"] == "8 August 2025"
