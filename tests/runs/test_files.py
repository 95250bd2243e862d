"""Files given by their paths, and archives of many members in the inbox: what came of each, and
that landing alone gives the same rows again.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketwake.base.errors import BadInputError
from marketwake.base.settings import Settings
from marketwake.runs.files import Choice, FileResult, find_files, load_files
from marketwake.runs.replay import replay
from marketwake.runs.result import RunFailedError
from marketwake.runs.run import Run
from marketwake.sources.files.inbox import Inbox, settle
from marketwake.warehouse.files import Warehouse

# Any figures do.
SPOT = "".join(
    f"{1735689600000000 + 3600000000 * hour},9.00000000,9.50000000,8.50000000,9.00000000,"
    f"1.00000000,{1735689600000000 + 3600000000 * (hour + 1) - 1},9.00000000,1,1.0,1.0,0\n"
    for hour in range(24)
)
KRAKEN = "".join(f"{1735689600 + 3600 * hour},9.0,9.5,8.5,9.0,1.5,7\n" for hour in range(24))
FLOWS = "date,IBIT,FBTC,BITB,Total\n2025-08-08,360.0,-30.0,1.0,331.0\n2025-08-09,0.0,0.0,0.0,0.0\n"
CURRENT = "select * exclude (recorded_at) from raw.{} where superseded_at is null order by all"


class Watching:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.results: list[FileResult] = []
        self.begins: list[str] = []
        self.dones = 0

    def begun(self, name: str) -> None:
        self.begins.append(name)

    def ended(self, result: FileResult) -> None:
        self.results.append(result)

    def done(self) -> None:
        self.dones += 1

    def concluding(self) -> None:
        self.begins.append("-")


def packed(path: Path, **members: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def checksum(path: Path, digest: str) -> None:
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{digest}  {path.name}\n")


def rows(root: Path, table: str) -> list[tuple[object, ...]]:
    with Warehouse(root).writer() as con:
        return con.execute(CURRENT.format(table)).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have it."""
    folder = tmp_path / "mine"
    good = packed(folder / "spot" / "BTCUSDT-1h-2025-01.zip", **{"BTCUSDT-1h-2025-01.csv": SPOT})
    checksum(good, hashlib.sha256(good.read_bytes()).hexdigest())
    other = packed(folder / "spot" / "ETHUSDT-1h-2025-01.zip", **{"ETHUSDT-1h-2025-01.csv": SPOT})
    checksum(other, "a" * 64)
    futures = folder / "futures" / "um" / "monthly" / "klines" / "BTCUSDT" / "1h"
    packed(futures / "BTCUSDT-1h-2025-01.zip", **{"BTCUSDT-1h-2025-01.csv": SPOT})
    (folder / "etf_flows.csv").write_text(FLOWS)
    (folder / ".hidden").write_text("no")
    return folder


def test_every_file_of_a_folder_is_told_and_what_is_good_is_published(
    folder: Path, tmp_path: Path
) -> None:
    root, watch = tmp_path / "root", Watching()
    with pytest.raises(RunFailedError) as failed:
        load_files(root, find_files([folder]), Choice(), watch)
    assert failed.value.exit_code == 3
    assert len(failed.value.result.problems) == 2
    # Two files have one name, and are told with their folders.
    told = {result.name.rsplit("/", 1)[-1]: result for result in watch.results}
    assert [result.name for result in watch.results if result.name.startswith(f"{folder}/")] == [
        f"{folder}/futures/um/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2025-01.zip (folder futures)",
        f"{folder}/spot/BTCUSDT-1h-2025-01.zip (folder spot)",
    ]
    assert sorted(told) == [
        "BTCUSDT-1h-2025-01.zip (folder futures)",
        "BTCUSDT-1h-2025-01.zip (folder spot)",
        f"ETHUSDT-1h-2025-01.zip (folder spot, checksum {'a' * 64})",
        "etf_flows.csv",
    ]
    good = told["BTCUSDT-1h-2025-01.zip (folder spot)"]
    assert (good.state, good.new, good.same, good.why) == ("loaded", 24, 0, "")
    flows = told["etf_flows.csv"]
    assert (flows.state, flows.new) == ("loaded", 4)
    assert flows.notes == ("etf_flows.csv: 1 row of zeros on days without a session left out",)
    perpetual = told["BTCUSDT-1h-2025-01.zip (folder futures)"]
    assert perpetual.state == "refused"
    assert "a perpetual or a future" in perpetual.why
    assert watch.dones == 4
    assert (folder / "etf_flows.csv").exists()
    with Warehouse(root).reader() as con:
        assert con.execute("select count(*) from mart.spot_hourly").fetchall() == [(24,)]
    # Once more: the same bytes, and the same state.
    again = Watching()
    with Warehouse(root).writer() as con:
        loads = con.execute("select count(*) from ops.load").fetchall()
    load_files(root, find_files([folder / "etf_flows.csv"]), Choice(), again)
    assert again.results == [FileResult("etf_flows.csv", "unchanged", same=4)]
    with Warehouse(root).writer() as con:
        assert con.execute("select count(*) from ops.load").fetchall() == loads
    # Landing alone gives the same rows.
    before = {table: rows(root, table) for table in ("spot_bar", "etf_flow", "etf_flow_total")}
    replay(root)
    assert {table: rows(root, table) for table in before} == before
    assert {row[0] for row in before["spot_bar"]} == {"Binance"}


@pytest.mark.parametrize("name", ["missing.csv", "empty"])
def test_a_path_without_a_file_is_wrong_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="there is no file"):
        find_files([tmp_path / name])


def test_an_unknown_venue_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"unknown venue 'Bybit'\nChoose Binance, Bitstamp"):
        load_files(tmp_path, [], Choice(venue="Bybit"), Watching())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(symbols=("BTCUSD",)), "--symbol: 'BTCUSD' is no market"),
        (Choice(symbols=("ada/usd",)), "Write it in capitals, like BTC/USD"),
        (Choice(intervals=("7x",)), "--interval: '7x' is no length"),
    ],
)
def test_markets_and_lengths_that_are_none_are_wrong_input(
    tmp_path: Path, choice: Choice, said: str
) -> None:
    with pytest.raises(BadInputError, match=said) as told:
        load_files(tmp_path, [], choice, Watching())
    assert told.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "root"
    (root / "inbox").mkdir(parents=True)
    yield root
    assert not [path for path in (root / "inbox").iterdir() if path.is_file()]


def night(root: Path) -> list[tuple[object, ...]]:
    """What a night makes of the inbox: request, status and rows."""
    run = Run(Warehouse(root), "nightly", "live", Settings())
    run.id = "run"
    with run.hold(0):
        run.started_at = datetime(2026, 9, 1, tzinfo=UTC)
        run.load([run.fetch(Inbox(root))])
        settle(root)
    return [(load.receipt.what, load.status, load.new) for load in run.loads]


def test_a_zip_in_the_inbox_goes_with_its_checksum(root: Path) -> None:
    inbox = root / "inbox"
    good = packed(inbox / "BTCUSDT-1h-2025-01.zip", **{"BTCUSDT-1h-2025-01.csv": SPOT})
    checksum(good, hashlib.sha256(good.read_bytes()).hexdigest())
    bad = packed(inbox / "ETHUSDT-1h-2025-01.zip", **{"ETHUSDT-1h-2025-01.csv": SPOT})
    checksum(bad, "0" * 64)
    assert night(root) == [
        ("BTCUSDT-1h-2025-01.zip", "loaded", 24),
        (f"ETHUSDT-1h-2025-01.zip (checksum {'0' * 64})", "refused", 0),
    ]
    names = {
        place: sorted(path.name.split("Z-")[1] for path in (inbox / place).iterdir())
        for place in ("loaded", "refused")
    }
    assert names == {
        "loaded": ["BTCUSDT-1h-2025-01.zip", "BTCUSDT-1h-2025-01.zip.CHECKSUM"],
        "refused": [
            "ETHUSDT-1h-2025-01.zip",
            "ETHUSDT-1h-2025-01.zip.CHECKSUM",
            "ETHUSDT-1h-2025-01.zip.reason.txt",
        ],
    }


