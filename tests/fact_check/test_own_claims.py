"""Claims of one's own beside the project's."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from marketwake.base.duck import transaction
from marketwake.base.errors import BadInputError, DefinitionError
from marketwake.event_study.run import study_own
from marketwake.fact_check import evaluation
from marketwake.fact_check.evaluation import FOLDER, evaluate, evaluate_own
from marketwake.fact_check.own_claims import Says, assets_named, claim_text, read_own
from marketwake.warehouse.embedded import BUILT_IN_ONLY
from marketwake.warehouse.own_events import place
from marketwake.warehouse.own_events import read_own as read_events
from tests.fact_check.claims import HEADER, SELECT
from tests.support.own import CLAIM, put, put_both

Con = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def studied(sample_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Con]:
    """The sample with the decision of the Federal Reserve placed and studied."""
    root = tmp_path_factory.mktemp("studied")
    shutil.copyfile(sample_root / "writer.duckdb", root / "writer.duckdb")
    put_both(root)
    with duckdb.connect(root / "writer.duckdb", config=BUILT_IN_ONLY) as con:
        con.execute("set timezone = 'UTC'")
        with transaction(con):
            place(con, read_events(root)[0])
            assert study_own(con, {"fomc-2025-07"}) == []
        yield con


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few claims of the project."""
    folder = tmp_path_factory.mktemp("project")
    for claim in ("a10", "a20", "b08"):
        shutil.copyfile(FOLDER / f"{claim}.sql", folder / f"{claim}.sql")
    return folder


@pytest.fixture
def judged(studied: Con, project: Path, tmp_path: Path) -> Con:
    """The same with the project's claims alone judged; the files are in the working folder."""
    put_both(tmp_path)
    evaluate(studied, project)
    return studied


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("Bitcoin fell", ["BTC"]),
        ("BTC跌破11万美元", ["BTC"]),
        ("比特币与以太坊同时上涨", ["BTC", "ETH"]),
        ("Ethereum's price rose, whether or not anybody bought", ["ETH"]),
        ("以太币上涨", ["ETH"]),
        ("ETH/BTC rose", ["ETH/BTC"]),
        ("Tether kept its peg together with Bitcoin Cash and ether classic", []),
        ("The price fell", []),
    ],
)
def test_a_sentence_names_its_assets(statement: str, named: list[str]) -> None:
    assert assets_named(statement, ["BTC", "ETH", "ETH/BTC"]) == named


def _claims(con: Con) -> dict[str, tuple[object, ...]]:
    rows = con.execute("select claim, event, article, statement, verdict, reason from mart.claim")
    return {row[0]: row[1:] for row in rows.fetchall()}


def test_one_of_ones_own_is_judged_by_the_same_rule(
    judged: Con, project: Path, tmp_path: Path
) -> None:
    before = _claims(judged)
    assert evaluate_own(judged, tmp_path / "claims", project) == []
    after = _claims(judged)
    # Coinbase's BTC-USD closed the hours before 18:00 UTC at 117,803.16 on the 30th and 117,725.90
    # on the 31st: -0.07 %.
    assert after.pop("btc-fell") == (
        "fomc-2025-07",
        "Example Times, 2025-07-31",
        "Bitcoin fell over the 24 hours after",
        "supported",
        "Over 24 hours bitcoin moved by -0.1 %.",
    )
    figures = judged.execute(
        "select venue, anchor, round(value, 6), vote from mart.claim_figure "
        "where claim = 'btc-fell' and venue = 'Coinbase'"
    ).fetchall()
    assert figures == [("Coinbase", "statement", -0.000656, "yes")]
    assert after == before


