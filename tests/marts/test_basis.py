"""Futures basis at the instant of the futures price, and constant maturities.

The August 2025 contracts expire on Friday 29 August at 16:00 in London, that is 15:00 UTC;
September's on the 26th at 15:00 UTC.
"""

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.resources import SQL
from tests.conftest import Insert
from tests.support.rows import at, bar_closing, future, marts

Con = duckdb.DuckDBPyConnection


def test_annualised_forms_by_hand(con: Con, insert: Insert) -> None:
    # 21.79 days before 2025-08-29 15:00 is 2025-08-07 20:02:24. 117,500 / 116,800 - 1 = 0.5993 %; *
    # 365 / 21.79 = 10.0390 %; 1.005993 ^ (365 / 21.79) - 1 = 10.5271 %; ln(1.005993) * 365 / 21.79
    # = 10.0090 %.
    insert(con, "spot_bar", [bar_closing("2025-08-07 20:00", 116_800.0, asset="BTC")])
    insert(
        con,
        "futures_price",
        [future("MBTQ5", "2025-08-07 20:02:24", 117_500.0, "settlement", volume_contracts=1000)],
    )
    (row,) = marts(con, "select * from mart.futures_basis")
    assert row["days_to_expiry"] == pytest.approx(21.79, abs=1e-9)
    assert row["basis"] == pytest.approx(0.005993, abs=5e-7)
    assert row["annualised_basis"] == pytest.approx(0.100390, abs=5e-7)
    assert row["annualised_basis_compounded"] == pytest.approx(0.105271, abs=5e-7)
    assert row["annualised_basis_log"] == pytest.approx(0.100090, abs=5e-7)
    assert row["volume_usd"] == pytest.approx(
        11_750_000.0
    )  # 1000 contracts of 0.1 bitcoin at 117,500
    assert (row["asset"], row["venue"], row["is_front_month"]) == ("BTC", "Coinbase", True)


def test_a_friday_is_joined_to_spot_at_21_utc_and_not_at_midnight(con: Con, insert: Insert) -> None:
    # Coinbase's ether closed the hour to 21:00 at 4,058.57 and the day at 4,011.00; the contract's
    # last trade of the session was 4,082.5. 4082.5 / 4058.57 - 1 = 0.589617 %; 20.75 days to
    # expiry: * 365 / 20.75 = 10.3716 %. Against midnight it would be 31.5 %.
    insert(
        con,
        "spot_bar",
        [bar_closing("2025-08-08 21:00", 4058.57), bar_closing("2025-08-09 00:00", 4011.0)],
    )
    insert(con, "futures_price", [future("METQ5", "2025-08-08 21:00", 4082.5)])
    (row,) = marts(con, "select * from mart.futures_basis")
    assert (row["spot_price_usd"], row["spot_observed_at"], row["days_to_expiry"]) == (
        4058.57,
        at("2025-08-08 21:00"),
        20.75,
    )
    assert row["annualised_basis"] == pytest.approx(0.103716, abs=5e-7)


@pytest.mark.parametrize(
    ("closed_at", "spot"),
    [("2025-08-08 20:00", 4000.0), ("2025-08-08 19:00", None), ("2025-08-08 22:00", None)],
)
def test_spot_is_finished_and_at_most_an_hour_old(
    con: Con, insert: Insert, closed_at: str, spot: float | None
) -> None:
    insert(con, "spot_bar", [bar_closing(closed_at, 4000.0)])
    insert(con, "futures_price", [future("METQ5", "2025-08-08 21:00", 4040.0)])
    (row,) = marts(con, "select spot_price_usd, basis from mart.futures_basis")
    assert row == {"spot_price_usd": spot, "basis": None if spot is None else pytest.approx(0.01)}


def test_every_venue_has_its_own_basis_and_a_contract_without_spot_stays(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "spot_bar",
        [
            bar_closing("2025-08-08 21:00", 4000.0),
            bar_closing("2025-08-08 21:00", 4020.0, venue="Binance"),
        ],
    )
    insert(
        con,
        "futures_price",
        [
            future("METQ5", "2025-08-08 21:00", 4080.6),
            future("MBTQ5", "2025-08-08 21:00", 117_000.0),
        ],
    )
    rows = marts(
        con, "select contract, venue, basis from mart.futures_basis order by contract, venue"
    )
    assert [(row["contract"], row["venue"]) for row in rows] == [
        ("MBTQ5", None),
        ("METQ5", "Binance"),
        ("METQ5", "Coinbase"),
    ]
    assert [row["basis"] for row in rows] == [
        None,
        pytest.approx(60.6 / 4020),
        pytest.approx(80.6 / 4000),
    ]


