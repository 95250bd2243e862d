"""Runs that are killed: the next one ends where an undisturbed one does, and readers notice
nothing.

Each series kills until every phase of a run was hit, or so many times: half at instants drawn from
the whole length of the run, half in one phase after the other. It returns how many kills fell into
each.
"""

import csv
import json
import logging
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from marketwake.base.resources import SAMPLE
from marketwake.base.settings import Settings, read_settings
from marketwake.landing.store import Landing
from marketwake.report.drawing.scenario import SCENARIO_EVENT
from marketwake.report.page import render
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.run import Hooks, Run
from marketwake.sources.files.sample import Sample
from marketwake.warehouse import whole
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.publishing import cost_path, digest_path
from marketwake.warehouse.whole import WRITER_DIGEST
from tests.support.killed import PHASES, SETTINGS, Silent, phases
from tests.support.kills import PROJECT, Attempt, nursery
from tests.support.servers import Running, serve, settings

log = logging.getLogger(__name__)
WHOLE = "from tests.support.killed import {} as work, warm; warm(work)"
BRIEF = "from tests.support.killed import {} as work, warm, be_brief; warm(work); be_brief()"
"""What the runs are: with every study and picture, or with a study of one anchor and no picture."""
FIRST_FORM = PROJECT / "tests" / "warehouse" / "recorded" / "first_form.sql"
READS: Counter[str] = Counter()
"""How often readers got an answer that is whole, so far."""
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
MARTS = (
    "claim",
    "claim_figure",
    "event_response",
    "event_level",
    "spot_hourly",
    "etf_flow_daily",
    "coverage",
)


FROM = "2025-07-25"
DATED = {"snapshot_at", "session", "quoted_on", "day", "as_of", "opened_at"}
"""The columns by which the bundled figures are cut."""


@dataclass
class Killer:
    """Kills runs below a folder, seeded, and counts in which phase each kill fell."""

    attempt: Attempt
    folder: Path
    chance: random.Random
    lengths: dict[str, list[float]] = field(default_factory=dict)
    """Seconds that each passage through a phase took, in order."""
    hit: Counter[str] = field(default_factory=Counter)

    def run(self, root: Path) -> None:
        """An undisturbed run, which also tells how long each phase takes."""
        self.attempt(root, None)
        lengths: dict[str, list[float]] = {}
        for (phase, at), (_, end) in pairwise(phases(self.folder)):
            lengths.setdefault(phase, []).append(end - at)
        # A phase with hardly anything to do tells its length only where no better one is known.
        long = {name: passages for name, passages in lengths.items() if sum(passages) > 0.02}
        self.lengths = lengths | self.lengths | long

    def kill(self, root: Path, phase: str | None) -> str:
        """Kill a run in a phase, or anywhere in its length. Returns the phase of its death, or
        `done`.
        """
        (self.folder / "phases").write_text("")
        if phase:
            passages = self.lengths[phase]
            (number,) = self.chance.choices(range(len(passages)), passages)
            # A run on a machine that is less busy than before is quicker.
            reach = passages[number] / 2
        else:
            number, reach = 0, sum(sum(passages) for passages in self.lengths.values())
        self.attempt(
            root, self.chance.uniform(0.0, reach), lambda: self._has_entered(phase, number)
        )
        died_in = phases(self.folder)[-1][0]
        self.hit[died_in] += died_in != "done"
        log.info("%d: %s", self.hit.total(), died_in)
        return died_in

    def _has_entered(self, phase: str | None, number: int) -> bool:
        """Whether the run is in its passage of that number through a phase, or any at all."""
        return sum(name == phase or not phase for name, _ in phases(self.folder)) > number


