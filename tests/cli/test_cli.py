"""The command line, as a person and a monitor meet it."""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.resources import SAMPLE
from marketwake.fact_check.verdict import VERDICTS
from tests.support.command import Done, command
from tests.support.rows import SAMPLE_BARS

LEAK = datetime(2025, 7, 17, tzinfo=UTC)


def _run(*arguments: str, cwd: Path, check: bool = True) -> Done:
    done = command(*arguments, cwd=cwd, MARKETWAKE_WAREHOUSE=str(cwd / "nowhere"))
    assert not check or done.returncode == 0, done.stderr
    return done


def test_claims_as_json_have_the_promised_shape(sample_root: Path) -> None:
    claims = json.loads(
        _run("claims", "--json", "--warehouse", str(sample_root), cwd=sample_root).stdout
    )
    assert [claim["id"] for claim in claims] == [f"a{i:02}" for i in range(1, 33)] + [
        f"b{i:02}" for i in range(1, 15)
    ]
    for claim in claims:
        assert {"id", "article", "statement", "stated", "unit", "reason", "figures"} <= set(claim)
        assert {"parts", "statement_zh", "reason_zh", "sources"} <= set(claim)
        assert claim["verdict"] in VERDICTS
        assert claim["reason"]
        for part in claim["parts"]:
            assert {"kind", "main", "verdict", "agree", "of", "first_verdict"} <= set(part)
        for figure in claim["figures"]:
            assert {"anchor", "venue", "definition", "value", "unit", "agrees"} <= set(figure)
            assert {"low", "high", "note"} <= set(figure)


def test_one_claim_is_shown_with_its_figures(sample_root: Path) -> None:
    shown = _run("claims", "a10", "--warehouse", str(sample_root), cwd=sample_root).stdout
    # 222.3 + 461.0 million, Farside's totals of 2025-08-07 and 08.
    assert "683.3 M USD" in shown
    assert "supported" in shown


def test_status_as_json_counts_rows_and_versions(sample_root: Path) -> None:
    status = json.loads(
        _run("status", "--json", "--warehouse", str(sample_root), cwd=sample_root).stdout
    )
    bars = status["tables"]["spot_bar"]
    assert bars["current_rows"] == bars["versions"] == SAMPLE_BARS
    assert status["runs"][0]["state"] == "completed"
    # No live source was asked, so none can be late.
    assert (status["problems"], status["judged_at"]) == ([], status["now"])
    # The sample is cut, which its checks find and the package accepts.
    assert {
        check["check_name"]: (check["offenders"], check["accepted"]) for check in status["checks"]
    } == {
        "coverage_holes": (0, 3),
        "stale_series": (0, 1),
        "volume_spike": (0, 2),
    }


def test_a_study_fits_a_screen(sample_root: Path) -> None:
    shown = _run("study", "eo-401k", "--warehouse", str(sample_root), cwd=sample_root).stdout
    assert len(shown.splitlines()) <= 62
    # Effect, interval, both schemes, the plain rank and the time before, in eighty columns.
    (row,) = (line for line in shown.splitlines() if line.startswith("ETH beyond BTC conf"))
    number = r"0\.\d+"
    interval = r"[+-]\d+\.\d to [+-]\d+\.\d %"
    assert re.search(rf"\+5\.2 % +{interval} +{number}\* +{number} +{number} +[1-5]/5$", row)
    assert len(row) <= 80
    assert re.search(r"Before day: BTC \d\.\d\d times the variance of six weeks, in the ", shown)
    assert "In such times such tests call 3 to 7 % of ordinary dates unusual, " in shown
    assert re.search(r"The 5 days before as one, least p: BTC 0\.\d+, ETH 0\.\d+\.", shown)
    # Coinbase, 2025-08-07 00:00 to 08-08 00:00: ln(117,515.49 / 115,028.83) = 2.1 %, less the mean
    # of 24 hours.
    assert re.search(r"BTC return +day +\+2\.0 %", shown)
    assert "What was written about it: " in shown
    # Six days before the order.
    assert "US payrolls of July 2025" not in shown
    assert "Debanking order signed the same day (08-07)" in shown


