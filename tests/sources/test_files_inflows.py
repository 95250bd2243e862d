"""Days on which money only came in: flows where the table says so, else perhaps prices."""

from datetime import UTC, datetime

import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.sources.files.inbox import parse
from marketwake.sources.source import Request

ASKED = datetime(2025, 9, 1, 12, tzinfo=UTC)
DAYS = "10 Jul 2025\t448.5\t324.3\t77.1\t849.9\n11 Jul 2025\t953.5\t1.5\t2.5\t957.5\n"
HEADER = "Date\tIBIT\tFBTC\tBITB\tTotal\n"
COPIED = "\tBlackrock\tFidelity\tBitwise\tTotal\n\tIBIT\tFBTC\tBITB\t\nFee\t0.25%\t0.25%\t0.20%\t\n"


def flows(body: str) -> dict[tuple[str, str], str]:
    frame = parse(Request("inbox", "wide.csv"), body.encode(), ASKED)["etf_flow"]
    return {
        (ticker, session): amount
        for ticker, session, amount in frame.select("ticker", "session", "net_flow_usd").rows()
    }


@pytest.mark.parametrize(
    "body",
    [
        f"Bitcoin ETF Flow (US$m)\n\n{HEADER}{DAYS}",
        f"Net inflows of the US spot funds, US$ million\n{HEADER}{DAYS}",
        COPIED + DAYS,
        f"Flows of digital asset funds, bitcoin (BTC), in US$\n{COPIED}{DAYS}",
        f"Flow\n{COPIED.replace('Fidelity', 'CoinShares')}{DAYS}",
        HEADER.replace("Date", "net_flow") + DAYS,
    ],
)
def test_days_of_inflows_alone_load_where_the_header_says_flows(body: str) -> None:
    assert flows(body) == {
        ("IBIT", "2025-07-10"): "448500000",
        ("FBTC", "2025-07-10"): "324300000",
        ("BITB", "2025-07-10"): "77100000",
        ("IBIT", "2025-07-11"): "953500000",
        ("FBTC", "2025-07-11"): "1500000",
        ("BITB", "2025-07-11"): "2500000",
    }


def test_a_header_that_says_flows_leaves_the_unit_to_the_figures() -> None:
    body = f"ETF flows\n{HEADER}{DAYS}"
    dollars = body
    for figure in ("448.5", "324.3", "77.1", "849.9", "953.5", "957.5", "1.5", "2.5"):
        dollars = dollars.replace(f"\t{figure}", f"\t{float(figure) * 1e6:.0f}")
    assert flows(dollars) == flows(body)
    thousands = dollars.replace("000\t", "\t").replace("000\n", "\n")
    with pytest.raises(SourceChangedError, match="which is neither: thousands"):
        flows(thousands)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "",
            "Bitcoin funds\n",
            "Cumulative flows (US$m)\n",
            "ETF flows (BTC)\n",
            "Flows in ETH\n",
            "sum_cum_flow\n",
        ),
        *("Trading volume beside flows\n", "Flows in % of assets\n", "Flows in US$ billion\n"),
    ],
)
def test_other_headers_leave_it_open_and_the_file_is_refused(title: str) -> None:
    with pytest.raises(SourceChangedError, match="or a title over the days that says so"):
        flows(title + HEADER + DAYS)


def test_what_is_steady_is_no_flow_whatever_its_title() -> None:
    held = "".join(f"{day:02} Jul 2025\t{840 + day}\t{210 + day}\t40\n" for day in (7, 8, 9, 10))
    with pytest.raises(SourceChangedError, match="only figures above zero, like 847 of IBIT"):
        flows("ETF Flow (US$m)\nDate\tIBIT\tFBTC\tBITB\n" + held)
