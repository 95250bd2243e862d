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
from marketwake.panel_study.csv import read_events, read_files, read_prices
from marketwake.panel_study.design import PanelDesign

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
    shown = run(*files, "--benchmark", "market", *FEW, "--all").output
    assert max(map(len, shown.splitlines())) <= 80
    assert "expected return: market model on market" in shown
    assert "Window 0:0: 8 events, mean CAR" in shown
    assert shown.count("kolari pynnonen") == 2
    assert "9 events: 8 ok, 1 unknown series" in shown
    assert "unheard of" in shown


def test_refusals_are_numbered_and_forced_figures_stay_marked(files: tuple[Path, Path]) -> None:
    # Without the market in the model all shares swing with it.
    plain, forced = (
        run(*files, *FEW, "--all", "--window", "0:0", *more).output for more in ([], ["--force"])
    )
    row = next(line for line in plain.splitlines() if "patell" in line and "adjusted" not in line)
    assert row.split() == ["patell", "-", "-", "-", "no", "(4)"]
    assert "(4) average correlation" in plain
    row = next(line for line in forced.splitlines() if "patell" in line and "adjusted" not in line)
    assert row.split()[2] != "-"
    assert "no (4)" in row


def test_json_holds_all_of_it(files: tuple[Path, Path]) -> None:
    printed = json.loads(run(*files, "--benchmark", "market", *FEW, "--all", "--json").output)
    assert list(printed) == [
        "design",
        "outcome",
        "tests",
        "clustering",
        "cumulative",
        "differences",
    ]
    assert len(printed["tests"]) == 26
    assert len(printed["cumulative"]) == 16
    assert printed["outcome"][0]["event_at"] == "2024-02-10T00:00:00+00:00"
    assert printed["outcome"][8]["code"] == "unknown_series"


def test_bars_and_their_length(tmp_path: Path) -> None:
    prices, events = tmp_path / "prices.csv", tmp_path / "events.csv"
    start = datetime(2024, 1, 1, tzinfo=UTC)
    prices.write_text(
        "series,at,value\n"
        + "".join(
            f"BTC,{(start + timedelta(hours=h)).isoformat()},{0.01 * math.sin(h)}\n"
            for h in range(60)
        )
    )
    events.write_text("event,series,day\nhack,BTC,2024-01-03T02:15Z\n")
    printed = json.loads(
        run(prices, events, *FEW, "--stamp", "open", "--every", "1h", "--json").output
    )
    assert printed["outcome"][0]["event_at"] == "2024-01-03T02:00:00+00:00"
    assert printed["design"]["stamps"] == "open, a bar every 1 h"


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(hours=36), "36 h"),
        (timedelta(days=7), "7 d"),
        (timedelta(milliseconds=1500), "1.5 s"),
    ],
)
def test_a_bar_is_told_in_the_largest_whole_unit(length: timedelta, shown: str) -> None:
    design = PanelDesign(stamp="open", every=length)
    assert design.described()["stamps"] == f"open, a bar every {shown}"


def test_a_study_of_one_event_is_told_in_the_singular(files: tuple[Path, Path]) -> None:
    files[1].write_text("event,series,day\ncall,share 1,2024-02-10\n")
    shown = run(*files, *FEW).output
    assert "Window 0:0: 1 event, mean CAR" in shown
    assert "\n1 event: 1 ok" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("series,at,close\n", r"prices.csv: no rows below the header line"),
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
    with pytest.raises(BadInputError) as refused:
        read_events(tmp_path / "nowhere.csv")
    assert str(refused.value).startswith(f"{tmp_path / 'nowhere.csv'}: No such file or directory")
    assert str(refused.value).count("nowhere.csv") == 1