def test_a_study_shows_the_day_hour_by_hour(sample_root: Path) -> None:
    arguments = ("study", "eo-401k", "--hours", "1", "--warehouse", str(sample_root))
    shown = _run(*arguments, cwd=sample_root).stdout
    with (SAMPLE / "spot_bar.csv").open(encoding="utf-8") as file:
        closes = {
            datetime.fromisoformat(row["opened_at"]): float(row["close"])
            for row in csv.DictReader(file)
            if (row["venue"], row["symbol"]) == ("Coinbase", "BTC/USD")
        }
    # Coinbase BTC/USD: 115,028.83 at the day's start, 115,081.16 at 10:00, 116,362.40 at 11:00:
    # +52.33 and +1,281.24; 116,596.43 at 19:00 and 117,525.79 at 20:00: +929.36.
    assert re.search(r"00-10 +\+0\.05 % +\S+ % +day", shown)
    assert re.search(r"10-11 +\+1\.11 % +\+2\.38 % +report", shown)
    assert re.search(r"19-20 +\+0\.80 % +\+1\.08 % +signing, confirmed", shown)
    hour = timedelta(hours=1)
    moves = [
        abs(close / closes[at - hour] - 1)
        for at, close in closes.items()
        if at.hour == 10 and at < LEAK and at - hour in closes
    ]
    own = datetime(2025, 8, 7, 10, tzinfo=UTC)
    as_large = sum(move >= abs(closes[own] / closes[own - hour] - 1) for move in moves)
    p = (as_large + 1) / (len(moves) + 1)
    assert (
        f"BTC moved most from 10:00 (+1.11 %, as much at that hour on {as_large} of {len(moves)} "
        f"days: p {p:.2g}, times 24: {min(24 * p, 1):.2g})" in shown
    )
    assert "3 items, which hourly bars cannot tell apart: the event itself (signing, conf" in shown
    assert "The hour of report was found partly by looking at prices, one hour of 24." in shown


def test_a_study_of_an_instant_needs_no_name_and_speaks_to_machines(sample_root: Path) -> None:
    where = ("--warehouse", str(sample_root))
    asked = ("study", "--at", "2025-08-01T12:30Z", "--instrument", "ETH", "--venue", "Coinbase")
    assert "2025-08-01T12:30Z" in _run(*asked, *where, cwd=sample_root).stdout
    told = json.loads(_run(*asked, "--json", *where, cwd=sample_root).stdout)
    (anchor,) = told["anchors"]
    assert (anchor["anchor"], anchor["nominal_at"]) == ("at", "2025-08-01T12:30:00+00:00")
    assert {(row["instrument"], row["venue"]) for row in told["tests"]} == {("ETH", "Coinbase")}
    day = next(
        row
        for row in told["tests"]
        if row["measure"] == "abnormal_log_return"
        and row["model"] == "constant_mean"
        and row["window_length"] == 24
    )
    assert day["ci_low"] < day["value"] < day["ci_high"]
    assert {"p_two_sided", "p_earlier", "p_plain", "condition_fifth"} <= day.keys()
    assert told["design"]["significance"] == "0.05"
    assert "responses" not in told
    for more in ((), ("--json",)):
        unknown = _run(
            "study", "eo-401k", "--instrument", "eth", *more, *where, cwd=sample_root, check=False
        )
        assert unknown.returncode == 2
        assert "there is no 'eth' in this study" in unknown.stderr
    refused = _run("study", *where, cwd=sample_root, check=False)
    assert refused.returncode == 2
    assert "nothing to study" in refused.stderr


def test_a_study_of_any_instant_market_and_model(sample_root: Path) -> None:
    arguments = (
        "study",
        "mine",
        "--at",
        "2025-08-01T14:30+02:00",
        "--model",
        "market_model",
        "--hours",
        "6",
        "--instrument",
        "ETH",
    )
    shown = _run(*arguments, "--warehouse", str(sample_root), cwd=sample_root).stdout
    assert "After 6 hours" in shown
    assert "market model" in shown
    assert "BTC volume" not in shown
    assert "What was written" not in shown


def test_the_scenario_is_arithmetic(sample_root: Path) -> None:
    shown = _run(
        "study", "eo-401k", "--scenario", "--warehouse", str(sample_root), cwd=sample_root
    ).stdout
    # 5 % of 8.7 T USD.
    assert "435 B USD" in shown


