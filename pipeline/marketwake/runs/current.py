"""Whether what readers have is what is loaded, built and shown: asked before anything slow is
imported, so that a run with nothing to do costs little.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from marketwake.base.own_files import own_files, own_text
from marketwake.base.resources import SAMPLE, SQL, program_digest
from marketwake.base.settings import read_settings
from marketwake.landing.store import Landing
from marketwake.report.files import page_file
from marketwake.runs.result import RunResult
from marketwake.warehouse.files import ACCEPTED, HELD_BACK, Warehouse
from marketwake.warehouse.locks import PATIENCE_SECONDS

OWN = (("claims", ".sql"), ("events", ".toml"))
"""What an installation says of its own, below the folder of the warehouse."""
_STATE = (
    "select 'load', receipt_id, null from ops.load "
    "union all select 'run', run_id, finished_at from ops.run order by all"
)


def fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    """A digest of the versions in the raw tables, of the SQL tree and of the program."""
    digest = hashlib.sha256(program_digest().encode())
    for name in sorted(path.stem for path in (SQL / "raw").glob("*.sql")):
        state = con.execute(
            "select count(*), max(recorded_at), count(superseded_at), max(superseded_at) "
            f"from raw.{name}"
        ).fetchall()
        digest.update(f"{name} {state}\n".encode())
    return digest.hexdigest()


def own_fingerprint(root: Path) -> str:
    """A digest of the installation's own events and claims."""
    digest = hashlib.sha256()
    for path in (path for folder, ending in OWN for path in own_files(root / folder, ending)):
        digest.update(f"{path.relative_to(root).as_posix()} {_content(path)}\n".encode())
    return digest.hexdigest()


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(own_text(path).encode()).hexdigest()
    except (OSError, UnicodeDecodeError) as error:  # taking it in says why
        return str(error)


def built(con: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """The two fingerprints at which the marts were last built; none where they never were, or a
    part broke.
    """
    newest = con.execute("select fingerprint from ops.build order by built_at desc limit 1")
    return [part for (both,) in newest.fetchall() for part in both.split(" ", 1)]


def is_published(warehouse: Warehouse) -> bool:
    """Whether readers have all that is loaded, and the pages show it: a run that was killed may
    have left that undone.

    Raises:
        WarehouseError: a file cannot be opened.
    """
    if not warehouse.is_published():
        return not warehouse.exists()
    with warehouse.writer() as mine, warehouse.reader() as theirs:
        loaded, published = (con.execute(_STATE).fetchall() for con in (mine, theirs))
        return loaded == published and not outdated(theirs, warehouse.reports)


def _published_at(warehouse: Warehouse) -> float:
    """In seconds of the epoch; 0 where nobody knows."""
    known = warehouse.store.published()
    return datetime.fromisoformat(known["at"]).timestamp() if known else 0.0


def pages(con: duckdb.DuckDBPyConnection, reports: Path) -> list[Path]:
    """A page for each event that has figures, those of the most figures first."""
    return [page_file(reports, event) for event in events(con)]


def outdated(con: duckdb.DuckDBPyConnection, reports: Path) -> list[str]:
    """The events whose page was not written after the last rebuild of their published marts: the
    run that rebuilt them may have died before.
    """
    builds = con.execute("select events, max(built_at) from ops.build group by events").fetchall()
    rebuilt = {
        event: max((at for those, at in builds if those is None or event in those), default=None)
        for event in (events(con) if builds else [])
    }
    return [
        event
        for event, built_at in rebuilt.items()
        if built_at and not is_as_new(page_file(reports, event), built_at.timestamp())
    ]


def built_at(con: duckdb.DuckDBPyConnection) -> float:
    """When the marts were last rebuilt, of all or of some events, in seconds of the epoch."""
    (last,) = con.execute("select max(built_at) from ops.build").fetchall()[0]
    return last.timestamp() if last else 0.0


def gone(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The own events that had a page and are no more."""
    once = con.execute("select distinct unnest(events) from ops.build").fetchall()
    known = con.execute("select event from seed.event").fetchall() if once else []
    return sorted(event for (event,) in set(once) - set(known))


def is_as_new(page: Path, written_at: float) -> bool:
    """Whether a page is there and was written at that time or later, in seconds of the epoch."""
    try:
        return page.is_file() and page.stat().st_mtime >= written_at
    except OSError:  # writing it says why
        return False


def events(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The events that have figures, those of the most figures first."""
    rows = con.execute(
        "select event from mart.event_response where value is not null "
        "group by event order by count(*) desc, event"
    ).fetchall()
    return [row[0] for row in rows]


def unchanged_sample(warehouse: Warehouse) -> RunResult | None:
    """What a run on the bundled sample would come to where it has nothing to do: its figures and
    the program are those of the last build, and all is published, whole and shown.

    None where there is something to do, or something to say.

    Raises:
        WarehouseError: a file cannot be opened.
        LandingError: a receipt is not readable.
    """
    if not warehouse.is_published() or (warehouse.root / HELD_BACK).exists():
        return None
    bundled = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in SAMPLE.glob("*.csv")}
    with warehouse.exclusive("demo", PATIENCE_SECONDS), warehouse.writer() as con:
        receipts = Landing.of(warehouse.root, read_settings(warehouse.root)).receipts()
        landed = {r.request.what: r.payload_sha256 for r in receipts if r.source == "sample"}
        if landed != bundled:
            return None
        dealt_with = {row[0] for row in con.execute("select receipt_id from ops.load").fetchall()}
        (run_id, state) = con.execute(
            "select max(run_id), arg_max(state, run_id) from ops.run"
        ).fetchall()[0]
        offenders = con.execute(
            "select count(*) from ops.offender where accepted_reason is null"
        ).fetchall()[0][0]
        is_whole = {r.receipt_id for r in receipts} <= dealt_with and state == "completed"
        now = [fingerprint(con), own_fingerprint(warehouse.root)]
        if not is_whole or offenders or built(con) != now:
            return None
        # What somebody accepted, and what nobody has been told yet, is a run's business.
        untold = con.execute("select count(*) from ops.alert where delivered_at is null").fetchall()
        own = warehouse.root / ACCEPTED
        is_newer = own.exists() and own.stat().st_mtime > _published_at(warehouse)
        if untold != [(0,)] or is_newer or not is_published(warehouse):
            return None
        with warehouse.reader() as theirs:
            shown = tuple(pages(theirs, warehouse.reports))
    return RunResult(run_id, 0, 0, len(bundled), (), (), shown)
