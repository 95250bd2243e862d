"""The report's page: complete, self-contained, escaped, the same every time, and in words that
people read.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.report import study as sure
from marketwake.report import text
from marketwake.report.page import render, write_report
from marketwake.warehouse.files import Warehouse

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


@pytest.fixture(scope="module")
def warehouse(
    _built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A few rows of every kind that the page shows, around the order of 7 August 2025 and the crash
    of 1929. Not to be changed.
    """
    root = tmp_path_factory.mktemp("report")
    shutil.copyfile(_built, root / "writer.duckdb")
    with Warehouse(root).writer() as con:
        fill(con)
        yield con


@pytest.fixture(scope="module")
def page(warehouse: duckdb.DuckDBPyConnection) -> str:
    """The page of the order, which carries the claims."""
    return render(warehouse, "eo-401k")


@pytest.fixture(scope="module")
def crash(warehouse: duckdb.DuckDBPyConnection) -> str:
    """A page without claims and without hourly data."""
    return render(warehouse, "crash-1929")


def fill(con: duckdb.DuckDBPyConnection) -> None:
    for venue, quote in (("Coinbase", "USD"), ("Binance", "USDT")):
        for asset, price in (("BTC", 115_000), ("ETH", 3_700)):
            con.execute(
                "insert into mart.spot_hourly by name select ? as venue, ? || '/' || ? as symbol, "
                "? as asset, ? as quote, opened_at,"
                " opened_at + interval 1 hour as closed_at, ? + hour as close from (select hour, "
                "timestamptz '2025-07-15 00:00+00'"
                " + hour * interval 1 hour as opened_at from range(900) as t(hour))",
                [venue, asset, quote, asset, quote, price],
            )
    con.execute(
        "insert into mart.etf_flow_daily by name select * from (values ('ETH', date '2025-08-07', "
        "222.3e6),"
        " ('ETH', date '2025-08-08', 461e6), ('BTC', date '2025-08-07', -3e6)) as t(asset, "
        "session, net_flow_usd)"
    )
    for table, extra in (
        ("futures_basis", "true as is_front_month"),
        ("basis_constant_maturity", "30 as tenor_days"),
    ):
        con.execute(
            f"insert into mart.{table} by name select 'test' as vendor, root, asset, 'last_trade' "
            "as price_kind, 'Coinbase' as venue,"
            f" day, cast(day as timestamptz) as observed_at, 0.1 as annualised_basis, {extra} "
            "from (values ('MBT', 'BTC'), ('MET', 'ETH'))"
            " as t(root, asset) cross join (values (date '2025-08-07'), (date '2025-08-08')) as "
            "d(day)"
        )
    response = (
        "('eo-401k', ?, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 10, ?, 24, 0, true, 'test')"
    )
    for anchor, instant, is_nominal, value, rank in (
        ("signing", "2025-08-07 16:00+00", True, -0.0042, 0.5),
        ("signing", "2025-08-07 17:00+00", False, 0.003, 0.5),
        ("day", "2025-08-07 00:00+00", True, 0.0221, 0.04),
    ):
        con.execute(
            f"insert into mart.event_response values {response}",
            [
                anchor,
                instant,
                is_nominal,
                "Coinbase",
                "BTC",
                "return",
                24,
                "hour",
                value,
                "fraction",
                rank,
            ],
        )
    con.execute(
        "insert into mart.event_response by name select * replace "
        "(120 as window_length, null as value, 96 as missing, false as is_complete) "
        "from mart.event_response where anchor = 'day'"
    )
    for anchor, instant in (("day", "2025-08-07 00:00+00"), ("report", "2025-08-07 10:00+00")):
        con.execute(
            f"insert into mart.event_response values {response}",
            [
                anchor,
                instant,
                True,
                "US spot ETFs",
                "ETH",
                "net_flow_usd",
                2,
                "session",
                683.3e6,
                "usd",
                0.25,
            ],
        )
    con.execute(
        "insert into mart.claim by name select claim, 'eo-401k' as event, article, statement, "
        "stated, unit, theme, verdict, agree, 0 as unclear, votes as of, first as first_verdict, "
        "reason, reason as reason_zh, 'select 1' as query from (values "
        "('a01', 'A', 'BTC rose <b>about</b> 2 %', '0.02', 'fraction', 'prices', 'mixed', 1, 2, "
        "'supported', 'Here and there.'),"
        " ('a10', 'A', 'ETH funds took 680 million', '680000000', 'usd', 'funds', 'supported', "
        "1, 1, null, 'Agrees & so on.'),"
        " ('b06', 'B', 'Pensions held much', 'much', 'fraction', 'other', 'not testable', 0, 0, "
        "null, 'No data.'),"
        " ('b07', 'B', 'Yields fell', '0.012', 'fraction', 'rates', 'mostly contradicted', 0, 1, "
        "null, 'Disagrees.')) as judged(claim, article, statement, stated, unit, theme, verdict, "
        "agree, votes, first, reason)"
    )
    con.execute(
        "insert into mart.claim_part by name select claim, 1 as part, statement as says, 'window' "
        "as kind, 'return over 24 hours' as main, verdict, agree, unclear, of, agree as "
        "main_agree, unclear as main_unclear, of as main_of, first_verdict, reason, reason_zh "
        "from mart.claim"
    )
    con.execute(
        "insert into mart.claim_evidence values ('a10', 1, 'ETH funds, session of 2025-08-07', "
        "222300000, 'usd', 'Farside Investors', 'net flow of 9 US spot funds', 'abcdef0123456789', "
        "timestamptz '2025-09-01 06:00+00')"
    )
    con.execute(
        "insert into mart.claim_figure values"
        " ('a01', 1, 1, 'main', 'day', 'Coinbase', 'return over 24 hours', 0.0221, 0.0221, 0.0221, "
        "'fraction', 'yes', null),"
        " ('a01', 2, 1, 'main', 'signing', 'Coinbase', 'return over 24 hours', -0.0042, -0.0042, "
        "-0.0042, 'fraction', 'no', 'midday'),"
        " ('a01', 3, 1, 'main', 'leak', 'Coinbase', 'return over 24 hours', -0.5, null, null, "
        "'fraction', null, 'not yet an order'),"
        " ('a10', 1, 1, 'main', 'day', 'US spot ETFs', 'two sessions', 683300000, null, null, "
        "'usd', 'yes', null),"
        " ('b06', 1, 1, 'main', null, null, 'share', null, null, null, 'fraction', null, "
        "'no data'),"
        " ('b07', 1, 1, 'main', null, null, 'lowest yield', 0.0151, null, null, 'fraction', 'no', "
        "null)"
    )
    con.execute(
        "insert into mart.coverage by name select 'spot_bar' as dataset, 'Coinbase BTC/USD' as "
        "series, '1h' as \"interval\","
        " timestamptz '2025-07-15 00:00+00' as first_at, timestamptz '2025-08-21 00:00+00' as "
        "last_at, "
        " 1000 as expected, 994 as present, 6 as missing"
    )
    con.execute(
        "insert into raw.index_bar by name select 'SHILLER' as symbol, '1mo' as bar_interval, 20 "
        "as close, 'test' as payload_sha256,"
        " timestamptz '2025-09-01 00:00+00' as recorded_at, cast(unnest(generate_series(date "
        "'1928-01-01', date '1930-12-01',"
        " interval 1 month)) as date) as session"
    )


