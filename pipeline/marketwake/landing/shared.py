"""A place of landing that several machines write at once: a folder that all see, or a bucket.

    <place>/payloads/<first two hex digits>/<sha256>.gz
    <place>/receipts/<YYYY-MM>/<first receipt id>.jsonl    those of one writer and month

Nobody can add to an object, so each writer has one of its own for each month, and writes it anew,
whole, with every receipt. Credentials and endpoint of S3 come from the usual AWS_ variables.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import LandingError
from marketwake.landing.payloads import unpacked
from marketwake.landing.receipts import Receipt


class SharedPlace:
    """A place of `landing.place.Place` at an absolute path or an fsspec URL.

    Raises:
        LandingError: the URL is of no kind that is known here.
    """

    def __init__(self, url: str) -> None:
        self.name = url
        self.mark = f"-{secrets.token_hex(4)}"
        self._own = dict[str, tuple[str, bytes]]()
        self._faults: tuple[type[Exception], ...] = (OSError,)
        options = {"use_listings_cache": False} if "://" in url else {}
        try:
            core = import_module("fsspec.core")
            self._fs: Any
            self._fs, self._root = core.url_to_fs(url, **options)
            if "s3" in self._fs.protocol:
                self._faults += (import_module("botocore.exceptions").BotoCoreError,)
        except (ImportError, ValueError) as error:
            raise LandingError(
                f"landing at {url} cannot be opened: {error}",
                "Install marketwake with its extra `lake`, and see that the address is right.",
            ) from error
        self._on_disk = "file" in self._fs.protocol

    def has(self, digest: str) -> bool:
        try:
            unpacked(self.read(digest), digest)
        except (FileNotFoundError, ValueError):
            return False
        return True

    def write(self, digest: str, blob: bytes) -> None:
        self._write(self.payload_name(digest), blob)

    def read(self, digest: str) -> bytes:
        return self._read(self.payload_name(digest))

    def append(self, receipts: Iterable[Receipt]) -> None:
        grown = dict[str, tuple[str, bytes]]()
        for receipt in receipts:
            month = receipt.file_name
            first = f"{self._month(receipt)}/{receipt.receipt_id}.jsonl"
            name, former = grown.get(month) or self._own.get(month, (first, b""))
            grown[month] = name, former + receipt.as_line()
        for name, content in grown.values():
            self._write(name, content)
        self._own |= grown

    def receipts(self) -> dict[str, Receipt]:
        receipts = dict[str, Receipt]()
        for _, line in self.lines():
            if isinstance(line, LandingError):
                raise line
            receipts[line.receipt_id] = line
        return dict(sorted(receipts.items()))

    def set_aside(self, receipts: Iterable[Receipt]) -> None:
        gone = {receipt.receipt_id: receipt for receipt in receipts}
        held = defaultdict[str, list[Receipt]](list)
        for name, line in self.lines():
            if isinstance(line, LandingError):
                raise line
            held[name].append(line)
        for name, lines in held.items():
            aside = [r.as_line() for r in lines if r.receipt_id in gone]
            if not aside:
                continue
            # Named by the first that goes: what was set aside of the same object before stays.
            first = min(r.receipt_id for r in lines if r.receipt_id in gone)
            month = f"{gone[first].landed_at:%Y-%m}"
            self._write(f"{self._root}/withdrawn/{month}/{first}.jsonl", b"".join(aside))
            kept = b"".join(r.as_line() for r in lines if r.receipt_id not in gone)
            self._write(name, kept)

    def payload_name(self, digest: str) -> str:
        return f"{self._root}/payloads/{digest[:2]}/{digest}.gz"

    def receipt_name(self, receipt: Receipt) -> str:
        return f"an object of {self._month(receipt)}"

    def _month(self, receipt: Receipt) -> str:
        return f"{self._root}/receipts/{receipt.landed_at:%Y-%m}"

    def lines(self) -> Iterator[tuple[str, Receipt | LandingError]]:
        """Every receipt with the object that holds it, or what is wrong with its line. Raises
        OSError.
        """
        with self._reaching():
            names = sorted(self._fs.glob(f"{self._root}/receipts/*/*.jsonl"))
        for name in names:
            *lines, rest = self._read(name).split(b"\n")
            for number, line in enumerate(lines, 1):
                try:
                    yield name, Receipt.from_json(line)
                except (ValueError, KeyError, TypeError) as error:
                    yield name, _damaged(name, number, str(error))
            if rest:
                yield name, _damaged(name, len(lines) + 1, "it is cut off")

    def _write(self, name: str, content: bytes) -> None:
        if self._on_disk:
            write_atomically(Path(name), content)
            return
        with self._reaching():
            self._fs.pipe_file(name, content)

    def _read(self, name: str) -> bytes:
        with self._reaching():
            content: bytes = self._fs.cat_file(name)
        return content

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            raise
        except self._faults as error:
            raise OSError(str(error)) from error


def _damaged(name: str, number: int, why: str) -> LandingError:
    return LandingError(
        f"line {number} of {name} is no receipt: {why}",
        "Put the object back from a backup, or take the line out of it to forget its payload.",
    )
