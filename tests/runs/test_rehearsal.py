"""A rehearsal keeps apart from what was published, and says what it is."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketwake.base.errors import BadInputError, LandingError, MarketwakeError
from marketwake.base.settings import Settings
from marketwake.base.settings_form import is_on_this_machine
from marketwake.cli import ask, claims
from marketwake.coverage.status import read_status
from marketwake.landing.store import Landing
from marketwake.report.page import render
from marketwake.runs import nightly as plain
from marketwake.runs.decide import decide
from marketwake.runs.result import RunFailedError
from marketwake.runs.run import Hooks, Run
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from tests.support.servers import serve

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
HERE = {"farside": "http://127.0.0.1:9"}
BY_PROXY = {"farside": "https://proxy.example.org/farside"}


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.1.2.3/", True),
        ("http://localhost:80", True),
        ("https://[::1]:4", True),
        ("https://farside.co.uk", False),
        ("https://localhost.example.org", False),
        ("", False),
    ],
)
def test_an_address_on_this_machine_is_one_of_loopback(address: str, *, is_here: bool) -> None:
    assert is_on_this_machine(address) == is_here


def _runs(root: Path, kind: str, addresses: dict[str, str], source: str, dataset: str) -> None:
    run = Run(Warehouse(root), "nightly", kind, Settings(addresses=addresses))
    with run.hold(0):
        run.landing.put(source, Request(dataset, "what"), kind.encode(), NOW, run.id)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (("live", HERE, "farside", "farside"), ("live", {}, "farside", "farside")),
        (("live", HERE, "farside", "farside"), ("sample", {}, "sample", "etf_flow")),
        (("live", HERE, "farside", "farside"), ("live", BY_PROXY, "farside", "farside")),
        (("live", {}, "farside", "farside"), ("live", HERE, "farside", "farside")),
        (("sample", {}, "sample", "etf_flow"), ("live", HERE, "farside", "farside")),
        (("archive", {}, "archive", "etf_flow"), ("live", HERE, "farside", "farside")),
        (("live", BY_PROXY, "farside", "farside"), ("live", HERE, "farside", "farside")),
    ],
)
def test_made_up_figures_never_stand_beside_published_ones(
    tmp_path: Path,
    first: tuple[str, dict[str, str], str, str],
    then: tuple[str, dict[str, str], str, str],
) -> None:
    _runs(tmp_path, *first)
    with pytest.raises(BadInputError, match="--warehouse rehearsal"):
        _runs(tmp_path, *then)
    _runs(tmp_path, *first)


@pytest.mark.parametrize("addresses", [HERE, {}, BY_PROXY])
def test_dropped_files_and_the_bundled_facts_of_a_live_run_suit_both(
    tmp_path: Path, addresses: dict[str, str]
) -> None:
    _runs(tmp_path, "live", {}, "inbox", "etf_flow")
    _runs(tmp_path, "live", {}, "sample", "reference_figure")
    _runs(tmp_path, "live", {}, "sample", "futures_price")
    _runs(tmp_path, "live", addresses, "farside", "farside")


@pytest.mark.parametrize("kind", ["live", "sample"])
def test_a_clock_of_the_settings_is_no_reason_to_take_anything_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    _runs(tmp_path, "sample", {}, "sample", "etf_flow")
    landed = Landing(tmp_path).receipts()
    rehearsal = Settings(addresses=HERE if kind == "live" else {}, now=NOW)
    run = Run(Warehouse(tmp_path), "nightly", kind, rehearsal)
    with pytest.raises(MarketwakeError) as caught, run.hold(0):
        pass
    assert "withdraw" not in str(caught.value)
    monkeypatch.setattr("marketwake.runs.decide.read_settings", lambda _: rehearsal)
    with Warehouse(tmp_path).exclusive("test"), Warehouse(tmp_path).writer():
        pass
    with pytest.raises(LandingError, match="the settings take 2025-08-22 09:30 UTC"):
        decide(tmp_path, "withdraw", landed[0].run_id)
    assert Landing(tmp_path).receipts() == landed


@pytest.mark.usefixtures("brief_study", "without_pictures")
def test_what_a_rehearsal_computes_says_so_and_no_source_itself_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve("farside", now=NOW) as venues:
        monkeypatch.setattr(
            plain,
            "read_settings",
            lambda _: Settings(addresses=venues.addresses, now=NOW, state_folder=tmp_path / "s"),
        )
        with pytest.raises(RunFailedError) as caught:
            plain.nightly(tmp_path, hooks=Hooks(report=lambda _: ([], [])))
    place = f"farside at {venues.addresses['farside']}"
    told = f"Not from the sources themselves: the settings had {place} asked."
    refused = {problem.split(":")[0] for problem in caught.value.result.problems}
    assert refused >= {"yahoo", "coingecko", "spot-coinbase"}
    assert all(
        "a rehearsal asks no source itself" in problem for problem in caught.value.result.problems
    )
    with Warehouse(tmp_path).reader() as con:
        assert f'<p class="badge" role="note">{told}</p>' in render(con, "eo-401k")
        assert read_status(con, tmp_path, NOW)["own_addresses"] == [place]
    claims.claims(None, as_json=True, warehouse=tmp_path)
    assert all(c["own_addresses"] == [place] for c in json.loads(capsys.readouterr().out))
    claims.claims(None, warehouse=tmp_path)
    assert told in capsys.readouterr().out.replace("\n", " ")
    ask.study("eo-401k", warehouse=tmp_path)
    assert told in capsys.readouterr().out.replace("\n", " ")


def test_the_sample_says_nothing_of_addresses(
    sample_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims.claims("a01", as_json=True, warehouse=sample_root)
    (claim,) = json.loads(capsys.readouterr().out)
    assert "own_addresses" not in claim
