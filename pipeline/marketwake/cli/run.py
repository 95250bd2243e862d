"""Commands that run flows or write the warehouse."""

import os
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from marketwake.base.errors import BadInputError
from marketwake.cli.console import quiet, say
from marketwake.cli.options import HERE, RUN, STOPPED, UPKEEP, Quiet, Root, day

if TYPE_CHECKING:
    from marketwake.runs.backfill.order import Order
    from marketwake.runs.result import RunResult
    from marketwake.sources.registry import Kind
    from marketwake_flows.api import Api

app = typer.Typer()
upkeep_app = typer.Typer()
PAYLOAD = typer.Argument(
    help="Its receipt, its SHA-256 or the beginning of that, or the name of a dropped file."
)


@app.command(rich_help_panel=RUN)
def demo(say_nothing: Quiet = False, warehouse: Root = HERE) -> None:
    """The whole job on the bundled sample: load, build, study, judge, report."""
    from marketwake.cli.show_ending import ending
    from marketwake.runs.current import unchanged_sample
    from marketwake.warehouse.files import Warehouse

    with quiet(say_nothing):
        say(
            "The whole job on the bundled sample: real figures of the year around the order and of "
            "the precedents; no network is used."
        )
        # Looked at first: what a run imports takes longer than all of this.
        result = unchanged_sample(Warehouse(warehouse))
        if result:
            say("Nothing has changed since the last run: nothing to load or to build.")
        else:
            result = _first_demo(warehouse)
        ending(result, warehouse)


@app.command(rich_help_panel=RUN)
def nightly(
    source: Annotated[
        str, typer.Option(help="Where figures come from: live, sample or archive.")
    ] = "live",
    archive: Annotated[
        Path | None, typer.Option(help="Folder of recorded files, for --source archive.")
    ] = None,
    supersede: Annotated[
        bool,
        typer.Option(
            "--supersede", help="Files in the inbox restate what better sources gave, unheld."
        ),
    ] = False,
    say_nothing: Quiet = False,
    warehouse: Root = HERE,
) -> None:
    """One run: fetch, load, build, study, check, publish, report."""
    from marketwake.cli.show_ending import ending

    with quiet(say_nothing):
        ending(_nightly(source, warehouse, archive, supersede=supersede), warehouse)


@app.command(rich_help_panel=RUN)
def serve(
    cron: Annotated[str, typer.Option(help="When the nightly run starts, UTC.")] = "15 6 * * *",
    source: Annotated[
        str, typer.Option(help="Where its figures come from: live or sample.")
    ] = "live",
    port: Annotated[
        int,
        typer.Option(
            min=1,
            max=65535,
            help="Port of the Prefect server and its UI, where PREFECT_API_URL names none.",
        ),
    ] = 4200,
    warehouse: Root = HERE,
) -> None:
    """Run the nights by the clock, with Prefect's server and its pages.

    Backfills and studies run when they are triggered there. Ctrl-C ends it.
    """
    from marketwake.base.settings import read_settings
    from marketwake.sources.registry import check_source
    from marketwake_flows.serve import run

    # Their lines, with what each source brought, show in the run's log in the UI.
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "marketwake")
    os.environ["PREFECT_LOGGING_LEVEL"] = "INFO"

    def tell(page: str, index: str | None) -> None:
        say(f"nightly at '{cron}' UTC on {warehouse}; Ctrl-C ends it")
        say(f"runs:  {page}")
        say(f"pages: {index or settings.reports_url or root / 'reports'}")

    root, settings = warehouse.absolute(), read_settings(warehouse)
    reports = None if settings.reports_url else root / "reports"
    run(root, cron, check_source(source, None), port, reports, tell)


@app.command(rich_help_panel=RUN)
def backfill(
    dataset: Annotated[
        str | None, typer.Argument(help="A raw table, e.g. spot_bar; all when left out.")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", help="First day, UTC; the settings' beginning when left out."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last day, UTC, included; today when left out.")
    ] = None,
    symbol: Annotated[
        list[str] | None, typer.Option(help="BTC/USD, METQ5, IBIT, bitcoin ...; may be repeated.")
    ] = None,
    venue: Annotated[
        list[str] | None, typer.Option(help="Coinbase, Yahoo ...; may be repeated.")
    ] = None,
    interval: Annotated[str | None, typer.Option(help="Length of spot bars, e.g. 1h.")] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Ask anew for what is held, and for what a source has said that it does not have.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan; ask and write nothing.")
    ] = False,
    say_nothing: Quiet = False,
    warehouse: Root = HERE,
) -> None:
    """Fill holes anywhere in the history.

    In batches: a backfill that was stopped goes on where it was.
    """
    from marketwake.runs.backfill.order import Order

    order = Order(
        dataset,
        day("--from", first),
        day("--to", last),
        tuple(symbol or ()),
        tuple(venue or ()),
        interval,
        again,
    )
    with quiet(say_nothing and not dry_run):
        _backfill(warehouse, order, dry_run=dry_run)


