"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.engine.flow import VERBS

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "entrepot"
PACKS = ROOT / "packs"
MODULE_LINES, FUNCTION_LINES = 500, 50
NO_ROOMS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "shared"}
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", "node_modules"}
TEXTS = {".py", ".md", ".toml", ".csv", ".po", ".sh", ".cfg", ".yml", ".yaml", ".json", ""}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def ours(*suffixes: str) -> Iterator[Path]:
    """The files of the tree, nothing that was built or fetched."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        hidden = any(
            part in NOT_OURS or (part.startswith(".") and part not in (".ci", ".gitignore")) for part in inside
        )
        if path.is_file() and not hidden and path.suffix in suffixes:
            yield path


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = list(ours(".py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """What a module shows to others: its functions and classes, and the methods of these."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield inner


def test_the_flow_folder_holds_the_verbs_and_what_puts_them_together() -> None:
    assert {path.stem for path in (SRC / "engine" / "flow").glob("*.py")} == {*VERBS, "__init__", "ddp", "treatments"}
    assert {path.name for path in (SRC / "engine" / "flow").iterdir() if path.is_dir()} <= {"__pycache__"}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_opens_with_its_question(verb: str) -> None:
    text = ast.get_docstring(ast.parse((SRC / "engine" / "flow" / f"{verb}.py").read_text())) or ""
    question = text.partition("\n\n")[0].replace("\n", " ")
    assert question.startswith(f"{verb}: "), question
    assert question.endswith("?"), question


def test_the_map_of_the_road_asks_the_same_questions() -> None:
    road = ast.get_docstring(ast.parse((SRC / "engine" / "flow" / "__init__.py").read_text())) or ""
    listed = re.findall(r"^ +([a-z]+) +[a-z].*\?$", road, re.MULTILINE)
    assert tuple(listed) == VERBS


def _contract(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    return next(contract for contract in found if contract["name"].startswith(name))


def test_every_module_of_law_that_does_not_open_files_is_held_to_that() -> None:
    pure = {module.rpartition(".")[2] for module in _contract("Only law.read")["source_modules"]}
    modules = {path.stem for path in (SRC / "law").glob("*.py")} - {"__init__"}
    # `lookup` is in the contract of the pure layers, which forbids more.
    assert modules == pure | {"read", "cache", "layers", "library", "inventory", "lookup"}


def test_the_verbs_that_know_no_other_are_all_of_them() -> None:
    assert {f"entrepot.engine.flow.{verb}" for verb in VERBS} == set(_contract("No step")["modules"])


def test_packs_hold_no_code() -> None:
    strangers = [
        named(path)
        for path in PACKS.rglob("*")
        if path.is_file() and path.suffix not in (".toml", ".csv", ".po", ".md")
    ]
    assert not strangers
    assert not [named(path) for path in PACKS.rglob("*") if path.is_file() and path.stat().st_mode & 0o111]


def test_modules_are_short() -> None:
    counted = {named(path): len(path.read_text().splitlines()) for path in MODULES}
    assert counted, "no module was found"
    long = [f"{name}: {lines} lines" for name, lines in counted.items() if lines > MODULE_LINES]
    assert not long, f"Modules longer than {MODULE_LINES} lines; split each where it does two things:\n" + "\n".join(
        long
    )


def test_functions_are_short() -> None:
    long, seen = [], 0
    for path in MODULES:
        for node in functions(ast.parse(path.read_text())):
            seen += 1
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES:
                long.append(f"{named(path)}:{node.lineno}: {node.name} has {length} lines")
    assert seen, "no function was found"
    assert not long, f"Functions longer than {FUNCTION_LINES} lines; name a part of each:\n" + "\n".join(long)


def test_no_room_is_called_after_nothing() -> None:
    parts = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(ROOT).parts}
    assert not parts & NO_ROOMS


