"""Charts: what is drawn where, what they say and what is read from them, and that they can be
inlined in a page.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair
import duckdb
import jinja2
import polars as pl
import pytest
from altair.utils.schemapi import validate_jsonschema
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base import languages
from marketwake.base.figure_text import LANGUAGES, Language
from marketwake.base.languages import catalogue
from marketwake.report import picture, tables
from marketwake.report.drawing import clock
from marketwake.report.drawing.breadth import breadth
from marketwake.report.drawing.every import NEEDED, makers, missing
from marketwake.report.drawing.grammar import SHEETS, Drawn, fitted, spread
from marketwake.report.drawing.two_days import two_days
from marketwake.report.drawing.words import money, move
from marketwake.report.palette import PALETTE
from marketwake.report.picture import Picture, Table, View, view
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert

NBSP, MINUS, NONE = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}", "\N{EN DASH}"
SPAN = (datetime(2025, 8, 6, tzinfo=UTC), datetime(2025, 8, 10, tzinfo=UTC))
NOTHING = '<svg><g transform="translate(0,0)"></g></svg>'
Pictures = dict[str, Picture]


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 8, day, hour, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(sample_root).reader() as con:
        yield con


def drawn(
    con: duckdb.DuckDBPyConnection,
    event: str,
    language: Language = "en",
) -> Pictures:
    anchors = tables.frame(
        con, "select * from seed.anchor where event = $event order by all", event=event
    )
    news = tables.confounders(con, event)
    every = makers(con, event, anchors, news, language)
    made = {name: make() for name, make in every.items()}
    return {name: one for name, one in made.items() if one}


@pytest.fixture(scope="module")
def order(sample: duckdb.DuckDBPyConnection) -> Pictures:
    """Every picture of the order, on the sample."""
    return drawn(sample, "eo-401k")


@pytest.fixture
def anchors() -> pl.DataFrame:
    """The order's clocks, and its publication, which lies outside of `SPAN`."""
    return pl.DataFrame(
        {
            "anchor": ["report", "signing", "confirmed", "publication"],
            "nominal_at": [at(7, 10), at(7, 16), at(7, 20), at(12)],
            "earliest_at": [at(7, 10), at(7, 16), at(7, 20), at(12)],
            "latest_at": [at(7, 11), at(7, 20), at(7, 20), at(13)],
            "is_candidate": [True, True, True, False],
            "how_seen": ["computed", "in full", "in full", "in full"],
        }
    )


def shown(text: str) -> str:
    return text.replace(NBSP, " ")


def data_of(made: View) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.data)
    return found


def layers(made: View, mark: str) -> list[dict[str, Any]]:
    """The layers with a mark, of all panels."""
    spec = data_of(made)["spec"]
    panels = spec.get("vconcat", [spec])
    return [one for panel in panels for one in panel["layer"] if one["mark"]["type"] == mark]


