"""The specification curve in one sentence per question, for whoever cites it."""

import duckdb

FEWEST = 20
"""Ways to ask below which a share says little."""


def read_specifications(con: duckdb.DuckDBPyConnection, event: str) -> dict[str, str]:
    """By question of mart.specification: in how many of all ways to ask the answer is yes, and
    which choice it turns on.
    """
    rows = con.execute(
        """
        select
            question, any_value(specifications), any_value(agreeing_share),
            max(variance_share), arg_max(choice, variance_share)
        from mart.specification_choice
        where event = ? and specifications > ?
        group by question
        order by question
        """,
        [event, FEWEST],
    ).fetchall()
    return {
        question: f"yes in {100 * share:.0f} % of {count} specifications"
        + (f", turning most on the {choice} ({100 * most:.0f} % of the variance)" if most else "")
        for question, count, share, most, choice in rows
    }
