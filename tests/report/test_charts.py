"""Charts: what is drawn where, and that it can be inlined in a page."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.report import charts
from marketwake.report.chart_marks import (
    PALETTE,
    anchor_layers,
    confounder_layers,
    session_marks,
    stagger,
    time_axis,
)
from marketwake.report.charts_study import multiples, specification

SPAN = (datetime(2025, 8, 6, tzinfo=UTC), datetime(2025, 8, 10, tzinfo=UTC))


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 8, day, hour, tzinfo=UTC)


@pytest.fixture
def anchors() -> pl.DataFrame:
    """The order's three candidate anchors and its publication, which lies outside of `SPAN`."""
    return pl.DataFrame(
        {
            "anchor": ["day", "report", "signing", "publication"],
            "nominal_at": [at(7), at(7, 13), at(7, 16), at(12)],
            "earliest_at": [at(7), at(7, 10), at(7, 12), at(12)],
            "latest_at": [at(7), at(7, 15), at(7, 20), at(13)],
            "is_candidate": [True, True, True, False],
        }
    )


@pytest.fixture
def confounders() -> pl.DataFrame:
    return pl.DataFrame({"letter": ["a", "b", "c"], "happened_at": [at(7), at(7), at(9)]})


@pytest.fixture
def paths() -> pl.DataFrame:
    """Two venues, hourly, with one hour missing on the second."""
    hours = [SPAN[0] + timedelta(hours=hour) for hour in range(97)]
    index = [100.0 + hour for hour in range(97)]
    one = pl.DataFrame({"series": "BTC", "variant": "Binance", "at": hours, "index": index})
    two = pl.DataFrame(
        {
            "series": "BTC",
            "variant": "Coinbase",
            "at": hours,
            "index": [*index[:5], None, *index[6:]],
        }
    )
    return pl.concat([one, two])


