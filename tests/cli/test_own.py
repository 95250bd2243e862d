"""The commands for events and claims of one's own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from marketwake.runs import rebuild as rebuilding
from marketwake.runs.result import RunResult
from tests.support.command import Done, command
from tests.support.own import CLAIM, EVENT, put

Run = Callable[..., Done]
ADD = (
    "events",
    "add",
    "fomc-2025-07",
    "--at",
    "2025-07-30T18:00Z",
    "--title",
    "The Fed",
    "--source",
    "s",
)
KNOWN = CLAIM.replace("fomc-2025-07", "eo-401k")
NEW = (
    "claims", "new", "btc-fell", "--event", "eo-401k", "--statement", "Bitcoin \n fell",
    "--article", "Example Times, 2025-08-08",
)  # fmt: skip


@pytest.fixture
def root(sample_root: Path, tmp_path: Path) -> Path:
    """A published warehouse without the writer's file."""
    (tmp_path / "market.duckdb").symlink_to((sample_root / "market.duckdb").resolve())
    return tmp_path


@pytest.fixture
def run(root: Path) -> Run:
    return lambda *words: command(*words, MARKETWAKE_WAREHOUSE=str(root))


def test_events_are_listed_with_their_anchors_files_claims_and_pages(run: Run, root: Path) -> None:
    put(root, "reports/eo-401k.html", "a page")
    put(root, "events/mine.toml", EVENT)
    lines = {line.split("  ")[0]: line for line in run("events").stdout.splitlines()}
    assert "leak, day, report" in lines["eo-401k"]
    assert "the project" in lines["eo-401k"]
    assert lines["eo-401k"].endswith("yes")
    assert lines["crash-1929"].endswith("no")
    assert "events/mine.toml: not taken in yet" in lines["mine"]


def test_claims_are_shown_as_ever(run: Run) -> None:
    assert "ether funds" in run("claims", "a10").stdout
    assert run("claims", "a10").stdout == run("claims", "show", "a10").stdout
    assert run("claims", "--json").stdout.startswith("[")
    assert "a10" in run("claims").stdout
    assert run("claims", "no-such").returncode == 2


def test_the_query_of_a_claim_of_ones_own_can_be_had_and_run(run: Run, root: Path) -> None:
    put(root, "claims/btc-fell.sql", KNOWN)
    query = run("claims", "btc-fell", "--sql").stdout
    assert query.strip() == KNOWN.strip()
    answer = run("sql", "--claim", "btc-fell", "--output", "csv").stdout
    assert answer.startswith("definition,anchor,venue,value")


def test_adding_an_event_writes_the_file_that_the_first_run_takes_in(run: Run, root: Path) -> None:
    done = run(*ADD)
    assert done.returncode == 0, done.stderr
    assert "The first run takes it in." in done.stdout
    text = (root / "events" / "fomc-2025-07.toml").read_text()
    assert "at = 2025-07-30T18:00:00Z\n" in text
    assert 'kind = "other"' in text
    assert "exists" in run(*ADD).stderr


def test_adding_an_event_rebuilds_where_there_is_a_warehouse(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Path]()

    def rebuilt(root: Path) -> RunResult:
        asked.append(root)
        return RunResult("run", 0, 0, 0, (), (), (root / "reports" / "fomc-2025-07.html",))

    monkeypatch.setattr(rebuilding, "rebuild", rebuilt)
    (root / "writer.duckdb").touch()
    added = run(*ADD).stdout
    assert "own event: " in added
    # The sample was built before, and this test writes no page.
    assert "judged:    no claim\nredrawn:   no page\n" in added
    assert run("rebuild", "-q").stdout == ""
    assert asked == [root, root]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*ADD[:2], "eo-401k", *ADD[3:]), "'eo-401k' cannot be the name of an event"),
        ((*ADD[:2], "../x", *ADD[3:]), "small letters"),
        ((*ADD[:2], "Fed June", *ADD[3:]), "'Fed June' cannot be the name of an event"),
        ((*ADD[:4], "2025-07-30T18:00", *ADD[5:]), "time zone"),
        ((*ADD[:4], "noon", *ADD[5:]), "--at: 'noon' is no instant"),
        ((*ADD, "--kind", "weather"), "breaks (kind IN"),
        ((*ADD[:6], "", *ADD[7:]), "breaks"),
        ((*NEW[:2], "a10", *NEW[3:]), "'a10' cannot be the name of a claim of yours"),
        ((*NEW[:2], "../x", *NEW[3:]), "cannot be the name"),
        ((*NEW[:4], "fomc", *NEW[5:]), "there is no event 'fomc'"),
        ((*NEW[:6], "  ", *NEW[7:]), "--statement: it says nothing"),
        ((*NEW[:8], "  "), "--article: it says nothing"),
        ((*NEW, "--hours", "7"), "nothing is computed for '7'"),
        ((*NEW, "--asset", "btc"), "nothing is computed for 'btc'\nDid you mean 'BTC'?"),
        ((*NEW[:6], "Ether beat bitcoin", *NEW[7:]), "--statement: it names BTC and ETH\nSay of"),
        (
            (*NEW[:6], "Solana fell", *NEW[7:]),
            "it names no price that is known here\nSay of which price it is with --asset: one of "
            "BTC, ETH, ETH/BTC.",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    run: Run, root: Path, words: tuple[str, ...], told: str
) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert [path.name for path in root.iterdir()] == ["market.duckdb"]


