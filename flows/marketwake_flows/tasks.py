"""What the flows share: the last steps of a run as tasks, with the artifacts that the Prefect UI
shows.
"""

from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from marketwake.base.figure_text import format_stated
from marketwake.base.own_addresses import own_addresses, told
from marketwake.base.settings import read_settings
from marketwake.checks import run as checks
from marketwake.fact_check.reading import read_claims
from marketwake.runs import steps
from marketwake.runs.run import Hooks
from marketwake.sources.source import Clock
from marketwake.warehouse.changes import changes
from marketwake.warehouse.files import Warehouse


@task(cache_policy=NO_CACHE)
def derive(warehouse: Warehouse) -> list[str]:
    """Rebuild marts, event windows and claims, if anything changed."""
    return steps.derive(warehouse)


@task(cache_policy=NO_CACHE)
def check(warehouse: Warehouse, clock: Clock, run_id: str) -> list[checks.Offender]:
    """Run the data checks; an error that nobody accepted stops the run here."""
    return steps.check(warehouse, clock, run_id)


@task(cache_policy=NO_CACHE)
def report(warehouse: Warehouse) -> steps.Pages:
    """Write the pages, and the artifacts that the Prefect UI shows, from what was published."""
    pages, problems = steps.report(warehouse)
    with warehouse.reader() as con:
        verdicts = read_claims(con)
        ledger = con.execute(_LEDGER).fetchall()
        changed = changes(con).as_dict()
        own = told(own_addresses(con))
    rows = [
        {key: claim[key] for key in ("id", "verdict", "statement")}
        | {
            "agree": f"{claim['agree']} of {claim['of']}" if claim["of"] else "",
            "stated": format_stated(claim["stated"], claim["unit"]),
            "reason": claim["reason"],
        }
        for claim in verdicts
    ]
    create_table_artifact(
        key="claims",
        table=rows,
        description=f"Claims of the articles, with verdicts. {own}".strip(),
    )
    names = ("dataset", "series", "expected", "present", "missing", "why")
    create_table_artifact(
        key="coverage",
        table=[dict(zip(names, row, strict=True)) for row in ledger],
        description="Expected against present, holes first",
    )
    create_table_artifact(
        key="changes",
        table=changed["tables"],
        description="Rows that this run has added, and figures that it has restated",
    )
    create_table_artifact(
        key="restated",
        table=_restated(changed),
        description=f"{changed['restated_figures']} restated figures, each with its old value",
    )
    create_markdown_artifact(
        key="reports",
        markdown=_links(pages, read_settings(warehouse.root).reports_url),
        description="Pages of this run",
    )
    return pages, problems


def _restated(changed: dict[str, Any]) -> list[dict[str, Any]]:
    # The page shows a cell of several values as JSON.
    return [row | {"key": " ".join(row["key"].values())} for row in changed["restated"]]


def _links(pages: list[Path], address: str) -> str:
    # A browser opens no file from a page that came over the network: without an address there is
    # nothing to link to.
    return "\n".join(
        f"- [{page.stem}]({address.rstrip('/')}/{page.name})" if address else f"- `{page}`"
        for page in pages
    )


_LEDGER = """
select
    series.dataset, concat_ws(' ', series.venue, series.symbol, series."interval"),
    series.expected, series.present, series.missing,
    coalesce(string_agg(distinct hole.reason || ': ' || hole.next_step, '; '), '')
from ops.series as series
left join ops.hole as hole using (dataset, venue, symbol, "interval")
group by all
order by series.missing desc, 1, 2
"""
HOOKS = Hooks(derive=derive, check=check, report=report)
"""The last steps of a run, each as a task."""
