"""The nightly flow on the sample, as Prefect runs it: idempotent, honest about what failed, never
in a reader's way.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from prefect.exceptions import ParameterTypeError

from marketwake.base import resources
from marketwake.base.errors import BadInputError, ChecksFailedError, LandingError, WarehouseError
from marketwake.landing.store import Landing
from marketwake.runs import nightly as plain
from marketwake.runs import selection as asked
from marketwake.runs.result import RunFailedError
from marketwake.sources.files.sample import Sample
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from marketwake_flows.nightly import nightly
from tests.support.artifacts import of_run

pytestmark = pytest.mark.usefixtures("prefect_server", "without_pictures", "brief_study")


@pytest.fixture
def root(shown_sample_root: Path, tmp_path: Path) -> Path:
    """A copy of the sample's warehouse and its pages, to be changed at will."""
    return Path(shutil.copytree(shown_sample_root, tmp_path / "warehouse", symlinks=True))


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled figures that the source reads instead."""
    folder = Path(shutil.copytree(resources.SAMPLE, tmp_path / "figures"))
    monkeypatch.setattr(
        plain, "select_sources", lambda *_, **__: asked.Selection([Sample(folder=folder)])
    )
    return folder


def _raw(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return {
            name: con.execute(f"select * from raw.{name} order by all").fetchall()
            for name in read_contracts("raw")
        }


def _reads_while(root: Path, stop: Path) -> subprocess.Popen[str]:
    code = (
        "import duckdb, pathlib, sys, time\n"
        "n = 0\n"
        "held = duckdb.connect(sys.argv[1], read_only=True)\n"
        "while not pathlib.Path(sys.argv[2]).exists():\n"
        "    assert held.execute('select count(*) from mart.claim').fetchall() == [(46,)]\n"
        "    n += 1\n"
        "    time.sleep(0.05)\n"
        "print(n)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(root / "market.duckdb"), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_run_adds_no_version_while_a_reader_holds_the_published_file(
    root: Path, tmp_path: Path
) -> None:
    before = _raw(root)
    shutil.rmtree(root / "reports")
    stop = tmp_path / "stop"
    with _reads_while(root, stop) as reading:
        try:
            result = nightly("sample", root)
        finally:
            stop.touch()
        counted, complaint = reading.communicate(timeout=60)
    assert (result.new, result.restated, result.problems) == (0, 0, ())
    # The pages were gone: they are written although nothing has changed.
    assert result.pages[0].name == "eo-401k.html"
    assert all(page.exists() for page in result.pages)
    assert _raw(root) == before
    assert reading.returncode == 0, complaint
    assert int(counted) > 0


def test_the_artifacts_say_what_the_claims_and_the_coverage_are(root: Path) -> None:
    artifacts = of_run(nightly("sample", root, return_state=True))
    verdicts = json.loads(artifacts["claims"])
    assert {one["id"]: one["verdict"] for one in verdicts}["a01"] == "mostly contradicted"
    assert len(verdicts) == 46
    assert json.loads(artifacts["coverage"])


def test_a_malformed_row_fails_the_run_by_name_and_what_was_good_is_published(
    root: Path, figures: Path
) -> None:
    path = figures / "etf_flow.csv"
    text = path.read_text()
    assert text.count("2025-08-08") > 2
    path.write_text(
        text.replace("ETH,ETHA,2025-08-07", "ETH,ETHA,2025-08-32", 1).replace(
            "ETH,ETHA,2025-08-08,254700000", "ETH,ETHA,2025-08-08,254800000"
        )
    )
    before = _raw(root)
    with pytest.raises(
        RunFailedError,
        match=r"etf_flow\.csv: 1 row rejected, first raw\.etf_flow row \d+: "
        r"session: '2025-08-32' is not a DATE",
    ):
        nightly("sample", root)
    after = _raw(root)
    # The good restatement is in; the row that could not be read neither removed nor changed what
    # was known.
    assert [row for row in after["etf_flow"] if row not in before["etf_flow"]][-1][
        3
    ] == 254_800_000.0
    current = [row for row in after["etf_flow"] if row[5] is None]
    assert len(current) == len(before["etf_flow"])
    with duckdb.connect(root / "market.duckdb", read_only=True) as con:
        assert (
            con.execute(
                "select state, message from ops.run order by started_at desc limit 1"
            ).fetchall()[0][0]
            == "failed"
        )


def test_a_ragged_file_is_refused_and_the_other_files_are_loaded(root: Path, figures: Path) -> None:
    (figures / "etf_flow.csv").write_text(
        "asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07\n"
    )
    index = figures / "index_bar.csv"
    index.write_text(index.read_text() + "SHILLER,1mo,2026-09-01,1234.5,,,\n")
    before = _raw(root)
    with pytest.raises(RunFailedError, match=r"etf_flow\.csv line 2: expected 4 cells, found 3"):
        nightly("sample", root)
    after = _raw(root)
    assert after["etf_flow"] == before["etf_flow"]
    assert len(after["index_bar"]) == len(before["index_bar"]) + 1


def test_a_corrupt_payload_stops_the_run_and_leaves_the_warehouse_as_it_was(
    root: Path, figures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = figures / "index_bar.csv"
    index.write_text(index.read_text() + "SHILLER,1mo,2026-09-01,1234.5,,,\n")
    read = Landing.read

    def after_a_bad_sector(landing: Landing, _receipt: object) -> bytes:
        newest = landing.receipts()[-1]
        (landing.payloads / newest.payload_sha256[:2] / f"{newest.payload_sha256}.gz").write_bytes(
            b"\0"
        )
        return read(landing, newest)

    before, published = _raw(root), (root / "market.duckdb").resolve()
    monkeypatch.setattr(Landing, "read", after_a_bad_sector)
    with pytest.raises(LandingError, match="is corrupt"):
        nightly("sample", root)
    assert _raw(root) == before
    assert (root / "market.duckdb").resolve() == published


def test_a_failed_check_holds_the_run_back_and_somebody_is_told(root: Path) -> None:
    published, content = (root / "market.duckdb").readlink(), (root / "market.duckdb").read_bytes()
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute(
            "insert into raw.index_bar "
            "select * replace ('^NOPE' as symbol) from raw.index_bar limit 1"
        )
    with pytest.raises(ChecksFailedError, match=r"unknown_name: seed\.instrument: index \^NOPE"):
        nightly("sample", root)
    assert (root / "market.duckdb").readlink() == published
    assert (root / "market.duckdb").read_bytes() == content
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        run_id, state, message = con.execute(
            "select run_id, state, message from ops.run order by started_at desc limit 1"
        ).fetchall()[0]
        told = con.execute("select alert_key, delivered_at from ops.alert").fetchall()
    assert (state, message.splitlines()[0]) == (
        "failed",
        "1 data check failed; nothing was published:",
    )
    assert json.loads((root / "held_back.json").read_text())["run_id"] == run_id
    assert told == [(f"checks_stopped/unknown_name/{run_id}", None)]


def test_a_missing_file_of_a_source_fails_the_run_and_names_it(root: Path, figures: Path) -> None:
    (figures / "etf_flow.csv").unlink()
    (figures / "etf_flow.csv").mkdir()
    with pytest.raises(RunFailedError, match=r"etf_flow\.csv"):
        nightly("sample", root)


def test_wrong_names_and_a_busy_warehouse_are_refused_before_anything_is_touched(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ParameterTypeError, match="Input should be 'live', 'sample' or 'archive'"):
        nightly("sampel", tmp_path / "none")  # type: ignore[call-overload]
    with pytest.raises(BadInputError, match="no archive folder"):
        nightly("archive", tmp_path / "none", tmp_path / "nowhere")
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr("marketwake.runs.nightly.PATIENCE_SECONDS", 0.0)
    with (
        Warehouse(root).exclusive(),
        pytest.raises(WarehouseError, match="is being written by process"),
    ):
        nightly("sample", root)


def test_a_second_night_leaves_with_the_name_of_the_first_and_has_touched_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import pathlib, sys\n"
        "from marketwake.warehouse.files import Warehouse\n"
        "with Warehouse(pathlib.Path(sys.argv[1])).exclusive('nightly'):\n"
        "    print('holds', flush=True)\n"
        "    sys.stdin.read()\n"
    )

    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}

    monkeypatch.setattr("marketwake.runs.nightly.PATIENCE_SECONDS", 0.5)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "holds\n"
        before = files()
        with pytest.raises(
            WarehouseError,
            match=rf"is being written by process {first.pid} since .* UTC \(nightly\)",
        ):
            nightly("sample", root)
        assert files() == before
        first.communicate("")
    # The first is done: the next one gets the warehouse.
    assert nightly("sample", root).problems == ()