def plain(page: str) -> str:
    """The page's words without its marks, spaces joined."""
    body = re.sub(
        r"<style>.*?</style>|<script.*?</script>|<svg.*?</svg>", "", page, flags=re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace(NBSP, " "))


def drawer(page: str, claim: str) -> str:
    """The words of a claim's drawer."""
    block = page[re.search(f'<details class="claim [a-z-]+" id="{claim}">', page).start() :]  # type: ignore[union-attr]
    return plain(block.split('<details class="claim')[1])


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    assert not re.search(r"<[a-z][^>]*\ssrc\s*=|@import|url\((?!#)", page)
    links = re.findall(r'href="([^"]*)"', page)
    assert {link for link in links if not link.startswith("#")} == {
        "index.html",
        "eo-401k.zh.html",
    }
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_claims_stand_by_theme_with_verdict_figures_rows_and_query(page: str) -> None:
    words = plain(page)
    order = [words.index(title) for title in ("Prices", "Funds and companies", "Interest rates")]
    assert order == sorted(order)
    assert "1 right 1 mixed 1 mostly wrong 1 cannot be tested" in words
    told = drawer(page, "a10")
    assert "ETH funds took 680 million Agrees &amp; so on. right 683.3 M USD Agrees &amp;" in told
    assert "ETH funds, session of 2025-08-07 222.3 M USD Farside Investors" in told
    assert "1 September 2025, 06:00 UTC abcdef012345" in told
    assert "select 1" in told
    assert "marketwake sql --claim a10" in told


