"""The one rule: by table, and by what must always hold."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketwake.fact_check.verdict import (
    VERDICTS,
    Figure,
    Role,
    Verdict,
    Vote,
    combined,
    judge,
)

ROLES: dict[str, Role] = {"return": "main", "peak": "check", "rank": "check", "panel": "proxy"}
VOTES = st.sampled_from(["yes", "no", "unclear", None])
FIGURES = st.lists(
    st.builds(
        Figure,
        definition=st.sampled_from(sorted(ROLES)),
        anchor=st.sampled_from(["day", "report", "signing"]),
        venue=st.sampled_from([None, "Binance", "Coinbase"]),
        value=st.floats(-9, 9),
        low=st.none(),
        high=st.none(),
        unit=st.just("fraction"),
        vote=VOTES,
    ),
    max_size=14,
)
ORDER: dict[Verdict, int] = {verdict: -place for place, verdict in enumerate(VERDICTS)}


def votes(main: Sequence[str], *checks: Sequence[str]) -> list[Figure]:
    """Figures of the main definition and of checks, all different: y yes, n no, u unclear."""
    named: dict[str, Vote] = {"y": "yes", "n": "no", "u": "unclear"}
    return [
        Figure(definition, None, None, float(place), None, None, "ratio", named[vote])
        for definition, voted in zip(("return", "peak", "rank"), (main, *checks), strict=False)
        for place, vote in enumerate(voted)
    ]


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        (votes(""), "not testable"),
        (votes("", "yyy"), "not testable"),  # checks alone decide nothing
        (votes("y"), "supported"),
        (votes("yyyyyyyyyn"), "supported"),  # nine in ten
        (votes("yyyyyyyyn"), "mostly supported"),  # eight in nine are less
        (votes("yy", "yyyyn"), "supported"),  # m = 1, s = (1 + 4/5) / 2 = 9/10
        (votes("yy", "yyyn"), "mostly supported"),  # s = 7/8
        (votes("yyn", "n"), "mixed"),  # m = 2/3, s = 1/3
        (votes("yyn", "y", "n"), "mostly supported"),  # s = (2/3 + 1 + 0) / 3 = 5/9
        (votes("yn"), "mixed"),
        (votes("u"), "mixed"),  # half a vote
        (votes("n"), "contradicted"),
        (votes("nnnnnnnnny"), "contradicted"),
        (votes("nnnnu"), "contradicted"),  # half of one in five: m = 1/10
        (votes("nnnu"), "mostly contradicted"),
        (votes("nny", "y"), "mixed"),  # m = 1/3, s = 2/3
        (votes("nny", "n"), "mostly contradicted"),
        (votes("n", "yyyy", "nnnn"), "mostly contradicted"),  # s = 1/3
    ],
)
def test_shares_decide(figures: list[Figure], verdict: str) -> None:
    assert judge("window", ROLES, figures).verdict == verdict


def test_definitions_weigh_equally_however_many_figures_they_have() -> None:
    # m = 1, s = (1 + 0) / 2: two yes against twenty no.
    finding = judge("window", ROLES, votes("yy", "n" * 20))
    assert finding.verdict == "mostly supported"
    assert (finding.agree, finding.of, finding.main_agree, finding.main_of) == (2, 22, 2, 2)


def test_three_anchors_of_one_session_are_one_comparison() -> None:
    same = Figure("return", "day", "funds", 683.3e6, None, None, "usd", "yes")
    rows = [same, replace(same, anchor="report"), replace(same, anchor="signing")]
    assert (judge("window", ROLES, rows).agree, judge("window", ROLES, rows).of) == (1, 1)


@pytest.mark.parametrize("kind", ["cause", "forecast"])
def test_a_cause_and_a_forecast_cannot_be_tested(kind: str) -> None:
    assert judge(kind, ROLES, votes("yyy", "y")).verdict == "not testable"  # type: ignore[arg-type]


def test_proxies_have_no_vote() -> None:
    proxy = Figure("panel", None, None, 0.2, None, None, "fraction", "yes")
    assert judge("quote", ROLES, [proxy]) == judge("quote", ROLES, [])


def test_an_anchor_without_a_figure_is_named() -> None:
    lacking = Figure("return", "signing", "Coinbase", None, None, None, "fraction", None)
    assert judge("window", ROLES, [*votes("y"), lacking]).silent == ("signing",)


@given(FIGURES, st.randoms())
def test_order_does_not_matter(figures: list[Figure], random: object) -> None:
    shuffled = list(figures)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge("window", ROLES, shuffled) == judge("window", ROLES, figures)


@given(FIGURES, st.data())
def test_equal_figures_count_once(figures: list[Figure], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(figures), max_size=5)) if figures else []
    moved = [replace(row, anchor=data.draw(st.sampled_from(["day", "signing"]))) for row in again]
    before, after = judge("window", ROLES, figures), judge("window", ROLES, figures + moved)
    assert replace(after, silent=()) == replace(before, silent=())


@given(FIGURES, st.sampled_from(["return", "peak", "rank"]))
def test_one_more_agreeing_figure_never_lowers_a_verdict(
    figures: list[Figure], definition: str
) -> None:
    before = judge("window", ROLES, figures)
    assume(before.verdict != "not testable")
    more = Figure(definition, "day", "Kraken", 100.0, None, None, "fraction", "yes")
    after = judge("window", ROLES, [*figures, more])
    assert ORDER[after.verdict] >= ORDER[before.verdict]
    assert after.agree == before.agree + 1


@given(FIGURES)
def test_swapping_yes_and_no_mirrors_the_verdict(figures: list[Figure]) -> None:
    other: dict[Vote | None, Vote | None] = {"yes": "no", "no": "yes"}
    swapped = [replace(row, vote=other.get(row.vote, row.vote)) for row in figures]
    mirror: dict[str, str] = {
        "supported": "contradicted",
        "contradicted": "supported",
        "mostly supported": "mostly contradicted",
        "mostly contradicted": "mostly supported",
    }
    verdict = judge("window", ROLES, figures).verdict
    assert judge("window", ROLES, swapped).verdict == mirror.get(verdict, verdict)


@given(FIGURES)
def test_an_unclear_vote_is_a_yes_and_a_no_by_half(figures: list[Figure]) -> None:
    clear = [replace(row, vote="yes" if row.vote == "unclear" else row.vote) for row in figures]
    against = [replace(row, vote="no" if row.vote == "unclear" else row.vote) for row in figures]
    found = judge("window", ROLES, figures)
    if found.main_of:
        share = Fraction(2 * found.main_agree + found.main_unclear, 2 * found.main_of)
        for_it, against_it = (judge("window", ROLES, rows) for rows in (clear, against))
        assume(for_it.main_of == against_it.main_of == found.main_of)
        assert share == Fraction(for_it.main_agree + against_it.main_agree, 2 * found.main_of)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ([], "not testable"),
        (["not testable", "not testable"], "not testable"),
        (["supported", "not testable"], "supported"),
        (["supported", "mostly supported"], "mostly supported"),
        (["contradicted", "contradicted"], "contradicted"),
        (["contradicted", "mostly contradicted", "not testable"], "mostly contradicted"),
        (["supported", "contradicted"], "mixed"),
        (["mostly supported", "mostly contradicted"], "mixed"),
        (["supported", "mixed"], "mixed"),
    ],
)
def test_the_word_for_several_parts(parts: list[Verdict], word: str) -> None:
    assert combined(parts) == word