def _plan(killer: Killer, wanted: tuple[str, ...], kills: int | None) -> Iterator[str | None]:
    """Every phase until it was hit; or so many kills, anywhere and in every phase by turns."""
    if kills is None:
        for phase in wanted:
            while not killer.hit[phase]:
                yield phase
        return
    number = 0
    while killer.hit.total() < kills:
        yield None if number % 2 else wanted[number // 2 % len(wanted)]
        number += 1


@contextmanager
def reading(tmp_path: Path, shown: Path) -> Iterator[Callable[[Path], None]]:
    """Somebody reads what `shown` holds as long as the block lasts; the function shows another
    warehouse.
    """
    link, stop = tmp_path / "shown", tmp_path / "stop"

    def show(root: Path) -> None:
        (tmp_path / "next").symlink_to(root)
        (tmp_path / "next").replace(link)

    show(shown)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.watching", link, stop],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield show
        finally:
            stop.touch()
            told, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint
    assert json.loads(told)["reads"] > 0
    log.info("reader: %s", told)
    READS["whole"] += json.loads(told)["reads"]


def differing(mine: Path, theirs: Path, tables: dict[str, str]) -> dict[str, int]:
    """How many rows are in one of two files only, by table, of those that `tables` selects."""
    with duckdb.connect() as con:
        con.execute(f"attach '{mine}' as mine (read_only)")
        con.execute(f"attach '{theirs}' as theirs (read_only)")
        counts = {}
        for table, query in tables.items():
            left, right = (query.format(f"{name}.{table}") for name in ("mine", "theirs"))
            count = (
                f"select count(*) from (({left} except all {right}) "
                f"union all ({right} except all {left}))"
            )
            counts[table] = con.execute(count).fetchall()[0][0]
    return {table: count for table, count in counts.items() if count}


CURRENT = {
    f"raw.{name}": "select * exclude (recorded_at, superseded_at, payload_sha256) from {} "
    "where superseded_at is null"
    for name in read_contracts("raw")
}
VERSIONS = dict.fromkeys((*CURRENT, "ops.load", "ops.reject"), "select * from {}")
EVERY = dict.fromkeys(
    (*CURRENT, "ops.load", "ops.run", "ops.request", "ops.hole", "ops.coverage_gap"),
    "select * from {}",
)
FILLED = ("landing", "loading", "building", "publishing")
IN_FLIGHT = 2
"""Requests that a venue hears after the death of who sent them: one of each."""
DERIVED = {f"mart.{name}": "select * from {}" for name in MARTS}


def assert_is_readable(root: Path) -> None:
    """After a kill: what was published still opens."""
    with duckdb.connect(root / "market.duckdb", read_only=True) as con:
        assert con.execute("select count(*) > 0 from ops.run").fetchall() == [(True,)]


def assert_is_whole(root: Path) -> None:
    """After the run that follows: what is published is what the writer holds, the page shows it,
    and nothing half-made lies about.
    """
    assert differing(root / "writer.duckdb", root / "market.duckdb", EVERY | DERIVED) == {}
    with Warehouse(root).reader() as con:
        assert (root / "reports" / f"{SCENARIO_EVENT}.html").read_text() == render(
            con, SCENARIO_EVENT
        )
    landing = Landing(root)
    for receipt in landing.receipts():
        landing.read(receipt)
    found = set((root / "published").iterdir())
    copies = {path for path in found if path.suffix == ".duckdb"}
    assert len(copies) <= 2, "the one that is read, and the one before"
    assert found == {*copies, *map(digest_path, copies), *map(cost_path, copies)}
    assert whole.compare(root / "writer.duckdb", always=True), "there is a digest"
    assert not [
        path
        for path in root.iterdir()
        if path.name.startswith((".", "writer.duckdb.", "held_back", "replay.duckdb"))
    ]


def load_brief(folder: Path) -> None:
    """The bundled figures from FROM on, and a warehouse of them: a run on all of them takes longer
    and goes the same way.
    """
    (folder / "figures").mkdir()
    for path in SAMPLE.glob("*.csv"):
        with path.open(newline="") as stream:
            header, *rows = csv.reader(stream)
        at = next(number for number, name in enumerate(header) if name in DATED)
        with (folder / "figures" / path.name).open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *(row for row in rows if row[at] >= FROM)])
    run = Run(Warehouse(folder / "warehouse"), "nightly", "sample", Settings())
    with run.hold(0):
        run.load([run.fetch(Sample(folder=folder / "figures"))])
        assert run.finish(Hooks(report=lambda _: ([], []))).problems == ()


