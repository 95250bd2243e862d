"""The permutation test against a literal version of it, its interval, and what it cannot decide."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.panel_study.design import Model
from marketwake.panel_study.study import PanelDesign, PanelResult, study_panel

Floats = npt.NDArray[np.float64]
START = date(2015, 1, 1)
ESTIMATION, GAP = 100, 4
WINDOWS = ((0, 0), (-1, 3))
DESIGN = PanelDesign(windows=WINDOWS, estimation=ESTIMATION, gap=GAP, kind="simple")
WEIGHTS = {1: (0.30, 0.35, 0.20, 0.15), 5: (0.15, 0.25, 0.35, 0.25)}
"""Of the last 5, 22, 66 and 250 days, set beforehand on other data (docs/panel.md)."""


def clustered(rng: np.random.Generator, days: int, series: int) -> Floats:
    """Returns whose volatility comes in spells, with something in common."""
    log_variance = np.zeros(days)
    for day in range(1, days):
        log_variance[day] = 0.95 * log_variance[day - 1] + 0.3 * rng.standard_normal()
    shocks = 0.6 * rng.standard_normal((days, 1)) + 0.8 * rng.standard_normal((days, series))
    return np.asarray(0.01 * np.exp(log_variance / 2)[:, None] * shocks)


def frame(returns: Floats) -> pl.DataFrame:
    at = [START + timedelta(days=day) for day in range(len(returns))]
    return pl.concat(
        pl.DataFrame({"series": f"s{i}", "at": at, "value": returns[:, i]})
        for i in range(returns.shape[1])
    ).with_columns(pl.col("value").fill_nan(None))


def asked(days: list[int], series: int) -> pl.DataFrame:
    rows = [(f"e{d}", f"s{i}", START + timedelta(days=d)) for d in days for i in range(series)]
    return pl.DataFrame(rows, ["event", "series", "day"], orient="row")


def row(result: PanelResult, window: str) -> dict[str, float]:
    return result.tests.filter(window=window, test="permutation").row(0, named=True)


def score(own: Floats, factors: Floats, day: int, window: tuple[int, int], model: str) -> float:
    """C / sigma of a day, by loops: NaN where something is missing."""
    end = -1 - GAP + day  # all windows together begin a day before
    before = range(end - ESTIMATION, end)
    inside = range(day + window[0], day + window[1] + 1)
    if before[0] < 0 or inside[-1] >= len(own):
        return np.nan
    x = np.column_stack([np.ones(len(own)), factors])
    known = [s for s in before if not np.isnan(own[s])]
    coefficients = np.linalg.lstsq(x[known], own[known], rcond=None)[0]
    if model == "market_adjusted":
        coefficients = np.array([0.0, 1.0])
    residuals = own - x @ coefficients
    logs = 0.0
    weights = WEIGHTS[window[1] - window[0] + 1]
    for weight, term in zip(weights, (5, 22, 66, 250), strict=True):
        last = [residuals[s] for s in range(max(inside[0] - term, 0), inside[0])]
        last = [value for value in last if not np.isnan(value)]
        if len(last) < min((term + 1) // 2, 120):
            return np.nan
        logs += weight * np.log(np.mean(np.square(last)))
    return float(residuals[list(inside)].sum() / np.sqrt(np.exp(logs) * len(inside)))


@pytest.mark.parametrize(
    ("model", "factors"),
    [
        ("constant_mean", ()),
        ("market_model", ("s3",)),
        ("market_adjusted", ("s3",)),
        ("factor_model", ("s3", "s4")),
    ],
)
def test_one_day_of_several_series_is_ranked_as_by_loops(
    model: Model, factors: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(1)
    returns = clustered(rng, 420, 5)
    returns[150, 1] = returns[300, 2] = np.nan
    beside, day, ours = returns[:, 3 : 3 + len(factors)], 390, range(3)
    is_factor_model = model == "factor_model"
    design = PanelDesign(
        model,
        factors[0] if factors and not is_factor_model else None,
        WINDOWS,
        ESTIMATION,
        GAP,
        90,
        factors=factors if is_factor_model else (),
    )
    result = study_panel(frame(returns), asked([day], 3), design)
    for window in WINDOWS:
        length = window[1] - window[0] + 1
        scores = {
            d: [score(returns[:, i], beside, d, window, model) for i in ours] for d in range(420)
        }
        # Half of the members must have a score: two of three.
        means = {d: np.nanmean(z) for d, z in scores.items() if np.isfinite(z).sum() >= 2}
        z = means[day]
        placebos = {d: value for d, value in means.items() if abs(d - day) >= length}
        starts = sorted(placebos)
        independent, last = 0, -(10**9)
        for start in starts:
            if start - last >= length:
                independent, last = independent + 1, start
        steps = len(starts) / independent
        worth = independent * 3 * steps**2 / (2 * steps**2 + 1)
        values = np.array(list(placebos.values()))
        share = np.mean(np.abs(values - values.mean()) >= abs(z - values.mean()))
        found = row(result, f"{window[0]}:{window[1]}")
        assert found["n"] == 3
        assert found["statistic"] == pytest.approx(z, rel=1e-9)
        assert found["p_value"] == pytest.approx((worth * share + 1) / (worth + 1), rel=1e-9)


def test_the_interval_holds_the_effects_that_the_same_test_does_not_reject() -> None:
    # The event is the last day: no other date's estimation or forecast holds it.
    returns = clustered(np.random.default_rng(2), 400, 2)
    design = PanelDesign(windows=((0, 0),), estimation=ESTIMATION, gap=GAP)
    events = asked([399], 2)

    def p_of(shift: float) -> float:
        moved = returns.copy()
        moved[399] -= shift
        return row(study_panel(frame(moved), events, design), "0:0")["p_value"]

    found = row(study_panel(frame(returns), events, design), "0:0")
    for end, inward in ((found["ci_low"], 1e-6), (found["ci_high"], -1e-6)):
        assert p_of(end + inward) > 0.05 >= p_of(end - inward)


def test_the_least_effect_found_is_found_on_four_dates_of_five() -> None:
    returns = clustered(np.random.default_rng(8), 700, 1)
    design = PanelDesign(windows=((0, 0),), estimation=ESTIMATION, gap=GAP)
    found = row(study_panel(frame(returns), asked([699], 1), design), "0:0")
    # In units of sigma: the reach of the interval is its half width, and four fifths of placebo
    # scores lie above their lower fifth.
    sigma = returns[699, 0] / found["statistic"]
    half = (found["ci_high"] - found["ci_low"]) / 2
    beyond = (found["detectable"] - half) / sigma
    assert 0.5 < abs(beyond) < 1.2  # a normal's lower fifth lies at -0.84


def test_days_that_overlap_move_together() -> None:
    # Two series that are the same: a day apart with windows of five days, all is shared but a day.
    rng = np.random.default_rng(3)
    returns = np.repeat(clustered(rng, 600, 1), 2, axis=1)
    near = asked([500], 1).vstack(
        asked([501], 2).filter(pl.col("series") == "s1").with_columns(event=pl.lit("late"))
    )
    design = PanelDesign(windows=((-1, 3),), estimation=ESTIMATION, gap=GAP)
    one = row(study_panel(frame(returns), asked([500], 1), design), "-1:3")
    both = row(study_panel(frame(returns), near, design), "-1:3")
    # One block: ranked, with the resolution of dates and not of draws.
    assert both["p_value"] * 1000 != pytest.approx(round(both["p_value"] * 1000), abs=1e-9)
    assert both["p_value"] == pytest.approx(one["p_value"], abs=0.2)


def test_events_asked_for_one_day_are_one_day_though_a_market_is_closed() -> None:
    returns = clustered(np.random.default_rng(4), 500, 3)
    closed = frame(returns).filter(
        ~((pl.col("series") == "s2") & (pl.col("at") == START + timedelta(days=450)))
    )
    result = study_panel(closed, asked([450], 3), DESIGN)
    assert result.outcome["event_at"].n_unique() == 2
    found = row(result, "0:0")
    assert found["n"] == 3
    # The plain mean of three scores, not the mean of two days.
    per_event = [
        row(study_panel(closed, asked([450], 3).filter(series=f"s{i}"), DESIGN), "0:0")
        for i in range(3)
    ]
    expected = np.mean([each["statistic"] for each in per_event])
    assert found["statistic"] == pytest.approx(expected, rel=1e-9)


def test_several_days_are_drawn_by_the_seed_that_is_printed() -> None:
    returns = clustered(np.random.default_rng(5), 900, 3)
    days = [300, 400, 500, 600, 700]
    first, again = (study_panel(frame(returns), asked(days, 3), DESIGN) for _ in range(2))
    assert first.tests.equals(again.tests)
    assert "seed: 1" in str(first)
    other = study_panel(
        frame(returns), asked(days, 3), PanelDesign(windows=WINDOWS, estimation=100, gap=4, seed=2)
    )
    p, q = row(first, "0:0")["p_value"], row(other, "0:0")["p_value"]
    # 999 draws: the standard error of a p-value is at most 1.6 points.
    assert p == pytest.approx(q, abs=0.1)
    assert (p * 1000) == pytest.approx(round(p * 1000), abs=1e-9)


@pytest.mark.parametrize(
    ("days", "event", "reason"),
    [
        (118, 110, "the history before the events is too short for a forecast of volatility"),
        (132, 128, "not decidable: the other dates of the history are worth"),
    ],
)
def test_a_short_history_decides_nothing_and_says_so(days: int, event: int, reason: str) -> None:
    returns = clustered(np.random.default_rng(6), days, 1)
    found = row(study_panel(frame(returns), asked([event], 1), DESIGN), "0:0")
    assert found["p_value"] is None
    assert found["ci_low"] is None
    assert str(found["reason"]).startswith(reason)


def test_bars_within_a_day_are_left_to_the_study_of_one_event() -> None:
    hours = frame(clustered(np.random.default_rng(7), 500, 1)).with_columns(
        at=pl.lit(START).cast(pl.Datetime("us", "UTC"))
        + pl.duration(hours=pl.int_range(500, dtype=pl.Int64))
    )
    at = hours["at"][400]
    events = pl.DataFrame({"event": ["one"], "series": ["s0"], "day": [at]})
    design = PanelDesign(windows=((0, 0),), estimation=100, gap=0, stamp="close")
    assert str(row(study_panel(hours, events, design), "0:0")["reason"]).startswith("bars shorter")


def test_only_complete_members_take_part_in_any_window_if_asked() -> None:
    returns = clustered(np.random.default_rng(9), 500, 3)
    returns[452, 1] = np.nan
    events = asked([450], 3)
    counts = {
        complete: study_panel(
            frame(returns),
            events,
            PanelDesign(windows=WINDOWS, estimation=ESTIMATION, gap=GAP, complete=complete),
        ).tests
        for complete in (False, True)
    }
    assert counts[False]["n"].to_list() == [3] * 5 + [2] * 5
    assert counts[True]["n"].to_list() == [2] * 10


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 10), st.integers(1, 3))
def test_the_unit_of_returns_changes_nothing_and_nought_is_outside_iff_it_is_rejected(
    seed: int, unit: float, series: int
) -> None:
    rng = np.random.default_rng(seed)
    returns = clustered(rng, 330, series)
    days = sorted(rng.choice(np.arange(280, 325), int(rng.integers(1, 4)), replace=False).tolist())
    # As simple returns some would lose more than all.
    design = replace(DESIGN, kind="log")
    first, other = (
        study_panel(frame(scale * returns), asked(days, series), design) for scale in (1.0, unit)
    )
    for window in ("0:0", "-1:3"):
        found, scaled = row(first, window), row(other, window)
        assert found["p_value"] == pytest.approx(scaled["p_value"], abs=0.0011)
        if found["ci_low"] is not None:
            assert scaled["ci_low"] == pytest.approx(unit * found["ci_low"], rel=1e-6, abs=1e-12)
            outside = found["ci_low"] > 0 or found["ci_high"] < 0
            assert outside == (found["p_value"] <= 0.05)


def test_blocks_of_days_are_in_order_and_do_not_touch() -> None:
    # Days 300 and 302 share a day of windows from -1 to 3; 307 shares none with 302.
    returns = clustered(np.random.default_rng(10), 800, 1)
    pair = study_panel(frame(returns), asked([300, 302], 1), DESIGN)
    apart = study_panel(frame(returns), asked([300, 305], 1), DESIGN)
    drawn = [(row(result, "-1:3")["p_value"] * 1000) % 1 < 1e-6 for result in (pair, apart)]
    assert drawn == [False, True]


def test_how_many_sets_of_series_are_held_at_once_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    returns = clustered(np.random.default_rng(11), 800, 4)
    rows = [
        (f"e{day}", f"s{i}", START + timedelta(days=day))
        for day in range(300, 700, 35)
        for i in range(day % 3, 4)
    ]
    events = pl.DataFrame(rows, ["event", "series", "day"], orient="row")
    whole = study_panel(frame(returns), events, DESIGN).tests
    monkeypatch.setattr("marketwake.panel_study.permutation.KEPT", 1)
    assert study_panel(frame(returns), events, DESIGN).tests.equals(whole)
    assert whole["valid"].all()
