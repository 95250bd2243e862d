"""Verify: everything that a warehouse keeps is read back, and what is damaged is named."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from marketwake.base.atomic import sha256_of
from marketwake.base.duck import open_file
from marketwake.base.errors import LandingError, MarketwakeError, WarehouseError, counted
from marketwake.base.settings import read_settings
from marketwake.landing.conversion import convert
from marketwake.landing.payloads import payload_path, unpacked
from marketwake.landing.receipts import Receipt, receipt_files, receipts_of
from marketwake.landing.shared import SharedPlace
from marketwake.landing.store import shared_landing
from marketwake.warehouse import whole
from marketwake.warehouse.embedded import BUILT_IN_ONLY, Embedded
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.publishing import digest_path

_PUBLISH = "The next `marketwake nightly` publishes it anew."
_PUT_BACK = "Put it back from a backup; or delete it"

Watch = Callable[[str, int, int], None]
"""Is told of what is read, how much of it was, and how much there is."""


@dataclass(frozen=True)
class Damage:
    """A file, what is wrong with it, and how it is mended."""

    path: Path | str
    what: str
    fix: str

    @property
    def text(self) -> str:
        """All of it in a line or two."""
        named = self.what if str(self.path) in self.what else f"{self.path} {self.what}"
        return f"{named}. {self.fix}"


@dataclass(frozen=True)
class Verified:
    """How many there are, and what is damaged; empty when all is well."""

    receipts: int
    payloads: int
    copies: int
    damages: tuple[Damage, ...]


def verify(root: Path, watch: Watch = lambda _name, _done, _of: None) -> Verified:
    """Read back receipts, payloads, the writer's file and the published copies, and compare landing
    with what was loaded from it.

    The warehouse is held while receipts and the writer's file are read, and no longer.

    Raises:
        WarehouseError: there is no warehouse, or a run holds it.
        LandingError: a landing of the old form is damaged.
    """
    warehouse, landing = Warehouse(root), root / "landing"
    shared = shared_landing(root, read_settings(root))
    if shared:
        return _verify_lake(warehouse, SharedPlace(shared), watch)
    files = Embedded(root)
    if not any(path.exists() for path in (landing, files.file, root / "published")):
        raise WarehouseError(
            f"there is no warehouse in {root}", "Name another folder with --warehouse."
        )
    with warehouse.exclusive("verify"):
        convert(landing)
        receipts, damages = _receipts(landing / "receipts")
        if files.file.exists():
            loaded = () if damages else receipts
            damages += _writer(files.file, loaded, landing / "receipts", watch)
    payloads = {path.stem: path for path in sorted((landing / "payloads").glob("*/*.gz"))}
    damages += _payloads(payloads, receipts, landing / "payloads", watch)
    copies = sorted((root / "published").glob("market-*.duckdb"))
    damages += [damage for copy in copies for damage in _copy(copy, watch)]
    if files.link.is_symlink() and not files.link.exists():
        damages.append(Damage(files.link, "leads nowhere", _PUBLISH))
    return Verified(len(receipts), len(payloads), len(copies), tuple(damages))


def _verify_lake(warehouse: Warehouse, landing: SharedPlace, watch: Watch) -> Verified:
    """The same of a lake: every value of its newest state and of what readers have."""
    receipts, damages = list[Receipt](), list[Damage]()
    try:
        with warehouse.exclusive("verify"):
            for name, line in landing.lines():
                if isinstance(line, LandingError):
                    damages.append(Damage(name, line.what, line.fix))
                else:
                    receipts.append(line)
            if warehouse.exists():
                loaded = () if damages else receipts
                damages += _lake(warehouse, loaded, f"{landing.name}/receipts", watch)
        digests = sorted({receipt.payload_sha256 for receipt in receipts})
        for number, digest in enumerate(digests, 1):
            watch("payloads", number, len(digests))
            if not landing.has(digest):
                where = landing.payload_name(digest)
                damages.append(Damage(where, "is missing or damaged", f"{_PUT_BACK} its receipt."))
    except OSError as error:
        raise LandingError(
            f"landing at {landing.name} cannot be read: {error}",
            "See that the place can be reached, and that this user may read it.",
        ) from error
    return Verified(len(receipts), len(digests), 0, tuple(damages))


def _receipts(folder: Path) -> tuple[list[Receipt], list[Damage]]:
    receipts, damages = list[Receipt](), list[Damage]()
    for path in receipt_files(folder):
        try:
            for line in receipts_of(path):
                if isinstance(line, LandingError):
                    damages.append(Damage(path, line.what, line.fix))
                else:
                    receipts.append(line)
        except OSError as error:
            damages.append(Damage(path, f"cannot be read: {error}", f"{_PUT_BACK} to forget it."))
    return receipts, damages


def _writer(
    file: Path, receipts: Sequence[Receipt], folder: Path, watch: Watch
) -> Iterator[Damage]:
    try:
        whole.compare(file, always=True)
        with open_file(file, BUILT_IN_ONLY, read_only=True) as con:
            whole.read_whole(con, lambda done, of: watch(file.name, done, of))
            if receipts:
                yield from _differences(
                    con, file, receipts, lambda month: folder / f"{month}.jsonl"
                )
    except WarehouseError as error:
        yield Damage(file, error.what, error.fix)
    except (OSError, duckdb.Error) as error:
        yield Damage(file, f"cannot be read whole: {error}", whole.REBUILD)


def _lake(
    warehouse: Warehouse, receipts: Sequence[Receipt], folder: str, watch: Watch
) -> Iterator[Damage]:
    tables = f"{warehouse.store.folders()[0]}tables"
    try:
        with warehouse.store.look() as con:
            whole.read_whole(con, lambda done, of: watch("the lake", done, of))
            if receipts:
                yield from _differences(con, tables, receipts, lambda month: f"{folder}/{month}")
        if warehouse.is_published():
            with warehouse.reader() as con:
                whole.read_whole(con, lambda done, of: watch("published", done, of))
    except duckdb.Error as error:
        yield Damage(tables, f"cannot be read whole: {error}", whole.REBUILD)


def _differences(
    con: duckdb.DuckDBPyConnection,
    file: Path | str,
    receipts: Sequence[Receipt],
    lines_of: Callable[[str], Path | str],
) -> Iterator[Damage]:
    """What was loaded, and landing does not know; `lines_of` a month says where its receipts
    lie.
    """
    landed = {receipt.receipt_id: receipt.payload_sha256 for receipt in receipts}
    loads = con.execute(
        "select receipt_id, payload_sha256, strftime(landed_at at time zone 'UTC', '%Y-%m') "
        "from ops.load where status <> 'fetch_failed' order by all"
    ).fetchall()
    for receipt_id, digest, month in loads:
        if landed.get(receipt_id) != digest:
            yield Damage(
                lines_of(month),
                f"lacks receipt {receipt_id}, which was loaded",
                "Put its line back from a backup, or run `marketwake replay` to forget it.",
            )
    tables = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' order by all"
    ).fetchall()
    for (name,) in tables:
        found = con.execute(f"select distinct payload_sha256 from raw.{name}").fetchall()
        unknown = {digest for (digest,) in found} - set(landed.values())
        if unknown:
            yield Damage(
                file,
                f"raw.{name} has rows of {counted(len(unknown), 'payload')} that landing does not "
                f"know, the first {min(unknown)}",
                "Put back from a backup what landing lacks, or run `marketwake replay`.",
            )


def _payloads(
    payloads: dict[str, Path], receipts: Sequence[Receipt], folder: Path, watch: Watch
) -> Iterator[Damage]:
    named = {receipt.payload_sha256: receipt for receipt in receipts}
    for number, (digest, path) in enumerate(payloads.items(), 1):
        try:
            unpacked(path.read_bytes(), digest)
        except (OSError, ValueError) as error:
            yield Damage(path, f"is damaged: {error}", f"{_PUT_BACK}{_lines(named.get(digest))}.")
        watch("payloads", number, len(payloads))
    for digest, receipt in named.items():
        if digest not in payloads:
            yield Damage(
                payload_path(folder, digest),
                f"is missing: {receipt.what}",
                f"{_PUT_BACK}{_lines(receipt)}.".replace("delete it, and", "delete"),
            )


def _lines(receipt: Receipt | None) -> str:
    return (
        f", and the lines in landing/receipts/{receipt.file_name} that name it" if receipt else ""
    )


def _copy(copy: Path, watch: Watch) -> Iterator[Damage]:
    try:
        note = digest_path(copy)
        # None of a copy that an older program has published.
        if note.exists() and note.read_bytes().split()[:1] != [sha256_of(copy).encode()]:
            raise WarehouseError("is damaged: it is no longer what was published", _PUBLISH)
        with open_file(copy, read_only=True) as con:
            whole.read_whole(con, lambda done, of: watch(copy.name, done, of))
    except (OSError, duckdb.Error, MarketwakeError) as error:
        # A run may have ended meanwhile, and removed it.
        if copy.exists():
            what = error.what if isinstance(error, MarketwakeError) else f"is damaged: {error}"
            yield Damage(copy, what, _PUBLISH)