@pytest.mark.parametrize("name", ["prices", "events", "factors"])
def test_files_of_a_header_line_alone_are_refused(files: tuple[Path, Path], name: str) -> None:
    factors = files[0].with_name("factors.csv")
    factors.write_text("at,x\n2024-01-01,0.01\n")
    path = files[0].with_name(f"{name}.csv")
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(BadInputError, match=rf"{name}\.csv: no rows below the header line"):
        run(*files, *FEW, "--factors", factors)


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
        (["--every", "9999999999d"], "'9999999999d' is no length"),
        (["--every", "999999999d"], "every is beyond 1,000,000 days"),
        (["--model", "x"], "no model 'x'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    files: tuple[Path, Path], option: list[str], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        run(*files, *option)


def test_an_event_of_another_offset_than_the_sessions_is_refused_by_its_line(
    tmp_path: Path,
) -> None:
    # 22:00 in New York in winter is 03:00 of the next day in UTC: the day of that text is over.
    prices, asked = tmp_path / "prices.csv", tmp_path / "events.csv"
    prices.write_text(
        "series,at,close\nBTC,2025-01-06 00:00:00+00:00,1\nBTC,2025-01-07 00:00:00+00:00,2\n"
        "SPY,2025-01-06 00:00:00-05:00,3\nSPY,2025-07-07 00:00:00-04:00,3\nDAX,2025-01-06,4\n"
    )
    head = "event,series,day\none,BTC,2025-01-06\n"
    asked.write_text(f"{head}two,SPY,2025-01-06T22:00-05:00\nthree,new,2025-01-06T22:00+09:00\n")
    held, events = read_files(prices, asked, sessions=True)
    assert events["day"].to_list() == [date(2025, 1, 6)] * 3
    assert held.columns == ["series", "at", "close"]
    asked.write_text(f"{head}two,BTC,2025-01-06T22:00-05:00\n")
    message = r"events.csv line 3: day: .* -05:00, and those of the prices of BTC are \+00:00"
    with pytest.raises(BadInputError, match=message):
        read_files(prices, asked, sessions=True)
    assert read_files(prices, asked)[1]["day"].to_list()[1].day == 7
    asked.write_text(f"{head}two,DAX,2025-01-06T22:00Z\n")
    with pytest.raises(BadInputError, match=r"line 3: .* of DAX are none"):
        read_files(prices, asked, sessions=True)


def test_an_instant_without_offset_is_a_date_of_any_market(tmp_path: Path) -> None:
    # As in frames, where a naive instant is of no zone.
    prices, asked = tmp_path / "prices.csv", tmp_path / "events.csv"
    asked.write_text("event,series,day\none,A,2025-01-06T22:00\n")
    for stamp in ("2025-01-06", "2025-01-06 00:00", "2025-01-06 00:00-05:00"):
        prices.write_text(f"series,at,close\nA,{stamp},1\n")
        assert read_files(prices, asked, sessions=True)[1]["day"].to_list() == [date(2025, 1, 6)]
    # Prices without offset are UTC, there as here.
    prices.write_text("series,at,close\nA,2025-01-06 00:00,1\n")
    asked.write_text("event,series,day\none,A,2025-01-06T22:00Z\n")
    assert read_files(prices, asked, sessions=True)[1]["day"].to_list() == [date(2025, 1, 6)]
    asked.write_text("event,series,day\none,A,2025-01-06T22:00-05:00\n")
    with pytest.raises(BadInputError, match="offset -05:00") as refused:
        read_files(prices, asked, sessions=True)
    assert "Prices without offset are UTC" in (refused.value.fix or "")


def test_a_series_of_two_time_zones_has_no_sessions(tmp_path: Path) -> None:
    prices, asked = tmp_path / "prices.csv", tmp_path / "events.csv"
    prices.write_text("series,at,close\nA,2025-01-06 00:00+01:00,1\nA,2025-01-07 00:00-05:00,2\n")
    asked.write_text("event,series,day\none,A,2025-01-07\n")
    with pytest.raises(BadInputError, match=r"A have offsets from -05:00 to \+01:00"):
        read_files(prices, asked, sessions=True)


COINGECKO = (
    "snapped_at,price,market_cap,total_volume\n"
    "2025-08-07 00:00:00 UTC,115022.7,2.29e12,3.1e10\n"
    "2025-08-08 00:00:00 UTC,117496.9,2.33e12,\n"
)


def test_files_as_coingecko_gives_them(tmp_path: Path) -> None:
    (tmp_path / "btc-usd-max.csv").write_text(COINGECKO)
    (tmp_path / "Ethereum.csv").write_text(COINGECKO)
    at = [datetime(2025, 8, day, tzinfo=UTC) for day in (7, 8)]
    assert read_prices(tmp_path / "btc-usd-max.csv").rows() == [
        ("btc", at[0], 115022.7),
        ("btc", at[1], 117496.9),
    ]
    assert read_prices(tmp_path)["series"].to_list() == ["Ethereum"] * 2 + ["btc"] * 2
    with pytest.raises(BadInputError, match="each of which closes the day before") as refused:
        read_prices(tmp_path / "btc-usd-max.csv", sessions=True)
    assert refused.value.fix == "Set --stamp close."
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no CSV file in it"):
        read_prices(tmp_path / "empty")


WAVES = {"a": 1.3, "b": 1.7, "c": 2.1, "d": 0.9, "x": 2.7}


def test_factors_groups_and_members_by_the_command(tmp_path: Path) -> None:
    prices, asked, factors = (tmp_path / f"{name}.csv" for name in ("prices", "events", "factors"))
    days = [START + timedelta(days=day) for day in range(60)]
    wave = {name: [math.sin(day * step) for day in range(60)] for name, step in WAVES.items()}
    prices.write_text(
        "series,at,value\n"
        + "".join(
            f"{name},{day},{0.02 * own + 0.01 * x}\n"
            for name in "abcd"
            for day, own, x in zip(days, wave[name], wave["x"], strict=True)
        )
    )
    factors.write_text(
        "at,x,risk_free\n"
        + "".join(f"{day},{x},0.0001\n" for day, x in zip(days, wave["x"], strict=True))
    )
    rows = [
        f"one,{name},{days[40 + 3 * (name in 'bd')]},{'ab' if name in 'ab' else 'cd'}"
        for name in "abcd"
    ]
    asked.write_text("\n".join(["event,series,day,group", *rows]))
    given = [prices, asked, *FEW, "--factors", factors, "--complete", "--seed", "5"]
    shown = run(*given).output
    assert max(map(len, shown.splitlines())) <= 80
    assert "expected return: factor model on x" in shown
    assert "members: complete in all windows" in shown
    assert "seed: 5" in shown
    assert all(f" {group} (2)" in shown for group in ("ab", "cd"))
    printed = json.loads(run(*given, "--json").output)
    assert [row["days"] for row in printed["differences"]] == [2, 2]
    with pytest.raises(BadInputError, match="y not among the columns of the frame"):
        run(*given, "--factor", "y")
