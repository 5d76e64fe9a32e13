"""Preview makers in a report of classes: which files have their preview, and of which one would be made."""

from __future__ import annotations

import pytest

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.plugin.steps import Steps
from pytest_fitsproc.plugin.templates import PROPOSES, plain_name
from pytest_fitsproc.processing.kinds import Kind, classifier, kind_of


def foreseen(function: pytest.Function, steps: Steps) -> pytest.Function:
    """Return a classifier of files in place of a function that makes previews, any other as it is.

    It has the marks of the function. A class of preview makers has a classifier of its own.
    """
    if kind_of(function.obj) is not Kind.PREVIEW_MAKER or hasattr(function.obj, PROPOSES):
        return function
    foresight = steps.foresight(function)

    def classify(source: Source) -> str:
        return foresight(source)

    vars(classify).update(function.obj.__dict__)
    vars(classify).pop("__wrapped__", None)
    return pytest.Function.from_parent(
        function.getparent(pytest.Module),
        name=f"{plain_name(function)}.classify",
        callobj=classifier(classify),
        callspec=getattr(function, "callspec", None),
    )
