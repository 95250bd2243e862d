"""The one verdict rule: by table, by properties, and as a person reads it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.fact_check.verdict import Figure, format_value, judge

AGREES = st.sampled_from([True, False, None])
FIGURES = st.lists(
    st.builds(
        Figure,
        anchor=st.sampled_from([None, "day", "report", "signing"]),
        venue=st.sampled_from([None, "Binance", "Coinbase"]),
        definition=st.sampled_from(["return", "peak", "rank"]),
        value=st.none() | st.floats(-1e13, 1e13),
        unit=st.sampled_from(["fraction", "usd", "ratio", "hour"]),
        agrees=AGREES,
        note=st.none() | st.sampled_from(["no bars here", "before the order"]),
    ),
    max_size=12,
)


def figure(
    anchor: str | None,
    venue: str | None,
    definition: str,
    *,
    agrees: bool | None,
    value: float | None = None,
) -> Figure:
    return Figure(anchor, venue, definition, value, "fraction", agrees)


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [
        ([], "not_testable"),
        ([None], "not_testable"),
        ([None, None], "not_testable"),
        ([True], "supported"),
        ([True, True, None], "supported"),
        ([False], "contradicted"),
        ([False, None, False], "contradicted"),
        ([True, False], "depends"),
        ([None, True, False, True], "depends"),
    ],
)
def test_votes_decide(votes: list[bool | None], verdict: str) -> None:
    assert (
        judge(figure(None, None, f"definition {i}", agrees=vote) for i, vote in enumerate(votes))[0]
        == verdict
    )


@given(FIGURES, st.randoms())
def test_order_does_not_matter(figures: list[Figure], random: object) -> None:
    shuffled = list(figures)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(shuffled) == judge(figures)


@given(FIGURES)
def test_figures_that_do_not_vote_do_not_change_the_verdict(figures: list[Figure]) -> None:
    voters = [one for one in figures if one.agrees is not None]
    assert judge(voters)[0] == judge(figures)[0]


@given(FIGURES)
def test_unanimity_and_only_unanimity_supports_or_contradicts(figures: list[Figure]) -> None:
    votes = {one.agrees for one in figures} - {None}
    expected: dict[frozenset[bool | None], str] = {
        frozenset(): "not_testable",
        frozenset({True}): "supported",
        frozenset({False}): "contradicted",
    }
    assert judge(figures)[0] == expected.get(frozenset(votes), "depends")


@given(FIGURES)
def test_swapping_yes_and_no_swaps_the_verdict(figures: list[Figure]) -> None:
    swapped = [
        Figure(
            f.anchor,
            f.venue,
            f.definition,
            f.value,
            f.unit,
            None if f.agrees is None else not f.agrees,
            f.note,
        )
        for f in figures
    ]
    mirror = {"supported": "contradicted", "contradicted": "supported"}
    verdict = judge(figures)[0]
    assert judge(swapped)[0] == mirror.get(verdict, verdict)


@given(FIGURES)
def test_the_reason_is_sentences(figures: list[Figure]) -> None:
    reason = judge(figures)[1]
    assert reason[0].isupper()
    assert reason.endswith(".")
    assert "None" not in reason
    assert "  " not in reason


GRID = list(product(["day", "signing"], ["Binance", "Coinbase"], ["peak", "return"]))


@pytest.mark.parametrize(
    ("agreeing", "dimensions"),
    [
        ({one for one in GRID if one[0] == "day"}, "anchor"),
        ({one for one in GRID if one[1] == "Binance"}, "venue"),
        ({one for one in GRID if one[2] == "return"}, "definition"),
        ({one for one in GRID if one[0] == "day" and one[1] == "Binance"}, "anchor and venue"),
        ({one for one in GRID if one[1] == "Binance" or one[2] == "peak"}, "venue and definition"),
        ({one for one in GRID if one[0] == "day" and one[2] == "peak"}, "anchor and definition"),
        ({("day", "Binance", "peak")}, "anchor, venue and definition"),
    ],
)
def test_the_reason_names_the_dimensions_that_separate(
    agreeing: set[tuple[str, str, str]], dimensions: str
) -> None:
    verdict, reason = judge(figure(*one, agrees=one in agreeing) for one in GRID)
    assert verdict == "depends"
    assert reason.startswith(f"Turns on the {dimensions}: agrees ")


def test_a_reason_for_depends_reads_well() -> None:
    values = {"day": (0.0216, True), "report": (0.0012, False), "signing": (-0.0044, False)}
    figures = [
        figure(anchor, venue, "return over 24 hours", value=value, agrees=agrees)
        for anchor, (value, agrees) in values.items()
        for venue in ("Binance", "Coinbase")
    ]
    assert judge(figures)[1] == (
        "Turns on the anchor: agrees from day (+2.2 %), not from report (+0.1 %) or from signing "
        "(-0.4 %); the same on both venues."
    )


def test_what_does_not_vote_is_mentioned_with_its_reason() -> None:
    figures = [
        Figure("day", None, "net flow", 683.3e6, "usd", True),
        Figure("leak", None, "net flow", 1e9, "usd", None, "before the order"),
        Figure(None, None, "traded volume", None, "usd", None, "no fund bars here"),
    ]
    assert (
        judge(figures)[1]
        == "Agrees by net flow (683.3 M USD). Not counted: traded volume (no fund bars here)."
    )


def test_not_testable_says_why() -> None:
    assert judge(
        [Figure(None, None, "holdings", None, "coin", None, "a list of holdings would decide")]
    ) == (
        "not_testable",
        "A list of holdings would decide.",
    )


def test_many_groups_are_counted_not_listed() -> None:
    figures = [figure(None, None, f"day {i}", agrees=i == 0, value=0.1) for i in range(9)]
    assert judge(figures)[1] == (
        "Turns on the definition: agrees by day 0 (10.0 %), not by day 1 (10.0 %), by day 2 "
        "(10.0 %), by day 3 (10.0 %) or 5 more."
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.884, "fraction", "88.4 %"),
        (20250808.0, "yyyymmdd", "2025-08-08"),
        (683.3e6, "usd", "683.3 M USD"),
        (0.45e12, "usd", "450 B USD"),
        (12.2e12, "usd", "12.2 T USD"),
        (-812.3e6, "usd", "-812.3 M USD"),
        (4299.0, "usd", "4,299 USD"),
        (1.4321, "ratio", "1.43"),
        (3.0, "hour", "3 h"),
        (3_023_255.0, "coin", "3.023 M coins"),
    ],
)
def test_values_are_printed_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert format_value(value, unit) == text
