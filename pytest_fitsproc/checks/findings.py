"""What a check says of a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: an error fails the item, a warning and an info are only shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    code : stable name of the rule, such as ``FP104``
    level : how bad it is
    message : what is wrong, without the place, on one line of printable characters
    hdu_index : 0 is the primary; None where the whole file is meant
    card : 1-based number of the card in that header; None where no single card is meant
    """

    code: str
    level: Level
    message: str
    hdu_index: int | None = None
    card: int | None = None

    def __str__(self) -> str:
        hdu = "" if self.hdu_index is None else f"HDU {self.hdu_index}"
        card = "" if self.card is None else f"card {self.card}"
        place = ", ".join(filter(None, (hdu, card)))
        return f"{self.code} {self.level}: {place}{place and ': '}{self.message}"
