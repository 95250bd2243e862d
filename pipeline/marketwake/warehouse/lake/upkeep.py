"""The upkeep of a lake: small files are put together, and what no reader can have open goes."""

from contextlib import closing

import duckdb

from marketwake.base.definitions import ALIAS
from marketwake.warehouse.lake import published
from marketwake.warehouse.lake.place import Place

READ_FOR = "1 day"
"""The longest that a reader has a snapshot open after another was published."""
_WRITTEN_FOR = "1 day"
"""The longest that a writer takes from its first file to its commit: until then no snapshot names
its files, and without them every later read of the table would fail.
"""


def keep_up(con: duckdb.DuckDBPyConnection, place: Place) -> None:
    """Put small files together, forget snapshots that nobody has, and remove the files that only
    they had. Nobody may load or build meanwhile: of the files that a writer has not committed
    DuckLake knows nothing.
    """
    with closing(place.postgres()) as pg:
        shown = published.read_published(pg)
        kept = {shown.snapshot, published.before(pg)} if shown else set()
    con.execute(f"call ducklake_flush_inlined_data('{ALIAS}')")
    con.execute(f"call ducklake_rewrite_data_files('{ALIAS}')")
    con.execute(f"call ducklake_merge_adjacent_files('{ALIAS}')")
    old = con.execute(
        f"select snapshot_id from ducklake_snapshots('{ALIAS}') "
        f"where snapshot_time < now() - interval '{READ_FOR}' "
        f"and snapshot_id <> (select max(snapshot_id) from ducklake_snapshots('{ALIAS}'))"
    ).fetchall()
    gone = sorted({snapshot for (snapshot,) in old} - kept)
    if gone:
        versions = ", ".join(map(str, gone))
        con.execute(f"call ducklake_expire_snapshots('{ALIAS}', versions => [{versions}])")
    for clean, age in (("cleanup_old_files", READ_FOR), ("delete_orphaned_files", _WRITTEN_FOR)):
        con.execute(f"call ducklake_{clean}('{ALIAS}', older_than => now() - interval '{age}')")