def test_the_short_figure_is_the_range_of_the_votes(page: str) -> None:
    told = drawer(page, "a01")
    # -0.42 % and 2.21 % vote; the -50 % of the leak does not.
    assert f"mixed as first defined: right {MINUS}0.4 to +2.2 % Here and there." in told
    assert "1 of 2 agree; as first defined: right." in told
    assert f"return over 24 hours {MINUS}50.0 % {NONE} leak Coinbase not yet an order" in told


def test_figures_are_dots_beside_what_is_stated(page: str) -> None:
    # From -50 to 2.21 %, with 4 % of the width free at either end: 2 % stands at
    # 4 + 92 * 52 / 52.21 = 95.63, and -0.42 % at 4 + 92 * 49.58 / 52.21 = 91.37.
    block = page[page.index('id="a01"') : page.index('id="a10"')]
    assert '<s style="left:95.63%"></s>' in block
    places = re.findall(r'<i style="left:([0-9.]+)%"( class="counts")?>', block)
    assert places == [
        ("96.0", ' class="counts"'),
        ("91.37", ' class="counts"'),
        ("4.0", ""),
    ]
    told = drawer(page, "a01")
    assert "Red line: stated, +2.0 %; filled: counts; hollow: only shown." in told


def test_what_comes_from_the_warehouse_is_escaped(page: str) -> None:
    assert "BTC rose &lt;b&gt;about&lt;/b&gt; 2" in page
    assert "<b>about" not in page
    assert "Agrees &amp; so on." in page


def test_anchors_are_listed_with_their_precision(page: str) -> None:
    words = plain(page)
    assert "signing 7 August 2025, 16:00 UTC 16:00 to 19:44 UTC yes" in words
    assert "leak 18 July 2025 17 July 2025 00:00 to 18 July 2025 02:49 UTC no" in words


def test_the_day_is_shown_hour_by_hour(page: str) -> None:
    words = plain(page)
    assert "7 August 2025, hour by hour" in words
    # Prices grow by a dollar an hour, and stand at 115,551 and 4,251 after 23 days: 10/115,551 and
    # 10/4,251; five dollars from 19:00 on.
    assert "00-10 +0.01 % +0.24 % start of the day" in words
    assert "19-24 0.00 % +0.12 % signing, confirmed" in words
    # The rows of this warehouse have closes only: no hour is the largest.
    assert "moved most" not in words


