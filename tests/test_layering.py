"""The project's shape: imports go one way, commands start light, and some things are never done."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("neumf", "studies", "reports", "search")
"""Each may import itself and those before it."""

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for layer in LAYERS
    for path in sorted((ROOT / layer).rglob("*.py"))
}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in FILES.items()}

STRANGERS = {
    "neumf": {"optuna", "sqlite3", "sqlalchemy", "psycopg", "ray", "plotly", "jinja2"},
    "studies": {"torch", "plotly", "jinja2"},
    "reports": {"torch", "optuna", "sqlite3", "sqlalchemy", "psycopg", "ray"},
    "search": {"sqlite3", "sqlalchemy", "psycopg"},
}
"""What a layer does not know."""

HEAVY = {
    "psycopg",
    "ray",
    "torch",
    "pandas",
    "pyarrow",
    "numba",
    "scipy",
    "optuna",
    "sqlalchemy",
    "plotly",
}
COMMANDS = sorted(
    module for module, path in FILES.items() if '__name__ == "__main__"' in path.read_text()
)


STAGES = (
    *("", "data", "protocol", "model", "evaluation"),
    *("baselines", "saved_model", "training", "bench"),
)
"""The rooms of neumf, in the order that data pass through them: each may import itself and those
before it. What lies in neumf itself is for all; evaluation and baselines know no model."""

API = "neumf.api"
"""What neumf is from Python. It may import any room, as a command may, but nothing may import it
except ``neumf`` itself, whose one line of code it is: ``import neumf; neumf.load(...)`` is what a
person expects to write, and costs nothing, since the API imports what it needs when called."""


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, at the top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in modules if name in FILES)
            if not all(name in FILES for name in modules):
                yield node.module or ""


def stage(module: str) -> str:
    """The room of neumf that a module is in."""
    _, *rooms, _ = module.split(".")
    return rooms[0] if rooms else ""


def calls(tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything that is called or referred to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield ast.unparse(node)


def test_there_is_something_to_check() -> None:
    assert {module.split(".")[0] for module in FILES} == set(LAYERS)
    assert {"search.run", "search.dashboard", "reports.build", "neumf.train"} <= set(COMMANDS)


@pytest.mark.parametrize("module", FILES)
def test_imports_go_one_way(module: str) -> None:
    """neumf <- studies <- reports <- search, and none imports tests."""
    layer = module.split(".", maxsplit=1)[0]
    roots = {name.split(".")[0] for name in imports(TREES[module])}
    above = {*LAYERS[LAYERS.index(layer) + 1 :], "tests"}
    assert not roots & above
    assert not roots & STRANGERS[layer]


def test_no_module_imports_itself_in_a_circle() -> None:
    """Neither at the top nor within a function."""
    graph = {module: {name for name in imports(TREES[module]) if name in FILES} for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.parametrize(
    "module", [m for m in FILES if m.startswith("neumf.") and m not in (*COMMANDS, API)]
)
def test_stages_go_one_way(module: str) -> None:
    """data <- protocol <- model, evaluation <- baselines <- training <- bench."""
    here = stage(module)
    ours = {stage(name) for name in imports(TREES[module]) if name in FILES}
    assert ours <= set(STAGES[: STAGES.index(here) + 1]) - (
        {"model"} if here in ("evaluation", "baselines") else set()
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_a_package_imports_nothing(layer: str) -> None:
    """So that each of its modules costs what it needs itself."""
    assert set(imports(TREES[f"{layer}.__init__"])) <= ({API} if layer == "neumf" else set())


def test_only_the_package_imports_the_api() -> None:
    """The project's own modules import what they use from where it is."""
    users = {module for module in FILES if API in imports(TREES[module])}
    assert users == {"neumf.__init__"}


OPENING = "neumf.protocol.opening"
SEALED = {
    "take_out": {OPENING},
    "met_in_any_part": {OPENING, "neumf.protocol.evaluation_protocol"},
    # a model leaves out what its users have met, whatever part it is in
    "given_test": {"neumf.protocol.split", "neumf.data", "neumf.saved_model.contents"},
}
"""Names through which test pairs can be had, or told, and where they are used: a module, or a
room."""

OPENERS = {"search.opening"}
"""Who imports the opening, and so test pairs."""


def reachable(module: str) -> set[str]:
    """All of ours that importing and calling it may import."""
    found, todo = set[str](), [module]
    while todo:
        one = todo.pop()
        if one in FILES and one not in found:
            found.add(one)
            todo += imports(TREES[one])
    return found


