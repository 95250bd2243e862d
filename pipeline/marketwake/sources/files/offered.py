"""What a file on this machine offers: a request for itself, or for each member of an archive that
is wanted; and what its place says of it.

A ZIP of many members (Kraken's has 24,056 in 8 GB) is read through its directory, one member at a
time, and only the markets of the settings are taken from it. Beside a ZIP of Binance's archive its
`.CHECKSUM` is looked at: what does not match says so in the request, for the parser to refuse.
"""

import hashlib
import logging
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from marketwake.base.errors import SourceError, counted
from marketwake.base.settings import Settings
from marketwake.base.zips import DAMAGE, unpack
from marketwake.sources.files import binance_archive, freqtrade, kraken_ohlcvt
from marketwake.sources.files.given import SOURCE, what_of
from marketwake.sources.source import Request, read_file

log = logging.getLogger(__name__)

CHECKSUM = ".CHECKSUM"
FEW = 40
"""Members of an archive that are all taken; of more, those of the settings."""
_ANCESTORS = 7
"""Folders above a file that Binance's archive has: spot/monthly/klines/BTCUSDT/1h."""
_ZIP = b"PK\x03\x04"
_BLOCK = 1 << 20
_DOCUMENT = {"[Content_Types].xml", "xl/workbook.xml", "mimetype"}
"""Members of what office programs save: one file, though a ZIP."""


@dataclass(frozen=True)
class Wanted:
    """Which members of a large archive are taken: markets as BTC/USD, lengths as 1h."""

    markets: frozenset[str]
    intervals: frozenset[str]
    is_ordered: bool = False
    """Whether somebody named them for this file: then they count for a small one, too."""

    @classmethod
    def by(cls, settings: Settings) -> "Wanted":
        """The markets of the settings, bars of their length and of a day."""
        return cls(frozenset(settings.spot_symbols), frozenset({settings.spot_interval, "1d"}))


@dataclass(frozen=True)
class Offer:
    """A request, and where its payload is read: a file, or a member of it."""

    request: Request
    path: Path
    member: str | None = None
    listed: bytes = b""

    def read(self) -> bytes:
        """The payload.

        Raises:
            SourceError: it cannot be read.
        """
        if self.listed:
            return self.listed
        if self.member is None:
            return read_file(SOURCE, self.path)
        try:
            with zipfile.ZipFile(self.path) as archive:
                return unpack(archive, self.member)
        except (*DAMAGE, OSError) as error:
            raise SourceError(
                f"{SOURCE}: {self.request.what} cannot be unpacked: {error}",
                "Download the archive again, or unpack it and name the files.",
            ) from error


def offers(
    path: Path, request: Request, wanted: Wanted, notes: Mapping[str, str] | None = None
) -> list[Offer]:
    """What a file offers, at least one thing. `request` is for the file itself under its name,
    `notes` what was said of it.
    """
    said = dict(notes or {})
    told = _mismatch(path)
    if told:
        said["checksum"] = told
    members = _members(path)
    if not members:
        return [Offer(_named(request, request.what, said), path)]
    takes_all = len(members) <= FEW and not wanted.is_ordered
    chosen = members if takes_all else [m for m in members if _is_wanted(m, wanted)]
    if 0 < len(chosen) < len(members):
        log.info(
            "%s: %s of other markets and lengths left alone; --symbol and --interval choose",
            request.what,
            counted(len(members) - len(chosen), "file"),
        )
    if not chosen:
        listed = "\n".join(members[:FEW]).encode()
        note = {"members": f"{len(members)}"}
        return [Offer(_named(request, request.what, note), path, listed=listed)]
    return [Offer(_named(request, f"{request.what}/{name}", said), path, name) for name in chosen]


def folders_of(path: Path) -> tuple[str, ...]:
    """The folders above a file that may say what it is."""
    return path.absolute().parent.parts[-_ANCESTORS:]


def _named(request: Request, path: str, notes: Mapping[str, str]) -> Request:
    return Request(request.dataset, what_of(path, notes), request.ordered_by)


def _mismatch(path: Path) -> str:
    """What the checksum beside a file says, where it says otherwise; else empty."""
    beside = path.with_name(path.name + CHECKSUM)
    if not beside.is_file():
        return ""
    words = beside.read_text(encoding="ascii", errors="replace").split()
    told = words[0].lower()[:64] if words else "nothing"
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return "" if told == digest.hexdigest() else told


def _members(path: Path) -> list[str]:
    """The members of an archive that are read one by one; none of what is read whole."""
    try:
        with path.open("rb") as stream:
            if stream.read(len(_ZIP)) != _ZIP:
                return []
        with zipfile.ZipFile(path) as archive:
            names = binance_archive.data_members(archive)
    except (*DAMAGE, OSError):
        return []
    is_one = len(names) == 1 and binance_archive.is_member(names[0])
    if is_one or _DOCUMENT.intersection(names):
        return []
    return [name for name in names if not _is_about(name)]


def _is_about(name: str) -> bool:
    """Whether a member only tells of the others."""
    last = name.rsplit("/", 1)[-1].lower()
    return last.startswith(("readme", "license", "manifest", ".")) or last.endswith(
        (".txt", ".md", ".pdf", CHECKSUM.lower())
    )


def _is_wanted(member: str, wanted: Wanted) -> bool:
    name = member.rsplit("/", 1)[-1]
    kraken = kraken_ohlcvt.NAME.fullmatch(name)
    if kraken:
        interval = kraken_ohlcvt.INTERVALS.get(kraken["minutes"])
        return interval in wanted.intervals and kraken["pair"].upper() in _pairs(wanted.markets)
    binance = binance_archive.NAME.fullmatch(name)
    if binance:
        pairs = {binance_archive.symbol_of(market) for market in wanted.markets}
        return binance["interval"] in wanted.intervals and binance["symbol"] in pairs
    bars = freqtrade.NAME.fullmatch(name)
    pairs = {market.replace("/", "_") for market in wanted.markets}
    return bars is not None and bars["interval"] in wanted.intervals and bars["pair"] in pairs


def _pairs(markets: frozenset[str]) -> Iterator[str]:
    """What Kraken's files call markets, with the older and the newer name of a coin."""
    older = {"BTC": "XBT", "DOGE": "XDG"}
    for market in markets:
        base, quote = market.split("/")
        for one in {base, older.get(base, base)}:
            for other in {quote, older.get(quote, quote)}:
                yield one + other
