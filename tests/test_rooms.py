"""The rooms by their imports, at the top of a module and within functions."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
ROOTS = {
    "marketwake": CHECKOUT / "pipeline" / "marketwake",
    "marketwake_flows": CHECKOUT / "flows" / "marketwake_flows",
}
Arrow = tuple[str, str]


def _room(module: str) -> str:
    """The folder below the package that a module stands in; the flows are one room."""
    top, _, rest = module.partition(".")
    return top if top == "marketwake_flows" or not rest else rest.split(".")[0]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules() -> Iterator[tuple[str, Path]]:
    for top, folder in ROOTS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join((top, *parts)).removesuffix(".__init__")
            if name != "marketwake":  # the face names what it offers, and is in no room
                yield name, path


@pytest.fixture(scope="module")
def arrows() -> dict[Arrow, list[str]]:
    """From room to room: the modules that import, and what."""
    drawn: dict[Arrow, list[str]] = {}
    for module, path in _modules():
        for target in _imported(path):
            if target.partition(".")[0] not in ROOTS or target == "marketwake":
                continue
            arrow = (_room(module), _room(target))
            if arrow[0] != arrow[1]:
                drawn.setdefault(arrow, []).append(f"{module} -> {target}")
    return drawn


@pytest.fixture(scope="module")
def floors() -> list[list[str]]:
    """The rooms by floor, top to bottom, as the contract in pyproject.toml has them."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    return [[_room(module.strip()) for module in line.split("|")] for line in layers]


def test_every_room_is_on_a_floor_and_there_are_at_most_fifteen(floors: list[list[str]]) -> None:
    rooms = {_room(module) for module, _ in _modules()}
    assert sorted(rooms) == sorted(room for floor in floors for room in floor)
    assert len(rooms) <= 15


def test_no_loop_joins_rooms_and_no_import_goes_back(
    arrows: dict[Arrow, list[str]], floors: list[list[str]]
) -> None:
    below: dict[str, set[str]] = {room: set() for floor in floors for room in floor}
    for room, other in arrows:
        below[room].add(other)
    print(f"{len(below)} rooms on {len(floors)} floors, {len(arrows)} arrows")  # noqa: T201
    depth = {room: number for number, floor in enumerate(floors) for room in floor}
    back = {arrow: who for arrow, who in arrows.items() if depth[arrow[0]] >= depth[arrow[1]]}
    assert not back
    TopologicalSorter(below).prepare()  # raises CycleError, which names the loop