@pytest.mark.parametrize("module", FILES)
def test_the_test_is_sealed(module: str) -> None:
    """What takes test pairs out is used in one module, which is imported by the opening of a
    study. No name of it stands in a string, for ``getattr`` or ``importlib``."""
    tree, text = TREES[module], FILES[module].read_text()
    assert OPENING not in imports(tree) or module in OPENERS
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for name, users in SEALED.items():
        used = name in attributes or f'"{name}"' in text
        assert not used or module in users or module.rpartition(".")[0] in users, name
    assert "_SealedTest__" not in text
    assert f'"{OPENING}"' not in text


def test_what_is_sealed_is_there() -> None:
    """Names that nobody has would be unused everywhere."""
    text = FILES[OPENING].read_text() + FILES["neumf.protocol.split"].read_text()
    for name in SEALED:
        assert f".{name}" in text
    assert "neumf.protocol.split" in reachable("search.session")


@pytest.mark.parametrize(
    "module", [m for m in FILES if m.startswith(("neumf.training.", "search.workers."))]
)
def test_training_cannot_reach_the_opening(module: str) -> None:
    """Not even by way of others: what trains, and the workers that a search gives its trials to,
    know of test pairs what is sent to them."""
    assert OPENING not in reachable(module)


@pytest.mark.parametrize(
    "module",
    ["search.confirming", "search.baselines", "search.coordinator", "search.execution"],
)
def test_what_chooses_cannot_reach_the_opening(module: str) -> None:
    """Neither what trains a search's trials, nor what confirms, nor what tunes baselines; not even
    by way of the stage that opens."""
    assert OPENING not in reachable(module)


LOADED = """
import importlib, runpy, sys
module = sys.argv[1]
importlib.import_module(module)
del sys.modules[module]
sys.argv = [module, "--help"]
try:
    runpy.run_module(module, run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules)
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_starts_light(command: str) -> None:
    """Neither importing it nor its help waits for what only its work needs."""
    arguments = [sys.executable, "-c", LOADED, command]
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    *_, modules = run.stdout.splitlines()
    assert "click" in modules.split()
    assert "Usage: " in run.stdout
    assert not {name.split(".")[0] for name in modules.split()} & HEAVY


def test_a_session_leaves_training_to_its_workers() -> None:
    """Their work's imports are a fifth of a second that nobody should wait for twice."""
    code = "import sys, search.session; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "search.coordinator" in run.stdout.split()
    workers_own = {"neumf.training.loop", "neumf.model.scorer", "scipy.linalg", "torch"}
    assert not workers_own & set(run.stdout.split())


UNSAFE = {
    *("eval", "exec", "os.system", "os.popen", "tempfile.mktemp"),
    *("torch.load", "pandas.read_pickle", "pd.read_pickle", "yaml.load", "yaml.unsafe_load"),
}
"""What runs the text or the bytes that it is given."""

PICKLERS = {"pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "yaml"}


@pytest.mark.parametrize("module", FILES)
def test_nothing_is_evaluated_or_unpickled(module: str) -> None:
    """A file from elsewhere must not be able to run code here. NumPy's files say so themselves, and
    a command line is a list of words, which no shell reads."""
    tree = TREES[module]
    assert not UNSAFE & set(calls(tree))
    assert not {name.split(".")[0] for name in imports(tree)} & PICKLERS
    assert not [name for name in imported_names(tree) if f"torch.{name}" in UNSAFE]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert "shell" not in given
        if ast.unparse(call.func) in ("np.load", "np.save"):
            assert given["allow_pickle"] == "False"


def imported_names(tree: ast.AST) -> Iterator[str]:
    """What is imported out of torch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "torch":
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", FILES)
def test_no_global_generator_is_used(module: str) -> None:
    """Randomness has a seed and a purpose."""
    assert "random" not in imports(TREES[module])
    for name in calls(TREES[module]):
        if name.startswith("np.random."):
            assert name.split(".")[2] in ("default_rng", "Generator")
        assert name not in ("torch.manual_seed", "torch.seed", "torch.cuda.manual_seed_all")
    for call in (node for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)):
        if re.fullmatch(r"torch\.(rand\w*|normal|bernoulli|multinomial)", ast.unparse(call.func)):
            assert "generator" in {keyword.arg for keyword in call.keywords}