def test_windows_show_range_and_rank_and_mark_the_unusual(page: str) -> None:
    words = plain(page)
    assert (
        f"from the signing (7 August 2025, 16:00 UTC) bitcoin Coinbase {MINUS}0.4 % "
        f"{MINUS}0.4 to +0.3 % 50 %" in words
    )
    assert f'<td class="number unusual">+2.2{NBSP}%<span class="sub">4{NBSP}%</span></td>' in page
    # 96 of the 120 hours are missing: the window is named, and has no column of its own.
    assert ">24 h</th></tr>" in page
    assert "Not shown, as no such window is held in full: 120 h." in words
    # The flows of 'day' and 'report' are those of one session: one group.
    assert (
        "from the start of the day (7 August 2025), from the news (7 August 2025, 10:00 UTC) "
        "ether US spot ETFs +683.3 M USD 25 %" in words
    )


def test_gaps_and_their_place_are_named(page: str) -> None:
    words = plain(page)
    assert (
        "6 of 1,000 expected rows are not held; nothing is filled in. Of these 6 are hourly prices."
        in words
    )
    assert "hourly prices 1 15 July 2025 21 August 2025 1,000 994 6" in words
    assert "Series with holes" in words


def test_an_event_without_hourly_data_has_no_empty_part(crash: str) -> None:
    words = plain(crash)
    assert "What was written" not in words
    assert "How unusual was it?" not in words
    assert "Where did the money go?" not in words
    assert "No data around this event: hourly prices" in words


def test_an_empty_warehouse_gives_a_page_that_says_so(con: duckdb.DuckDBPyConnection) -> None:
    words = plain(render(con, "eo-401k"))
    assert "The warehouse holds no series." in words
    assert "The warehouse is empty." in words


def test_the_sample_is_named_as_such(con: duckdb.DuckDBPyConnection) -> None:
    def words_after_loading(source: str) -> str:
        con.execute(
            "insert into ops.load by name select ? as receipt_id, 'r' as run_id, ? as source, 'x' "
            "as dataset, 'x' as request,"
            " timestamptz '2025-09-01 00:00+00' as landed_at, 'loaded' as status, 0 as rows_read, "
            "0 as rows_accepted, 0 as rows_rejected,"
            " 0 as rows_new, 0 as rows_restated, 0 as rows_unchanged, 0 as rows_held",
            [source, source],
        )
        return plain(render(con, "erisa-1974"))

    said = "Computed on the sample of published figures that comes with marketwake."
    assert said in words_after_loading("sample")
    assert said not in words_after_loading("archive")


def test_both_languages_tell_the_same_with_their_own_numbers(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    page = render(warehouse, "eo-401k", "zh")
    assert '<html lang="zh-Hans">' in page
    assert 'href="eo-401k.html"' in page
    told = drawer(page, "a10")
    assert "6.833 亿美元" in told
    assert "2025年9月1日 06:00" in told


def test_the_same_warehouse_gives_the_same_bytes(
    warehouse: duckdb.DuckDBPyConnection, page: str, tmp_path: Path
) -> None:
    path = write_report(warehouse, "eo-401k", tmp_path / "reports")
    assert path == tmp_path / "reports" / "eo-401k.html"
    assert path.read_text(encoding="utf-8") == page
    assert {found.name for found in path.parent.iterdir()} == {"eo-401k.html", "eo-401k.zh.html"}


def test_an_unknown_event_is_named_and_writes_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match=r"no event '\.\./x'") as caught:
        write_report(con, "../x", tmp_path / "reports")
    assert "eo-401k" in caught.value.fix
    assert not (tmp_path / "reports").exists()


def test_a_folder_that_cannot_be_written_is_an_error(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "reports").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(WarehouseError, match=r"report .*erisa-1974.zh.html cannot be written"):
        write_report(con, "erisa-1974", tmp_path / "reports")