@pytest.mark.parametrize(
    ("says", "asset", "hours", "verdict", "reason"),
    [
        # Coinbase: 117,803.15 at 18:00 of the 30th, 117,726.05 a day later; ether 3,804.96 and,
        # two days later, 3,570.71.
        ("fell", "BTC", 24, "supported", "Over 24 hours bitcoin moved by -0.1 %."),
        ("rose", "BTC", 24, "contradicted", "Over 24 hours bitcoin moved by -0.1 %."),
        ("fell", "ETH", 48, "supported", "Over 48 hours ether moved by -6.2 to -6.1 %."),
        ("open", "ETH", 48, "not testable", "How this is to be judged has not been written yet."),
    ],
)
def test_a_new_claim_is_judged_by_what_it_says(
    judged: Con,
    project: Path,
    tmp_path: Path,
    says: Says,
    asset: str,
    hours: int,
    verdict: str,
    reason: str,
) -> None:
    told = ("Example Times, 2025-07-31", "It moved")
    text = claim_text("fresh", "fomc-2025-07", *told, says, asset, hours)
    put(tmp_path, "claims/fresh.sql", text)
    assert evaluate_own(judged, tmp_path / "claims", project) == []
    assert _claims(judged)["fresh"][3] == verdict
    parts = "select reason from mart.claim_part where claim = 'fresh'"
    assert judged.execute(parts).fetchall() == [(reason,)]
    labels = "select distinct definition from mart.claim_figure where claim = 'fresh'"
    name = {"BTC": "bitcoin", "ETH": "ether"}[asset]
    assert judged.execute(labels).fetchall() == [(f"return of {name} over {hours} hours",)]
    query = "select count(*) from mart.claim_evidence where claim = 'fresh'"
    # Two closes on each of the two venues.
    assert judged.execute(query).fetchall() == [(4,)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("select 1", "the first line must state the grain"),
        (CLAIM.replace("-- unit: words\n", ""), "the header lacks unit"),
        (CLAIM.replace("'fomc-2025-07', 'return'", "'fomc', 'return'"), None),
        (CLAIM.replace("event: fomc-2025-07", "event: fed"), "event: there is no event 'fed'"),
        (CLAIM.replace("null", "nil").replace("note\n", "nil\n"), 'Referenced column "nil"'),
        (
            CLAIM.replace("from event_figure", "from '/etc/passwd' --"),
            "is no table that it may read",
        ),
        (CLAIM + "; select 2", "it has 2 statements"),
        (CLAIM + "-- evidence\nfrom read_text('/etc/passwd')", "the function read_text may not be"),
        (CLAIM.replace("value, low", "cast(venue as double) as value, low"), "Could not convert"),
    ],
)
def test_a_broken_one_is_named_and_not_testable_and_the_others_are_judged(
    judged: Con, project: Path, tmp_path: Path, text: str, told: str | None
) -> None:
    before = _claims(judged)
    put(tmp_path, "claims/broken.sql", text.replace("claim: btc-fell", "claim: broken"))
    problems = evaluate_own(judged, tmp_path / "claims", project)
    after = _claims(judged)
    broken, good = after.pop("broken"), after.pop("btc-fell")
    assert broken[3] == "not testable"
    assert good[3] == "supported"
    assert after == before
    if told is None:  # of an event that nobody knows there is no figure
        assert problems == []
        return
    assert told in problems[0]
    assert str(broken[4]).startswith("It could not be computed: ")
    assert told in str(broken[4])


def test_one_that_does_not_end_is_ended(
    judged: Con, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "LONGEST_SECONDS", 0.5)
    endless = "(select * from event_figure('fomc-2025-07', 'return', 'BTC', 'hour', 24) where "
    endless += "(select count(*) from range(1000000000) as a, range(1000000000) as b) > 0)"
    text = CLAIM[: CLAIM.index("from event_figure")] + f"from {endless}\n"
    put(tmp_path, "claims/aaa.sql", text.replace("claim: btc-fell", "claim: aaa"))
    (problem,) = evaluate_own(judged, tmp_path / "claims", project)
    assert problem == "claims/aaa.sql: it takes longer than 0.5 seconds"
    assert _claims(judged)["aaa"][3] == "not testable"
    assert _claims(judged)["btc-fell"][3] == "supported"


