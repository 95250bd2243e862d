"""The claims, evaluated against the marts and judged by the one rule, part by part.

Whoever adds a file to `sql/claims/` adds a claim.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import duckdb

from marketwake.base.definitions import define
from marketwake.base.duck import insert_rows, lower_memory, transaction
from marketwake.base.errors import BadInputError, DefinitionError
from marketwake.base.figure_text import LANGUAGES
from marketwake.base.languages import translated
from marketwake.base.own_files import own_files
from marketwake.base.parts import alone
from marketwake.base.resources import SQL
from marketwake.fact_check.claim_file import Claim, Part, read_claim
from marketwake.fact_check.figures import Evidence, read_evidence, read_figures
from marketwake.fact_check.own_claims import outlined, read_own
from marketwake.fact_check.reasons import reason
from marketwake.fact_check.verdict import Figure, Finding, combined, judge

FOLDER = SQL / "claims"
LONGEST_SECONDS = 60.0
"""For a claim of one's own: those of the project take a second together, and a night waits."""
MOST_MEMORY = "2GB"
"""For the same, where the settings leave as much: a run that the system kills publishes nothing."""
_BUNDLED = " (bundled with marketwake)"
_MARK_BUNDLED = """
update mart.claim_evidence set source = source || $1
where
    payload_sha256 in (select payload_sha256 from ops.load where source = 'sample')
    and not ends_with(source, $1)
    and exists (from ops.load where status = 'loaded' and source not in ('sample', 'decision'))
"""
"""Where all is of the sample, the page and the run say so once."""
TABLES = ("claim", "claim_part", "claim_figure", "claim_evidence")


@dataclass
class Judged:
    """What was found of a claim. `reasons` of each part by language."""

    claim: Claim
    figures: list[Figure] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    parts: list[tuple[Part, Finding, tuple[str, ...]]] = field(default_factory=list)


def evaluate(con: duckdb.DuckDBPyConnection, folder: Path = FOLDER) -> list[str]:
    """Compute and judge every claim file of `folder`; writes mart.claim, claim_part, claim_figure
    and claim_evidence anew, in the same order every time. Must not run in a transaction.

    Returns what broke, a line each: a claim whose figures cannot be computed from these data has
    none, and its reason says so.

    Raises:
        DefinitionError: a claim file is not well formed, or its selects are not what they must be.
    """
    problems = list[str]()
    judged = []
    for path in sorted(folder.glob("*.sql")):
        found = Judged(read_claim(path))
        with alone(f"claim {found.claim.claim}", problems):
            found = judged_claim(con, found.claim)
        judged.append(found if found.parts else _lost(found.claim, problems[-1]))
    with transaction(con):
        for table in TABLES:
            define(con, (SQL / "study" / f"{table}.sql").read_text(encoding="utf-8"))
        _insert(con, judged)
    return problems


def evaluate_own(con: duckdb.DuckDBPyConnection, own: Path, folder: Path = FOLDER) -> list[str]:
    """Compute and judge the installation's claims in `own`, and put them behind those of the
    project's `folder`, which stay as `evaluate` left them. Must not run in a transaction.

    Returns what broke, a line each; a claim that broke, is not well formed or may not run has no
    figures, and its reason says so.
    """
    problems = list[str]()
    project = sorted(path.stem for path in folder.glob("*.sql"))
    judged = list(_own(con, own, project, problems))
    with transaction(con):
        for table in TABLES:
            con.execute(f"delete from mart.{table} where not list_contains(?, claim)", [project])
        _insert(con, judged)
    return problems


def _own(
    con: duckdb.DuckDBPyConnection, folder: Path, taken: Sequence[str], problems: list[str]
) -> Iterator[Judged]:
    for path in own_files(folder, ".sql"):
        if path.stem in taken:
            what = f"claims/{path.name}: the project has a claim '{path.stem}'"
            problems.append(f"{what}; give yours another name")
            continue
        found = Judged(outlined(path))
        with alone(f"claim {path.stem}", problems):
            try:
                with _memory(con), bounded(con, path):
                    found = judged_claim(con, read_own(con, path))
            except DefinitionError as error:  # it is no file of the project
                raise BadInputError(error.what, error.fix) from error
        yield found if found.parts else _lost(found.claim, problems[-1])