def test_below_five_days_nothing_is_annualised_and_the_next_contract_is_front(
    con: Con, insert: Insert
) -> None:
    # 2025-08-25 00:00 is 4.625 days before August's expiry.
    insert(con, "spot_bar", [bar_closing("2025-08-25 00:00", 4800.0)])
    insert(
        con,
        "futures_price",
        [future(contract, "2025-08-25 00:00", 4824.0) for contract in ("METQ5", "METU5", "METV5")],
    )
    rows = marts(
        con,
        "select contract, basis, annualised_basis is null as is_null, is_front_month from "
        "mart.futures_basis order by expires_at",
    )
    assert [row["basis"] for row in rows] == pytest.approx([0.005] * 3)
    assert [row["is_null"] for row in rows] == [True, False, False]
    assert [row["is_front_month"] for row in rows] == [False, True, False]


def test_a_contract_name_means_the_first_expiry_on_or_after_the_day(
    con: Con, insert: Insert
) -> None:
    # Q5 is August 2025 on its last day, and August 2035 on the day after.
    insert(
        con,
        "futures_price",
        [future("METQ5", "2025-08-29 15:00", 4300.0), future("METQ5", "2025-08-30 15:00", 4300.0)],
    )
    first, second = con.execute("select expires_at from stg.futures_price order by day").fetchall()
    assert first[0] == at("2025-08-29 15:00")
    assert second[0] is None or second[0].year == 2035


@pytest.mark.parametrize("contract", ["ETH=F", "METU5"])
def test_a_continuous_series_has_a_basis_but_no_maturity(
    con: Con, insert: Insert, contract: str
) -> None:
    insert(con, "spot_bar", [bar_closing("2025-08-08 21:00", 4000.0)])
    insert(
        con,
        "futures_price",
        [future(contract, "2025-08-08 21:00", 4040.0, "continuous", root="MET")],
    )
    (row,) = marts(con, "select basis, annualised_basis, is_front_month from mart.futures_basis")
    assert row == {"basis": pytest.approx(0.01), "annualised_basis": None, "is_front_month": False}


def _two_contracts(con: Con, insert: Insert) -> None:
    # On 2025-08-09 15:00 August has 20 days to go and September 48; against spot at 4,000 they
    # stand 0.5 % and 1.1 % above.
    insert(con, "spot_bar", [bar_closing("2025-08-09 15:00", 4000.0)])
    insert(
        con,
        "futures_price",
        [future("METQ5", "2025-08-09 15:00", 4020.0), future("METU5", "2025-08-09 15:00", 4044.0)],
    )


def test_constant_maturity_by_hand_and_extrapolation_flagged(con: Con, insert: Insert) -> None:
    # The basis earned by day T is linear: at 30 days 0.5 % + 0.6 % * 10 / 28 = 0.714286 %,
    # annualised * 365 / 30 = 8.69048 %; at 60 days 0.5 % + 0.6 % * 40 / 28 = 1.357143 %, annualised
    # * 365 / 60 = 8.25595 %; at 90: 2 % * 365 / 90 = 8.11111 %.
    _two_contracts(con, insert)
    rows = marts(con, "select * from mart.basis_constant_maturity order by tenor_days")
    assert [row["tenor_days"] for row in rows] == [30, 60, 90]
    assert [row["annualised_basis"] for row in rows] == pytest.approx(
        [0.0869048, 0.0825595, 0.0811111], abs=5e-8
    )
    assert [row["is_extrapolated"] for row in rows] == [False, True, True]
    assert {(row["near_contract"], row["far_contract"], row["observed_at"]) for row in rows} == {
        ("METQ5", "METU5", at("2025-08-09 15:00"))
    }