def change_figures(folder: Path, number: int, chance: random.Random) -> None:
    """A flow and a volume that are restated, and a month of an index that is new."""
    for name, column, by in (("etf_flow", "net_flow_usd", 100_000), ("spot_bar", "volume_base", 1)):
        path = folder / f"{name}.csv"
        with path.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        row = chance.choice(rows)
        row[column] = f"{float(row[column]) + by:.5f}"
        with path.open("w", newline="") as stream:
            table = csv.DictWriter(stream, rows[0])
            table.writeheader()
            table.writerows(rows)
    with (folder / "index_bar.csv").open("a") as stream:
        stream.write(f"SHILLER,1mo,{1901 + number // 12}-{number % 12 + 1:02}-01,1234.5,,,\n")


def _load_undisturbed(root: Path, figures: Path) -> None:
    run = Run(Warehouse(root), "nightly", "sample", Settings())
    with run.hold(0):
        run.load([run.fetch(Sample(folder=figures))])


@contextmanager
def venues_of(folder: Path) -> Iterator[Running]:
    with serve("coinbase", "bitstamp", now=NOW) as running:
        markets = {
            "spot_venues": ["Coinbase", "Bitstamp"],
            "spot_symbols": ["BTC/USD", "ETH/USD"],
        }
        (folder / SETTINGS).write_text(settings(running, history_from=date(2025, 7, 20), **markets))
        yield running


def load_undisturbed(root: Path, figures: Path) -> None:
    """The figures, loaded and no more."""
    run = Run(Warehouse(root), "nightly", "sample", Settings())
    with run.hold(0):
        run.load([run.fetch(Sample(folder=figures))])


def kill_nights(made: Path, folder: Path, work: str, seed: int, kills: int | None) -> Counter[str]:
    """Nights on figures that change each time, of a copy of what `load_brief` made."""
    root, undisturbed = (
        Path(shutil.copytree(made / "warehouse", folder / name, symlinks=True))
        for name in ("warehouse", "undisturbed")
    )
    figures = Path(shutil.copytree(made / "figures", folder / "figures"))
    chance = random.Random(seed)  # noqa: S311 - instants, no secrets
    with nursery(work.format("night")) as attempt, reading(folder, root):
        killer = Killer(attempt, folder, chance)
        change_figures(figures, 0, chance)
        killer.run(root)
        for number, phase in enumerate(_plan(killer, PHASES, kills), start=1):
            change_figures(figures, number, chance)
            died_in = killer.kill(root, phase)
            assert_is_readable(root)
            killer.run(root)
            load_undisturbed(undisturbed, figures)
            assert (
                differing(root / "writer.duckdb", undisturbed / "writer.duckdb", CURRENT) == {}
            ), (number, died_in)
            assert_is_whole(root)
        killer.run(undisturbed)
        assert differing(root / "writer.duckdb", undisturbed / "writer.duckdb", DERIVED) == {}
    return killer.hit


def _of_the_first_form(made: Path, folder: Path) -> Path:
    """A warehouse whose writer's file has the first form that there was, with what is in `made`."""
    root = Path(shutil.copytree(made / "warehouse", folder / "old", symlinks=True))
    path = root / "writer.duckdb"
    path.unlink()
    (root / WRITER_DIGEST).unlink()
    with duckdb.connect(path) as con:
        con.execute(FIRST_FORM.read_text(encoding="utf-8"))
        con.execute(f"attach '{made / 'warehouse' / 'writer.duckdb'}' as newest (read_only)")
        for schema, table, columns in con.execute(
            "select schema_name, table_name, string_agg('\"' || column_name || '\"', ', ') "
            "from duckdb_columns() where database_name = 'writer' and not internal group by all"
        ).fetchall():
            name = f'{schema}."{table}"'
            con.execute(f"insert into {name} by name select {columns} from newest.{name}")
            # The recorded form has none; a file of its time had them.
            ((comment,),) = con.execute(
                "select comment from duckdb_tables() "
                "where database_name = 'newest' and schema_name = ? and table_name = ?",
                [schema, table],
            ).fetchall()
            told = comment.replace("'", "''")
            con.execute(f"comment on table {name} is '{told}'")
    return root