def test_sql_prints_tables_csv_and_json(sample_root: Path) -> None:
    query = (
        "select asset, sum(net_flow_usd) / 1e6 as musd from mart.etf_flow_daily "
        "where session between '2025-08-07' and '2025-08-08' group by 1 order by 1"
    )
    arguments = ("sql", query, "--warehouse", str(sample_root))
    # Farside's totals: 277.4 + 403.9 and 222.3 + 461.0.
    assert "683.3" in _run(*arguments, cwd=sample_root).stdout
    rows = list(csv.DictReader(io.StringIO(_run(*arguments, "-o", "csv", cwd=sample_root).stdout)))
    assert [(row["asset"], round(float(row["musd"]), 1)) for row in rows] == [
        ("BTC", 681.3),
        ("ETH", 683.3),
    ]
    assert [
        row["asset"] for row in json.loads(_run(*arguments, "-o", "json", cwd=sample_root).stdout)
    ] == ["BTC", "ETH"]


def test_saved_queries_are_listed_and_run(sample_root: Path, tmp_path: Path) -> None:
    assert "Which hours are missing from the spot bars" in _run("query", cwd=sample_root).stdout
    arguments = ("query", "move_after_event", "--warehouse", str(sample_root))
    rows = json.loads(_run(*arguments, "-o", "json", cwd=sample_root).stdout)
    assert {row["anchor"] for row in rows} == {"day", "report", "signing", "confirmed"}
    # Confirmed at 19:44:39: from the close of 19:00.
    (confirmed,) = (
        row
        for row in rows
        if (row["anchor"], row["venue"], row["asset"]) == ("confirmed", "Coinbase", "BTC")
    )
    assert confirmed["price_at_anchor"] == 116_596.43
    _run(
        *arguments,
        "--set",
        "event=payrolls-2025-07",
        "--to",
        str(tmp_path / "moves.csv"),
        cwd=sample_root,
    )
    assert {
        row["anchor"] for row in csv.DictReader(io.StringIO((tmp_path / "moves.csv").read_text()))
    } == {"release"}
    failed = _run(*arguments, "--set", "event", cwd=sample_root, check=False)
    assert (failed.returncode, "has no value" in failed.stderr) == (2, True)


def test_sql_reads_standard_input_and_a_closed_pipe_is_no_fault(sample_root: Path) -> None:
    code = (
        f"{sys.executable} -c 'from marketwake.cli.main import main; main()' sql --warehouse "
        f"{sample_root} -o csv"
    )
    piped = (
        f"echo 'select range as n from range(200000)' | {code} | head -2; echo ${{PIPESTATUS[1]}}"
    )
    done = subprocess.run(["/bin/bash", "-c", piped], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:2] == ["n", "0"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("drop table raw.spot_bar", "read-only"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
        ("copy (select 1) to 'out.csv'", "may not run"),
        ("set enable_external_access = true", "locked"),
        ("select * from raw.nothing", "nothing does not exist"),
        ("nowhere.sql", "No such file"),
    ],
)
def test_sql_cannot_write_nor_reach_other_files_and_explains_itself(
    sample_root: Path, query: str, complaint: str
) -> None:
    done = _run("sql", query, "--warehouse", str(sample_root), cwd=sample_root, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("claims",), 4, "no published warehouse"),
        (("status",), 4, "marketwake demo"),
        (("study", "eo-401k"), 4, "no published warehouse"),
        (("replay",), 4, "nothing to replay"),
        (("nightly", "--source", "teletype"), 2, "unknown source 'teletype'"),
        (("nightly", "--source", "archive"), 2, "--archive"),
        (("export", "sample", "out"), 4, "no published warehouse"),
    ],
)
def test_wrong_input_says_what_and_what_to_do_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    done = _run(*arguments, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("study", "eo-402k"), "there is no event 'eo-402k'"),
        (("study", "eo-401k", "--model", "x"), "no model 'x'"),
        (("study", "eo-401k", "--venue", "x"), "no hourly bars of 'x'"),
        (("study", "eo-401k", "--instrument", "X/Y"), "no hourly bars of X/Y"),
        (("claims", "a99"), "there is no claim 'a99'"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(
    sample_root: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = _run(*arguments, "--warehouse", str(sample_root), cwd=sample_root, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_light_commands_import_neither_prefect_nor_polars_nor_pandas(sample_root: Path) -> None:
    code = (
        "import sys; from marketwake.cli.main import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "slow = ('prefect', 'polars', 'pandas', 'altair', 'pyarrow', 'prompt_toolkit')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    for arguments in (
        ["sql", "--help"],
        ["query"],
        ["sql", "select 1", "--warehouse", str(sample_root)],
        ["claims", "--warehouse", str(sample_root)],
        ["changes", "--warehouse", str(sample_root)],
        ["status", "--warehouse", str(sample_root)],
    ):
        shown = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        ).stdout
        assert shown.splitlines()[-1] == "[]"