def test_the_pair_around_the_tenor_is_taken(con: Con, insert: Insert) -> None:
    # October's expiry is 2025-10-31 16:00 UTC (winter time in London), 83.04 days away: 60 lies
    # between September and October.
    _two_contracts(con, insert)
    insert(con, "futures_price", [future("METV5", "2025-08-09 15:00", 4070.0)])
    rows = marts(
        con,
        "select tenor_days, near_contract, far_contract, is_extrapolated from "
        "mart.basis_constant_maturity order by 1",
    )
    assert [
        (row["near_contract"], row["far_contract"], row["is_extrapolated"]) for row in rows
    ] == [
        ("METQ5", "METU5", False),
        ("METU5", "METV5", False),
        ("METU5", "METV5", True),
    ]


def test_the_pair_around_the_tenor_is_taken_even_when_another_is_nearer(
    con: Con, insert: Insert
) -> None:
    # November (111 days) and December (139) are nearer to 90 days than August (20) and November,
    # but do not hold it between them.
    insert(con, "spot_bar", [bar_closing("2025-08-09 15:00", 4000.0)])
    insert(
        con,
        "futures_price",
        [future(contract, "2025-08-09 15:00", 4100.0) for contract in ("METQ5", "METX5", "METZ5")],
    )
    (row,) = marts(
        con,
        "select near_contract, far_contract, is_extrapolated from mart.basis_constant_maturity "
        "where tenor_days = 90",
    )
    assert row == {"near_contract": "METQ5", "far_contract": "METX5", "is_extrapolated": False}


def test_neither_a_continuous_series_nor_a_last_week_makes_a_pair(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar_closing("2025-08-25 00:00", 4800.0)])
    prices = [future(contract, "2025-08-25 00:00", 4824.0) for contract in ("METQ5", "METU5")]
    rolled = [
        future(contract, "2025-08-25 00:00", 4824.0, "continuous")
        for contract in ("METU5", "METV5")
    ]
    insert(con, "futures_price", prices + rolled)
    assert marts(con, "select * from mart.basis_constant_maturity") == []


_RATE = st.floats(-0.4, 0.4)
_QUOTE = st.tuples(
    _RATE, _RATE, st.lists(st.floats(5, 400), min_size=3, max_size=3, unique=True).map(sorted)
)


def _evaluate(
    select: str, columns: str, rows: Sequence[tuple[float, ...]]
) -> list[tuple[float, ...]]:
    """Run `select` with the basis macros over rows of doubles, in their order."""
    with duckdb.connect() as con:
        con.execute((SQL / "macros" / "basis.sql").read_text(encoding="utf-8"))
        con.execute(
            f"create table given ({', '.join(f'{column} double' for column in columns.split())})"
        )
        con.executemany(f"insert into given values ({', '.join('?' * len(rows[0]))})", rows)
        return con.execute(f"select {select} from given order by rowid").fetchall()


@settings(deadline=None)
@given(st.lists(_QUOTE, min_size=1, max_size=20))
def test_between_two_maturities_the_rate_lies_between_theirs(
    quotes: list[tuple[float, float, list[float]]],
) -> None:
    # rate * days is linear in days, so the rate is a mean of the two with weights t1 (t2 - T) and
    # t2 (T - t1): never outside them.
    rows = [
        (near_rate, days[0], far_rate, days[2], days[1]) for near_rate, far_rate, days in quotes
    ]
    rates = _evaluate(
        "constant_maturity(r1, t1, r2, t2, t), constant_maturity(r1, t1, r2, t2, t1), "
        "constant_maturity(r1, t1, r2, t2, t2)",
        "r1 t1 r2 t2 t",
        rows,
    )
    for (near_rate, near, far_rate, far, _), (inside, at_near, at_far) in zip(
        rows, rates, strict=True
    ):
        slack = 1e-9 + 1e-12 / (far - near)  # rounding in the slope, which divides by far - near
        assert min(near_rate, far_rate) - slack <= inside <= max(near_rate, far_rate) + slack
        assert at_near == pytest.approx(near_rate, abs=1e-9)
        assert at_far == pytest.approx(far_rate, abs=slack)


