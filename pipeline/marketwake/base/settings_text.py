"""A settings file to begin with: every setting, commented out, as `Settings` has it."""

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from marketwake.base.settings import FILE, FORMS, Settings

_WIDTH = 96
_HEAD = f"""\
# {FILE}: settings of marketwake, which reads this file in the folder that it is
# started in. Every setting has a default that works. Those below are the defaults: to change one,
# take away the '#' in front of its name.
"""


def settings_text() -> str:
    """The text of a settings file in which every setting stands as a comment, `#name = default`,
    below what it means and what it may be.
    """
    meanings = _meanings()
    default = Settings()
    parts = [_HEAD]
    for name, form in FORMS.items():
        value = getattr(default, name)
        lines = [_comment(meanings[name]), _comment(f"It must be {form.wanted}.")]
        if value is not None:
            lines.append(f"#{name} = {_toml(value)}")
        elif not form.called:
            lines.append(f"# {name} is not set.")
        parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def _meanings() -> dict[str, str]:
    """What stands below each field of `Settings`."""
    told = dict.fromkeys(FORMS, "")
    (definition,) = ast.parse(inspect.getsource(Settings)).body
    fields = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in pairwise(fields):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                told[name] = text
    return told


def _comment(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), _WIDTH, initial_indent="# ", subsequent_indent="# "
    )


def _toml(value: Any) -> str:  # noqa: ANN401 - whatever a setting may be
    match value:
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key} = {_toml(item)}' for key, item in value.items())}}}"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)
