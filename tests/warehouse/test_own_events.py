"""Files of own events: what they give, and how what is wrong in one is told."""

from pathlib import Path

import duckdb
import pytest

from marketwake.base.duck import transaction
from marketwake.warehouse.build import reference
from marketwake.warehouse.own_events import place, placed, read_own
from tests.support.own import EVENT, put
from tests.support.rows import at

FILE = "events/fomc-2025-07.toml"
OTHERS = """
[[anchor]]
anchor = "conference"
at = 2025-07-30T18:30:00Z
earliest = 2025-07-30T14:30:00-04:00
latest = 2025-07-30T19:15:00Z
precision = "hour"
note = "questions"
votes = false
how_seen = "opening"
source = "Federal Reserve, press conference"

[[confounder]]
name = "Gross domestic product"
at = 2025-07-30T12:30:00Z
precision = "minute"
"""


def _in(con: duckdb.DuckDBPyConnection, root: Path) -> list[str]:
    found, problems = read_own(root)
    with transaction(con):
        place(con, found)
    return problems


def test_the_rows_stand_beside_those_of_the_project(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    before = con.execute("from seed.anchor order by all").fetchall()
    put(tmp_path, FILE, EVENT + OTHERS)
    assert _in(con, tmp_path) == []
    assert con.execute("from ops.own_event").fetchall() == [("fomc-2025-07", FILE)]
    six = at("2025-07-30 18:00")
    query = "from seed.anchor where event = 'fomc-2025-07' order by nominal_at"
    assert con.execute(query).fetchall() == [
        (
            "fomc-2025-07", "statement", six, six, six, "minute", True, "14:00 in Washington",
            "Federal Reserve, statement of 30 July 2025", "in full",
        ),
        (
            "fomc-2025-07", "conference", at("2025-07-30 18:30"), at("2025-07-30 18:30"),
            at("2025-07-30 19:15"), "hour", False, "questions",
            "Federal Reserve, press conference", "opening",
        ),
    ]  # fmt: skip
    assert con.execute(
        "select name, happened_at, earliest_at, note, source from seed.confounder "
        "where event = 'fomc-2025-07'"
    ).fetchall() == [
        (
            "Gross domestic product", at("2025-07-30 12:30"), at("2025-07-30 12:30"), None,
            "Federal Reserve, statement of 30 July 2025",
        )
    ]  # fmt: skip
    # Another time, with the file gone, the project's rows are as they were.
    assert list(placed(con)) == ["fomc-2025-07"]
    (tmp_path / FILE).unlink()
    _in(con, tmp_path)
    assert con.execute("from seed.anchor order by all").fetchall() == before
    assert con.execute("from ops.own_event").fetchall() == []


def test_it_is_news_to_no_other_event(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    # Two days before the statistics of 1 August, which are news to it.
    query = "select name from confounders(?) order by name"
    before = con.execute(query, ["payrolls-2025-07"]).fetchall()
    put(tmp_path, FILE, EVENT)
    _in(con, tmp_path)
    assert con.execute(query, ["payrolls-2025-07"]).fetchall() == before
    known = [name for (name,) in con.execute(query, ["fomc-2025-07"]).fetchall()]
    assert "US payrolls of July 2025 far below expectation" in known


def test_a_new_program_begins_with_the_project_alone(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    put(tmp_path, FILE, EVENT)
    _in(con, tmp_path)
    with transaction(con):
        reference(con)
    assert con.execute("from ops.own_event").fetchall() == []
    assert not con.execute("from seed.event where event = 'fomc-2025-07'").fetchall()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("event = ", "it is no TOML"),
        (EVENT.replace("fomc-2025-07", "other"), "event: it must be 'fomc-2025-07'"),
        (
            EVENT.replace("kind", "sort"),
            "there is no key 'sort'; expected event, name, kind, source",
        ),
        (EVENT.replace('"policy"', '"weather"'), "breaks (kind IN"),
        (EVENT.replace("name =", "#"), "name: missing"),
        (EVENT.replace("note =", "#"), "[[anchor]] 1: note: missing"),
        (EVENT.replace("at = ", "#"), "[[anchor]] 1: at: missing"),
        (EVENT.replace("at = ", "when = "), "[[anchor]] 1: there is no key 'when'; expected at"),
        (
            EVENT.replace(":00Z", ":00"),
            "[[anchor]] 1: at: '2025-07-30 18:00:00' is no instant with",
        ),
        (EVENT.replace("T18:00:00Z", ""), "[[anchor]] 1: at: '2025-07-30' is no instant with"),
        (EVENT.replace('"minute"', '"minut"'), '[[anchor]] 1: breaks ("precision" IN'),
        (EVENT.replace('"minute"', "7"), "[[anchor]] 1: precision: write a text in quotes, not 7"),
        (EVENT + 'votes = "yes"\n', "[[anchor]] 1: votes: write true or false, not 'yes'"),
        (
            EVENT + "earliest = 2025-07-30T19:00:00Z\n",
            "[[anchor]] 1: breaks (earliest <= at)",
        ),
        (EVENT + "\n" + EVENT[EVENT.index("[[") :], "[[anchor]]: two of one name"),
        (EVENT[: EVENT.index("[[")], "it has no [[anchor]]"),
        (
            EVENT.replace("[[anchor]]", "[anchor]"),
            "anchor: write [[anchor]] above each one's lines",
        ),
        (EVENT + '[[confounder]]\nname = "x"\n', "[[confounder]] 1: at: missing"),
    ],
)
def test_a_wrong_file_is_named_with_table_and_field_and_stops_no_other(
    tmp_path: Path, text: str, told: str
) -> None:
    put(tmp_path, FILE, text)
    put(tmp_path, "events/good.toml", EVENT.replace("fomc-2025-07", "good"))
    found, (problem,) = read_own(tmp_path)
    assert list(found) == ["good"]
    assert problem.startswith(f"{FILE}: ")
    assert told in problem
    assert "Mend the file; docs/own.md shows one." in problem


def test_a_name_of_the_project_and_an_odd_name_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "events/eo-401k.toml", EVENT.replace("fomc-2025-07", "eo-401k"))
    put(tmp_path, "events/A b.toml", EVENT.replace("fomc-2025-07", "A b"))
    (tmp_path / "events" / "folder.toml").mkdir()
    found, problems = read_own(tmp_path)
    assert found == {}
    assert "small letters, digits and '-'" in problems[0]
    assert "the project has an event 'eo-401k'" in problems[1]
    assert "folder.toml: it cannot be read" in problems[2]
