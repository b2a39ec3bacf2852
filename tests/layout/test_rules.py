"""Rules of the source tree that no linter checks: layout, size of modules, docstrings, declared packages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.engine.flow import VERBS

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "entrepot"
PACKS = ROOT / "packs"
MODULE_LINES, FUNCTION_LINES = 500, 50
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "shared"}
NOT_SOURCE = {".git", ".venv", "build", "dist", "__pycache__", "node_modules"}
TEXT_SUFFIXES = {".py", ".md", ".toml", ".csv", ".po", ".sh", ".cfg", ".yml", ".yaml", ".json", ""}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def source_files(*suffixes: str) -> Iterator[Path]:
    """The files of the tree, without those that are built or downloaded."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        hidden = any(
            part in NOT_SOURCE or (part.startswith(".") and part not in (".ci", ".gitignore")) for part in inside
        )
        if path.is_file() and not hidden and path.suffix in suffixes:
            yield path


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = list(source_files(".py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_definitions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The public functions and classes of a module, and the public methods of these classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield inner


def test_the_flow_folder_has_one_module_for_each_step() -> None:
    assert {path.stem for path in (SRC / "engine" / "flow").glob("*.py")} == {
        *VERBS,
        "__init__",
        "candidates",
        "ddp",
        "treatments",
    }
    assert {path.name for path in (SRC / "engine" / "flow").iterdir() if path.is_dir()} <= {"__pycache__"}


@pytest.mark.parametrize("verb", VERBS)
def test_the_docstring_of_each_step_is_its_question(verb: str) -> None:
    text = ast.get_docstring(ast.parse((SRC / "engine" / "flow" / f"{verb}.py").read_text())) or ""
    question = text.partition("\n\n")[0].replace("\n", " ")
    assert question.startswith(f"{verb}: "), question
    assert question.endswith("?"), question


def test_the_docstring_of_the_flow_lists_the_steps() -> None:
    docstring = ast.get_docstring(ast.parse((SRC / "engine" / "flow" / "__init__.py").read_text())) or ""
    listed = re.findall(r"^ +([a-z]+) +[a-z].*\?$", docstring, re.MULTILINE)
    assert tuple(listed) == VERBS


def _contract(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    return next(contract for contract in found if contract["name"].startswith(name))


def test_a_contract_covers_each_module_of_law_that_opens_no_files() -> None:
    pure = {module.rpartition(".")[2] for module in _contract("Only law.read")["source_modules"]}
    modules = {path.stem for path in (SRC / "law").glob("*.py")} - {"__init__"}
    # `lookup` is in the contract of the pure layers, which forbids more.
    assert modules == pure | {"read", "cache", "layers", "library", "inventory", "lookup"}


def test_a_contract_keeps_every_step_independent() -> None:
    assert {f"entrepot.engine.flow.{verb}" for verb in VERBS} == set(_contract("No step")["modules"])


def test_packs_contain_only_data_files() -> None:
    other_files = [
        relative(path)
        for path in PACKS.rglob("*")
        if path.is_file() and path.suffix not in (".toml", ".csv", ".po", ".md")
    ]
    assert not other_files
    assert not [relative(path) for path in PACKS.rglob("*") if path.is_file() and path.stat().st_mode & 0o111]


def test_modules_are_short() -> None:
    lines_of = {relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert lines_of, "no module was found"
    long = [f"{name}: {lines} lines" for name, lines in lines_of.items() if lines > MODULE_LINES]
    assert not long, f"Modules longer than {MODULE_LINES} lines; split each where it does two things:\n" + "\n".join(
        long
    )


def test_functions_are_short() -> None:
    long, count = [], 0
    for path in MODULES:
        for node in functions(ast.parse(path.read_text())):
            count += 1
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES:
                long.append(f"{relative(path)}:{node.lineno}: {node.name} has {length} lines")
    assert count, "no function was found"
    assert not long, f"Functions longer than {FUNCTION_LINES} lines; name a part of each:\n" + "\n".join(long)


def test_no_module_has_a_name_without_meaning() -> None:
    parts = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(ROOT).parts}
    assert not parts & FORBIDDEN_NAMES


def test_public_modules_classes_and_functions_have_docstrings() -> None:
    missing, count = [], 0
    for path in sorted(SRC.rglob("*.py")):
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            missing.append(f"{relative(path)}: the module")
        # The methods of a lark Transformer are named after the rules of the grammar, which explains them.
        grammar = {
            id(inner)
            for node in tree.body
            if isinstance(node, ast.ClassDef) and _is_transformer(node)
            for inner in node.body
        }
        for node in public_definitions(tree):
            count += 1
            if id(node) not in grammar and not _has_docstring(node):
                missing.append(f"{relative(path)}:{node.lineno}: {node.name}")
    assert count, "no public definition was found"
    assert not missing, "Public things without a docstring:\n" + "\n".join(missing)


def _has_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether it has a docstring; overloads need none, the implementation has it."""
    return bool(ast.get_docstring(node)) or any(ast.unparse(each) == "overload" for each in node.decorator_list)


def _is_transformer(node: ast.ClassDef) -> bool:
    return any("Transformer" in ast.unparse(base) for base in node.bases)


def test_the_public_names_have_docstrings_with_an_example() -> None:
    import entrepot

    for name in entrepot.__all__:
        assert getattr(entrepot, name).__doc__, name
    assert ">>>" in (entrepot.__doc__ or "")
    assert ">>>" in (entrepot.quote.__doc__ or "")


def test_importing_entrepot_loads_no_other_package() -> None:
    code = "import sys, entrepot; print({'msgspec', 'lark', 'babel', 'rich', 'typer'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )


def test_a_quote_on_the_command_line_does_not_load_the_server() -> None:
    code = (
        "import sys\nfrom entrepot.cli import main\n"
        "main(['quote', '--from', 'VN', '--to', 'CN', '--hs', '0901.21', '--amount', '100 CNY'])\n"
        "print({'django', 'ninja', 'granian', 'psycopg', 'pyarrow', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("\nset()"), done.stdout[-300:]


def test_no_file_names_a_path_of_the_machine_that_built_it() -> None:
    machine = re.compile("|".join([r"(?<![\w.$\"'])/(home|Users|work|root)/\w", "shared" + "/", r"C:\\\\Users"]))
    found = []
    for path in source_files(*TEXT_SUFFIXES):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if machine.search(line) and path != Path(__file__).resolve():
                found.append(f"{relative(path)}:{number}: {line.strip()[:120]}")
    assert not found


def test_the_changelog_has_one_line_for_each_subject() -> None:
    """Of a line that two changes edited, a merge that keeps both leaves two."""
    _, coming, *_ = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
    lines = [each for each in coming.splitlines() if each.startswith("- ")]
    begins = Counter(subject[0] if (subject := re.match(r"- \*\*.+?\*\*", each)) else each[:80] for each in lines)
    assert [each for each, many in begins.items() if many > 1] == []


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def _imported_packages(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "files":
                # The files of a package that is used without being imported.
                names |= {str(each.value).split(".")[0] for each in node.args if isinstance(each, ast.Constant)}
    return names


def test_declared_and_imported_packages_are_the_same() -> None:
    declared = {re.split(r"[<>=~! \[]", text)[0].lower() for text in PROJECT["project"]["dependencies"]}
    modules = {"currencyconverter": "currency_converter", "django-ninja": "ninja", "pillow": "PIL"}
    required = {modules.get(name, name.replace("-", "_")) for name in declared}
    imported = _imported_packages(SRC) - set(sys.stdlib_module_names) - {"entrepot"}
    extras = {
        re.split(r"[<>=~! \[]", text)[0].lower()
        for texts in PROJECT["project"]["optional-dependencies"].values()
        for text in texts
    }
    extras = {modules.get(name, name.replace("-", "_")) for name in extras}
    assert required <= imported <= required | extras


def test_each_exception_of_the_settings_has_a_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for line in text[text.index("ignore = [") : text.index("[tool.ruff.lint.flake8")].splitlines():
        if re.match(r'\s+"[A-Z]+\d*",', line):
            assert "#" in line, line
    suppression = re.compile(r"# (type: ignore|noqa)\b(?!\[[\w, -]+\]  # \w|: \w+(, \w+)*(  # \w|$))")
    without_reason = [
        f"{relative(path)}: {line.strip()}"
        for path in SRC.rglob("*.py")
        for line in path.read_text().splitlines()
        if suppression.search(line)
    ]
    assert not without_reason


@pytest.mark.parametrize("name", ["check", "run"])
def test_the_scripts_are_posix_sh_that_parses(name: str) -> None:
    script = ROOT / name
    assert script.read_text().startswith("#!/bin/sh\n")
    assert script.stat().st_mode & 0o111, "it is not executable"
    for each in (script, ROOT / "requirements" / "environment.sh"):
        assert subprocess.run(["sh", "-n", each], check=False).returncode == 0