@pytest.mark.parametrize(
    ("value", "unit", "signed", "shown"),
    [
        (0.0221, "fraction", True, "+2.2 %"),
        (-0.0042, "fraction", True, f"{MINUS}0.4 %"),
        (-0.0004, "fraction", True, "0.0 %"),
        (0.884, "fraction", False, "88.4 %"),
        (683.3e6, "usd", False, "683.3 M USD"),
        (-6.7e9, "usd", False, f"{MINUS}6.7 B USD"),
        (4299.0, "usd", False, "4,299 USD"),
        (20250808.0, "yyyymmdd", False, "8 August 2025"),
        (1935.0, "year", False, "1935"),
        (None, "usd", False, NONE),
    ],
)
def test_figures_read_as_people_write_them(
    value: float | None, unit: str, signed: bool, shown: str
) -> None:
    assert text.figure_text(value, unit, signed).replace(NBSP, " ") == shown


def test_ranges_name_their_unit_once() -> None:
    assert (
        text.range_text([0.05, None, -0.01], "fraction", True).replace(NBSP, " ")
        == f"{MINUS}1.0 to +5.0 %"
    )
    assert (
        text.range_text([965.6e6, 1.012e9], "usd").replace(NBSP, " ")
        == "965.6 M USD to 1.012 B USD"
    )
    assert text.range_text([0.0101, 0.0102], "fraction").replace(NBSP, " ") == "1.0 %"
    assert text.range_text([None], "usd") == NONE


def test_shares_that_are_small_are_not_nothing() -> None:
    shares = [0.0, 0.001, 0.126, 0.995, 1.0]
    assert [text.share_text(share).replace(NBSP, " ") for share in shares] == [
        "0 %",
        "< 1 %",
        "13 %",
        "> 99 %",
        "100 %",
    ]


def test_stated_words_stay_words() -> None:
    assert text.stated_text("no rise", "fraction") == "no rise"
    assert text.stated_text("0.02", "fraction", True) == f"+2.0{NBSP}%"
    assert text.stated_text(None, None) == NONE


def test_numbers_stay_with_their_unit() -> None:
    assert text.joined("about 2 % of 9 T USD, not 3,600 USD or 2 anchors") == (
        f"about 2{NBSP}% of 9{NBSP}T{NBSP}USD, not 3,600{NBSP}USD or 2 anchors"
    )


def test_clocks_are_told_to_their_precision() -> None:
    at = datetime(2025, 8, 7, 16, tzinfo=UTC)
    assert [text.known_text(at, precision) for precision in ("minute", "hours", "day", "year")] == [
        "7 August 2025, 16:00 UTC",
        "7 August 2025, 16:00 UTC",
        "7 August 2025",
        "2025",
    ]
    midnight = at.replace(hour=0)
    day = timedelta(days=1)
    assert text.span_text(at, at, "minute") == "known to the minute"
    assert text.span_text(midnight, midnight, "day") == "taken as 00:00 UTC"
    assert text.span_text(at, at + timedelta(hours=4), "hours") == "16:00 to 20:00 UTC"
    assert text.span_text(midnight, midnight + day, "day") == "7 August 2025"
    assert text.span_text(midnight, midnight + 2 * day, "day") == "7 Aug to 8 August 2025"
    assert text.span_text(at, at + day, "hours") == "7 August 2025 16:00 to 8 August 2025 16:00 UTC"
    assert (
        text.span_text(datetime(1950, 1, 1, tzinfo=UTC), datetime(1950, 12, 31, tzinfo=UTC), "year")
        == "any day of 1950"
    )
    assert text.instant_text(at) == "7 Aug, 16:00 UTC"


def test_a_window_with_a_hole_is_no_move(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "anchor": "day",
        "instrument": "BTC",
        "before": None,
        "after": 0.01,
        "share_before": None,
        "p_before": None,
        "p_after": 0.5,
    }
    monkeypatch.setattr(sure, "rows", lambda *_, **__: [found])
    (row,) = sure.anticipation(duckdb.connect(), "eo-401k")
    # exp(0.01) - 1 = 1.005 %
    assert (row["before"], row["after"]) == ("-", "+1.0 %")