@contextmanager
def bounded(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Within the block a claim of one's own may run, and is ended where it asks for too much. What
    one call of a function does cannot be ended.

    Raises:
        DefinitionError: it takes too long, or needs too much memory.
    """
    limit = Timer(LONGEST_SECONDS, con.interrupt)
    limit.start()
    try:
        yield
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
        asks = (
            f"needs more than {_memory_limit(con)} of memory"
            if isinstance(error, duckdb.OutOfMemoryException)
            else f"takes longer than {LONGEST_SECONDS:g} seconds"
        )
        raise DefinitionError(f"claims/{path.name}: it {asks}", "Ask for less.") from error
    finally:
        limit.cancel()


@contextmanager
def _memory(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    before = lower_memory(con, MOST_MEMORY)
    try:
        yield
    finally:
        con.execute(f"set memory_limit = '{before}'")


def _memory_limit(con: duckdb.DuckDBPyConnection) -> str:
    """The limit as it was written, if it is the one of a claim of one's own."""
    ((limit,),) = con.execute(
        "select case when now = format_bytes(parse_formatted_bytes($1)::bigint) then $1 else now "
        "end from (select current_setting('memory_limit') as now)",
        [MOST_MEMORY],
    ).fetchall()
    return str(limit)


def _lost(claim: Claim, why: str) -> Judged:
    said = f"It could not be computed: {why}"
    return Judged(
        claim, parts=[(part, Finding("not testable"), (said, said)) for part in claim.parts]
    )


def judged_claim(con: duckdb.DuckDBPyConnection, claim: Claim) -> Judged:
    """Compute and judge one claim; writes nothing.

    Raises:
        DefinitionError: its selects or its sentences are not what they must be.
    """
    figures = read_figures(con, claim)
    parts = []
    for part in claim.parts:
        own = [figure for figure in figures if figure.definition in part.roles]
        finding = judge(part.kind, part.roles, own)
        said = tuple(reason(claim, part, finding, figures, language) for language in LANGUAGES)
        parts.append((part, finding, said))
    return Judged(claim, figures, read_evidence(con, claim), parts)


def _insert(con: duckdb.DuckDBPyConnection, judged: list[Judged]) -> None:
    evidence = [
        (found.claim.claim, place, *vars(row).values())
        for found in judged
        for place, row in enumerate(found.evidence, start=1)
    ]
    insert_rows(con, "mart.claim", [_claim_row(found) for found in judged])
    insert_rows(con, "mart.claim_part", [row for found in judged for row in _part_rows(found)])
    insert_rows(con, "mart.claim_figure", [row for found in judged for row in _figure_rows(found)])
    insert_rows(con, "mart.claim_evidence", evidence)
    con.execute(_MARK_BUNDLED, [_BUNDLED])


def _claim_row(found: Judged) -> tuple[object, ...]:
    claim = found.claim
    verdict = combined(finding.verdict for _, finding, _ in found.parts)
    firsts = [part.first or finding.verdict for part, finding, _ in found.parts]
    first = combined(firsts)
    reasons = (
        " ".join(said[0] for *_, said in found.parts),
        "".join(said[1] for *_, said in found.parts),
    )
    statement_zh = translated(claim.statement, "zh")
    return (
        claim.claim,
        claim.event,
        claim.article,
        claim.statement,
        statement_zh if statement_zh != claim.statement else None,
        claim.stated,
        claim.unit,
        claim.theme,
        verdict,
        sum(finding.agree for _, finding, _ in found.parts),
        sum(finding.unclear for _, finding, _ in found.parts),
        sum(finding.of for _, finding, _ in found.parts),
        first if first != verdict else None,
        *reasons,
        claim.select,
    )


def _part_rows(found: Judged) -> list[tuple[object, ...]]:
    return [
        (
            found.claim.claim,
            ordinal,
            part.says,
            part.kind,
            part.definitions[part.main] if part.main else None,
            finding.verdict,
            finding.agree,
            finding.unclear,
            finding.of,
            finding.main_agree,
            finding.main_unclear,
            finding.main_of,
            part.first,
            *said,
        )
        for ordinal, (part, finding, said) in enumerate(found.parts, start=1)
    ]


def _figure_rows(found: Judged) -> list[tuple[object, ...]]:
    place = {
        key: (ordinal, part.roles[key], part.definitions[key])
        for ordinal, part in enumerate(found.claim.parts, start=1)
        for key in part.definitions
    }
    rows = list[tuple[object, ...]]()
    for ordinal, figure in enumerate(found.figures, start=1):
        part, role, meaning = place[figure.definition]
        rows.append(
            (
                found.claim.claim, ordinal, part, role, figure.anchor, figure.venue, meaning,
                figure.value, figure.low, figure.high, figure.unit,
                figure.vote if role in ("main", "check") else None, figure.note,
            )
        )  # fmt: skip
    return rows
