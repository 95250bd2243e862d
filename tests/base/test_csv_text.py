"""CSV as text, against Python's own reader of CSV."""

import csv
import io

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketwake.base.csv_text import read_csv_text
from marketwake.base.errors import SourceChangedError

CELLS = st.text(alphabet='ab1 .#;\t"é\u2028\0', max_size=3)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(header=st.sampled_from(["a,b", "a", "b,a", "a,a", "\ufeffa,b"]), lines=LINES, end=ENDS)
@example(header="a,b", lines=["1,2,3", "4"], end="\n")
@example(header="a,b", lines=["4", "1,2,3"], end="\n")
@example(header="a,b", lines=["1,2", ""], end="\n")
@example(header="a,b", lines=[], end="\n")
@example(header="a,b", lines=[",", '1,"2,3"', "4,5"], end="\n")
def test_cells_are_what_python_reads_or_the_first_odd_line_is_named(
    header: str, lines: list[str], end: str
) -> None:
    for text in (end.join([header, *lines]), end.join([header, *lines, ""])):
        names = header.split(",")
        try:
            expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            expected = []
        odd = next((n for n, line in enumerate(expected, 1) if len(line) != len(names)), None)
        if not expected or odd or "a,a" in text[:3] or text.startswith("\ufeff"):
            with pytest.raises(SourceChangedError) as caught:
                read_csv_text("sample", "x.csv", text.encode(), ["a", "b"][: len(names)])
            if odd and header in {"a", "a,b", "b,a"}:
                assert f"line {odd}" in caught.value.what
            continue
        table = read_csv_text("sample", "x.csv", text.encode(), sorted(names))
        assert table.columns == names
        assert set(table.dtypes) == {pl.String}
        assert table.rows() == [tuple(cell or None for cell in line) for line in expected[1:]]


@pytest.mark.parametrize("body", [b"a,b\n1,\xff\n", b"\xff,b\n1,2\n", b'a,b\n"1,\xff\n'])
def test_what_is_no_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChangedError, match="CSV in UTF-8"):
        read_csv_text("sample", "x.csv", body, ["a", "b"])
