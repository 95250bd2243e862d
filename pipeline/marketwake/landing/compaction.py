"""Compaction of landing: receipts and payloads of every month that is over, packed into one file
per month (marketwake.landing.packs).

A pack holds every payload that its receipts name, so a month is whole in one file. It is read back
and verified before anything is deleted; killed at any instant, each receipt and payload is in the
pack, beside it, or in both, and the next compaction goes on.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from marketwake.base.errors import LandingError, WarehouseError
from marketwake.landing import packs
from marketwake.landing.store import Landing, Receipt, packed_receipts, verified
from marketwake.sources.source import Clock, utc_now
from marketwake.warehouse.files import Warehouse


@dataclass(frozen=True)
class Packed:
    """One month that was packed: its file, the receipts and distinct payloads in it, and its size
    in bytes.
    """

    path: Path
    receipts: int
    payloads: int
    size: int


def compact(root: Path, clock: Clock = utc_now) -> list[Packed]:
    """Pack what lies loose of months before the present one (UTC). Packing again changes nothing.

    Raises:
        LandingError: a payload or a pack is damaged, or landing cannot be written; months before it
            are packed, it stays as it was.
        WarehouseError: another process holds the warehouse, or there is none.
    """
    if not (root / "landing").is_dir():
        raise WarehouseError(
            f"there is no landing in {root}", "Name another folder with --warehouse."
        )
    with Warehouse(root).exclusive():
        landing = Landing(root, clock)
        waiting = landing.loose()
        done = []
        for month in sorted({receipt.month for receipt in waiting.values()}):
            if month >= f"{clock():%Y-%m}":
                break
            loose = {path: receipt for path, receipt in waiting.items() if receipt.month == month}
            with _writing(landing.pack_path(month)):
                done.append(_pack(landing, month, list(loose.values())))
                waiting = {path: receipt for path, receipt in waiting.items() if path not in loose}
                _delete(landing, loose, {receipt.payload_sha256 for receipt in waiting.values()})
    return done


def _pack(landing: Landing, month: str, loose: list[Receipt]) -> Packed:
    """Put the receipts, and those already packed, into the month's pack; verified when this
    returns.
    """
    path = landing.pack_path(month)
    before = packed_receipts(path) if path.exists() else []
    receipts = sorted(
        {one.receipt_id: one for one in (*before, *loose)}.values(), key=lambda one: one.receipt_id
    )
    named = {one.payload_sha256: one for one in receipts}
    if receipts == before:
        _verify(path, receipts, named)
    else:
        partial = path.with_name(f".partial-{path.name}")
        packs.write_pack(partial, [one.as_json() for one in receipts], _blobs(landing, named))
        _verify(partial, receipts, named)
        partial.replace(path)
        _flush_folder(path.parent)
    return Packed(path, len(receipts), len(named), path.stat().st_size)


def _blobs(landing: Landing, named: dict[str, Receipt]) -> Iterator[tuple[str, bytes]]:
    for digest, receipt in sorted(named.items()):
        path, blob = landing.stored(receipt)
        verified(receipt, path, blob)
        yield digest, blob


def _verify(path: Path, receipts: list[Receipt], named: dict[str, Receipt]) -> None:
    if packed_receipts(path) != receipts:
        raise LandingError(
            f"pack {path} does not hold the receipts that were written to it",
            "Nothing was deleted. Check the disk.",
        )
    for digest, receipt in named.items():
        blob = packs.payload(path, digest)
        if blob is None:
            raise LandingError(
                f"pack {path} lacks payload {digest} of {receipt.what}",
                "Nothing was deleted. Restore it from a backup.",
            )
        verified(receipt, path, blob)


def _delete(landing: Landing, loose: dict[Path, Receipt], still_needed: set[str]) -> None:
    # Payloads before receipts: a receipt that is left is what the next compaction finds them by.
    for receipt in loose.values():
        if receipt.payload_sha256 not in still_needed:
            landing.payload_path(receipt.payload_sha256).unlink(missing_ok=True)
    for path in loose:
        path.unlink()
    for folder in {path.parent for path in loose}:
        for half_written in folder.glob(".partial-*"):
            half_written.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LandingError(
            f"{path} cannot be written: {error}",
            "Nothing is lost. Check space and rights, then compact again.",
        ) from error