def test_a_new_claim_runs_as_it_is(run: Run, root: Path) -> None:
    assert "cannot be judged until" in run(*NEW[:2], "open", *NEW[3:]).stdout
    assert run(*NEW, "--says", "fell").returncode == 0
    file = root / "claims" / "btc-fell.sql"
    assert "-- statement: Bitcoin fell\n" in file.read_text()
    done = run("claims", "check", "btc-fell")
    assert done.stdout == run("claims", "check", str(file)).stdout
    assert done.returncode == 0, done.stderr
    assert "Over 24 hours bitcoin moved by" in done.stdout
    assert "BTC at 2025-08-07 00:00 UTC" in done.stdout
    assert run(*NEW).returncode == 2


@pytest.mark.parametrize(
    ("statement", "given", "instrument"),
    [
        ("Ether fell", (), "ETH"),
        ("以太坊下跌", (), "ETH"),
        ("比特币24小时内下跌", (), "BTC"),
        ("Ether fell by more than bitcoin", ("--asset", "ETH/BTC"), "ETH/BTC"),
    ],
)
def test_a_new_claim_asks_about_the_price_that_it_names(
    run: Run, root: Path, statement: str, given: tuple[str, ...], instrument: str
) -> None:
    words = (*NEW[:6], statement, *NEW[7:], *given)
    assert run(*words).returncode == 0
    text = (root / "claims" / "btc-fell.sql").read_text()
    assert f"event_figure('eo-401k', 'return', '{instrument}', 'hour', 24)" in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("claims eo-401k", "'eo-401k' is an event, no claim\n`marketwake study eo-401k`"),
        ("claims holes", "'holes' is a saved query, no claim\n`marketwake query holes` runs it."),
        ("claims --json eo-401k", "'eo-401k' is an event, no claim"),
        ("claims check eo-401k", "'eo-401k' is an event, no claim file"),
        ("claims new x --event a10 --statement s --article a", "'a10' is a claim, no event"),
        ("study a10", "'a10' is a claim, no event\n`marketwake claims a10` shows it."),
        ("study own", "'own' is a claim, no event"),
        ("open holes", "'holes' is a saved query, no event or claim"),
        ("export event a10 --to made", "'a10' is a claim, no event"),
        ("events a10", "'a10' is a claim, no event"),
        ("query eo-401k", "'eo-401k' is an event, no saved query"),
        ("query holes a10", "'a10' is a claim, no saved query"),
        ("sql --claim eo-401k", "'eo-401k' is an event, no claim"),
        ("sql a10", "'a10' is a claim, no SQL"),
        ("changes eo-401k", "'eo-401k' is an event, no run"),
    ],
)
def test_a_name_of_another_kind_is_told_with_the_command_that_was_meant(
    run: Run, root: Path, line: str, told: str
) -> None:
    put(root, "claims/own.sql", KNOWN)
    done = run(*line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_one_event_is_listed_alone(run: Run) -> None:
    told = run("events", "eo-401k").stdout
    assert "leak, day, report" in told
    assert "crash-1929" not in told
    none = run("events", "eo-401")
    assert none.returncode == 2
    assert "there is no event 'eo-401'\nDid you mean 'eo-401k'? Known: crash-1929" in none.stderr


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("select 1", 6, "the first line must state the grain"),
        (KNOWN.replace("vote_below", "vote_down"), 6, "vote_down"),
        (KNOWN.replace("from event_figure", "from read_csv('x') --"), 6, "may not be called"),
        (
            KNOWN.replace("value, low", "cast(anchor as double) as value, low"),
            6,
            "Could not convert",
        ),
        (CLAIM, 2, "there is no event 'fomc-2025-07'"),
    ],
)
def test_checking_says_why_a_claim_may_not_run(
    run: Run, root: Path, text: str, code: int, told: str
) -> None:
    done = run("claims", "check", str(put(root, "claims/btc-fell.sql", text)))
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_checking_a_name_of_the_project_and_no_file(run: Run, root: Path) -> None:
    taken = put(root, "claims/a10.sql", CLAIM)
    assert "the project has a claim 'a10'" in run("claims", "check", str(taken)).stderr
    assert run("claims", "check", str(root / "none.sql")).returncode == 2


@pytest.mark.parametrize(
    ("events", "judged"),
    [
        (["eo-401k"], "judged:    a10 (supported), a25 ("),
        (None, "judged:    46 claims\n"),
    ],
)
def test_a_rebuild_names_what_it_judged_and_redrew(
    sample_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    events: list[str] | None,
    judged: str,
) -> None:
    shutil.copyfile(sample_root / "market.duckdb", tmp_path / "market.duckdb")
    (tmp_path / "market.duckdb").chmod(0o644)
    for name in ("a10", "a25"):
        put(tmp_path, f"claims/{name}.sql", CLAIM)
    put(tmp_path, "reports/eo-401k.html", "old")
    os.utime(tmp_path / "reports" / "eo-401k.html", (0, 0))

    def rebuilt(root: Path) -> RunResult:
        with duckdb.connect(root / "market.duckdb") as con:
            con.execute("insert into ops.build values (now(), 'new', ?)", [events])
        for name in ("payrolls-2025-07", "payrolls-2025-07.zh", "index"):
            put(root, f"reports/{name}.html", "a page")
        return RunResult("run", 0, 0, 0, (), ())

    monkeypatch.setattr(rebuilding, "rebuild", rebuilt)
    told = command("rebuild", MARKETWAKE_WAREHOUSE=str(tmp_path)).stdout
    assert judged in told
    assert "redrawn:   payrolls-2025-07\n" in told
    assert command("rebuild", "-q", MARKETWAKE_WAREHOUSE=str(tmp_path)).stdout == ""


def test_rebuilding_needs_a_warehouse(run: Run) -> None:
    done = run("rebuild")
    assert done.returncode == 2
    assert "there is no warehouse in" in done.stderr