def layers_with(chart: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    return [layer for layer in chart["layer"] if layer["mark"]["type"] == mark]


def rows_of(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = spec["datasets"][layer["data"]["name"]]
    return rows


def test_anchor_bands_span_the_instants_at_which_an_anchor_may_have_been(
    paths: pl.DataFrame, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> None:
    spec = charts.paths(paths, anchors, confounders, SPAN, 860, "day").to_dict()
    (bands,) = layers_with(spec, "rect")
    rows = rows_of(spec, bands)
    assert [(row["label"], row["earliest_at"], row["latest_at"]) for row in rows] == [
        ("day", "2025-08-07T00:00:00Z", "2025-08-07T00:00:00Z"),
        ("report", "2025-08-07T10:00:00Z", "2025-08-07T15:00:00Z"),
        ("signing", "2025-08-07T12:00:00Z", "2025-08-07T20:00:00Z"),
    ]
    assert (bands["encoding"]["x"]["field"], bands["encoding"]["x2"]["field"]) == (
        "earliest_at",
        "latest_at",
    )
    assert bands["encoding"]["x"]["scale"]["type"] == "utc"


def test_a_band_that_leaves_the_span_is_cut_at_its_edge(anchors: pl.DataFrame) -> None:
    span = (at(7, 13), at(7, 18))
    spec = anchor_layers(anchors, span, 500, 300)[0].to_dict()
    rows = rows_of(spec, spec)
    assert [(row["label"], row["earliest_at"], row["latest_at"]) for row in rows] == [
        ("report", "2025-08-07T13:00:00Z", "2025-08-07T15:00:00Z"),
        ("signing", "2025-08-07T13:00:00Z", "2025-08-07T18:00:00Z"),
    ]


def test_a_hole_in_the_data_stays_a_null_in_the_line(
    paths: pl.DataFrame, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> None:
    spec = charts.paths(paths, anchors, confounders, SPAN, 860, "day").to_dict()
    (line,) = layers_with(spec, "line")
    rows = rows_of(spec, line)
    assert [(row["variant"], row["at"]) for row in rows if row["index"] is None] == [
        ("Coinbase", "2025-08-06T05:00:00Z")
    ]
    # The path of the second venue starts anew after the hole: two strokes, where the first has one.
    drawn = re.findall(
        r'<path d="(M[^"]*)" stroke="[^"]*" stroke-',
        charts.to_svg(charts.paths(paths, anchors, confounders, SPAN, 860, "day"), "p", "p"),
    )
    assert sorted(path.count("M") for path in drawn) == [1, 2]


def test_confounders_that_stand_together_share_their_letters(confounders: pl.DataFrame) -> None:
    spec = confounder_layers(confounders, SPAN, 860, 300)[0].to_dict()
    rows = rows_of(spec, spec)
    assert [(row["letters"], row["at"]) for row in rows] == [
        ("", "2025-08-07T00:00:00Z"),
        ("a, b", "2025-08-07T00:00:00Z"),
        ("c", "2025-08-09T00:00:00Z"),
    ]


def test_an_anchor_on_a_weekend_belongs_to_the_next_session(anchors: pl.DataFrame) -> None:
    # 2025-08-09 is a Saturday.
    saturday = anchors.filter(anchor="signing").with_columns(
        anchor=pl.lit("weekend"), nominal_at=pl.lit(at(9))
    )
    marks = session_marks(
        pl.concat([anchors, saturday]), [date(2025, 8, day) for day in (7, 8, 11, 12)], 400
    )
    assert [(mark["label"], mark["session"]) for mark in marks] == [
        ("day, report, signing", "Aug 7"),
        ("weekend", "Aug 11"),
        ("publication", "Aug 12"),
    ]


def test_an_anchor_outside_of_the_sessions_shown_has_no_mark(anchors: pl.DataFrame) -> None:
    assert [
        mark["session"]
        for mark in session_marks(anchors, [date(2025, 8, 8), date(2025, 8, 11)], 400)
    ] == []


def test_flows_are_drawn_in_millions(anchors: pl.DataFrame) -> None:
    frame = pl.DataFrame(
        {
            "asset": ["ETH", "ETH", "BTC"],
            "session": [date(2025, 8, 7), date(2025, 8, 8), date(2025, 8, 7)],
            "net_flow_usd": [222.3e6, 461e6, -1e6],
        }
    )
    spec = charts.flow_bars(frame, anchors, 860).to_dict()
    bars = [layer for panel in spec["vconcat"] for layer in layers_with(panel, "bar")]
    assert [[row["flow"] for row in rows_of(spec, bar)] for bar in bars] == [[-1.0], [222.3, 461.0]]


def test_the_front_month_is_points_and_the_constant_maturity_a_line(anchors: pl.DataFrame) -> None:
    frame = pl.DataFrame(
        {
            "series": ["ETH", "ETH"],
            "tenor": ["constant", "front month"],
            "at": [at(7, 20), at(7, 20)],
            "annualised_basis": [0.09, 0.1],
        }
    )
    spec = charts.basis_lines(frame, anchors, SPAN, 860).to_dict()
    (line,), (point,) = layers_with(spec, "line"), layers_with(spec, "point")
    assert line["transform"] == [{"filter": "datum.tenor == 'constant'"}]
    assert point["transform"] == [{"filter": "datum.tenor == 'front month'"}]


def test_svg_can_stand_beside_another_in_a_page(
    paths: pl.DataFrame, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> None:
    chart = charts.paths(paths, anchors, confounders, SPAN, 860, "day")
    one, two = charts.to_svg(chart, "one", 'a <b> "c"'), charts.to_svg(chart, "two", "d")
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", one)) <= ids[0]
    assert one.startswith('<svg role="img" aria-label="a &lt;b&gt; &quot;c&quot;" ')
    assert "http" not in one
    assert charts.to_svg(chart, "one", 'a <b> "c"') == one


def test_only_colours_of_the_palette_are_drawn(
    paths: pl.DataFrame, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> None:
    """A colour from elsewhere would stay as it is on a dark ground."""
    svg = charts.to_svg(charts.paths(paths, anchors, confounders, SPAN, 860, "day"), "one", "d")
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) <= {
        "none",
        *(on_light for on_light, _ in PALETTE.values()),
    }


@pytest.mark.parametrize("venues", [["Coinbase"], ["Binance", "Coinbase"]])
def test_every_line_has_a_width(
    venues: list[str], paths: pl.DataFrame, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> None:
    some = paths.filter(pl.col("variant").is_in(venues))
    svg = charts.to_svg(charts.paths(some, anchors, confounders, SPAN, 860, "day"), "one", "d")
    assert "NaN" not in svg


def test_series_take_their_own_colour_or_a_spare_one() -> None:
    assert charts.series_palette(["ETH", "BTC"]) == {"BTC": "BTC", "ETH": "ETH"}
    assert charts.series_palette(["^GSPC", "SHILLER", "^DJI"]) == {
        "SHILLER": "BTC",
        "^DJI": "ETH",
        "^GSPC": "third",
    }


def test_labels_of_one_day_stand_above_each_other_with_the_earliest_on_top() -> None:
    # Three rules 5 pixels apart, labels 40 wide to their right: each must clear the next label and
    # the rules below it.
    assert stagger([100, 105, 110], [(103, 143), (108, 148), (113, 153)]) == [2, 1, 0]
    assert stagger([100, 200], [(103, 143), (203, 243)]) == [0, 0]


@given(st.lists(st.tuples(st.integers(0, 800), st.integers(5, 120)), max_size=12))
def test_no_two_labels_of_a_row_touch(labels: list[tuple[int, int]]) -> None:
    ordered = sorted(labels)
    spans = [(rule + 3, rule + 3 + size) for rule, size in ordered]
    rows = stagger([rule for rule, _ in ordered], spans)
    for number, (left, right) in enumerate(spans):
        for other in range(number):
            assert (
                rows[number] != rows[other] or spans[other][1] <= left or right <= spans[other][0]
            )


@pytest.mark.parametrize("width", charts.WIDTHS.values())
@pytest.mark.parametrize("days", [1, 4, 14, 31, 365, 4380])
def test_ticks_have_room_for_their_labels(days: int, width: int) -> None:
    axis: Any = time_axis((at(1), at(1) + timedelta(days=days)), width).to_dict()
    ticks = axis["axis"]["values"]
    assert 1 <= len(ticks) <= width / 60 + 1


def test_a_specification_curve_is_sorted_and_fills_what_is_rare() -> None:
    frame = pl.DataFrame(
        {
            "question": ["BTC rose"] * 3,
            "value": [0.02, -0.01, 0.005],
            "is_rare": [True, False, None],
        },
        schema={"question": pl.String, "value": pl.Float64, "is_rare": pl.Boolean},
    )
    spec = specification(frame, 300).to_dict()
    points = next(
        rows_of(spec, layer)
        for layer in spec["vconcat"][0]["layer"]
        if layer["mark"]["type"] == "point"
    )
    assert [(point["place"], point["value"]) for point in points] == [(0, -1.0), (1, 0.5), (2, 2.0)]
    assert [point["fill"] == "transparent" for point in points] == [True, True, False]
    assert points[0]["colour"] != points[1]["colour"]
    assert "svg" in charts.to_svg(specification(frame, 300), "curve", "title")


def test_multiples_are_a_dot_each_on_a_logarithmic_axis_with_one_in_sight() -> None:
    frame = pl.DataFrame(
        {
            "label": ["value", "value", "flow", "flow"],
            "share": [0.01, 0.05, 0.01, 0.05],
            "multiple": [0.03, 0.15, 0.2, 0.9],
        }
    )
    chart = multiples(frame, 300).to_dict()
    even, _, dots, _, names = (rows_of(chart, layer) for layer in chart["layer"])
    assert even == [{"multiple": 1}]
    assert chart["layer"][2]["encoding"]["x"]["scale"] == {
        "type": "log",
        "domain": [pytest.approx(0.03 * 0.8), pytest.approx(1.4)],
    }
    assert [(dot["row"], dot["multiple"], dot["share"]) for dot in dots] == [
        (0, 0.03, "1%"),
        (0, 0.15, "5%"),
        (1, 0.2, "1%"),
        (1, 0.9, "5%"),
    ]
    assert [name["label"] for name in names] == ["value", "flow"]
