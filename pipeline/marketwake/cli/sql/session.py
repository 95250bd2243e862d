"""An SQL session in the terminal: history, completion, several lines until a semicolon, and
commands that begin with a dot.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from marketwake.base.errors import BadInputError, MarketwakeError
from marketwake.base.text import closest
from marketwake.cli.console import say
from marketwake.cli.sql.complete import (
    COMMANDS,
    FORMATS,
    Names,
    completions,
    is_complete,
    last_word,
    read_names,
)
from marketwake.cli.sql.output import default_output
from marketwake.cli.sql.query import answer, asking
from marketwake.cli.sql.saved import list_questions, saved_query
from marketwake.warehouse.files import published_name

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings

_HELP = """\
Any SQL, over several lines, ends with a semicolon; \
Tab completes, the arrows recall, Ctrl-C stops a query, Ctrl-D leaves.
.tables [TEXT]    tables and views (whose names hold the text), with what they are
.schema NAME      columns of a table or view: type and meaning
.macros           macros with their parameters
.queries          saved queries with their questions
.query NAME       run one of them
.output FORMAT    table, tsv, csv, json or markdown
.help             this text
.quit             leave"""
_TABLES = """
    select schema_name || '.' || table_name as name, comment as meaning
    from duckdb_tables()
    where not internal and database_name = current_database() and contains(name, $part)
    union all
    select schema_name || '.' || view_name as name, comment
    from duckdb_views()
    where not internal and database_name = current_database() and contains(name, $part)
    order by name
"""
_SCHEMA = """
    select column_name as column, lower(data_type) as type, comment as meaning
    from duckdb_columns()
    where schema_name || '.' || table_name = $name and database_name = current_database()
    order by column_index
"""
_MACROS = """
    select
        function_name || '(' || array_to_string(any_value(parameters), ', ') || ')' as macro,
        any_value(comment) as meaning
    from duckdb_functions() where not internal group by function_name order by 1
"""


class Session:
    """Answers lines until one says .quit. Errors are printed, and the session goes on."""

    def __init__(self, con: duckdb.DuckDBPyConnection, output: str | None = None) -> None:
        self._con = con
        self._output = default_output()
        if output is not None:
            self._choose(output)

    def handle(self, text: str) -> bool:
        """Answer one input; False when it asks to leave."""
        try:
            return self.carry_out(text)
        except MarketwakeError as error:
            say(f"error: {error.what}\n{error.fix}")
        except KeyboardInterrupt:
            say("stopped")
        return True

    def carry_out(self, text: str) -> bool:
        """The same, where an error ends it. Raises BadInputError."""
        text = text.strip()
        if text == ".quit":
            return False
        if text.startswith("."):
            self._command(*text.rstrip(";").split(maxsplit=1))
        elif text.strip("; "):
            answer(self._con, text, self._output)
        return True

    def _command(self, command: str, argument: str = "") -> None:
        match command:
            case ".help":
                say(_HELP)
            case ".tables":
                answer(self._con, _TABLES, self._output, given={"part": argument})
            case ".schema":
                self._schema(argument)
            case ".macros":
                answer(self._con, _MACROS, self._output)
            case ".queries":
                list_questions()
            case ".query":
                answer(self._con, saved_query(argument), self._output)
            case ".output":
                self._choose(argument)
            case _:
                raise BadInputError(
                    f"unknown command '{command}'",
                    f"{closest(command, COMMANDS)}Commands: {', '.join(COMMANDS)}.",
                )

    def _choose(self, output: str) -> None:
        if output not in FORMATS:
            raise BadInputError(
                f"unknown output '{output}'",
                f"{closest(output, FORMATS)}Choose one of {', '.join(FORMATS)}; "
                "`marketwake sql --to` writes files.",
            )
        self._output = output

    def _schema(self, name: str) -> None:
        if name not in read_names(self._con).columns:
            raise BadInputError(
                f"there is no table or view '{name}'",
                "Name its schema too, as .tables does: .schema mart.claim",
            )
        answer(self._con, _SCHEMA, self._output, given={"name": name})


def inputs(text: str) -> list[str]:
    """A text in the pieces that a person would send one by one: commands that begin with a dot, and
    SQL up to a semicolon.
    """
    pieces, waiting = [], ""
    for line in text.splitlines(keepends=True):
        if not waiting and line.startswith("--"):
            continue
        waiting += line
        if waiting.strip() and is_complete(waiting):
            pieces.append(waiting.strip())
            waiting = ""
    return [*pieces, waiting] if waiting.strip() else pieces


def has_commands(text: str) -> bool:
    """Whether a text holds commands that begin with a dot."""
    return any(piece.startswith(".") for piece in inputs(text))


def carry_out(root: Path, text: str, output: str | None) -> None:
    """Answer a text that holds commands, up to the first that is wrong.

    Raises:
        BadInputError: a command or a query is wrong.
        WarehouseError: nothing is published.
    """
    with asking(root) as con:
        session = Session(con, output)
        for piece in inputs(text):
            if not session.carry_out(piece):
                return


def converse(root: Path) -> None:
    """Read and answer until the person leaves. Raises WarehouseError when nothing is published."""
    with asking(root) as con:
        session = Session(con)
        prompt = _prompt(read_names(con), _history(root))
        say(f"{published_name(con)}, read-only, instants in UTC; .help says more")
        while True:
            try:
                text = prompt.prompt()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if not session.handle(text):
                return


def _history(root: Path) -> "History":
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = root / "state" / "sql_history"
    try:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    except OSError:  # a warehouse that may only be read is asked without a memory
        return InMemoryHistory()
    return FileHistory(path)


def _prompt(names: Names, history: "History") -> "PromptSession[str]":
    from prompt_toolkit import PromptSession

    return PromptSession(
        "marketwake> ",
        multiline=True,
        prompt_continuation="        ... ",
        history=history,
        completer=_completer(names),
        complete_while_typing=False,
        key_bindings=_keys(),
        enable_history_search=True,
    )


def _completer(names: Names) -> "Completer":
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class Catalogue(Completer):
        def get_completions(
            self,
            document: Document,
            complete_event: CompleteEvent,  # noqa: ARG002
        ) -> Iterator[Completion]:
            before = document.text_before_cursor
            for word in completions(names, document.text, before):
                yield Completion(word, start_position=-len(last_word(before)))

    return Catalogue()


def _keys() -> "KeyBindings":
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys
