"""Versioned loading: idempotent, nothing overwritten, one transaction per payload."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.runs.pending import load_pending, pending
from marketwake.sources import registry
from marketwake.sources.source import Request
from marketwake.warehouse.ddl import create_tables

FLOWS = Request("etf_flow", "etf_flow.csv")
# Farside's first figure for IBIT on 2025-08-07 and 08, in US dollars: 156.6 and 360.0 million.
IBIT = "asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07,{}\nBTC,IBIT,2025-08-08,{}\n"


@pytest.fixture
def raw() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        yield con


def _land(landing: Landing, text: str) -> Receipt:
    receipt = landing.put("sample", FLOWS, text.encode(), datetime(2025, 9, 1, tzinfo=UTC), "run")
    assert receipt is not None
    return receipt


def _versions(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "select session, net_flow_usd, recorded_at, superseded_at from raw.etf_flow order by all"
    ).fetchall()


def test_the_first_load_opens_versions_and_the_second_adds_none(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    receipt = _land(landing, IBIT.format("156600000", "360000000"))
    first = batches.load(raw, receipt, landing.read(receipt))
    assert (first.status, first.read, first.new, first.restated) == ("loaded", 2, 2, 0)
    before = _versions(raw)
    later = _land(landing, IBIT.format("156600000.0", "360000000.0"))
    second = batches.load(raw, later, landing.read(later))
    assert (second.new, second.restated) == (0, 0)
    assert _versions(raw) == before


def test_a_restated_figure_closes_the_old_version_and_opens_a_new_one(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    old = _land(landing, IBIT.format("156600000", "0"))
    new = _land(landing, IBIT.format("156600000", "360000000"))
    batches.load(raw, old, landing.read(old))
    loaded = batches.load(raw, new, landing.read(new))
    assert (loaded.new, loaded.restated) == (0, 1)
    assert _versions(raw) == [
        (date(2025, 8, 7), 156_600_000.0, old.landed_at, None),
        (date(2025, 8, 8), 0.0, old.landed_at, new.landed_at),
        (date(2025, 8, 8), 360_000_000.0, new.landed_at, None),
    ]


def test_a_bad_row_is_kept_apart_with_its_reason_and_the_good_one_is_loaded(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    receipt = _land(landing, IBIT.format("156600000", "n/a"))
    loaded = batches.load(raw, receipt, landing.read(receipt))
    assert (loaded.new, loaded.rejected) == (1, 1)
    assert loaded.first_reject == "raw.etf_flow row 2: net_flow_usd: 'n/a' is not a DOUBLE"
    assert raw.execute("select row_number, reason, row_json from ops.reject").fetchall() == [
        (
            2,
            "net_flow_usd: 'n/a' is not a DOUBLE",
            '{"asset":"BTC","ticker":"IBIT","session":"2025-08-08","net_flow_usd":"n/a"}',
        )
    ]


def test_a_payload_of_another_layout_is_refused_whole_and_recorded(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    receipt = _land(landing, "asset,fund\nBTC,IBIT\n")
    loaded = batches.load(raw, receipt, landing.read(receipt))
    assert loaded.status == "refused"
    assert _versions(raw) == []
    assert raw.execute(
        "select status, error_class, http_status, first_bytes from ops.load"
    ).fetchall() == [("refused", "SourceChangedError", None, "asset,fund\nBTC,IBIT\n")]


@pytest.mark.parametrize(
    "error",
    [
        OSError(75, "Value too large for defined data type"),
        RecursionError("maximum recursion depth exceeded"),
        OverflowError("date value out of range"),
        pl.exceptions.PanicException("index out of bounds"),
        KeyError("close"),
        DefinitionError("a parser gave other columns than the contract has", "Mend the parser."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_payload_that_breaks_its_parser_is_refused_alone(
    raw: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    landing = Landing(tmp_path)
    poison = _land(landing, "poison")
    sound = _land(landing, IBIT.format("156600000", "360000000"))
    parse = registry.PARSERS["sample"]

    def breaks(request: Request, body: bytes, asked_at: datetime) -> dict[str, pl.DataFrame]:
        if body == b"poison":
            raise error
        return parse(request, body, asked_at)

    monkeypatch.setattr(registry, "PARSERS", dict(registry.PARSERS) | {"sample": breaks})
    loads = load_pending(raw, landing)
    assert [load.status for load in loads] == ["refused", "loaded"]
    assert type(error).__name__ in (loads[0].error or "")
    assert raw.execute(
        "select receipt_id, error_class, first_bytes from ops.load where status = 'refused'"
    ).fetchall() == [(poison.receipt_id, "SourceChangedError", "poison")]
    assert pending(raw, landing.receipts()) == []
    assert sound.receipt_id == loads[1].receipt.receipt_id


def test_what_came_in_place_of_an_answer_is_recorded_with_its_status_and_its_first_bytes(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    page = b"<html><title>Just a moment...</title>\0" + b"x" * 300
    receipt = landing.put(
        "farside",
        Request("farside", "/btc/"),
        page,
        datetime(2025, 8, 8, tzinfo=UTC),
        run_id="night",
    )
    assert receipt is not None
    batches.load(raw, receipt, page)
    assert raw.execute("select status, http_status, first_bytes from ops.load").fetchall() == [
        ("refused", 200, page[:200].decode().replace("\0", "\N{REPLACEMENT CHARACTER}"))
    ]


def test_a_load_that_breaks_off_leaves_nothing(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path)
    receipt = _land(landing, IBIT.format("156600000", "n/a"))

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batches, "record", power_cut)
    with pytest.raises(KeyboardInterrupt):
        batches.load(raw, receipt, landing.read(receipt))
    assert _versions(raw) == []
    assert raw.execute("select count(*) from ops.reject").fetchall() == [(0,)]
    monkeypatch.undo()
    assert pending(raw, landing.receipts()) == [receipt]
    batches.load(raw, receipt, landing.read(receipt))
    assert pending(raw, landing.receipts()) == []


def test_payloads_out_of_order_are_refused_with_the_way_out(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    old = _land(landing, IBIT.format("156600000", "0"))
    new = _land(landing, IBIT.format("156600000", "360000000"))
    batches.load(raw, new, landing.read(new))
    with pytest.raises(WarehouseError, match="1 rows have a version newer than payload"):
        batches.load(raw, old, landing.read(old))
    assert len(_versions(raw)) == 2


def test_a_payload_of_an_unknown_source_is_an_error(raw: duckdb.DuckDBPyConnection) -> None:
    receipt = Receipt(
        "r",
        "run",
        "teletype",
        "etf_flow",
        "tape",
        "0" * 64,
        datetime(2025, 8, 8, tzinfo=UTC),
        datetime(2025, 8, 8, tzinfo=UTC),
    )
    with pytest.raises(DefinitionError, match="unknown source 'teletype'"):
        batches.load(raw, receipt, b"")


@settings(max_examples=30, deadline=None)
@given(
    nights=st.lists(
        st.dictionaries(st.integers(1, 4), st.integers(-3, 3), min_size=1), min_size=1, max_size=6
    )
)
def test_at_every_instant_the_warehouse_says_what_had_been_published_by_then(
    nights: list[dict[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    landing = Landing(tmp_path_factory.mktemp("nights"))
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        known: dict[date, float] = {}
        answers = []
        for night in nights:
            # From Monday on, sessions all.
            rows = {date(2025, 8, 3 + day): value * 1e6 for day, value in night.items()}
            text = "asset,ticker,session,net_flow_usd\n" + "".join(
                f"ETH,ETHA,{day},{value}\n" for day, value in rows.items()
            )
            receipt = landing.put(
                "sample", FLOWS, text.encode(), datetime(2025, 9, 1, tzinfo=UTC), "run"
            )
            if receipt is not None:
                batches.load(con, receipt, landing.read(receipt))
                known |= rows
                answers.append((receipt.landed_at, dict(known)))
        for instant, expected in answers:
            as_known = con.execute(
                "select session, net_flow_usd from raw.etf_flow where recorded_at <= $at and "
                "ifnull(superseded_at > $at, true)",
                {"at": instant},
            ).fetchall()
            assert dict(as_known) == expected
            assert len(as_known) == len(expected)
