"""Names of events, claims and saved queries: what one is that stands where another is meant."""

from pathlib import Path

from marketwake.base.errors import BadInputError
from marketwake.warehouse.files import Warehouse

_MEANT = {
    "event": "`marketwake study {0}` studies it, and `marketwake open {0}` opens its page.",
    "claim": "`marketwake claims {0}` shows it.",
    "saved query": "`marketwake query {0}` runs it.",
}


def refuse_another(name: str, warehouse: Path, *wanted: str) -> None:
    """Refuse a name that is of none of the kinds `wanted` and is known as something else: an event
    of the published file, a claim, or a saved query. One that nobody knows is left to the caller.

    Raises:
        BadInputError: with the command that was meant.
        WarehouseError: the published file cannot be opened.
    """
    kinds = _of_files(name, warehouse)
    if set(kinds) & set(wanted) or (not kinds and "event" in wanted):
        return  # no need to open the published file
    if _is_event(name, warehouse):
        kinds.insert(0, "event")
    if kinds and not set(kinds) & set(wanted):
        article = "an" if kinds[0] == "event" else "a"
        raise BadInputError(
            f"'{name}' is {article} {kinds[0]}, no {' or '.join(wanted)}",
            _MEANT[kinds[0]].format(name),
        )


def _of_files(name: str, warehouse: Path) -> list[str]:
    from marketwake.cli.sql.saved import questions
    from marketwake.fact_check import own_claims
    from marketwake.fact_check.evaluation import FOLDER

    folders = (warehouse / own_claims.FOLDER, FOLDER)
    is_claim = any(path.stem == name for folder in folders for path in folder.glob("*.sql"))
    return ["claim"] * is_claim + ["saved query"] * (name in questions())


def _is_event(name: str, warehouse: Path) -> bool:
    place = Warehouse(warehouse)
    if not place.is_published():
        return False
    with place.reader() as con:
        # Compared here: DuckDB takes no text that is not UTF-8.
        return (name,) in con.execute("select event from seed.event").fetchall()
