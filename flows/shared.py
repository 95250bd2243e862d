"""What the flows share: the last steps of a run as tasks, with the artifacts that the Prefect UI shows."""

from pathlib import Path

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipeline import checks, claims, ending, steps
from pipeline import warehouse as files
from pipeline.changes import changes
from pipeline.sources.base import Clock


@task(cache_policy=NO_CACHE)
def derive(root: Path) -> bool:
    """Rebuild marts, event windows and claims, if anything changed."""
    return steps.derive(root)


@task(cache_policy=NO_CACHE)
def check(root: Path, clock: Clock, run_id: str) -> list[checks.Offender]:
    """Run the data checks; an offender of severity error that nobody accepted stops the run here."""
    return steps.check(root, clock, run_id)


@task(cache_policy=NO_CACHE)
def report(root: Path) -> list[Path]:
    """Write the pages, and the artifacts that the Prefect UI shows, from what was published."""
    pages = steps.report(root)
    with files.reader(root) as con:
        verdicts = claims.read_claims(con)
        coverage = con.execute("select dataset, series, expected, present, missing from mart.coverage order by all").fetchall()
        found = changes(con).as_dict()
    rows = [{key: one[key] for key in ("id", "verdict", "statement", "stated", "reason")} for one in verdicts]
    create_table_artifact(key="claims", table=rows, description="Claims of the articles, with verdicts")
    names = ("dataset", "series", "expected", "present", "missing")
    create_table_artifact(
        key="coverage", table=[dict(zip(names, row, strict=True)) for row in coverage], description="Expected against present"
    )
    create_table_artifact(
        key="changes", table=found["tables"], description="Rows that this run has added, and figures that it has restated"
    )
    create_table_artifact(key="restated", table=found["restated"], description="Restated figures with their old and new values")
    create_markdown_artifact(key="reports", markdown="\n".join(f"- `{page}`" for page in pages), description="Pages of this run")
    return pages


ENDING = ending.Ending(derive, check, report)
