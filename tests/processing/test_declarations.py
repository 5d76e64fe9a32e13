"""What processors are declared with is looked at when they are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_fitsproc import header_processor, preview_maker
from pytest_fitsproc.errors import FitsprocError

WRONG: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], str]] = [
    (preview_maker, ("dachs",), {}, "is a function, not 'dachs'; options are given by name"),
    (preview_maker, (), {"size": 2.5}, "size is to be a whole number of pixels, not 2.5"),
    (preview_maker, (), {"size": 0}, "size is to be a whole number of pixels, not 0"),
    (preview_maker, (), {"stretch": "log"}, "stretch is to be 'zscale' or 'dachs', not 'log'"),
    (header_processor, (), {"hdu": "TAB"}, "hdu is a number, 0 for the primary, not 'TAB'"),
    (header_processor, (), {"hdu": -1}, "hdu is a number, 0 for the primary, not -1"),
]


@pytest.mark.parametrize(("declare", "given", "named", "message"), WRONG)
def test_what_can_t_be_is_refused_at_once(
    declare: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any], message: str
) -> None:
    with pytest.raises(FitsprocError, match=message):
        declare(*given, **named)


def test_what_can_be_is_taken() -> None:
    for options in ({}, {"size": 100}, {"stretch": "dachs"}):
        assert callable(preview_maker(**options))
    assert callable(header_processor(hdu=2))
