"""The sources by name: the kinds that a run may have, and the parser of what each has landed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

from marketwake.base.errors import BadInputError
from marketwake.sources.coingecko import source as coingecko
from marketwake.sources.farside import source as farside
from marketwake.sources.files import archive, inbox, sample
from marketwake.sources.source import Parse
from marketwake.sources.spot import client as spot
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.yahoo import source as yahoo

PARSERS: Mapping[str, Parse] = {
    # Files on disk do not tell when they were fetched.
    "sample": lambda request, body, _: sample.parse(request, body),
    "archive": lambda request, body, _: archive.parse(request, body),
    "inbox": inbox.parse,
    "farside": farside.parse,
    "yahoo": yahoo.parse,
    "coingecko": coingecko.parse,
} | {venue.source: spot.parse for venue in VENUES.values()}
"""Parser by the name that a source leaves on its receipts: replay reads old payloads with it."""

Kind = Literal["live", "sample", "archive"]


def check_source(kind: str, folder: Path | None) -> Kind:
    """The kind of source that `kind` names; refuse what `nightly` cannot run on, before anything is
    started or written.

    Raises:
        BadInputError: unknown kind, or an archive without a folder that is there.
    """
    if kind not in get_args(Kind):
        raise BadInputError(f"unknown source '{kind}'", f"Choose {', '.join(get_args(Kind))}.")
    if kind == "archive" and (folder is None or not folder.is_dir()):
        raise BadInputError(
            f"there is no archive folder {folder or ''}".rstrip(),
            "Name the folder of recorded files with --archive.",
        )
    return cast("Kind", kind)
