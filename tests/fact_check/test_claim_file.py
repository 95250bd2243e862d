"""The form of a claim file: what is read, and what is wrong said by name."""

from pathlib import Path

import pytest

from marketwake.base.errors import DefinitionError
from marketwake.fact_check.claim_file import read_claim
from tests.fact_check.claims import HEADER, SELECT, write


def test_a_file_is_read(tmp_path: Path) -> None:
    text = HEADER.replace("-- reason: The sum is\n--   {sum}.", "-- tolerance: about_share") + (
        "-- first: mixed\n-- proxy: panel: a stand-in\n--\n-- part: forecast: so it will be\n"
        "-- shown: later: the sum of tomorrow\nselect threshold('about_share')\n-- evidence\nfrom x"
    )
    claim = read_claim(write(tmp_path, text))
    first, second = claim.parts
    assert (claim.statement, claim.stated) == ("two and two make four", "4")
    assert (first.kind, first.main, first.first) == ("arithmetic", "sum", "mixed")
    assert first.definitions == {"sum": "sum of the two", "panel": "a stand-in"}
    assert (second.says, second.main, second.roles) == ("so it will be", None, {"later": "shown"})
    assert claim.select.endswith("select threshold('about_share')\n")
    assert claim.evidence == "from x"


def test_a_line_goes_on_behind_three_blanks(tmp_path: Path) -> None:
    (part,) = read_claim(write(tmp_path, HEADER + SELECT)).parts
    assert part.lines == {"reason": "The sum is {sum}."}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("-- One row per definition.\n", "", "first line must state the grain"),
        ("-- article: A\n", "", "the header lacks article"),
        ("-- stated: 4\n", "-- stated: \n", "header line 'stated: ' is empty"),
        ("-- unit: ratio\n", "-- unit: ratio\n-- mood: good\n", "header line 'mood: good'"),
        ("-- unit: ratio\n", "-- unit: ratio\n-- unit: usd\n", "header line 'unit: usd'"),
        ("-- claim: z01\n", "-- claim: z02\n", "calls the claim 'z02', the file is named 'z01'"),
        ("arithmetic: ", "guess: ", "KIND one of window, quote, document"),
        ("-- part: arithmetic: the sum is four\n", "", "'main: sum: sum of the two' stands before"),
        ("-- main: sum: sum of the two\n", "", "part 'the sum is four' has no definition"),
        ("-- main: sum: ", "-- check: sum: ", "has checks and no main definition"),
        ("-- main: sum: ", "-- main: the sum: ", "expected 'main: key: what it means'"),
        ("-- reason: ", "-- main: other: more\n-- reason: ", "more than one main definition"),
        (
            "-- reason: ",
            "-- check: sum: again\n-- reason: ",
            "more than one definition has the key",
        ),
        ("-- reason: ", "-- first: depends\n-- reason: ", "'first: depends': expected one of"),
        ("-- reason: ", "-- reason: a\n-- reason: ", "is repeated in its part"),
        ("-- reason: ", "-- tolerance: about_share\n-- reason: ", "does not use the tolerance"),
    ],
)
def test_what_is_wrong_in_a_header_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in HEADER
    with pytest.raises(DefinitionError) as raised:
        read_claim(write(tmp_path, HEADER.replace(old, new) + SELECT))
    assert raised.value.what.startswith("claims/z01.sql: ")
    assert message in raised.value.what
