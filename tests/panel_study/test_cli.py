"""The command, and the files that it reads."""

import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from marketwake.base.errors import BadInputError
from marketwake.cli.panel import app
from marketwake.panel_study.csv import read_events, read_prices

START = date(2024, 1, 1)
FEW = ["--estimation", "30", "--gap", "0"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Eight shares that swing with the market and on their own, over 60 days.

    An event on each at day 40, and another on a share unknown.
    """
    prices, events = tmp_path / "prices.csv", tmp_path / "events.csv"
    lines = ["series,at,close"]
    for share in range(9):
        for day in range(60):
            level = 100 * math.exp(
                0.05 * math.sin(day * 2.7)
                + (0.03 * math.sin(day * (1.3 + 0.37 * share)) if share else 0)
            )
            lines.append(
                f"{f'share {share}' if share else 'market'},{START + timedelta(days=day)},{level}"
            )
    prices.write_text("\n".join(lines))
    asked = [f"call,share {share},2024-02-10" for share in range(1, 9)]
    events.write_text("\n".join(["event,series,day", *asked, "call,unheard of,2024-02-10"]))
    return prices, events


def run(*arguments: object) -> Result:
    return CliRunner().invoke(
        app,
        [str(argument) for argument in arguments],
        env={"COLUMNS": "80"},
        catch_exceptions=False,
    )


def test_the_tables_fit_80_columns_and_show_every_test_and_what_lacks(
    files: tuple[Path, Path],
) -> None:
    shown = run(*files, "--benchmark", "market", *FEW).output
    assert max(map(len, shown.splitlines())) <= 80
    assert "expected return: market model on market" in shown
    assert "Window 0:0: events 8, mean CAR" in shown
    assert shown.count("kolari pynnonen") == 2
    assert "9 events: 8 ok, 1 unknown series" in shown
    assert "unheard of" in shown


def test_refusals_are_numbered_and_forced_figures_stay_marked(files: tuple[Path, Path]) -> None:
    # Without the market in the model all shares swing with it.
    plain, forced = (
        run(*files, *FEW, "--window", "0:0", *more).output for more in ([], ["--force"])
    )
    row = next(line for line in plain.splitlines() if "patell" in line and "adjusted" not in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["patell", "-", "-", "no (2)"]
    assert "(2) average correlation" in plain
    row = next(line for line in forced.splitlines() if "patell" in line and "adjusted" not in line)
    assert row.split("│")[2].strip() != "-"
    assert "no (2)" in row


def test_json_holds_all_of_it(files: tuple[Path, Path]) -> None:
    printed = json.loads(run(*files, "--benchmark", "market", *FEW, "--json").output)
    assert list(printed) == ["design", "outcome", "tests", "clustering", "cumulative"]
    assert len(printed["tests"]) == 24
    assert len(printed["cumulative"]) == 16
    assert printed["outcome"][0]["event_at"] == "2024-02-10T00:00:00+00:00"
    assert printed["outcome"][8]["code"] == "unknown_series"


def test_bars_and_their_length(tmp_path: Path) -> None:
    prices, events = tmp_path / "prices.csv", tmp_path / "events.csv"
    start = datetime(2024, 1, 1, tzinfo=UTC)
    prices.write_text(
        "series,at,value\n"
        + "".join(
            f"BTC,{(start + timedelta(hours=h)).isoformat()},{math.sin(h)}\n" for h in range(60)
        )
    )
    events.write_text("event,series,day\nhack,BTC,2024-01-03T02:15Z\n")
    printed = json.loads(
        run(prices, events, *FEW, "--stamp", "open", "--every", "1h", "--json").output
    )
    assert printed["outcome"][0]["event_at"] == "2024-01-03T02:00:00+00:00"
    assert printed["design"]["stamps"] == "open, a bar every 1 h"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "series,at,close\nA,2024-01-01,1\nA,2024-01-02,x\n",
            r"prices.csv line 3: close: 'x' is no number",
        ),
        (
            "series,at,close\nA,2024-01-01,1\nA,01.02.2024,2\n",
            r"prices.csv line 3: at: '01.02.2024' is no date",
        ),
        ("series,at,close\n,2024-01-01,1\n", r"prices.csv line 2: series: empty"),
        ("series,at\nA,2024-01-01\n", r"prices.csv: no column close or value"),
        ("name,at,close\nA,2024-01-01,1\n", r"prices.csv: no column series among name, at, close"),
        ("series,at,close\nA,2024-01-01,nan\n", r"prices.csv line 2: close: 'nan' is no number"),
        ("", r"prices.csv: "),
        ("series,at,close\nA,2024-01-01,1,2\n", r"prices.csv: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named_by_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(BadInputError, match=message):
        read_prices(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nowhere\.csv"):
        read_events(tmp_path / "nowhere.csv")


def test_an_empty_level_is_missing_and_mixed_stamps_are_instants(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "series,at,close\nA,2024-01-01,\nA,2024-01-01T12:00+02:00,2\nA,2024-01-02T00:00,3\n"
    )
    assert read_prices(path).rows() == [
        ("A", datetime(2024, 1, 1, tzinfo=UTC), None),
        ("A", datetime(2024, 1, 1, 10, tzinfo=UTC), 2.0),
        ("A", datetime(2024, 1, 2, tzinfo=UTC), 3.0),
    ]
    path.write_text("series,at,close\nA,2024-01-01,1\n")
    assert read_prices(path).schema["at"] == pl.Date


def test_a_session_is_the_date_that_is_written(tmp_path: Path) -> None:
    # As yfinance writes sessions of Tokyo and Frankfurt: midnight of the exchange, which is the day
    # before in UTC.
    path = tmp_path / "prices.csv"
    path.write_text(
        "series,at,close\nN225,2024-01-10 00:00:00+09:00,1\nDAX,2024-01-10 00:00:00+01:00,1\n"
    )
    assert read_prices(path, sessions=True)["at"].to_list() == [date(2024, 1, 10)] * 2
    assert read_prices(path)["at"].to_list() == [
        datetime(2024, 1, 9, 15, tzinfo=UTC),
        datetime(2024, 1, 9, 23, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--window", "1"], "'1' is no window"),
        (["--every", "hour"], "'hour' is no length"),
        (["--model", "x"], "no model 'x'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    files: tuple[Path, Path], option: list[str], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        run(*files, *option)