def rows_of(layer: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = layer["data"]["values"]
    return rows


# What they say


def test_flows_of_the_funds_are_summed_over_the_sessions(order: Pictures) -> None:
    # Farside Investors: 222.3 and 461.0 M USD into ether funds on 7 and 8 August 2025, 277.4 and
    # 403.9 M USD into bitcoin funds; of ETHA 103.5 and 254.7, of TETH nothing.
    two, five = order["fund_flows"].views
    assert shown(two.title) == (
        "Ether funds took in 683.3 M USD, bitcoin funds took in 681.3 M USD in two sessions "
        "(7 Aug to 8 Aug)"
    )
    assert (two.label, five.label) == ("two sessions", "five sessions")
    assert [shown(cell) for cell in two.rows[0]] == ["ETHA", "BlackRock", "ether", "+358.2 M USD"]
    names = [row["name"] for row in rows_of(layers(two, "rect")[0])]
    assert names[0] == "BlackRock ETHA"
    assert not any("TETH" in name for name in names)
    assert any("TETH" in row[0] for row in two.rows)
    # ARKB gave up 0.4 M USD.
    assert not any("ARKB" in name for name in names)
    assert any("ARKB" in row[0] for row in two.rows)


def test_flows_of_a_session_stand_at_its_close_and_are_read_all_along_its_bar(
    order: Pictures,
) -> None:
    made = order["two_days"].views[0]
    # The New York Stock Exchange closes at 16:00, which in August is 20:00 UTC.
    (closing,) = [row for row in made.rows if row[0] == "7 Aug, 20:00 UTC"]
    assert [shown(cell) for cell in closing[3:]] == ["+277.4 M USD", "+222.3 M USD"]
    (noon,) = [row for row in made.rows if row[0] == "7 Aug, 16:00 UTC"]
    assert noon[3:] == ("", "")
    (reading,) = [text for text in data_of(made)["say"] if text.startswith("7 Aug, 16:00 UTC")]
    assert "ETH funds that day +222.3 M USD" in shown(reading)


def test_flows_of_a_session_are_drawn_within_its_hours(order: Pictures) -> None:
    names = rows_of(layers(order["two_days"].views[0], "text")[-2])
    by_flow = {row["name"]: row for row in names}
    bitcoin, ether = by_flow["BTC 277"], by_flow["ETH 222"]
    # The exchange is open from 9:30 to 16:00, which in August is 13:30 to 20:00 UTC.
    opens = clock.milliseconds(at(7, 13) + timedelta(minutes=30))
    assert opens < bitcoin["from"] < bitcoin["to"] < ether["from"] < ether["to"]
    assert ether["to"] < clock.milliseconds(at(7, 20))
    # Their labels stand below each other.
    assert bitcoin["middle"] == ether["middle"]
    assert ether["place"] - bitcoin["place"] == pytest.approx(clock.ROW)


def test_flows_are_drawn_in_millions_and_in_chinese_in_hundreds_of_millions() -> None:
    assert [money(value, "en") for value in (222.3e6, -812e6, 5.1e6)] == [
        "222",
        f"{MINUS}812",
        "5.1",
    ]
    assert [money(value, "zh") for value in (222.3e6, -812e6)] == ["2.22", f"{MINUS}8.12"]
    # Four hundred thousand are 0.004 of a hundred million, which has no sign once it is rounded.
    assert [money(-4e5, language) for language in LANGUAGES] == [f"{MINUS}0.4", "0.00"]


def test_precedents_stand_beside_what_is_usual(order: Pictures) -> None:
    made = order["precedents"]
    # Shiller's index stood at 11.37 in August 1935 and at 15.87 a year later, at 68.12 in September
    # 1974 and at 84.67 a year later: +39.6 % and +24.3 %.
    by_law = {row[0]: row[1] for row in made.views[0].rows}
    assert shown(by_law["1935 Social Security Act"]) == "+39.6 %"
    assert shown(by_law["1974 Employee Retirement Income Security Act"]) == "+24.3 %"
    # Of the law of 1957 the year alone is known: from January of it (45.43) to the next (41.12)
    # shares fell by 9.5 %, from December (40.33) to the next (53.49) they rose by 32.6 %.
    assert (
        shown(by_law["1957 North Carolina lets pensions hold corporate bonds"])
        == "\N{MINUS SIGN}9.5 to +32.6 %"
    )
    assert made.title == (
        "Shares rose in the year after 4 of 6 earlier laws; after 2 it depends on a day that is "
        "not known; no move was unusual"
    )


def test_the_scenario_is_a_line_per_scale_and_pace(order: Pictures) -> None:
    made = order["scenario"]
    # 5 % of 8.7 T USD are 435 B; CoinGecko's market values of the two on 12 August 2025 came to
    # 2.87 T USD: 0.15 of it.
    assert "5 % = 435 B USD" in shown(made.note)
    value, *yearly = made.views[0].rows
    assert (value[0], shown(value[1]), value[4]) == (
        "market value of bitcoin and ether",
        "2.874 T USD",
        "0.15",
    )
    # US spot funds took in 48.5 B USD in the year before: 1 % of 8.7 T are 1.8 times as much.
    assert shown(made.title) == (
        "1 % of the money in 401(k) plans would equal 3.0 % of the value of bitcoin and ether, or "
        "1.8 years of inflows into US spot funds"
    )
    paces = [row[0].rsplit(", ")[1] for row in yearly]
    assert paces == ["1 year", "5 years", "10 years"] * 2


def test_the_share_of_coins_that_rose_is_in_the_title(
    order: Pictures, sample: duckdb.DuckDBPyConnection
) -> None:
    ((up, coins),) = sample.execute(
        """
        select count(*) filter (where later.price_usd > earlier.price_usd), count(*)
        from raw.coin_snapshot as earlier
        inner join raw.coin_snapshot as later using (coin)
        inner join seed.coin as coin using (coin)
        where coin.class = 'altcoin' and earlier.snapshot_at = '2025-08-07 00:00+00'
            and later.snapshot_at = '2025-08-10 00:00+00'
        """
    ).fetchall()
    made = order["breadth"]
    assert made.title.startswith(f"{up} of {coins} other coins rose in the 3 days from 7 Aug")
    # XRP went from 2.992046 to 3.229512 USD.
    assert [shown(row[1]) for row in made.views[0].rows if row[0] == "XRP"] == ["+7.9 %"]
    # The sample has no list from before the order.
    assert "Coins as listed later" in made.note


def test_coins_are_those_of_the_newest_list_before_the_event(
    con: duckdb.DuckDBPyConnection, insert: Insert, anchors: pl.DataFrame
) -> None:
    coins = ["cardano", "chainlink", "litecoin", "polkadot", "ripple", "solana"]
    insert(
        con,
        "coin_snapshot",
        [
            {
                "vendor": "CoinGecko",
                "coin": coin,
                "symbol": coin[:3],
                "snapshot_at": moment,
                "price_usd": price,
                "market_cap_usd": 1e9,
                "volume_24h_usd": 1e6,
            }
            for coin in coins
            for moment, price in ((at(7), 100.0), (at(10), 90.0))
        ],
    )
    insert(
        con,
        "coin_rank",
        [
            {
                "vendor": "CoinGecko",
                "ranked_on": day,
                "rank": rank,
                "coin": coin,
                "symbol": coin[:3],
                "market_cap_usd": 1e9,
            }
            for day, listed in (("2025-08-01", coins[:5]), ("2025-08-09", coins))
            for rank, coin in enumerate(listed, start=1)
        ],
    )
    made = breadth(con, anchors)
    assert made is not None
    assert shown(made.title) == (
        "0 of 5 other coins rose in the 3 days from 7 Aug; half of the 5 fell 10.0 % or more"
    )
    assert "As listed on 1 Aug." in made.note


def test_moves_are_told_the_largest_first() -> None:
    told = [
        move({"BTC": bitcoin, "ETH": ether}, "in a day", "en")
        for bitcoin, ether in ((0.014, 0.089), (-0.02, 0.01), (0.0, -0.01))
    ]
    assert told == [
        "Ether rose 8.9 % and bitcoin 1.4 % in a day",
        "Bitcoin fell 2.0 % and ether rose 1.0 % in a day",
        "Ether fell 1.0 % and bitcoin did not move in a day",
    ]


def test_an_effect_is_filled_where_its_interval_leaves_nothing_out(order: Pictures) -> None:
    for made in order["effects"].views:
        points = rows_of(layers(made, "point")[0])
        assert len(points) == 14
        for point in points:
            holds_zero = point["low"] <= 0 <= point["high"]
            assert (point["fill"] == PALETTE["paper"][0]) == holds_zero


def test_effects_begin_with_the_first_clock_that_no_price_helped_to_find(order: Pictures) -> None:
    assert [made.label for made in order["effects"].views] == [
        "start of the day (7 Aug, 00:00 UTC), Coinbase",
        "news (7 Aug, 10:00 UTC), Coinbase",
        "signing (7 Aug, 16:00 UTC), Coinbase",
        "confirmed (7 Aug, 19:44 UTC), Coinbase",
        "start of the day (7 Aug, 00:00 UTC), Binance",
    ]
    by_price = ["found partly by looking at prices" in made.note for made in order["effects"].views]
    assert by_price == [False, True, False, False, False]


def test_what_is_not_held_is_named_in_one_sentence(sample: duckdb.DuckDBPyConnection) -> None:
    crash = drawn(sample, "crash-1929")
    assert set(crash) == {"indices"}
    # Shiller's means of the month: 28.0 in September and 20.58 in November 1929, 4.77 in June 1932.
    assert crash["indices"].title.startswith("From 100 at the event US shares (Shiller's monthly")
    assert missing(set(crash)) == (
        "No data around this event: hourly prices, tests by the hour, flows of US funds, prices of "
        "futures and prices of other coins."
    )
    assert missing(set(NEEDED)) is None


# Prices hour by hour


@pytest.fixture
def hours(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Bitcoin at 200 USD until midnight and at 210 after, without the hour until 03:00; it is known
    until 9 August, 05:00.
    """
    con.execute(
        "insert into mart.spot_hourly by name select 'Coinbase' as venue, 'BTC/USD' as symbol, "
        "'BTC' as asset, 'USD' as quote, closed_at - interval 1 hour as opened_at, closed_at, "
        "if(closed_at <= timestamptz '2025-08-07 00:00+00', 200, 210) as close from (select unnest("
        "generate_series(timestamptz '2025-08-06 00:00+00', timestamptz '2025-08-08 05:00+00', "
        "interval 1 hour)) as closed_at) where closed_at <> timestamptz '2025-08-07 03:00+00'"
    )
    return con


def test_prices_are_100_at_the_midnight_before_and_a_hole_stays_a_hole(
    hours: duckdb.DuckDBPyConnection, anchors: pl.DataFrame
) -> None:
    columns = {"letter": pl.String(), "name": pl.String(), "happened_at": pl.Datetime("us", "UTC")}
    nothing = pl.DataFrame(schema=pl.Schema(columns))
    made = two_days(hours, anchors, nothing)
    assert made is not None
    assert shown(made.title) == "Bitcoin rose 5.0 % by 8 Aug, 05:00 UTC"
    (only,) = made.views
    by_hour = {row[0]: row[1] for row in only.rows}
    assert by_hour["7 Aug, 00:00 UTC"] == "100.00"
    assert by_hour["7 Aug, 01:00 UTC"] == "105.00"
    assert by_hour["7 Aug, 03:00 UTC"] == NONE
    # The line starts anew after the hole, and ends where nothing is known: two strokes.
    strokes = re.findall(rf'<path d="(M[^"]*)" stroke="{PALETTE["BTC"][0]}"', only.wide)
    assert [stroke.count("M") for stroke in strokes] == [2]
    assert "BTC 105.0" in only.wide


def test_an_event_without_prices_after_it_has_no_picture(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame
) -> None:
    assert two_days(con, anchors, pl.DataFrame()) is None


# Clocks


def test_clocks_are_bands_where_they_are_uncertain_and_rules_where_they_are_known(
    anchors: pl.DataFrame,
) -> None:
    (bands, rules, names), above = clock.clocks(anchors, SPAN, 960, 200, "en")
    # Ten pixels an hour.
    assert [(row["name"], row["from"], row["to"]) for row in rows_of(bands)] == [
        ("news", 340.0, 350.0),
        ("signing", 400.0, 440.0),
        ("confirmed", 440.0, 440.0),
    ]
    assert [row["name"] for row in rows_of(rules)] == ["confirmed"]
    # The signing's name would run into the rule of what comes next.
    assert [row["top"] for row in rows_of(names)] == [-4, -4 - clock.ROW, -4]
    assert above == 2 * clock.ROW + 4


def test_a_band_that_leaves_the_span_is_cut_at_its_edge(anchors: pl.DataFrame) -> None:
    (bands, _, _), _ = clock.clocks(anchors, (at(7, 18), at(8)), 600, 200, "en")
    assert [(row["name"], row["from"], row["to"]) for row in rows_of(bands)] == [
        ("signing", 0.0, 200.0),
        ("confirmed", 200.0, 200.0),
    ]


def test_other_news_that_stand_together_share_a_place() -> None:
    news = pl.DataFrame(
        {"letter": ["a", "b", "c", "d"], "happened_at": [at(7), at(7), at(9), at(10)]}
    )
    (_, letters), above = clock.other_news(news, SPAN, 960, 20)
    # The last falls on the end, where the next day would begin.
    assert [(row["letters"], row["at"]) for row in rows_of(letters)] == [
        ("a b", 240.0),
        ("c", 720.0),
    ]
    # Over the names of the clocks, which reach 20 pixels above the plot.
    assert letters["encoding"]["y"] == {"value": -27}
    assert above == 27 + clock.ROW


def test_labels_of_one_day_stand_above_each_other_with_the_earliest_on_top() -> None:
    # Three rules 5 pixels apart, labels 40 wide to their right: each must clear the next label and
    # the rules below it.
    assert clock.stagger([100, 105, 110], [(103, 143), (108, 148), (113, 153)]) == [2, 1, 0]
    assert clock.stagger([100, 200], [(103, 143), (203, 243)]) == [0, 0]


@given(st.lists(st.tuples(st.integers(0, 800), st.integers(5, 120)), max_size=12))
def test_no_two_labels_of_a_row_touch(labels: list[tuple[int, int]]) -> None:
    ordered = sorted(labels)
    spans = [(rule + 3, rule + 3 + size) for rule, size in ordered]
    rows = clock.stagger([rule for rule, _ in ordered], spans)
    for number, (left, right) in enumerate(spans):
        for other in range(number):
            assert (
                rows[number] != rows[other] or spans[other][1] <= left or right <= spans[other][0]
            )


@pytest.mark.parametrize("width", [836, 234])
@pytest.mark.parametrize("days", [1, 3, 14, 31, 365, 4380])
def test_ticks_have_room_for_their_labels(days: int, width: int) -> None:
    axis = clock.time_axis((at(1), at(1) + timedelta(days=days)), width, "zh")
    assert 1 <= len(axis["values"]) <= width / 50 + 1


def test_ticks_are_named_in_the_language() -> None:
    names = [clock.time_axis(SPAN, 960, language)["labelExpr"] for language in LANGUAGES]
    assert '"7 Aug"' in names[0]
    assert '"8月7日"' in names[1]
    assert '"12:00"' in names[0]


# Labels


def test_labels_that_would_touch_are_moved_apart_by_as_little_as_it_takes() -> None:
    # 15 apart around their middle, 11; the third is far enough.
    assert spread([12.0, 10.0, 100.0], 15) == [18.5, 3.5, 100.0]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=8))
def test_moved_labels_keep_their_order_and_distance(places: list[float]) -> None:
    moved = spread(places, 15)
    order = sorted(range(len(places)), key=places.__getitem__)
    for lower, upper in pairwise(order):
        assert moved[upper] - moved[lower] >= 15 - 1e-6


def test_a_text_without_room_ends_with_a_whole_word() -> None:
    assert fitted("New York lets pensions", 1000) == "New York lets pensions"
    # Seven and a half pixels a letter: 13 letters and the dots.
    assert fitted("New York lets pensions", 105) == "New York…"


# As they are inlined


def test_specifications_are_vega_lite(order: Pictures) -> None:
    """What is downloaded opens in Vega's editor and in Altair."""
    schema = altair.load_schema()
    for made in order.values():
        for one in made.views:
            validate_jsonschema(
                data_of(one)["spec"], {"$ref": "#/definitions/TopLevelSpec"}, rootschema=schema
            )


def test_drawings_can_stand_beside_each_other_in_a_page(order: Pictures) -> None:
    svgs = [svg for made in order.values() for one in made.views for svg in (one.wide, one.narrow)]
    ids = [found for svg in svgs for found in re.findall(r' id="([^"]+)"', svg)]
    assert ids
    assert len(ids) == len(set(ids))
    widths = {sheet.width for sheet in SHEETS}
    for svg in svgs:
        assert svg.startswith('<svg role="img" aria-label="')
        assert svg.count(" role=") == svg.count(" aria-") == 1
        assert "http" not in svg
        assert "NaN" not in svg
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)
        assert int(re.findall(r'<svg [^>]*? width="(\d+)"', svg)[0]) in widths
        # A colour from elsewhere would stay as it is on a dark ground.
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
        assert colours <= {"none", "transparent", *(on_light for on_light, _ in PALETTE.values())}


def test_every_reading_has_its_place_in_both_drawings(order: Pictures) -> None:
    for made in order.values():
        for one in made.views:
            data = data_of(one)
            assert len(data["say"]) == len(data["wide"]["at"]) == len(data["narrow"]["at"]) > 0
            assert len(data["csv"][1:]) >= 5
            assert {len(line) for line in data["csv"]} == {len(data["csv"][0])}


def test_readings_stand_where_the_line_is_drawn(order: Pictures) -> None:
    one = order["ratio"].views[0]
    corner = re.findall(r"translate\(([\d.]+),", one.wide)[0]
    (line,) = re.findall(rf'<path d="(M[^"]*)" stroke="{PALETTE["ink"][0]}"', one.wide)
    across = [float(corner) + float(x) for x in re.findall(r"[ML]([\d.]+),", line)]
    assert across == pytest.approx(data_of(one)["wide"]["at"], abs=0.1)


def test_titles_and_cells_are_escaped() -> None:
    table = Table(("a", "b"), (("<i>", "1"),), ("a", "b"), (("</script>", 1.0),), ("<i>: 1",))
    spec = {"width": 10, "height": 10, "data": {"values": [{}]}, "mark": "point"}
    made = view("odd", 'Say "<b>" & more', lambda _: Drawn(spec, 5, (1.0,)), table)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("marketwake.report"), autoescape=True
    )
    template = environment.from_string(
        '{% from "picture.html.j2" import figure %}{{ figure(picture) }}'
    )
    page = template.render(picture=Picture("odd", "A <note>", (made,), "en"))
    assert "<b>" not in page
    assert "<i>" not in page
    assert page.count("</script>") == 1
    assert 'aria-label="Say &quot;&lt;b&gt;&quot; &amp; more"' in page
    assert json.loads(re.findall(r"<script[^>]*>(.*?)</script>", page)[0])["csv"][1] == [
        "</script>",
        1.0,
    ]


class Catalogue(dict[str, str]):
    """The Chinese texts, which remembers what was looked for in vain."""

    def __init__(self) -> None:
        super().__init__(catalogue("zh"))
        self.missed: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        if key not in self:
            self.missed.add(key)
        return super().get(key, default)


def test_charts_are_told_in_chinese(
    sample: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Catalogue()
    monkeypatch.setattr(languages, "catalogue", lambda _language: known)
    monkeypatch.setattr(picture, "begun", lambda _spec: lambda: NOTHING)
    told = []
    for event in ("eo-401k", "payrolls-2025-07", "crash-1929"):
        pictures = drawn(sample, event, "zh")
        for made in pictures.values():
            assert made.words["table"] == "查看数据表"
            told += [shown(made.title), *(one.title for one in made.views)]
        missing(set(pictures), "zh")
    assert known.missed == set()
    assert (
        "两个交易日内（8月7日至8月8日），以太坊现货ETF净流入 6.833 亿美元，比特币现货ETF净流入 "  # noqa: RUF001
        "6.813 亿美元"
    ) in told
    assert not [title for title in told if re.search(r"[A-Za-z]{4,}", title)]