def test_public_modules_classes_and_functions_have_docstrings() -> None:
    missing, seen = [], 0
    for path in sorted(SRC.rglob("*.py")):
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            missing.append(f"{named(path)}: the module")
        # The rules of a grammar are explained by the grammar: a lark Transformer calls its methods by their names.
        grammar = {
            id(inner)
            for node in tree.body
            if isinstance(node, ast.ClassDef) and _is_transformer(node)
            for inner in node.body
        }
        for node in public(tree):
            seen += 1
            if id(node) not in grammar and not _says(node):
                missing.append(f"{named(path)}:{node.lineno}: {node.name}")
    assert seen, "nothing public was found"
    assert not missing, "Public things without a docstring:\n" + "\n".join(missing)


def _says(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether it says what it is; of one that is overloaded the last, which does the work, speaks for all."""
    return bool(ast.get_docstring(node)) or any(ast.unparse(each) == "overload" for each in node.decorator_list)


def _is_transformer(node: ast.ClassDef) -> bool:
    return any("Transformer" in ast.unparse(base) for base in node.bases)


def test_the_public_names_say_what_they_do_with_an_example() -> None:
    import entrepot

    for name in entrepot.__all__:
        assert getattr(entrepot, name).__doc__, name
    assert ">>>" in (entrepot.__doc__ or "")
    assert ">>>" in (entrepot.quote.__doc__ or "")


def test_importing_entrepot_costs_nothing() -> None:
    code = "import sys, entrepot; print({'msgspec', 'lark', 'babel', 'rich', 'typer'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )


def test_the_command_line_does_not_load_the_desk() -> None:
    code = (
        "import sys\nfrom entrepot.cli import main\n"
        "main(['quote', '--from', 'VN', '--to', 'CN', '--hs', '0901.21', '--amount', '100 CNY'])\n"
        "print({'django', 'ninja', 'granian', 'psycopg', 'pyarrow', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("\nset()"), done.stdout[-300:]


def test_no_path_of_a_machine_and_no_word_of_the_workshop() -> None:
    machine = re.compile("|".join([r"(?<![\w.$\"'])/(home|Users|work|root)/\w", "shared" + "/", r"C:\\\\Users"]))
    found = []
    for path in ours(*TEXTS):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if machine.search(line) and path != Path(__file__).resolve():
                found.append(f"{named(path)}:{number}: {line.strip()[:120]}")
    assert not found


def test_the_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def _imported(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def test_what_is_declared_is_imported_and_what_is_imported_is_declared() -> None:
    declared = {re.split(r"[<>=~! \[]", text)[0].lower() for text in PROJECT["project"]["dependencies"]}
    modules = {"currencyconverter": "currency_converter", "django-ninja": "ninja"}
    wanted = {modules.get(name, name.replace("-", "_")) for name in declared}
    outside = _imported(SRC) - set(sys.stdlib_module_names) - {"entrepot"}
    extras = {
        re.split(r"[<>=~! \[]", text)[0].lower()
        for texts in PROJECT["project"]["optional-dependencies"].values()
        for text in texts
    }
    extras = {modules.get(name, name.replace("-", "_")) for name in extras}
    assert wanted <= outside <= wanted | extras


def test_each_exception_of_the_settings_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for line in text[text.index("ignore = [") : text.index("[tool.ruff.lint.flake8")].splitlines():
        if re.match(r'\s+"[A-Z]+\d*",', line):
            assert "#" in line, line
    silenced = re.compile(r"# (type: ignore|noqa)\b(?!\[[\w, -]+\]  # \w|: \w+(, \w+)*(  # \w|$))")
    bare = [
        f"{named(path)}: {line.strip()}"
        for path in SRC.rglob("*.py")
        for line in path.read_text().splitlines()
        if silenced.search(line)
    ]
    assert not bare


@pytest.mark.parametrize("name", ["check", "run"])
def test_the_scripts_are_posix_sh_that_parses(name: str) -> None:
    script = ROOT / name
    assert script.read_text().startswith("#!/bin/sh\n")
    assert script.stat().st_mode & 0o111, "it may not be executed"
    for each in (script, ROOT / "requirements" / "environment.sh"):
        assert subprocess.run(["sh", "-n", each], check=False).returncode == 0
