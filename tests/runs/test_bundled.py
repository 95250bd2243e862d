"""A live run stands on the bundled figures where no source serves what is needed any more."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from marketwake.base.settings import Settings
from marketwake.coverage.watermarks import read_watermarks
from marketwake.fact_check import evaluation
from marketwake.fact_check.evaluation import FOLDER, evaluate
from marketwake.fact_check.reading import read_claims
from marketwake.landing.store import Landing
from marketwake.runs import steps
from marketwake.runs.nightly import nightly
from marketwake.runs.result import RunFailedError
from marketwake.runs.run import Hooks, Run
from marketwake.runs.selection import GONE_SINCE, bundled
from marketwake.sources import registry, retry
from marketwake.sources.files.sample import BUNDLED, parse
from marketwake.sources.source import Parse, Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.gate import rules
from tests.support.servers import Misbehaviour, Running, serve, settings

NIGHT = datetime(2026, 11, 20, 6, 15, tzinfo=UTC)
CLAIMS = ("a12", "a16", "a17", "a18")
HOOKS = Hooks(report=lambda _: ([], []))


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Running]:
    """Spot venues that have the hours of 2025, vendors that refuse; of the claims those that rest
    on what nobody serves any more.
    """
    few = cast("Path", SimpleNamespace(glob=lambda _: [FOLDER / f"{name}.sql" for name in CLAIMS]))
    monkeypatch.setattr(evaluation, "evaluate", partial(evaluate, folder=few))
    monkeypatch.setattr(steps, "study", lambda _con: [])
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    with serve("coinbase", "farside", "yahoo", "coingecko", now=NIGHT) as running:
        for vendor in ("farside", "yahoo", "coingecko"):
            running.misbehave(vendor, Misbehaviour("status", times=99, status=451))
        text = settings(
            running,
            spot_venues=["Coinbase"],
            spot_side_by_side=1,
            spot_symbols=["BTC/USD", "ETH/USD"],
            history_from=date(2025, 6, 24),
            timeout_seconds=5,
        )
        (tmp_path / "marketwake.toml").write_text(text)
        monkeypatch.setenv("MARKETWAKE_CONFIG", str(tmp_path / "marketwake.toml"))
        yield running


def _night(root: Path) -> None:
    with pytest.raises(RunFailedError) as caught:
        nightly(root, hooks=HOOKS)
    # The vendors that refuse, and nothing else.
    named = [problem.split(":")[0] for problem in caught.value.result.problems]
    assert named == ["farside", "yahoo", "coingecko"]


@pytest.mark.usefixtures("venues", "without_pace")
def test_a_live_warehouse_judges_what_no_source_serves_any_more(
    tmp_path: Path, sample_root: Path
) -> None:
    root = tmp_path / "warehouse"
    _night(root)
    with Warehouse(root).reader() as live, Warehouse(sample_root).reader() as sample:
        ours = {claim["id"]: claim for claim in read_claims(live)}
        theirs = {claim["id"]: claim for claim in read_claims(sample)}
        assert set(ours) == set(CLAIMS)
        for name in CLAIMS:
            assert ours[name]["verdict"] == theirs[name]["verdict"], name
        # Rows of the venue and rows of the bundled files, each marked as what it is.
        marked = {
            row["publisher"]: row["source"].endswith(" (bundled with marketwake)")
            for row in ours["a12"]["evidence"]
        }
        assert marked == {"CME Group": True, "Coinbase": False}
        assert not any("bundled" in row["source"] for row in theirs["a12"]["evidence"])
    landed = [r for r in Landing(root).receipts() if r.source == "sample"]
    assert {receipt.dataset for receipt in landed} == BUNDLED
    # What stands of an index is a stretch of long ago: all of it is still to be asked for.
    with Warehouse(root).exclusive("test"):
        known = {series.dataset for series in read_watermarks(Warehouse(root)).newest}
    assert "coin_snapshot" in known
    assert "index_bar" not in known
    _night(root)
    assert [r for r in Landing(root).receipts() if r.source == "sample"] == landed


class _Answer:
    """Closes of an index, as a source has them or a bundled file."""

    def __init__(self, name: str, close: float) -> None:
        self.name = name
        self._close = close

    def requests(self) -> list[Request]:
        return [Request("index_bar", "index_bar.csv")]

    def fetch(self, _: Request) -> bytes:
        header = "symbol,bar_interval,session,close"
        return f"{header}\n^GSPC,1d,2008-09-15,{self._close}\n".encode()


@pytest.mark.parametrize("order", [("sample", "live"), ("live", "sample")])
def test_a_bundled_figure_gives_way_to_a_sources_own_and_never_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    # 1192.7 was the close of the day that Lehman failed, to the cent 1192.70.
    closes = {"sample": 1192.7, "live": 1192.699951171875}
    monkeypatch.setitem(
        cast("dict[str, Parse]", registry.PARSERS),
        "yahoo",
        lambda request, body, _: parse(request, body),
    )
    run = Run(Warehouse(tmp_path), "nightly", "live", Settings())
    with run.hold(0):
        for kind in order:
            source = _Answer("yahoo" if kind == "live" else "sample", closes[kind])
            run.load([run.fetch(source)])
        with run.warehouse.writer() as con:
            stands = con.execute(
                "select close, payload_sha256 in (select payload_sha256 from ops.load "
                "where source = 'yahoo') from raw.index_bar where superseded_at is null"
            ).fetchall()
            held = con.execute("select count(*) from ops.held").fetchall()
    assert stands == [(closes["live"], True)]
    assert held == [(0,)]
    assert {load.restated for load in run.loads} == ({0, 1} if order[0] == "sample" else {0})


def test_every_bundled_row_can_be_known_by_the_time_that_nobody_serves_them() -> None:
    facts = bundled(lambda: GONE_SINCE)
    requests = facts.requests()
    assert {request.dataset for request in requests} == BUNDLED
    for request in requests:
        contract = read_contracts("raw")[request.dataset]
        frame = parse(request, facts.fetch(request))[request.dataset]
        assert contract.validate(frame, rules(contract, GONE_SINCE)).rejected.is_empty()
    # In the days of the sample the venues have them.
    before = bundled(lambda: datetime(2025, 8, 22, tzinfo=UTC)).requests()
    assert [request.dataset for request in before] == ["reference_figure"]
