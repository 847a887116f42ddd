"""Our own lints: what ruff, mypy and import-linter cannot say. Each names the rule it holds (see CONTRIBUTING.md)."""

import ast
import dataclasses
import functools
import json
import re
import subprocess
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from answerable.api import app as api
from answerable.cli import app
from answerable.config import ModelSettings, Settings
from answerable.core.errors import AnswerableError
from answerable.flows.platform import Platform
from answerable.policies import Policies
from tests.support.proven_elsewhere import PROVEN_ELSEWHERE

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "answerable"
UNIT = ROOT / "tests" / "unit"

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "handlers"}

AS_JSON = ("ANSWERABLE_MODELS", "ANSWERABLE_POLICIES", "ANSWERABLE_SECRETS")
"""Settings that stand in the text instead of a table."""

BLIND_EXCEPTS_ALLOWED = {
    "flows/tools.py": 1,
    "flows/research_work.py": 1,
    "storage/database.py": 2,
    "api/middleware.py": 1,
    "api/sse.py": 1,
}
"""The writer loop: the error of one write belongs to its caller. The edge: a mistake of ours is a 500 and a log line,
or in a stream that began an error event and a log line.
A research run: its owner must see that it ended. The tool loop: a mistake in one tool is a log line, and the model is
told that the call failed. Handlers that only clean up and end with a bare `raise` do not count.
"""


def tracked(*suffixes: str) -> list[Path]:
    return [path for path in repository() if path.suffix in suffixes]


