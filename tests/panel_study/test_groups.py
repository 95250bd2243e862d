"""The difference between groups of events: by hand, as others publish it, and how often it errs."""

import json
from datetime import timedelta
from itertools import combinations
from math import atan, pi
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from marketwake.cli.panel import app
from marketwake.panel_study.groups import clustered, clusters, permuted
from marketwake.panel_study.p_values import quantile, two_sided
from marketwake.panel_study.study import PanelResult, study_panel
from tests.support.panels import MONDAY, WOBBLE, days, small

Floats = npt.NDArray[np.float64]
Event = tuple[str | None, int, float]
# Hours of sleep that ten patients gained by two drugs (Student 1908).
FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
OTHER = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def frames(*rows: Event) -> tuple[pl.DataFrame, pl.DataFrame]:
    """An event of a group on a day of January whose abnormal return is that given, on a series of
    its own: any six of the returns before it have the mean 0.
    """
    count = 9 + max(day for _, day, _ in rows)
    values = [WOBBLE[place % 6] for place in range(count)]
    prices = pl.concat(
        pl.DataFrame({"series": f"s{number}", "at": days(count), "value": values}).with_columns(
            value=pl.when(pl.col("at") == MONDAY + timedelta(days=7 + day))
            .then(car)
            .otherwise("value")
        )
        for number, (_, day, car) in enumerate(rows)
    )
    asked = [
        (f"e{number}", f"s{number}", MONDAY + timedelta(days=7 + day), group)
        for number, (group, day, _) in enumerate(rows)
    ]
    return prices, pl.DataFrame(asked, ["event", "series", "day", "group"], orient="row")


def studied(*rows: Event, **more: object) -> PanelResult:
    return study_panel(*frames(*rows), small(**more))


def only(result: PanelResult) -> dict[str, Any]:
    return result.differences.row(0, named=True)


APART: tuple[Event, ...] = (
    ("early", 0, 0.05),
    ("early", 1, 0.01),
    ("late", 2, 0.0),
    ("late", 3, 0.02),
)


def test_two_groups_on_days_of_their_own_by_hand() -> None:
    # Means 3 % and 1 %; variances 8 and 2 of two events each: 8/2 + 2/2 = 5. Degrees of equal
    # variances: (1/2 + 1/2)^2 / (1/4 + 1/4) = 2, where p = 1 - |t| / sqrt(2 + t^2), t^2 = 4/5.
    row = only(studied(*APART))
    assert (row["group"], row["other"], row["window"]) == ("early", "late", "0:0")
    assert (row["n"], row["n_other"], row["days"], row["reason"]) == (2, 2, 4, None)
    assert row["difference"] == pytest.approx(0.02, rel=1e-12)
    assert row["standard_error"] == pytest.approx(0.0005**0.5, rel=1e-12)
    assert row["degrees"] == pytest.approx(2, rel=1e-12)
    assert row["p_value"] == row["holm"] == pytest.approx(1 - (2 / 7) ** 0.5, rel=1e-12)
    # The 97.5th percentile of t with 2 degrees is 0.95 sqrt(2 / (1 - 0.95^2)) = 4.303.
    reach = 0.95 * (2 / (1 - 0.95**2)) ** 0.5 * 0.0005**0.5
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.02 - reach, 0.02 + reach), rel=1e-9)
    # Of 5 1|0 2, 5 0|1 2 and 5 2|1 0 (t^2 = 4/5, 2/13 and 18/5), each with its mirror image, two
    # reach.
    assert row["p_permutation"] == pytest.approx(4 / 6)


