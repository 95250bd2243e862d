"""Claims of one installation: a file for each, `<root>/claims/<claim>.sql`, of the form of the
project's. `article` is free text there.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import duckdb

from marketwake.base.errors import BadInputError, DefinitionError
from marketwake.base.own_files import own_text
from marketwake.fact_check import guard
from marketwake.fact_check.claim_file import REQUIRED, Claim, Part, read_claim

FOLDER = "claims"
"""Below the folder of the warehouse."""
NAME = re.compile(r"(?!(?:show|new|check)$)[a-z0-9]+(-[a-z0-9]+)*")
"""Of a claim: none that a command of `marketwake claims` has."""
Says = Literal["open", "fell", "rose"]
"""What a claim says of a price; `open` where somebody has still to write it."""
_NAMES = {"BTC": "bitcoin", "ETH": "ether"}
_WORDS = {
    "BTC": (r"bitcoins?(?! cash| sv)", "比特币"),
    "ETH": (r"ether(?:eum)?(?! classic)", "以太坊|以太币"),
}
"""What a sentence in English and in Chinese calls an asset, beside its symbol."""
_VOTES: dict[Says, str] = {
    "open": "null as vote, -- vote_below(low, high, 0) where it fell; vote_above, vote_within",
    "fell": "vote_below(low, high, 0) as vote, -- or vote_above, vote_within",
    "rose": "vote_above(low, high, 0) as vote, -- or vote_below, vote_within",
}
_UNWRITTEN = "How this is to be judged has not been written yet."
_UNHELD = "Hourly prices around the event would decide."
_TEMPLATE = """-- One row per anchor and venue.
-- claim: {claim}
-- event: {event}
-- article: {article}
-- statement: {statement}
-- stated: {stated}
-- unit: words
-- theme: prices
--
-- part: window: {statement}
-- main: move: return of {name} over {hours} hours
-- reason: Over {hours} hours {name} moved by {{move:+}}.
-- otherwise: {otherwise}
select
    'move' as definition, -- as behind 'main:' above; 'check: other: ...' would add another
    anchor,
    venue,
    value,
    low, -- over the instants at which the anchor may have been
    high,
    'fraction' as unit,
    {vote}
    note
-- measures, instruments and windows: select distinct measure, instrument, window_length
-- from mart.event_response
from event_figure('{event}', 'return', '{asset}', 'hour', {hours})
-- evidence
select * exclude (closed_at, low, high)
from price_rows('{asset}')
where closed_at in (
    select unnest([hour_at, hour_at + interval {hours} hours])
    from anchor_hours('{event}')
    where is_candidate and is_nominal
)
"""
_LINE = re.compile(rf"^-- ({'|'.join(REQUIRED)}): (.+)$", re.MULTILINE)


def assets_named(statement: str, assets: Iterable[str]) -> list[str]:
    """Of the assets those that a sentence in English or Chinese names, by symbol or name; ETH/BTC
    names neither of both.
    """
    named = []
    for asset in sorted(assets, key=len, reverse=True):
        english, chinese = _WORDS.get(asset, ("(?!)", "(?!)"))
        # No \b: Chinese characters beside a symbol are word characters too.
        latin = rf"(?<![a-z0-9])(?:{re.escape(asset)}|{english})(?![a-z0-9])"
        whole = re.compile(f"{latin}|{chinese}", re.IGNORECASE)
        if whole.search(statement):
            named.append(asset)
            statement = whole.sub(" ", statement)
    return sorted(named)


def claim_text(
    claim: str,
    event: str,
    article: str,
    statement: str,
    says: Says = "open",
    asset: str = "BTC",
    hours: int = 24,
) -> str:
    """A claim file about the price of an asset so many hours after an event, to be edited: it can
    be judged where it says that the price fell or rose, and is not testable until somebody writes a
    vote where that is open.
    """
    return _TEMPLATE.format(
        claim=claim,
        event=event,
        article=article,
        statement=statement,
        stated=statement if says == "open" else says,
        hours=hours,
        name=_NAMES.get(asset, asset),
        asset=asset,
        vote=_VOTES[says],
        otherwise=_UNWRITTEN if says == "open" else _UNHELD,
    )


def read_own(con: duckdb.DuckDBPyConnection, path: Path) -> Claim:
    """Read a claim of one's own and refuse what may not run.

    Args:
        con: a warehouse with its macros and seeds; a reader will do.
        path: the file.

    Raises:
        BadInputError: it cannot be read, or speaks of an event that is not known here.
        DefinitionError: it is not well formed, or does more than read the warehouse.
    """
    try:
        claim = read_claim(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read: {error}", "Name a text file.") from error
    if not NAME.fullmatch(path.stem):
        raise claim.wrong(
            "a claim is named by small letters, digits and '-', and not like a command"
        )
    may_run = guard.Guard(con)
    for select in filter(None, (claim.select, claim.evidence)):
        why = may_run.refusal(select)
        if why:
            raise DefinitionError(claim.wrong(why).what, guard.ALLOWED)
    known = [
        event for (event,) in con.execute("select event from seed.event order by 1").fetchall()
    ]
    if claim.event not in known:
        raise BadInputError(
            f"{FOLDER}/{path.name}: event: there is no event '{claim.event}'",
            f"Known here: {', '.join(known)}. `marketwake rebuild` takes in a new file of events.",
        )
    return claim


def outlined(path: Path) -> Claim:
    """What can be told of a file that may not be well formed: it stands for the claim where that
    cannot be judged.
    """
    try:
        said = dict(_LINE.findall(own_text(path)))
    except (OSError, UnicodeDecodeError):  # reading it says why
        said = {}
    header = {name: said.get(name, "") for name in REQUIRED}
    header |= {"claim": path.stem, "statement": said.get("statement", path.stem)}
    part = Part("window", header["statement"])
    return Claim(**header, parts=(part,), select="", evidence="", may_be_empty=True, path=path)
