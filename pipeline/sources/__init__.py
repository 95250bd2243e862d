"""The sources: which of them a run asks, and which parser reads what each has landed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

from pipeline.errors import BadInputError
from pipeline.sources import archive, coingecko, farside, inbox, sample, spot, yahoo
from pipeline.sources.base import Parse
from pipeline.sources.spans import SPANS
from pipeline.sources.spot_venues import VENUES

__all__ = ["KINDS", "PARSERS", "SPANS", "check_source"]

PARSERS: Mapping[str, Parse] = {
    # Files on disk do not tell when they were fetched.
    "sample": lambda request, body, _: sample.parse(request, body),
    "archive": lambda request, body, _: archive.parse(request, body),
    "inbox": inbox.parse,
    "farside": farside.parse,
    "yahoo": yahoo.parse,
    "coingecko": coingecko.parse,
} | {f"spot-{venue.lower()}": spot.parse for venue in VENUES}
"""Parser by the name that a source leaves on its receipts: replay reads old payloads with it."""

Kind = Literal["live", "sample", "archive"]


def check_source(kind: str, folder: Path | None) -> Kind:
    """The kind of source that `kind` names; refuse what `nightly` cannot run on, before anything is started or written.

    Raises:
        BadInputError: unknown kind, or an archive without a folder that is there.
    """
    if kind not in get_args(Kind):
        raise BadInputError(f"unknown source '{kind}'", f"Choose {', '.join(get_args(Kind))}.")
    if kind == "archive" and (folder is None or not folder.is_dir()):
        raise BadInputError(f"there is no archive folder {folder or ''}".rstrip(), "Name the folder of recorded files with --archive.")
    return cast("Kind", kind)