@settings(deadline=None)
@given(st.lists(st.tuples(_RATE, st.floats(5, 365)), min_size=1, max_size=20))
def test_compounding_never_lowers_a_rate_and_logs_never_raise_it(
    quotes: list[tuple[float, ...]],
) -> None:
    # Bernoulli: (1 + x) ^ n >= 1 + n x for n >= 1, and ln(1 + x) <= x.
    rates = _evaluate(
        "annualised_simple(x, days), annualised_compounded(x, days), annualised_log(x, days)",
        "x days",
        quotes,
    )
    for simple, compounded, logarithmic in rates:
        assert logarithmic - 1e-9 <= simple <= compounded + 1e-9 * max(1.0, compounded)


def test_standard_and_micro_contracts_share_the_coins_that_were_traded(
    con: Con, insert: Insert
) -> None:
    # 1,000 front and 250 later standard contracts of 5 bitcoin are 6,250; 37,500 micro ones of a
    # tenth are 3,750: of 10,000 bitcoin 62.5 and 37.5 %. The front month has 1,000 of 1,250.
    insert(
        con,
        "futures_price",
        [
            future(
                "BTCQ5",
                "2025-08-07 20:00",
                117_500.0,
                "settlement",
                root="BTC",
                volume_contracts=1_000,
                open_interest_contracts=20_000,
            ),
            future(
                "BTCU5",
                "2025-08-07 20:00",
                118_500.0,
                "settlement",
                root="BTC",
                volume_contracts=250,
                open_interest_contracts=5_000,
            ),
            future("MBTQ5", "2025-08-07 20:00", 117_500.0, "settlement", volume_contracts=37_500),
            future("METQ5", "2025-08-07 20:00", 3_900.0, "settlement", volume_contracts=10),
            # A continuous series is no contract.
            future("MBT=F", "2025-08-07 20:00", 117_500.0, "continuous", volume_contracts=37_500),
        ],
    )
    rows = {row["root"]: row for row in marts(con, "select * from mart.futures_volume")}
    assert rows.keys() == {"BTC", "MBT", "MET"}
    standard, micro, ether = rows["BTC"], rows["MBT"], rows["MET"]
    assert (standard["contracts"], standard["volume_contracts"]) == (2, 1_250)
    assert (standard["volume_coins"], micro["volume_coins"]) == (6_250.0, 3_750.0)
    # 5,000 bitcoin at 117,500 and 1,250 at 118,500.
    assert standard["volume_usd"] == pytest.approx(735_625_000.0)
    assert (standard["asset_share"], micro["asset_share"]) == (0.625, 0.375)
    assert (standard["front_contract"], standard["front_share"]) == ("BTCQ5", 0.8)
    assert (standard["open_interest_contracts"], micro["open_interest_contracts"]) == (25_000, None)
    # Of ether one product alone is held: its share says nothing.
    assert (ether["front_share"], ether["asset_share"]) == (1.0, None)


def test_what_no_vendor_tells_of_volume_is_unknown_and_not_zero(con: Con, insert: Insert) -> None:
    insert(
        con,
        "futures_price",
        [
            future("MBTQ5", "2025-08-26 20:00", 110_000.0, "settlement"),
            future("METQ5", "2025-08-26 20:00", 4_400.0, "settlement", volume_contracts=0),
        ],
    )
    rows = {row["root"]: row for row in marts(con, "select * from mart.futures_volume")}
    assert rows["MBT"]["volume_contracts"] is rows["MBT"]["front_share"] is None
    assert (rows["MET"]["volume_contracts"], rows["MET"]["front_share"]) == (0, None)
    # Three days before their expiry there is no front month.
    assert rows["MBT"]["front_contract"] is None


def test_sums_of_contracts_are_the_same_in_whatever_order_their_rows_lie(
    con: Con, insert: Insert
) -> None:
    # A micro contract is a tenth of a bitcoin, and in floating point 0.1 + 0.2 + 0.3 is
    # 0.6000000000000001, 0.3 + 0.2 + 0.1 is 0.6.
    prices = [
        future(f"MBT{month}5", "2025-08-07 20:00", price, "settlement", volume_contracts=1)
        for month, price in (("Q", 1.0), ("U", 2.0), ("V", 3.0))
    ]
    made = []
    for ordered in (prices, prices[::-1]):
        con.execute("delete from raw.futures_price")
        for price in ordered:
            insert(con, "futures_price", [price])
        (row,) = marts(con, "from mart.futures_volume")
        made.append(row["volume_usd"])
    assert made == [0.1 + 0.2 + 0.3] * 2
