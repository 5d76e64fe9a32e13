"""What the native encoding would lose of an object, found before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING
from pytest_fitsproc.fitschan.buffer import CardBuffer
from pytest_fitsproc.fitschan.native.reader import NativeReader
from pytest_fitsproc.fitschan.native.strings import split
from pytest_fitsproc.fitschan.native.suffixes import BASE_SIZE, Suffixes
from pytest_fitsproc.fitschan.native.writer import NativeWriter
from pytest_fitsproc.fitschan.objects import AstObject, Item, ItemKind

_BOX = "KeyMap"


@dataclass(frozen=True)
class Loss:
    """An item that does not come back from cards as it was written.

    Attributes
    ----------
    path : the names of the items that lead to it, ``Frm1.Ax2.Label``
    reason : what becomes of it
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def check_lossless(
    ast_object: AstObject,
    *,
    full: int = -1,
    digits: int = DEFAULT_DIGITS,
    rounding: int = DEFAULT_ROUNDING,
) -> tuple[Loss, ...]:
    """Return what would be lost if an object were written as native cards; nothing if it is safe.

    AST rounds out long runs of zeros and nines, drops empty strings, can't read a string that ends in ``&``,
    and does not find items again whose names have more than six characters (RegionA of a CmpRegion, MaxOrder
    of a Moc); `FitsChan.write` writes what AST writes.

    Parameters
    ----------
    full, digits, rounding : the attributes Full, FitsDigits and FitsRounding of the FitsChan
    """
    return tuple(_Checker(full, digits, rounding).losses(ast_object, ""))


@dataclass(frozen=True)
class _Checker:
    full: int
    digits: int
    rounding: int

    def losses(self, ast_object: AstObject, path: str) -> Iterator[Loss]:
        for item in ast_object.items:
            place = f"{path}{item.name}"
            if item.is_set and len(item.name) > BASE_SIZE:
                yield Loss(place, f"its name is cut to {item.name[:BASE_SIZE]}: AST does not find it again")
            if isinstance(item.value, AstObject):
                yield from self.losses(item.value, f"{place}.")
            elif reason := self._reason(item):
                yield Loss(place, reason)

    def _reason(self, item: Item) -> str | None:
        if item.is_set:
            return self._read_back(item) if item.kind is not ItemKind.OBJECT else None
        is_string = self.full >= 0 and item.kind is ItemKind.STRING
        if is_string and len(split(str(item.value), item.comment, is_set=False)) > 1:
            return "a default of more than one card: AST can't read the object"
        return None

    def _read_back(self, item: Item) -> str | None:
        """Write the item alone, as text, and return what is different when it is read."""
        item = item._replace(name="Item")
        attributes = {"digits": self.digits, "rounding": self.rounding}
        writer = NativeWriter(Suffixes(), (), full=-1, comments=True, **attributes)
        try:
            cards = writer.write(AstObject(_BOX, (item,)))
            texts = [card.format(self.digits, self.rounding).encode("latin-1") for card in cards]
            buffer = CardBuffer.of_header(b"".join(texts))
            reader = NativeReader(buffer, skip=True, strict=False, **attributes)
            found = reader.read()
        except FitsprocError as error:
            return f"AST can't read it: {error}"
        except UnicodeEncodeError:
            return "it is not Latin-1"
        assert found is not None
        return _difference(item, list(found.ast_object.items))


def _difference(item: Item, found: list[Item]) -> str | None:
    if not found:
        return "an empty string is dropped"
    if found[0].value != item.value:
        return f"{item.value!r} becomes {found[0].value!r}"
    return None
