"""Differences from DaCHS that are meant to be: found, and told apart from all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

Cards = TypeVar("Cards")


def intended_differences(
    theirs: Cards, ours: Cards, intended: Mapping[str, Callable[[Cards], Cards]], name: str = ""
) -> set[str]:
    """Return the intended differences between cards; another one fails.

    Parameters
    ----------
    intended : by reason, what makes cards alike that differ for it
    name : of the file, for the failure
    """

    def made_alike(cards: Cards, but: str = "") -> Cards:
        for reason, same in intended.items():
            if reason != but:
                cards = same(cards)
        return cards

    assert made_alike(ours) == made_alike(theirs), name
    return {why for why in intended if made_alike(ours, why) != made_alike(theirs, why)}
