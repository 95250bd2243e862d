"""The folder of an event: what is in it, and that its SQL makes it again."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest

from marketwake.cli import bundle
from tests.support.command import Done, command

Run = Callable[..., Done]
EVENT = "payrolls-2025-07"


@pytest.fixture(scope="module")
def folder(sample_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything about an event, without the workbook, which takes longest."""
    target = tmp_path_factory.mktemp("export") / EVENT
    words = ("export", "event", EVENT, "--to", str(target), "--format", "csv,parquet")
    done = command(*words, MARKETWAKE_WAREHOUSE=str(sample_root))
    assert done.returncode == 0, done.stderr
    assert f"-> {target}" in done.stdout
    return target


@pytest.fixture
def run(sample_root: Path, tmp_path: Path) -> Run:
    return lambda *words: command(*words, cwd=tmp_path, MARKETWAKE_WAREHOUSE=str(sample_root))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three small tables instead of all."""
    every = bundle.queries
    names = ("anchors", "claims", "flows")
    monkeypatch.setattr(
        bundle, "queries", lambda event: {name: every(event)[name] for name in names}
    )


def test_its_sql_makes_every_table_again(folder: Path, run: Run, tmp_path: Path) -> None:
    names = sorted(path.stem for path in (folder / "sql").iterdir())
    assert len(names) > 15
    for name in names:
        done = run("sql", str(folder / "sql" / f"{name}.sql"), "--to", "again.csv")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "again.csv").read_bytes() == (folder / f"csv/{name}.csv").read_bytes()


def test_both_formats_have_the_same_rows(folder: Path) -> None:
    for path in sorted((folder / "csv").iterdir()):
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        parquet = pl.read_parquet(folder / "parquet" / f"{path.stem}.parquet")
        assert (parquet.columns, parquet.height) == (header, len(rows))
        assert rows


def test_it_holds_the_published_figures_and_the_event_asked_for(folder: Path) -> None:
    flows = pl.read_parquet(folder / "parquet" / "flows.parquet")
    # Farside: ether funds took in 222.3 and 461.0 million on 7 and 8 August 2025.
    days = pl.col("session").cast(pl.String).is_in(["2025-08-07", "2025-08-08"])
    assert flows.filter(days, asset="ETH")["net_flow_usd"].to_list() == [222.3e6, 461.0e6]
    # The release of the payrolls: 1 August 2025, 08:30 in New York.
    anchors = pl.read_csv(folder / "csv" / "anchors.csv")
    assert "2025-08-01T12:30:00+00:00" in anchors["nominal_at"].to_list()
    for name in ("tests", "responses", "claims"):
        assert f"-- default: event = {EVENT}\n" in (folder / "sql" / f"{name}.sql").read_text()
    assert set(pl.read_parquet(folder / "parquet" / "tests.parquet")["event"]) == {EVENT}


def test_every_column_is_told_of(folder: Path) -> None:
    told = pl.read_csv(folder / "dictionary.csv")
    assert told["meaning"].null_count() == 0
    for path in (folder / "parquet").iterdir():
        columns = pl.read_parquet_schema(path)
        assert told.filter(table=path.stem)["column"].to_list() == list(columns)
    units = {row["column"]: row["unit"] for row in told.filter(table="flows").to_dicts()}
    assert (units["session"], units["available_at"]) == ("day", "instant, UTC")
    assert units["net_flow_usd"] == "US dollars"


def test_the_readme_counts_its_tables_and_names_the_file_they_come_from(
    folder: Path, sample_root: Path
) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert (sample_root / "market.duckdb").resolve().name in text
    rows = pl.read_parquet(folder / "parquet" / "hours_with_flows.parquet").height
    assert f"| hours_with_flows | {rows:,} |" in text
    # 59 days and the width of the anchors, of two assets on two venues, but for the odd hole.
    assert 4 * 59 * 24 * 0.99 < rows < 4 * 60 * 24


@pytest.mark.usefixtures("few")
def test_what_nothing_is_held_of_is_said_and_has_no_file(run: Run, tmp_path: Path) -> None:
    done = run("export", "event", "crash-1929", "--to", "out", "--format", "csv")
    assert "nothing is held around it for: flows" in done.stdout
    assert "around this event for: flows.\n" in (tmp_path / "out" / "README.md").read_text()
    assert not (tmp_path / "out" / "csv" / "flows.csv").exists()


@pytest.mark.usefixtures("few")
def test_the_workbook_has_every_table_and_its_dictionary(run: Run, tmp_path: Path) -> None:
    done = run("export", "event", "eo-401k", "--to", "out", "--format", "csv,xlsx")
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(tmp_path / "out" / "eo-401k.xlsx")
    assert book.sheetnames == ["anchors", "claims", "flows", "dictionary", "queries"]
    with (tmp_path / "out" / "csv" / "claims.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    sheet = [tuple(row) for row in book["claims"].values]
    assert sheet[0] == tuple(header)
    assert [row[0] for row in sheet[1:]] == [row[0] for row in rows]


def test_an_event_is_meant_where_nothing_else_is_named(run: Run) -> None:
    assert "Missing option '--to'" in run("export", EVENT).stderr
    assert "sample" in run("export").stderr + run("export").stdout


@pytest.mark.usefixtures("few")
def test_an_export_takes_the_place_of_its_own_and_of_nothing_else(run: Run, tmp_path: Path) -> None:
    words = ("export", "event", "eo-401k", "--to", "out", "--format")
    out = tmp_path / "out"
    assert run(*words, "csv,parquet").returncode == 0
    assert run(*words, "csv").returncode == 0
    assert not (out / "parquet").exists()
    kept = json.loads((out / "manifest.json").read_text())["sha256"]
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert kept.keys() | {"manifest.json"} == files
    # A table that somebody has worked on since is theirs.
    (out / "csv" / "flows.csv").write_text("mine")
    refused = run(*words, "csv")
    assert refused.returncode == 2
    told = "csv/flows.csv is not of an earlier export of this event, or was changed since"
    assert told in refused.stderr
    assert (out / "csv" / "flows.csv").read_text() == "mine"
    assert run(*words, "csv", "--force").returncode == 0
    assert (out / "csv" / "flows.csv").read_text() != "mine"
    # Nor does the folder of one event become that of another, or a mixture of both.
    before = (out / "README.md").read_text()
    for force in ((), ("--force",)):
        refused = run(*words[:2], EVENT, *words[3:], "csv", *force)
        assert refused.returncode == 2
        assert "out has an export of the event 'eo-401k'\nName another folder" in refused.stderr
        assert (out / "README.md").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_query_that_does_not_run_and_the_folder_one_stands_in_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("export", "event", "eo-401k", "--to")
    assert ". is the folder you are in" in run(*words, ".").stderr
    monkeypatch.setattr(bundle, "queries", lambda _: {"anchors": "select no from seed.anchor"})
    done = run(*words, "out")
    assert done.returncode == 6
    assert "the query of anchors: " in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("event", "formats", "told"),
    [
        ("no-such", "csv", "there is no event 'no-such'"),
        ("eo-401k", "csv,pdf", "Choose of csv, parquet, xlsx"),
        ("eo-401k", "", "Choose of csv, parquet, xlsx"),
    ],
)
def test_what_there_is_not_is_refused_and_no_folder_made(
    run: Run, tmp_path: Path, event: str, formats: str, told: str
) -> None:
    done = run("export", "event", event, "--to", "out", "--format", formats)
    assert done.returncode == 2
    assert told in done.stderr
    assert not list(tmp_path.iterdir())
