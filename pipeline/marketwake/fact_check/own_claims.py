"""Claims of one installation: a file for each, `<root>/claims/<claim>.sql`, of the form of the
project's. `article` is free text there.
"""

import re
from pathlib import Path

import duckdb

from marketwake.base.errors import BadInputError, DefinitionError
from marketwake.base.own_files import own_text
from marketwake.fact_check import guard
from marketwake.fact_check.claim_file import REQUIRED, Claim, Part, read_claim

FOLDER = "claims"
"""Below the folder of the warehouse."""
NAME = re.compile(r"(?!(?:show|new|check)$)[a-z0-9]+(-[a-z0-9]+)*")
"""Of a claim: none that a command of `marketwake claims` has."""
TEMPLATE = """-- One row per anchor and venue.
-- claim: {claim}
-- event: {event}
-- article: who wrote it, and when
-- statement: {statement}
-- stated: fell
-- unit: words
-- theme: prices
--
-- part: window: {statement}
-- main: day: return over 24 hours
-- reason: Over 24 hours bitcoin moved by {{day:+}}.
-- otherwise: Hourly bars of bitcoin around the event would decide.
select
    'day' as definition, -- as behind 'main:' above; 'check: other: ...' would add another
    anchor,
    venue,
    value,
    low, -- over the instants at which the anchor may have been
    high,
    'fraction' as unit,
    vote_below(low, high, 0) as vote, -- or vote_above, vote_within, vote_if
    note
-- ETH for ether; another measure of mart.event_response; another window, in hours
from event_figure('{event}', 'return', 'BTC', 'hour', 24)
-- evidence
select * exclude (closed_at, low, high)
from price_rows('BTC')
where closed_at in (
    select unnest([hour_at, hour_at + interval 24 hours])
    from anchor_hours('{event}')
    where is_candidate and is_nominal
)
"""
"""A claim that can be judged as it is, to be edited."""
_LINE = re.compile(rf"^-- ({'|'.join(REQUIRED)}): (.+)$", re.MULTILINE)


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
