from __future__ import annotations

import ast
import importlib

import pytest

from pytest_fitsproc.processing.dachs_imports import NEW_IMPORTS, markdown_table, new_import


def translated(line: str) -> str:
    statement = ast.parse(line).body[0]
    assert isinstance(statement, ast.Import | ast.ImportFrom)
    return new_import(statement)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from gavo import api", "from pytest_fitsproc import api"),
        ("import gavo.api", "from pytest_fitsproc import api"),
        ("from gavo import api as dc", "from pytest_fitsproc import api as dc"),
        (
            "from gavo import base, utils",
            "from pytest_fitsproc.api import base; from pytest_fitsproc.api import utils",
        ),
        ("from gavo.utils import fitstools", "from pytest_fitsproc.api import fitstools"),
        ("from gavo.utils import pyfits", "from pytest_fitsproc.api import pyfits"),
        ("from gavo.helpers import processing", "from pytest_fitsproc import api as processing"),
        ("from gavo.api import procmain", "from pytest_fitsproc.api import procmain"),
        (
            "from gavo.utils.fitstools import readHeaderBytes as read",
            "from pytest_fitsproc.api.fitstools import readHeaderBytes as read",
        ),
    ],
)
def test_an_import_of_dachs_has_its_line(old, new):
    assert translated(old) == new


@pytest.mark.parametrize(
    "old", ["from gavo import votable", "import gavo", "from gavo.stc import mjdToDateTime"]
)
def test_what_has_no_counterpart_is_said_to_have_none(old):
    assert "no counterpart in pytest_fitsproc.api" in translated(old)


@pytest.mark.parametrize("key", NEW_IMPORTS)
def test_every_new_import_can_be_written(key):
    namespace: dict[str, object] = {}
    exec(translated(f"from {key[0]} import {key[1]}"), namespace)
    assert key[1] in namespace


def test_the_table_has_a_row_for_each_import():
    assert (
        "| `from gavo.helpers import processing` | `from pytest_fitsproc import api as processing` |"
        in markdown_table()
    )
    assert len(markdown_table().splitlines()) == 2 + len(NEW_IMPORTS)


def test_old_names_are_found_in_the_new_modules():
    for new in ("degToHms", "degToDms"):
        for module in ("pytest_fitsproc.api", "pytest_fitsproc.api.utils"):
            assert callable(getattr(importlib.import_module(module), new))
