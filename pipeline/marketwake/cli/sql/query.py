"""Ad-hoc SQL on the published file: read-only by construction."""

import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import duckdb

from marketwake.base.atomic import replacing
from marketwake.base.duck import lower_memory
from marketwake.base.errors import BadInputError
from marketwake.base.text import closest
from marketwake.cli.console import note
from marketwake.cli.sql.output import (
    FILES,
    OUTPUTS,
    STREAMED,
    Sheets,
    Target,
    default_output,
    write_rows,
)
from marketwake.cli.sql.parameters import defaults, parameters, why_no_rows
from marketwake.cli.sql.reading import demand_reading
from marketwake.warehouse.files import Warehouse

_HINT = "`marketwake sql 'show all tables'` lists the tables; sql/README.md describes them."


@contextmanager
def asking(
    root: Path, target: Path | None = None, memory: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader of the published file that can write nothing and read no other file; `target` is the
    one file, or the folder, that it may write, `memory` the most that it may use, where the
    settings leave as much.

    Raises:
        WarehouseError: nothing is published.
    """
    warehouse = Warehouse(root)
    with warehouse.reader() as con:
        is_folder = target is not None and target.is_dir()
        folders = [*warehouse.store.folders(), *([str(target)] if is_folder else [])]
        con.execute("set allowed_directories = ?", [folders])
        if target is not None and not is_folder:
            con.execute("set allowed_paths = [?]", [str(target)])
        if memory is not None:
            lower_memory(con, memory)
        con.execute("set enable_progress_bar = false")  # it would be written amid the rows
        con.execute("set enable_external_access = false")
        con.execute("set python_enable_replacements = false")
        con.execute("set lock_configuration = true")
        yield con


def query_text(argument: str) -> str:
    """The query itself, the text of a file that ends in .sql, or for `-` what stands in standard
    input. Raises BadInputError.
    """
    if argument == "-":
        return sys.stdin.read()
    if not argument.endswith(".sql"):
        return argument
    try:
        return Path(argument).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{argument} cannot be read: {error}",
            "Name a text file, or give the query itself in quotes.",
        ) from error


def ask(
    root: Path,
    text: str | Mapping[str, str],
    output: str | None = None,
    to: Path | None = None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Answer queries on standard output, or in the file `to`, which is replaced in one step when
    all of the answer is there.

    Args:
        root: the warehouse.
        text: SQL; of several statements all run. Stamps are UTC. Or several such texts, by names.
        output: one of `OUTPUTS`; by default what the ending of `to` says, else a table on a
            terminal and lines with tabs elsewhere.
        to: file to write, needed for parquet and xlsx; a link stays, a device or a pipe gets the
            answer.
        given: values for the `$name` parameters of the text, beside its own `-- default: name =
            value` lines.

    Raises:
        BadInputError: output, file or parameter is wrong, or DuckDB refuses the query.
        WarehouseError: nothing is published.
    """
    chosen = _output(output, to)
    texts = {"answer": text} if isinstance(text, str) else text
    if to is None:
        with asking(root) as con:
            rows = _answer_all(con, texts, chosen, None, given or {})
        if not rows and chosen != "table":
            note("warning: the query found no rows")
        return
    try:
        _spare_warehouse(root, to)
        with replacing(to) as partial:
            rows = _write(root, texts, chosen, partial, given or {})
    except OSError as error:
        raise BadInputError(
            f"{to} cannot be written: {error.strerror}", "Name another file with --to."
        ) from error
    if rows:
        note(f"{rows:,} row{'' if rows == 1 else 's'} -> {to}")
    else:
        note(f"warning: the query found no rows; {to} has the names of the columns alone")


def _write(
    root: Path, texts: Mapping[str, str], output: str, partial: Path, given: Mapping[str, str]
) -> int:
    if output == "parquet":
        with asking(root, partial) as con:
            return _answer_all(con, texts, output, partial, given)
    if output == "xlsx":
        from marketwake.cli.sql.workbook import Workbook

        with asking(root) as con:
            book = Workbook(con)
            rows = _answer_all(con, texts, output, book, given)
        book.save(partial)
        return rows
    with asking(root) as con, partial.open("w", encoding="utf-8", newline="") as stream:
        return _answer_all(con, texts, output, stream, given)


def _answer_all(
    con: duckdb.DuckDBPyConnection,
    texts: Mapping[str, str],
    output: str,
    target: Target,
    given: Mapping[str, str],
) -> int:
    """Answer texts one after the other, with how many rows; of several, each takes the values that
    it has a name for.
    """
    if len(texts) > 1:
        _demand_place(len(texts), output)
    takes = {
        key: {
            name for name in given if len(texts) == 1 or re.search(rf"\${re.escape(name)}\b", text)
        }
        for key, text in texts.items()
    }
    if unknown := sorted(set(given).difference(*takes.values())):
        raise BadInputError(
            f"none of the queries has a parameter '{unknown[0]}'",
            f"{closest(unknown[0], set().union(*map(defaults, texts.values())))}"
            "Leave --set away for it.",
        )
    counts = []
    for key, text in texts.items():
        if isinstance(target, Sheets):
            target.begin(key, text)
        own = {name: given[name] for name in takes[key]}
        counts.append(answer(con, text, output, target, own))
    if all(count is None for count in counts):
        raise BadInputError("the query returns no rows", "Give a query that selects something.")
    return sum(filter(None, counts))


def _demand_place(queries: int, output: str) -> None:
    if output not in STREAMED:
        raise BadInputError(
            f"{queries} queries at once do not fit one {output} answer",
            "Ask one at a time, for a table, or for a workbook (.xlsx).",
        )


def _spare_warehouse(root: Path, to: Path) -> None:
    if Warehouse(root).store.is_of(to):
        raise BadInputError(f"{to} is the warehouse itself", "Name another file with --to.")


def answer(
    con: duckdb.DuckDBPyConnection,
    text: str,
    output: str,
    target: Target = None,
    given: Mapping[str, str] | None = None,
) -> int | None:
    """Run every statement of a text, or none where one does not only read, and write the rows of
    those that have rows; how many were written, None when no statement is one for rows.

    Raises:
        BadInputError: a parameter is wrong, a statement may not run, several results do not fit
            the output, or DuckDB refuses the query.
        KeyboardInterrupt: Ctrl-C stopped it.
    """
    # DuckDB does not notice Ctrl-C while its own threads have all the work, and a wait without end
    # misses one that reached another thread.
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(_answer, con, text, output, target, given or {})
        try:
            while not wait([future], timeout=0.1).done:
                pass
            return future.result()
        except KeyboardInterrupt:
            con.interrupt()
            raise


def _answer(
    con: duckdb.DuckDBPyConnection,
    text: str,
    output: str,
    target: Target,
    given: Mapping[str, str],
) -> int | None:
    rows = None
    try:
        statements = con.extract_statements(text)
        demand_reading(con, statements)
        values = parameters(
            con, text, given, set().union(*(statement.named_parameters for statement in statements))
        )
        selects = [statement for statement in statements if _has_rows(statement)]
        if len(selects) > 1:
            _demand_place(len(selects), output)
        for statement in statements:
            bound = {name: values[name] for name in statement.named_parameters}
            if statement in selects:
                rows = (rows or 0) + write_rows(con, statement, bound, output, target)
            else:
                con.execute(statement, bound)
        if rows == 0 and (why := why_no_rows(con, text, values)):
            note(f"no rows: {why}")
    except duckdb.Error as error:
        raise BadInputError(str(error), _HINT) from error
    return rows


def _has_rows(statement: duckdb.Statement) -> bool:
    """Whether it is there for its rows; a `pivot` is several statements in one."""
    return statement.type == duckdb.StatementType.MULTI or statement.expected_result_type == [
        duckdb.ExpectedResultType.QUERY_RESULT
    ]


def _output(output: str | None, to: Path | None) -> str:
    ending = {
        ".csv": "csv",
        ".tsv": "tsv",
        ".json": "json",
        ".parquet": "parquet",
        ".xlsx": "xlsx",
        ".md": "markdown",
        ".txt": "table",
    }
    if output is None and to is not None and to.suffix not in ending:
        raise BadInputError(
            f"{to}: no answer is written for the ending '{to.suffix}'"
            if to.suffix
            else f"{to}: its name has no ending that says what to write",
            f"{closest(to.suffix, ending)}Endings that work: {', '.join(ending)}; or add --output "
            f"with one of {', '.join(OUTPUTS)}.",
        )
    chosen = output if output is not None else ending[to.suffix] if to else default_output()
    if chosen not in OUTPUTS:
        raise BadInputError(
            f"unknown output '{chosen}'",
            f"{closest(chosen, OUTPUTS)}Choose one of {', '.join(OUTPUTS)}.",
        )
    if chosen in FILES and to is None:
        raise BadInputError(f"{chosen} is no text for a terminal", "Name a file with --to.")
    return chosen
