"""Offenders that somebody has looked at and left: they neither stop nor warn, and stay listed with
the reason.
"""

from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.base.duck import registered
from marketwake.base.errors import BadInputError, SourceChangedError
from marketwake.checks.run import Offender
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import ACCEPTED

STALE = "stale_acceptance"


def read_own(root: Path) -> pl.DataFrame:
    """What an installation accepts: `<root>/accepted_offender.csv`, with the columns of
    seed.accepted_offender; no rows without the file.

    Raises:
        BadInputError: the file is not readable, has other columns, or a row breaks the contract.
    """
    contract = read_contracts("seeds")["accepted_offender"]
    names = [column.name for column in contract.columns]
    path = root / ACCEPTED
    try:
        body = path.read_bytes() if path.exists() else f"{','.join(names)}\n".encode()
        validated = contract.validate(read_csv_text("acceptances", str(path), body, names))
    except (OSError, SourceChangedError) as error:
        wrong = (
            error.what
            if isinstance(error, SourceChangedError)
            else f"{path} cannot be read: {error.strerror}"
        )
        raise BadInputError(wrong, f"Mend the file: its columns are {', '.join(names)}.") from error
    if validated.rejected.height:
        row = validated.rejected.row(0, named=True)
        raise BadInputError(
            f"{path}: row {row['row_number']}: {row['reason']}",
            f"Mend the row: the columns are {', '.join(names)}.",
        )
    return validated.accepted


def accept(
    con: duckdb.DuckDBPyConnection, offenders: list[Offender], own: pl.DataFrame, at: datetime
) -> list[Offender]:
    """Keep offenders and acceptances in ops.offender and ops.acceptance; the offenders come back
    with the reasons of those accepted.

    An acceptance that matches nothing is an offender itself: one of the installation at once, one
    of the package when it has matched here before, because the package also speaks of figures that
    an installation does not hold. Must run in a transaction.
    """
    _renew(con, own)
    con.execute("delete from ops.offender")
    _insert(con, offenders, at)
    _match(con)
    con.execute(
        "update ops.acceptance a set offenders = (select count(*) from ops.offender o where "
        + _MATCHES
        + ")"
    )
    con.execute("update ops.acceptance set last_matched_at = ? where offenders > 0", [at])
    stale = con.execute(
        """
        select
            check_name || ': ' || object,
            concat_ws(' ', 'accepted on', accepted_on, 'by the', origin, 'for', detail_like)
        from ops.acceptance
        where offenders = 0 and (origin = 'installation' or last_matched_at is not null)
            and check_name <> ?
        order by 1, 2
        """,
        [STALE],
    ).fetchall()
    _insert(
        con,
        [
            Offender(STALE, "warn", name, f"{detail}, matches nothing any more")
            for name, detail in stale
        ],
        at,
    )
    _match(con)
    rows = con.execute(
        "select check_name, severity, object, detail, accepted_reason, stamped_at "
        "from ops.offender order by 2, 1, 3, 4"
    ).fetchall()
    return [Offender(*row) for row in rows]


_MATCHES = "o.check_name = a.check_name and o.object = a.object and o.detail like a.detail_like"


def _match(con: duckdb.DuckDBPyConnection) -> None:
    # Of several acceptances the installation's gives the reason: it sorts first.
    con.execute(
        "update ops.offender o set accepted_reason = ("
        "select arg_min(a.reason, a.origin || a.detail_like) from ops.acceptance a "
        f"where {_MATCHES})"
    )


def _renew(con: duckdb.DuckDBPyConnection, own: pl.DataFrame) -> None:
    names = ", ".join(own.columns)
    with registered(con, "own", own.to_arrow()):
        con.execute(
            "create or replace temp table renewed as "
            f"with now as (select 'package' as origin, {names} from seed.accepted_offender "
            f"union all select 'installation', {names} from own) "
            "select now.*, 0 as offenders, was.last_matched_at from now "
            "left join ops.acceptance was using (origin, check_name, object, detail_like)"
        )
    con.execute("delete from ops.acceptance")
    con.execute("insert into ops.acceptance by name from renewed")
    con.execute("drop table renewed")


def _insert(con: duckdb.DuckDBPyConnection, offenders: list[Offender], at: datetime) -> None:
    columns = {
        "check_name": [row.check for row in offenders],
        "severity": [row.severity for row in offenders],
        "object": [row.name for row in offenders],
        "detail": [row.detail for row in offenders],
        "stamped_at": [row.stamped_at for row in offenders],
    }
    schema = dict.fromkeys(columns, pl.String) | {"stamped_at": pl.Datetime("us", "UTC")}
    frame = pl.DataFrame(columns, schema=schema)
    with registered(con, "offending", frame.to_arrow()):
        con.execute(
            "insert into ops.offender by name "
            "select *, ?::timestamptz as checked_at from offending",
            [at],
        )
