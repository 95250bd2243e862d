"""What may break alone, and what may not."""

import logging

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.base.parts import alone


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ZeroDivisionError("by nought"), "the page of x broke: ZeroDivisionError: by nought"),
        (
            duckdb.ConversionException("Conversion Error: 'x'\nLINE 1: select"),
            "the page of x broke: ConversionException: Conversion Error: 'x'",
        ),
        (pl.exceptions.PanicException("ouch"), "the page of x broke: PanicException: ouch"),
        (WarehouseError("x.html cannot be written", "Check."), "x.html cannot be written"),
    ],
)
def test_what_breaks_is_named_and_the_rest_goes_on(
    error: BaseException, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    problems: list[str] = []
    with alone("the page of x", problems):
        raise error
    assert problems == [problem]
    assert ("Traceback" in caplog.text) is not isinstance(error, WarehouseError)
    assert caplog.records[-1].levelno == logging.ERROR


@pytest.mark.parametrize(
    "error",
    [
        DefinitionError("claims/a01.sql: no", "Mend it."),
        duckdb.IOException("IO Error: No space left on device"),
        duckdb.FatalException("FATAL Error: invalidated"),
        duckdb.Error("Corrupt database file: checksum"),
        KeyboardInterrupt(),
    ],
)
def test_what_the_rest_depends_on_ends_it(error: BaseException) -> None:
    problems: list[str] = []
    with pytest.raises(type(error)), alone("the page of x", problems):
        raise error
    assert problems == []
