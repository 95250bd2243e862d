"""Landing keeps payloads as they came, once, in order, and notices when one was altered."""

import gzip
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import LandingError
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.sources.source import Request

NOW = datetime(2025, 9, 1, tzinfo=UTC)
FLOWS = Request("etf_flow", "flows.csv")


def _put(landing: Landing, body: bytes, request: Request = FLOWS) -> Receipt:
    receipt = landing.put("sample", request, body, NOW, "run-1")
    assert receipt is not None
    return receipt


def _payload(landing: Landing, receipt: Receipt) -> Path:
    return landing.payloads / receipt.payload_sha256[:2] / f"{receipt.payload_sha256}.gz"


@settings(max_examples=20, deadline=None)
@given(bodies=st.lists(st.binary(max_size=200), unique=True, min_size=1, max_size=6))
def test_what_was_landed_is_read_back_in_order(
    bodies: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("landing")
    for body in bodies:
        _put(Landing(root), body)
    again = Landing(root)
    receipts = again.receipts()
    assert [again.read(receipt) for receipt in receipts] == bodies
    assert all(earlier.landed_at < later.landed_at for earlier, later in pairwise(receipts))


def test_the_same_answer_to_the_same_request_leaves_no_receipt(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    _put(landing, b"a")
    assert landing.put("sample", FLOWS, b"a", NOW, "run-2") is None
    assert Landing(tmp_path).put("sample", FLOWS, b"a", NOW, "run-3") is None
    assert len(landing.receipts()) == 1


def test_the_same_answer_of_a_venue_gets_its_receipt_each_time(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for run in ("run-1", "run-2"):
        assert landing.put("spot-kraken", Request("spot_bar", "BTC/USD"), b"[]", NOW, run)
    assert len(landing.receipts()) == 2
    assert len(list(landing.payloads.glob("*/*.gz"))) == 1


def test_a_figure_restated_and_restated_back_leaves_three_receipts_and_two_payloads(
    tmp_path: Path,
) -> None:
    landing = Landing(tmp_path)
    for body in (b"a", b"b", b"a"):
        _put(landing, body)
    assert [landing.read(receipt) for receipt in landing.receipts()] == [b"a", b"b", b"a"]
    assert len(list(landing.payloads.glob("*/*.gz"))) == 2


def test_the_same_bytes_of_another_request_are_stored_once_and_receipted_twice(
    tmp_path: Path,
) -> None:
    landing = Landing(tmp_path)
    _put(landing, b"a")
    _put(landing, b"a", Request("etf_flow", "other.csv"))
    assert len(landing.receipts()) == 2
    assert len(list(landing.payloads.glob("*/*.gz"))) == 1


def test_a_damaged_payload_is_mended_when_the_same_answer_comes_again(tmp_path: Path) -> None:
    landing, request = Landing(tmp_path), Request("spot_bar", "BTC/USD")
    receipt = landing.put("spot-kraken", request, b"[]", NOW, "run-1")
    assert receipt is not None
    (payload,) = landing.payloads.glob("*/*.gz")
    payload.write_bytes(b"damaged")
    landing.put("spot-kraken", request, b"[]", NOW, "run-2")
    assert landing.read(receipt) == b"[]"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"not gzip at all", "is corrupt"),
        (gzip.compress(b"other content", mtime=0), "its content does not match its address"),
        (gzip.compress(b"some content", mtime=0)[:-9], "is corrupt"),
        (b"", "does not match its address"),
    ],
)
def test_an_altered_payload_is_an_error_that_names_the_file(
    tmp_path: Path, damage: bytes, message: str
) -> None:
    landing = Landing(tmp_path)
    receipt = _put(landing, b"some content")
    _payload(landing, receipt).write_bytes(damage)
    with pytest.raises(LandingError, match=message) as caught:
        landing.read(receipt)
    assert receipt.payload_sha256 in caught.value.what
    assert receipt.receipt_id in caught.value.fix


def test_a_missing_payload_is_an_error(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    receipt = _put(landing, b"some content")
    _payload(landing, receipt).unlink()
    with pytest.raises(LandingError, match="is missing"):
        landing.read(receipt)
