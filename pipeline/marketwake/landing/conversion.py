"""A landing as it was once, a file for each receipt and a ZIP for each month that was over, brought
to its form of today.

    landing/receipts/<UTC day>/<receipt_id>.json    a receipt
    landing/packs/<YYYY-MM>.zip                     receipts.jsonl.gz and payloads/<sha256>.gz
"""

import gzip
import logging
import shutil
from collections import defaultdict
from pathlib import Path, PurePosixPath

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import LandingError
from marketwake.base.zips import DAMAGE, open_zip
from marketwake.landing.payloads import payload_path, unpacked
from marketwake.landing.receipts import Receipt, read_receipts

log = logging.getLogger(__name__)


def convert(landing: Path) -> None:
    """Convert what is there of the old form. It goes when all of it stands in the new form, so that
    a conversion that was killed is done again.

    Raises:
        LandingError: an old file is damaged, or landing cannot be written; nothing was deleted.
    """
    folder = landing / "receipts"
    packs = landing / "packs"
    old = [path for path in (*folder.glob("*"), packs) if path.is_dir()]
    if not old:
        return
    log.info("landing: receipts and packs of the old form are converted to a file for each month")
    receipts = read_receipts(folder)
    try:
        for path in sorted(packs.glob("[0-9]*.zip")):
            receipts |= _unpack(path, landing / "payloads")
        for path in folder.glob("*/*.json"):
            receipts |= _read(path, [path.read_bytes()])
        lines = defaultdict[str, bytes](bytes)
        for _, receipt in sorted(receipts.items()):
            lines[receipt.file_name] += receipt.as_line()
        for name, content in lines.items():
            write_atomically(folder / name, content)
        for path in old:
            shutil.rmtree(path)
    except OSError as error:
        raise LandingError(
            f"landing cannot be converted: {error}", "Check space and rights, and run again."
        ) from error


def _unpack(pack: Path, payloads: Path) -> dict[str, Receipt]:
    """Keep the payloads of a pack, verified, as files of their own. Its receipts by id."""
    try:
        with open_zip(pack) as archive:
            lines = gzip.decompress(archive.read("receipts.jsonl.gz")).split(b"\n")[:-1]
            for name in archive.namelist()[1:]:
                digest, blob = PurePosixPath(name).stem, archive.read(name)
                unpacked(blob, digest)
                write_atomically(payload_path(payloads, digest), blob)
    except DAMAGE as error:
        raise _damaged(pack, error) from error
    return _read(pack, lines)


def _read(path: Path, lines: list[bytes]) -> dict[str, Receipt]:
    try:
        return {receipt.receipt_id: receipt for receipt in map(Receipt.from_json, lines)}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> LandingError:
    return LandingError(
        f"{path} is damaged: {error}",
        "Restore it from a backup, or move it away to forget what is in it. Nothing was deleted.",
    )