def test_two_groups_on_the_same_days_by_hand_and_what_they_have_in_common_cancels() -> None:
    # Differences of 3 % and 1 %: mean 2, error 1, t = 2 with one degree: 1 - 2/pi atan 2. Of the
    # four ways to exchange the sides of a day two reach it.
    for shock in (0.0, 0.2):
        row = only(
            studied(
                ("early", 0, 0.05 + shock),
                ("late", 0, 0.02 + shock),
                ("early", 2, 0.03),
                ("late", 2, 0.02),
            )
        )
        assert row["difference"] == pytest.approx(0.02, rel=1e-9)
        assert row["standard_error"] == pytest.approx(0.01, rel=1e-9)
        assert (row["degrees"], row["days"]) == (pytest.approx(1, rel=1e-9), 2)
        assert row["p_value"] == pytest.approx(1 - 2 / pi * atan(2), rel=1e-9)
        assert row["p_permutation"] == 0.5


def test_every_way_to_deal_the_days_is_counted() -> None:
    # Three days against four, an event each: 35 ways, by hand through all of them.
    car = np.array([5.0, 4.0, 6.5, 1.0, 2.0, 0.0, 4.5])
    statistics = {}
    for chosen in combinations(range(7), 3):
        one, two = car[list(chosen)], np.delete(car, chosen)
        spread = one.var(ddof=1) / 3 + two.var(ddof=1) / 4
        statistics[chosen] = abs(one.mean() - two.mean()) / spread**0.5
    share = np.mean([value >= statistics[0, 1, 2] - 1e-9 for value in statistics.values()])
    counts = np.repeat(np.eye(2), [3, 4], axis=0)
    assert permuted(counts, counts * car[:, None], 1) == pytest.approx(share, rel=1e-12)


def test_events_of_one_day_are_one_cluster() -> None:
    # Three copies of an event on its day are worth one.
    once, thrice = (
        only(studied(*[event for event in APART for _ in range(times)])) for times in (1, 3)
    )
    assert (thrice["n"], thrice["days"]) == (6, 4)
    for name in ("difference", "standard_error", "degrees", "p_value", "p_permutation"):
        assert thrice[name] == pytest.approx(once[name], rel=1e-9)


def test_windows_that_overlap_are_one_cluster() -> None:
    windows = np.array([[4, 6], [1, 2], [2, 3], [9, 9], [6, 7]])
    assert clusters(np.arange(5), windows).tolist() == [1, 0, 0, 2, 1]
    # A market that was closed answers to an event later: it is the same event.
    assert clusters(np.array([4, 1, 1, 9]), np.array([[4], [1], [6], [9]])).tolist() == [0, 0, 0, 1]
    assert clusters(np.array([1, 8, 1]), np.array([[1], [8], [4]])).tolist() == [0, 1, 0]
    # With a day before and after, days 0 to 3 are one.
    row = only(studied(*APART, windows=((-1, 1),)))
    assert (row["days"], row["p_value"], row["p_permutation"]) == (1, None, None)
    assert row["difference"] is not None
    assert row["reason"].startswith("early and late: events of fewer than two days")


@pytest.mark.parametrize(
    ("rows", "reason", "n"),
    [
        ([("early", 0, 0.05), ("early", 0, 0.02), *APART[2:]], "early: events of fewer", (2, 2)),
        ([*APART[:3], (None, 3, 0.0)], "late: events of fewer", (2, 1)),
        (
            [*APART[:2], ("late", -7, 0.0)],
            "late: the group has no events left: 1 too_few_estimation",
            (2, 0),
        ),
        (
            [("early", 0, 0.05), ("early", 1, 0.05), ("late", 2, 0.02), ("late", 3, 0.02)],
            "the same",
            (2, 2),
        ),
    ],
)
def test_where_there_is_no_error_there_is_a_reason(
    rows: list[Event], reason: str, n: tuple[int, int]
) -> None:
    row = only(studied(*rows))
    assert (row["n"], row["n_other"]) == n
    assert reason in row["reason"]
    assert (row["difference"] is None) == (0 in n)
    for name in ("standard_error", "ci_low", "ci_high", "p_value", "holm", "p_permutation"):
        assert row[name] is None


def test_a_group_of_duplicates_alone_says_so() -> None:
    prices, asked = frames(*APART)
    again = asked.head(2).with_columns(group=pl.lit("same"))
    result = study_panel(prices, pl.concat([asked, again]), small())
    reasons = result.differences["reason"].to_list()
    left = "same: the group has no events left: 2 duplicate"
    assert reasons == [None, left, left]