def kill_migrations(
    made: Path, folder: Path, work: str, seed: int, kills: int | None
) -> Counter[str]:
    """Nights that find a writer's file of the first form."""
    old = _of_the_first_form(made, folder)
    figures = Path(shutil.copytree(made / "figures", folder / "figures"))
    chance = random.Random(seed)  # noqa: S311 - instants, no secrets
    change_figures(figures, 0, chance)
    undisturbed = Path(shutil.copytree(old, folder / "undisturbed", symlinks=True))
    with nursery(work.format("night_of_old")) as attempt, reading(folder, old) as show:
        killer = Killer(attempt, folder, chance)
        killer.run(undisturbed)
        for number, phase in enumerate(_plan(killer, ("migrating",), kills)):
            root = Path(shutil.copytree(old, folder / str(number), symlinks=True))
            show(root)
            died_in = killer.kill(root, phase)
            assert_is_readable(root)
            killer.run(root)
            assert (
                differing(root / "writer.duckdb", undisturbed / "writer.duckdb", CURRENT | DERIVED)
                == {}
            ), (number, died_in)
            assert_is_whole(root)
            # The reader may have been about to open the one before when this one was shown; by now
            # it has.
            shutil.rmtree(folder / str(number - 1), ignore_errors=True)
    return killer.hit


def kill_backfills(
    folder: Path,
    work: str,
    seed: int,
    kills: int | None,
    wanted: tuple[str, ...] = FILLED,
) -> Counter[str]:
    """Backfills of two venues on loopback; whoever comes next asks for the rest alone."""
    begun, undisturbed = folder / "begun", folder / "undisturbed"
    chance = random.Random(seed)  # noqa: S311 - instants, no secrets
    with venues_of(folder) as venues, nursery(work.format("fill")) as attempt:
        killer = Killer(attempt, folder, chance)
        settings = read_settings(begun, folder / SETTINGS)
        backfill.backfill(
            begun,
            settings,
            Order("spot_bar", first=date(2025, 8, 1), last=date(2025, 8, 4)),
            Silent(),
        )
        shutil.copytree(begun, undisturbed, symlinks=True)
        killer.run(undisturbed)
        with reading(folder, begun) as show:
            for number, phase in enumerate(_plan(killer, wanted, kills)):
                root = folder / str(number)
                shutil.copytree(begun, root, symlinks=True)
                show(root)
                died_in = killer.kill(root, phase)
                assert_is_readable(root)
                landed, asked = set(_pages(root)), len(venues.requests)
                killer.run(root)
                assert _pages(root) == _pages(undisturbed), (number, died_in)
                again = [seen for seen in venues.requests[asked:] if not seen.violation]
                assert len(again) <= len(_pages(undisturbed)) - len(landed) + IN_FLIGHT
                assert (
                    differing(
                        root / "writer.duckdb", undisturbed / "writer.duckdb", CURRENT | DERIVED
                    )
                    == {}
                ), (number, died_in)
                assert_is_whole(root)
                shutil.rmtree(folder / str(number - 1), ignore_errors=True)
    return killer.hit


def _pages(root: Path) -> list[str]:
    return sorted(receipt.what for receipt in Landing(root).receipts())


def kill_replays(made: Path, folder: Path, work: str, seed: int, kills: int | None) -> Counter[str]:
    """Replays of what `load_brief` made."""
    origin = made / "warehouse"
    root = Path(shutil.copytree(origin, folder / "warehouse", symlinks=True))
    with nursery(work.format("play_again")) as attempt, reading(folder, root):
        killer = Killer(attempt, folder, random.Random(seed))  # noqa: S311 - instants, no secrets
        killer.run(root)
        for _ in _plan(killer, ("replaying",), kills):
            killer.kill(root, None)
            assert_is_readable(root)
            assert differing(root / "writer.duckdb", origin / "writer.duckdb", CURRENT) == {}
            killer.run(root)
            assert differing(root / "writer.duckdb", origin / "writer.duckdb", VERSIONS) == {}
            assert_is_whole(root)
    return killer.hit
