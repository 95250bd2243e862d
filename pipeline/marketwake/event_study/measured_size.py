"""How often a test errs in a fifth of calm or storm, as measured (seed.measured_size)."""

import polars as pl

from marketwake.base.seeds import seed_rows

CELL = ["measure", "window_unit", "window_length", "condition_fifth"]
ORDINARY = (0.03, 0.07)
"""Sizes at a nominal 5 % that are near enough to it to go without a word."""


def with_measured_size(tests: pl.DataFrame) -> pl.DataFrame:
    """Add measured_size, for is_sized: null where it was not measured, or is ordinary, or the rank
    is plain.
    """
    kinds = {name: tests.schema[name] for name in CELL}
    cells = (
        pl.DataFrame(list(seed_rows("measured_size")))
        .select(
            *(pl.col(name).cast(kind) for name, kind in kinds.items()), pl.col("size").cast(float)
        )
        .filter(~pl.col("size").is_between(*ORDINARY))
    )
    told = tests.join(cells, on=CELL, how="left", maintain_order="left")
    is_as_measured = pl.col("is_standardised") & pl.col("is_sized")
    return told.with_columns(measured_size=pl.when(is_as_measured).then(pl.col("size"))).drop(
        "size", "is_sized"
    )