def test_events_without_groups_and_of_one_group_have_no_differences() -> None:
    prices, asked = frames(*APART)
    one = asked.with_columns(group=pl.lit("all"))
    for events in (asked.drop("group"), one):
        assert study_panel(prices, events, small()).differences.is_empty()


def test_more_groups_are_compared_by_pairs_and_judged_together() -> None:
    third: list[Event] = [("middle", 4, 0.0), ("middle", 5, 0.001), ("middle", 6, 0.002)]
    table = studied(*APART, *third).differences
    assert table.select("group", "other").rows() == [
        ("early", "late"),
        ("early", "middle"),
        ("late", "middle"),
    ]
    # Holm: the smallest of three p-values three times, the next twice, none below the one before.
    low, middle, high = sorted(table["p_value"])
    adjusted = [min(1, 3 * low), min(1, max(3 * low, 2 * middle))]
    adjusted.append(max(adjusted[1], high))
    assert sorted(table["holm"]) == pytest.approx(adjusted, rel=1e-12)
    assert only(studied(*APART))["p_value"] == table["p_value"][0]


def test_one_of_each_group_a_day_is_the_paired_t_test_as_r_prints_it() -> None:
    # R's example of t.test on these: t = -4.0621, df = 9, p-value = 0.002833, interval -2.4598858
    # to -0.7001142. Of the 1,024 signs 4 are as far out, one difference being 0.
    difference, error, degrees = clustered(np.ones((10, 2)), np.column_stack([FIRST, OTHER]))
    reach = quantile(0.05, degrees) * error
    assert round(difference / error, 4) == -4.0621
    assert degrees == pytest.approx(9, rel=1e-12)
    assert round(two_sided(difference / error, degrees), 6) == 0.002833
    assert round(difference - reach, 7) == -2.4598858
    assert round(difference + reach, 7) == -0.7001142
    assert permuted(np.ones((10, 2)), np.column_stack([FIRST, OTHER]), 1) < 0.011


def test_an_event_a_day_has_the_error_of_welch_as_r_prints_it() -> None:
    # R's t.test of unequal variances: t = -1.8608.
    none = np.zeros(10)
    counts = np.repeat(np.eye(2), 10, axis=0)
    sums = np.column_stack([np.r_[FIRST, none], np.r_[none, OTHER]])
    difference, error, _ = clustered(counts, sums)
    assert round(difference / error, 4) == -1.8608


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Counts and sums of 4 to 12 days, some with events of both groups."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = rng.integers(1, 5, (draw(st.integers(4, 12)), 2)).astype(float)
    kind = np.r_[[0, 0, 1, 1], rng.integers(0, 3, len(counts) - 4)]
    counts[kind == 0, 1] = counts[kind == 1, 0] = 0
    return counts, np.where(counts > 0, rng.standard_t(3, counts.shape), 0)


@settings(max_examples=60)
@given(laid_out())
def test_error_and_degrees_are_those_of_the_matrices_of_bell_and_mccaffrey(
    parts: tuple[Floats, Floats],
) -> None:
    counts, sums = parts
    cells = [(g, s) for g in range(len(counts)) for s in (0, 1) for _ in range(int(counts[g, s]))]
    days, side = np.array(cells).T
    y = np.array([sums[cell] / counts[cell] for cell in cells])
    x = np.column_stack([np.ones(len(y)), side == 0])
    bread = np.linalg.inv(x.T @ x)
    rest = np.eye(len(y)) - x @ bread @ x.T
    lines = np.zeros((len(counts), len(y)))
    for day in range(len(counts)):
        own = days == day
        values, vectors = np.linalg.eigh(rest[np.ix_(own, own)])
        lines[day, own] = (bread @ x[own].T @ vectors @ np.diag(values**-0.5) @ vectors.T)[1]
    of_scores = lines @ rest @ lines.T
    difference, error, degrees = clustered(counts, sums)
    assert difference == pytest.approx((bread @ x.T @ y)[1], rel=1e-9, abs=1e-12)
    assert error == pytest.approx(float(((lines @ rest @ y) ** 2).sum()) ** 0.5, rel=1e-9)
    expected = np.trace(of_scores) ** 2 / np.trace(of_scores @ of_scores)
    assert degrees == pytest.approx(expected, rel=1e-9)


