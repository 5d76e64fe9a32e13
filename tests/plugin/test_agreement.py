"""Terminal, JUnit, HTML, gathered rows and classes tell the same numbers, however the run is spread."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_archive import Archive

_BODIES = {
    "passed": "pass",
    "failed": "assert source.stem == ''",
    "raised": "raise KeyError(source.stem)",
    "skipped": "pytest.skip('left out')",
    "this": "raise SkipThis('nothing to do')",
    "xfailed": "pytest.xfail('known')",
    "error": "broken()",
}
_COUNTED = {"raised": "failed", "this": "skipped", "error": "failed"}

_KINDS = ("fast", "slow", "method", "fast classifier", "slow classifier", "class")

_HEAD = """
import json
from pathlib import Path
import pytest
from pytest_fitsproc import api, classifier
from pytest_fitsproc.api import SkipThis

_PLAN = json.loads(Path(__file__).with_name("plan.json").read_text())

def broken(): raise RuntimeError("broken")

def act(source, name, gather=None):
    outcome, label = _PLAN[name][source.stem]
    if gather: gather(outcome=outcome)
    globals()["do_" + outcome](source)
    return label

@pytest.fixture
def may_break(source, request):
    if _PLAN[request.node.template.name][source.stem][0] == "setup": raise RuntimeError("at setup")
"""

_FORMS = {
    "fast": "def {name}(source, gather): act(source, '{name}', gather)",
    "slow": "def {name}(source, gather, may_break, tmp_path): act(source, '{name}', gather)",
    "method": "class Test{n}:\n    def {name}(self, source, gather): act(source, 'Test{n}.{name}', gather)",
    "fast classifier": "@classifier\ndef {name}(source, gather): return act(source, '{name}', gather)",
    "slow classifier": "@classifier\ndef {name}(source, may_break): return act(source, '{name}')",
    "class": (
        "class {name}(api.FileProcessor):\n"
        "    def classify(self, srcName): return act(api_source(srcName), '{name}.classify')"
    ),
}


@dataclass(frozen=True)
class _Matrix:
    """What each processor is to do with each file, and so what must be reported."""

    #: processor → stem → (outcome, label)
    plan: dict[str, dict[str, tuple[str, str]]]
    kinds: dict[str, str]

    def expected(self) -> Counter[str]:
        outcomes = Counter(outcome for files in self.plan.values() for outcome, _ in files.values())
        found: Counter[str] = Counter()
        for outcome, count in outcomes.items():
            found["errors" if outcome == "setup" else _COUNTED.get(outcome, outcome)] += count
        return found

    def labels(self) -> Counter[tuple[str, str]]:
        return Counter(
            (name, label)
            for name, files in self.plan.items()
            if "class" in self.kinds[name]
            for outcome, label in files.values()
            if outcome == "passed"
        )

    def gathered(self) -> Counter[tuple[str, str]]:
        gathering = {"fast", "slow", "method", "fast classifier"}
        return Counter(
            (name, outcome)
            for name, files in self.plan.items()
            if self.kinds[name] in gathering
            for outcome, _ in files.values()
            if outcome != "setup"
        )


def _random_matrix(seed: int) -> _Matrix:
    chance = random.Random(seed)
    stems = [f"f{number:02}" for number in range(chance.randint(5, 30))]
    plan, kinds = {}, {}
    for number in range(chance.randint(4, 10)):
        kind = chance.choice(_KINDS)
        name = {"method": f"Test{number}.test_{number}", "class": f"P{number}.classify"}.get(
            kind, f"test_{number}"
        )
        outcomes = [*_BODIES, *["passed"] * 10, *(["setup"] if "slow" in kind else [])]
        plan[name] = {
            stem: (chance.choice(outcomes), chance.choice(["V", "B", "<b>", "", "caf\u00e9", "\x1b[1m"]))
            for stem in stems
        }
        kinds[name] = kind
    return _Matrix(plan, kinds)


def _write(archive: Archive, matrix: _Matrix) -> None:
    archive.add_files(*(f"{stem}.fits" for stem in next(iter(matrix.plan.values()))))
    lines = [_HEAD, "class api_source:\n    def __init__(self, path): self.stem = Path(path).stem"]
    lines += [f"def do_{outcome}(source): {body}" for outcome, body in _BODIES.items()]
    for number, (name, kind) in enumerate(matrix.kinds.items()):
        short = name.rpartition(".")[2] if kind == "method" else name.partition(".")[0]
        lines.append(_FORMS[kind].format(name=short, n=number))
    (archive.bin / "test_matrix.py").write_text("\n".join(lines))
    (archive.bin / "plan.json").write_text(json.dumps(matrix.plan))


def _in_junit(archive: Archive) -> Counter[str]:
    tags = Counter(next((c.tag for c in case if c.tag != "properties"), "passed") for case in archive.junit())
    skipped = [child for case in archive.junit() for child in case if child.tag == "skipped"]
    expected = sum(child.get("type") == "pytest.xfail" for child in skipped)
    counts = {
        "passed": tags["passed"],
        "failed": tags["failure"],
        "errors": tags["error"],
        "xfailed": expected,
        "skipped": tags["skipped"] - expected,
    }
    return +Counter(counts)


def _in_html(archive: Archive) -> Counter[str]:
    return Counter({"errors" if name == "error" else name: n for name, n in archive.html_counts().items()})


def _in_csv(path: Path) -> Counter[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return Counter((row["classifier"], row["label"]) for row in csv.DictReader(file))


@pytest.mark.parametrize(
    "args", [(), ("-n0",), ("-n2",), pytest.param(("-n4",), marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 20))]
)
def test_all_reports_agree_with_what_processors_did(
    archive: Archive, seed: int, args: tuple[str, ...]
) -> None:
    matrix = _random_matrix(seed)
    _write(archive, matrix)
    reports = ["--junitxml=junit.xml", "--html=report.html"]
    result = archive.run(*reports, "--fitsproc-gather=rows.json", "--fitsproc-classes=classes.csv", *args)
    expected = matrix.expected()
    found = Counter(result.parseoutcomes())
    assert found == expected
    assert _in_junit(archive) == expected
    assert _in_html(archive) == expected
    assert _in_csv(archive.root / "classes.csv") == matrix.labels()
    rows = json.loads((archive.root / "rows.json").read_text())
    assert Counter((row["processor"], row["outcome"]) for row in rows) == matrix.gathered()
    assert [row["file"] for row in rows] == sorted(row["file"] for row in rows)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_shown_classes_are_the_same_however_the_run_is_spread(archive: Archive, seed: int) -> None:
    _write(archive, _random_matrix(seed))
    shown = []
    for args in ((), ("-n0",), ("-n2",), ("-n4",)):
        lines = archive.run("--html=report.html", "--fitsproc-classes=classes.csv", *args).outlines
        start = next(number for number, line in enumerate(lines) if " classes =" in line)
        end = next(number for number, line in enumerate(lines) if "short test summary" in line)
        table = [line for line in lines[start:end] if "generated" not in line.lower()]
        begin = archive.html().find('<div class="fitsproc-classes">')
        fragment = archive.html()[begin : archive.html().find("</div>", begin)]
        shown.append((table, fragment, (archive.root / "classes.csv").read_text()))
    assert all(other == shown[0] for other in shown[1:])
    assert shown[0][1]


def test_the_same_failures_are_counted_without_any_report(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    matrix = _random_matrix(7)
    _write(archive, matrix)
    assert Counter(archive.run(*plugin_args).parseoutcomes()) == matrix.expected()