def _backfill(warehouse: Path, order: "Order", *, dry_run: bool) -> None:
    from marketwake.base.settings import read_settings
    from marketwake.cli import show, show_backfill
    from marketwake.runs.backfill import run as work
    from marketwake.runs.result import RunFailedError

    settings = read_settings(warehouse)
    if dry_run:
        show_backfill.plan(work.plan(warehouse, settings, order))
        return
    try:
        with show_backfill.Bars().shown() as bars:
            result = work.backfill(warehouse.absolute(), settings, order, bars)
    except KeyboardInterrupt:
        say("Stopped. What came is kept; the same command goes on from here.")
        raise typer.Exit(STOPPED) from None
    show_backfill.missing(result.missing)
    if result.run:
        if result.run.problems:
            raise RunFailedError(result.run)
        show.result(result.run, warehouse)


@upkeep_app.command(rich_help_panel=UPKEEP)
def replay(warehouse: Root = HERE) -> None:
    """Rebuild the warehouse from landing alone."""
    from marketwake.cli import show

    with show.progress("replaying landing"):
        from marketwake.runs.replay import replay as run

        loads = run(warehouse)
    say(
        f"{len(loads):,} payloads replayed: {sum(load.new for load in loads):,} new rows, "
        f"{sum(load.restated for load in loads):,} restated."
    )


@upkeep_app.command(rich_help_panel=UPKEEP)
def accept(payload: Annotated[str, PAYLOAD], warehouse: Root = HERE) -> None:
    """Let in what is held of a payload, and publish.

    `marketwake query held` lists what waits.
    """
    _decide(warehouse, "accept", payload)


@upkeep_app.command(rich_help_panel=UPKEEP)
def withdraw(
    payload: Annotated[str | None, PAYLOAD] = None,
    run: Annotated[
        str | None, typer.Option(help="The id of a run, in the place of a payload.")
    ] = None,
    warehouse: Root = HERE,
) -> None:
    """Take out what a payload or a run brought, and publish.

    What stood before stands again.
    """
    if (payload is None) == (run is None):
        raise BadInputError("name a payload or a run", "Give PAYLOAD or --run RUN, and not both.")
    _decide(warehouse, "withdraw", payload or run or "")


def _decide(warehouse: Path, decision: Literal["accept", "withdraw"], name: str) -> None:
    from marketwake.cli import show
    from marketwake.runs.decide import decide

    with show.progress(f"carrying out: {decision}"):
        told, result = decide(warehouse.absolute(), decision, name)
    say(told)
    if result:
        show.result(result, warehouse)


def _nightly(source: str, warehouse: Path, archive: Path | None, *, supersede: bool) -> "RunResult":
    from marketwake.sources.registry import check_source
    from marketwake_flows import api

    # Refuses wrong names before anything is started.
    kind = check_source(source, archive)
    standing = api.find(warehouse)
    if standing:
        return _through_prefect(standing, kind, warehouse, archive, supersede=supersede)
    from marketwake.cli import show

    with show.progress("running the night"):
        from marketwake.runs.nightly import nightly as plain

        return plain(warehouse.absolute(), kind, archive, supersede=supersede)


def _first_demo(warehouse: Path) -> "RunResult":
    """Through Prefect, as scheduled nights go: on a server that stands, or on one for this run."""
    from marketwake.cli import show
    from marketwake_flows import api, server

    standing = api.find(warehouse)
    if standing:
        return _through_prefect(standing, "sample", warehouse, None)
    with ExitStack() as stack:
        with show.progress("starting Prefect (the first time it makes its database)"):
            # To import what runs takes the other core two seconds.
            importing = partial(import_module, "marketwake_flows.nightly")
            own = stack.enter_context(server.running(warehouse, meanwhile=importing))
        return _through_prefect(own, "sample", warehouse, None)


def _through_prefect(
    standing: "Api",
    source: "Kind",
    warehouse: Path,
    archive: Path | None,
    *,
    supersede: bool = False,
) -> "RunResult":
    from marketwake.cli import show
    from marketwake_flows import api

    api.prepare(warehouse, standing)
    with show.progress("running the night"):
        from marketwake_flows.nightly import nightly as flow

        folder = archive.absolute() if archive else None
        return flow(source, warehouse.absolute(), folder, supersede=supersede)