@settings(max_examples=60)
@given(laid_out())
def test_groups_exchanged_turn_the_sign_and_keep_the_rest(parts: tuple[Floats, Floats]) -> None:
    mirrored = (parts[0][:, ::-1], parts[1][:, ::-1])
    (difference, *rest), (other, *others) = clustered(*parts), clustered(*mirrored)
    assert difference == -other
    assert rest == pytest.approx(others, rel=1e-12)
    assert permuted(*parts, 1) == permuted(*mirrored, 1)


def rejects(p_values: list[float]) -> float:
    return float(np.mean(np.array(p_values) <= 0.05))


def test_size_where_the_events_of_a_day_share_a_shock() -> None:
    # 5 events a day that share half their variance, no difference: 10 and 10 days, 3 and 30 days.
    # Counted as independent events they find one in a quarter of the draws; clustered, with G - 1
    # degrees and the error as it is, 3 and 30 days in a sixth of them.
    rng, size = np.random.default_rng(14330), 5
    for first, many in ((10, 20), (3, 33)):
        counts = np.zeros((many, 2))
        counts[:first, 0] = counts[first:, 1] = size
        found: list[list[float]] = [[], [], [], []]
        naive, usual, own, drawn = found
        for draw in range(600):
            returns = rng.standard_normal((many, 1)) + rng.standard_normal((many, size))
            one, two = returns[:first].ravel(), returns[first:].ravel()
            plain = (one.var(ddof=1) / one.size + two.var(ddof=1) / two.size) ** 0.5
            naive.append(two_sided((one.mean() - two.mean()) / plain, returns.size - 2))
            sums = np.where(counts > 0, returns.sum(axis=1)[:, None], 0)
            difference, error, degrees = clustered(counts, sums)
            own.append(two_sided(difference / error, degrees))
            # Liang and Zeger's: the error without its correction, but for G / (G - 1).
            scores = (sums - counts * sums.sum(axis=0) / counts.sum(axis=0)) / counts.sum(axis=0)
            bare = float((scores**2).sum() * many / (many - 1)) ** 0.5
            usual.append(two_sided(difference / bare, many - 1))
            if draw < 200:
                drawn.append(permuted(counts, sums, draw))
        # 2.5 standard errors of 5 % are 2.2 % in 600 draws, 3.9 % in 200.
        assert rejects(naive) > 0.2
        assert (0.028 if first == 10 else 0.0) < rejects(own) < 0.072
        assert 0.01 < rejects(drawn) < 0.089
        assert (rejects(usual) > 0.13) == (first == 3)


def test_it_is_printed_and_in_the_json(tmp_path: Path) -> None:
    prices, asked = (tmp_path / name for name in ("prices.csv", "events.csv"))
    for path, table in zip((prices, asked), frames(*APART, (None, 5, 0.1)), strict=True):
        table.write_csv(path)
    words = [str(prices), str(asked), "--estimation", "6", "--gap", "0"]
    words += ["--window", "0:0", "--window", "-1:1"]
    shown = CliRunner().invoke(app, words, env={"COLUMNS": "80"}).output
    assert max(map(len, shown.splitlines())) <= 80
    assert "early (2) -" in shown
    assert " 2.00 % " in shown
    assert "Holm" not in shown
    assert " ".join(shown.split()).count("early and late: events of fewer than two days") == 1
    rows = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)["differences"]
    assert [row["days"] for row in rows] == [4, 1]
    result = studied(*APART, windows=((0, 0), (-1, 1)))
    assert "p_permutation" in str(result)
    assert "-1:1 early less late: early and late: events of fewer" in str(result)