@functools.cache
def repository() -> list[Path]:
    """Files of the repository, new ones included, without those that git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git clone: which files belong to the repository is not known")
    found = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in found if path.is_file()]


def source_modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def documents() -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in tracked(".md")}


def broken(problems: Iterator[str], rule: str) -> None:
    found = sorted(set(problems))
    assert not found, f"{rule}:\n" + "\n".join(f"  {one}" for one in found)


# --- size and shape of modules ----------------------------------------------------------------------------------------


def test_files_have_at_most_400_lines() -> None:
    lengths = ((path, len(path.read_text("utf-8").splitlines())) for path in tracked(".py", ".ts", ".tsx", ".css"))
    broken((f"{name(path)}: {count} lines" for path, count in lengths if count > 400), "a file has at most 400 lines")


def test_functions_have_at_most_70_lines() -> None:
    def long_ones() -> Iterator[str]:
        for path in tracked(".py"):
            for node in ast.walk(tree_of(path)) if "migrations" not in path.parts else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    if length > 70:
                        yield f"{name(path)}:{node.lineno} {node.name}: {length} lines"

    broken(long_ones(), "a function has at most 70 lines")


def test_modules_open_with_a_docstring_of_at_most_six_lines() -> None:
    def wrong() -> Iterator[str]:
        for path in source_modules():
            text = ast.get_docstring(tree_of(path))
            if not text or (len(text.splitlines()) > 6 and path != SOURCE / "core" / "errors.py"):  # its tree is drawn
                yield name(path)

    broken(wrong(), "a module opens with a docstring of 1 to 6 lines that says what it owns")


def test_files_are_named_for_what_they_own() -> None:
    wrong = (name(path) for path in tracked(".py", ".ts", ".tsx") if FORBIDDEN_NAMES & {*path.with_suffix("").parts})
    broken(wrong, f"no file or folder is called {', '.join(sorted(FORBIDDEN_NAMES))}")


def test_nothing_is_left_to_do() -> None:
    marker = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")

    def found() -> Iterator[str]:
        for path in tracked(".py", ".ts", ".tsx", ".md", ".css", ".toml"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if marker.search(line):
                    yield f"{name(path)}:{number}"

    broken(found(), "no reminder in the code: do it, or open an issue")


# --- errors -----------------------------------------------------------------------------------------------------------


def test_blind_excepts_are_counted() -> None:
    def is_blind(handler: ast.ExceptHandler) -> bool:
        kind = handler.type
        broad = kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        last = handler.body[-1]
        return broad and not (isinstance(last, ast.Raise) and last.exc is None)

    counts = {
        path.relative_to(SOURCE).as_posix(): sum(
            isinstance(node, ast.ExceptHandler) and is_blind(node) for node in ast.walk(tree_of(path))
        )
        for path in source_modules()
    }
    found = {path: count for path, count in counts.items() if count}
    assert found == BLIND_EXCEPTS_ALLOWED, "a blind except is allowed where the list says; raise it"


def test_every_error_code_is_documented() -> None:
    def codes(kind: type[AnswerableError]) -> Iterator[str]:
        yield kind.code
        for below in kind.__subclasses__():
            yield from codes(below)

    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    broken((code for code in codes(AnswerableError) if f"`{code}`" not in text), "docs/errors.md has every error code")


# --- tests mirror the source ------------------------------------------------------------------------------------------


def proof_of(module: Path) -> Path:
    """The test that proves a module: its mirror, else the one that the list names."""
    relative = module.relative_to(SOURCE)
    mirror = UNIT / relative.with_name(f"test_{relative.name}")
    if mirror.is_file():
        return mirror
    known = [key for key in PROVEN_ELSEWHERE if relative.as_posix() == key or relative.as_posix().startswith(key)]
    return ROOT / PROVEN_ELSEWHERE[max(known, key=len)] if known else mirror


def test_every_module_has_its_test() -> None:
    modules = [path for path in source_modules() if path.stem not in ("__init__", "__main__")]
    missing = (f"{name(path)}: {name(proof_of(path))} is missing" for path in modules if not proof_of(path).is_file())
    broken(missing, "tests/unit mirrors src/answerable, but for the modules that PROVEN_ELSEWHERE lists")


def test_every_unit_test_has_its_module() -> None:
    def orphans() -> Iterator[str]:
        for path in UNIT.rglob("test_*.py"):
            relative = path.relative_to(UNIT)
            module = SOURCE / relative.with_name(relative.name.removeprefix("test_"))
            if not module.is_file() and not (module.with_suffix("") / "__init__.py").is_file():
                yield name(path)

    broken(orphans(), "a unit test lies where its module lies")


def test_the_list_of_modules_proven_elsewhere_is_short_of_dead_entries() -> None:
    gone = (key for key in PROVEN_ELSEWHERE if not (SOURCE / key).exists())
    broken(gone, "PROVEN_ELSEWHERE names modules that exist")


# --- documents --------------------------------------------------------------------------------------------------------


def settings_of(model: type[BaseModel], prefix: str = "ANSWERABLE_") -> Iterator[tuple[str, str]]:
    """Environment variables with their defaults as docs/settings.md writes them."""
    for field, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings_of(kind, f"{prefix}{field.upper()}__")
        else:
            default = info.get_default(call_default_factory=True)
            written = {"None": "not set", "{}": "none"}.get(str(default), f"`{default}`")
            yield f"{prefix}{field.upper()}", written


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = [f"| `{one}` | {default} |" for one, default in settings_of(Settings) if one not in AS_JSON]
    rows += [f"| `{field}` |" for field in ModelSettings.model_fields]
    rows += [f"`{one}`" for one in AS_JSON]
    broken((row for row in rows if row not in text), "docs/settings.md has every setting with its default")


def policies_of(kind: typing.Any, table: str = "", value: typing.Any = None) -> Iterator[tuple[str, str]]:
    """Entries of policies.toml as `[table] | `entry` | default |`: tables that people name are called ID or NAME."""
    for field, hint in typing.get_type_hints(kind).items():
        path = f"{table}.{field}".lstrip(".")
        inside = typing.get_args(hint)[-1:] if typing.get_origin(hint) is Mapping else ()
        if dataclasses.is_dataclass(hint):
            yield from policies_of(hint, path, getattr(value, field))
        elif inside and dataclasses.is_dataclass(inside[0]):
            yield from policies_of(inside[0], f"{path}.{'ID' if field in ('users', 'keys') else 'NAME'}")
        else:
            yield table, f"| `{field}` | {as_toml(getattr(value, field, _default(kind, field)))} |"


def _default(kind: typing.Any, field: str) -> object:
    return next(one.default for one in dataclasses.fields(kind) if one.name == field)


def as_toml(value: object) -> str:
    """A default as docs/policies.md writes it."""
    if value is dataclasses.MISSING:
        return "must be given"
    if value is None or value in ((), {}):
        return "not set" if value is None else "none"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"`{int(value) if value == int(value) else value:_}`"
    return f"`{json.dumps(value)}`"


def test_every_policy_is_documented_with_its_default() -> None:
    """A row of docs/policies.md belongs to the tables that the text before it names, as in `[cache.semantic]`."""
    rows, named, in_rows = set[tuple[str, str]](), set[str](), False
    for line in (ROOT / "docs" / "policies.md").read_text("utf-8").splitlines():
        if line.startswith("|"):
            rows |= {(table, line[: line.index("|", line.index("|", 2) + 1) + 1]) for table in named}
        elif in_rows:
            named = set()
        in_rows = line.startswith("|")
        named |= set() if in_rows else set(re.findall(r"`\[([\w.]+)\]`", line))
    wanted = {(table, row) for table, row in policies_of(Policies, "", Policies()) if table != "limits.each_address"}
    missing = (f"[{table}] {row}" for table, row in wanted - rows)
    broken(missing, "docs/policies.md has every entry of policies.toml with its default")


def test_no_document_names_a_setting_that_is_not_there() -> None:
    known = {one for one, _ in settings_of(Settings)}

    def unknown() -> Iterator[str]:
        for path, text in documents().items():
            for found in re.findall(r"ANSWERABLE_[A-Z_]+[A-Z]", text):
                if found not in known and not found.endswith("_API_KEY") and ROOT / "web" not in path.parents:
                    yield f"{name(path)}: {found}"

    broken(unknown(), "documents name settings that exist")


def test_every_endpoint_is_documented_and_no_other() -> None:
    async def never() -> Platform:
        raise AssertionError

    text = (ROOT / "docs" / "http-api.md").read_text("utf-8")
    paths = api.build(never, max_request_bytes=1).openapi()["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    written = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", text, re.MULTILINE))
    assert written == there, "docs/http-api.md lists every endpoint"


def test_decisions_are_numbered_without_a_gap_and_have_at_most_60_lines() -> None:
    found = [(path, path.read_text("utf-8")) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    numbers = [path.name[:4] if text.startswith(f"# {path.name[:4]}: ") else path.name for path, text in found]
    assert numbers == [f"{number:04d}" for number in range(1, len(found) + 1)], "headings are '# NNNN: what'"
    broken((name(path) for path, text in found if len(text.splitlines()) > 60), "a decision has at most 60 lines")


CODE = r"`[^`\n]+`|^(?: {4}|\t).+$|^(?:\$ )?(?:make|answerable) .+$"
"""Code in Markdown: spans, indented lines, commands in fences."""


def test_commands_in_documents_exist() -> None:
    command = typer.main.get_command(app)
    known = set(getattr(command, "commands", {}))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    def unknown() -> Iterator[str]:
        for path, text in documents().items():
            code = "\n".join(re.findall(CODE, text, re.MULTILINE))
            yield from (f"{name(path)}: make {t}" for t in re.findall(r"\bmake ([a-z]+)", code) if t not in targets)
            called = re.findall(r"(?:^|[`\s/])answerable ([a-z]+)\b", code)
            yield from (f"{name(path)}: answerable {one}" for one in called if one not in known)

    broken(unknown(), "commands in documents exist")


def anchors_of(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_in_documents_lead_somewhere() -> None:
    def dead() -> Iterator[str]:
        for path, text in documents().items():
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                there = (path.parent / file).resolve() if file else path
                if not there.exists():
                    yield f"{name(path)}: {target}"
                elif anchor and there.suffix == ".md" and anchor not in anchors_of(there.read_text("utf-8")):
                    yield f"{name(path)}: no heading for {target}"

    broken(dead(), "links between documents lead somewhere")


# --- nothing of one machine -------------------------------------------------------------------------------------------


MACHINE_PATHS = r"/work/(?:main|shared)|/root/|/opt/pypi|/tmp/bash_jobs"
REGISTRIES = r"index-url[ =]+\S*//|files\.pythonhosted\.org|pypi\.org/simple"


@pytest.mark.parametrize(
    ("what", "pattern"), [("a path of somebody's machine", MACHINE_PATHS), ("a package index", REGISTRIES)]
)
def test_nothing_points_at_one_machine(what: str, pattern: str) -> None:
    wanted = re.compile(pattern)

    def found() -> Iterator[str]:
        for path in tracked(".py", ".md", ".toml", ".lock", ".json", ".ts", ".tsx", ".mako", ".yml", ""):
            if path.resolve() == Path(__file__).resolve():
                continue
            for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1):
                if wanted.search(line):
                    yield f"{name(path)}:{number}"

    broken(found(), f"no file holds {what}")