def test_of_krakens_archive_of_all_markets_those_of_the_settings_are_taken(root: Path) -> None:
    many = {f"master_q4/C{n}USD_60.csv": KRAKEN for n in range(50)}
    wanted = {f"master_q4/{name}": KRAKEN for name in ("XBTUSD_60.csv", "ETHUSD_60.csv")}
    other = {"master_q4/XBTUSD_15.csv": KRAKEN, "MANIFEST.json": "{}"}
    packed(root / "inbox" / "Kraken_OHLCVT.zip", **many, **wanted, **other)
    # The newest bar may not be whole.
    assert night(root) == [
        ("Kraken_OHLCVT.zip/master_q4/XBTUSD_60.csv", "loaded", 23),
        ("Kraken_OHLCVT.zip/master_q4/ETHUSD_60.csv", "loaded", 23),
    ]
    assert {row[:3] for row in rows(root, "spot_bar")} == {
        ("Kraken", "BTC/USD", "1h"), ("Kraken", "ETH/USD", "1h"),
    }  # fmt: skip


def test_of_many_files_of_binance_those_of_the_settings_are_taken(root: Path) -> None:
    many = {f"C{n}USDT-1h-2025-01.csv": SPOT for n in range(50)}
    packed(root / "inbox" / "b.zip", **many, **{"spot/BTCUSDT-1h-2025-01.csv": SPOT})
    assert night(root) == [("b.zip/spot/BTCUSDT-1h-2025-01.csv", "loaded", 24)]


def test_a_zip_of_binance_in_a_zip_is_read(root: Path) -> None:
    inner = packed(root / "inner.zip", **{"BTCUSDT-1h-2025-01.csv": SPOT}).read_bytes()
    with zipfile.ZipFile(root / "inbox" / "outer.zip", "w") as archive:
        archive.writestr("BTCUSDT-1h-2025-01.zip", inner)
    assert night(root) == [("outer.zip/BTCUSDT-1h-2025-01.zip", "loaded", 24)]


def test_an_archive_without_a_wanted_member_says_how_to_choose(root: Path) -> None:
    packed(root / "inbox" / "k.zip", **{f"C{n}USD_60.csv": KRAKEN for n in range(50)})
    assert night(root) == [("k.zip (members 50)", "refused", 0)]
    (reason,) = (root / "inbox" / "refused").glob("*.txt")
    assert "marketwake load --symbol SOL/USD --interval 1h FILE" in reason.read_text()


def test_a_document_of_an_office_program_is_one_file(root: Path) -> None:
    packed(root / "inbox" / "flows.ods", **{"mimetype": "x", "content.xml": "<a/>"})
    assert night(root) == [("flows.ods", "refused", 0)]
    (reason,) = (root / "inbox" / "refused").glob("*.txt")
    assert "a sheet saved as .xlsx or .csv" in reason.read_text()


def test_a_small_archive_is_taken_whole_and_each_member_is_known_by_itself(root: Path) -> None:
    packed(
        root / "inbox" / "mine.zip",
        **{"XBTUSD_60.csv": KRAKEN, "flows/etf.csv": FLOWS, "notes.csv": "a,b\n1,2\n"},
    )
    assert [(what, status) for what, status, _ in night(root)] == [
        ("mine.zip/XBTUSD_60.csv", "loaded"),
        ("mine.zip/flows/etf.csv", "loaded"),
        ("mine.zip/notes.csv", "refused"),
    ]
    (reason,) = (root / "inbox" / "loaded").glob("*.reason.txt")
    assert "mine.zip/notes.csv: expected a file named" in reason.read_text()