# A list of 800 MB.
LARGE = "(select len(list(a)) as n from range(100000000) as t(a)) where n > 0"


def _put_reading(source: str, root: Path) -> None:
    """A claim `aaa` whose rows are those of `source`."""
    head, _ = CLAIM.split("\nselect", 1)
    row = "\nselect 'day' as definition, null as anchor, null as venue, 1.0 as value, null as low, "
    row += f"null as high, 'ratio' as unit, null as vote, null as note from {source}\n"
    put(root, "claims/aaa.sql", head.replace("claim: btc-fell", "claim: aaa") + row)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("range(1000000)", "it returns more than 2,000 rows"),
        (LARGE, "it needs more than 50MB of memory"),
    ],
)
def test_one_that_asks_for_too_much_is_ended(
    judged: Con,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    told: str,
) -> None:
    monkeypatch.setattr(evaluation, "MOST_MEMORY", "50MB")
    _put_reading(source, tmp_path)
    (problem,) = evaluate_own(judged, tmp_path / "claims", project)
    assert told in problem
    assert _claims(judged)["btc-fell"][3] == "supported"


def test_one_that_needs_more_than_the_settings_leave_is_ended(
    judged: Con, project: Path, tmp_path: Path
) -> None:
    judged.execute("set memory_limit = '100MB'")  # 95.37 times 1024 * 1024 bytes
    try:
        _put_reading(LARGE, tmp_path)
        (problem,) = evaluate_own(judged, tmp_path / "claims", project)
    finally:
        judged.execute("reset memory_limit")
    assert problem == "claims/aaa.sql: it needs more than 95.3 MiB of memory"
    assert _claims(judged)["btc-fell"][3] == "supported"


def test_what_editors_and_systems_leave_is_no_claim_and_a_pipe_is_not_read(
    judged: Con, project: Path, tmp_path: Path
) -> None:
    put(tmp_path, "claims/._aaa.sql", "what a system keeps beside a file")
    (tmp_path / "claims" / ".#bbb.sql").symlink_to("nowhere")
    os.mkfifo(tmp_path / "claims" / "ccc.sql")
    put(tmp_path, "claims/show.sql", CLAIM.replace("claim: btc-fell", "claim: show"))
    path = put(tmp_path, "claims/ddd.sql", "")
    path.write_bytes(b"\xef\xbb\xbf" + CLAIM.replace("claim: btc-fell", "claim: ddd").encode())
    pipe, name = evaluate_own(judged, tmp_path / "claims", project)
    assert "ccc.sql cannot be read: it is no regular file" in pipe
    assert "not like a command" in name
    assert _claims(judged)["ddd"][3] == "supported"


def test_the_name_of_a_claim_of_the_project_is_taken(
    judged: Con, project: Path, tmp_path: Path
) -> None:
    put(tmp_path, "claims/a10.sql", CLAIM.replace("claim: btc-fell", "claim: a10"))
    (problem,) = evaluate_own(judged, tmp_path / "claims", project)
    assert problem == "claims/a10.sql: the project has a claim 'a10'; give yours another name"
    assert _claims(judged)["a10"][0] == "eo-401k"


def test_reading_says_what_is_wrong(con: Con, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nowhere\.sql cannot be read"):
        read_own(con, tmp_path / "nowhere.sql")
    path = put(tmp_path, "claims/z01.sql", HEADER + SELECT + "limit (from read_text('x'))")
    with pytest.raises(DefinitionError, match="read_text may not be called") as raised:
        read_own(con, path)
    assert "tables of the schemas raw, stg, mart, seed, cal, ops" in raised.value.fix
    assert read_own(con, put(tmp_path, "claims/z01.sql", HEADER + SELECT)).claim == "z01"
    assert path.parent != FOLDER
