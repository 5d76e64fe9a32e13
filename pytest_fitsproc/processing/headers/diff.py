"""What changes between two headers, card by card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.fits.blocks import BLOCK_SIZE, end_offset, split_cards
from pytest_fitsproc.fits.layout import without_last_blanks

MOST_LINES = 200
"""Lines of a diff that are shown by default; more are counted only."""

# Beyond, what differs is shown as gone and come: to match it takes seconds, and nobody sees it.
_MOST_MATCHED = 2000
_KEYWORD_SIZE = 8
_CONTINUE = b"CONTINUE"
_COMMENTARY = frozenset({b"COMMENT ", b"HISTORY ", b"        "})

_BLOCK_STYLE = "margin: 4px 0; font-family: monospace; white-space: pre; overflow-x: auto; color: #222"
_STYLES = {"-": "color: #b31d28; background: #ffeef0", "+": "color: #176f2c; background: #e6ffed"}
_NOTE_STYLE = "color: #666"

# A card, with the CONTINUE cards that carry its value on.
_Unit = tuple[bytes, ...]


def card_diff(old: bytes, new: bytes, max_lines: int = MOST_LINES) -> list[str]:
    r"""Return the cards that go, as ``-CARD``, and those that come, as ``+CARD``, in the order of the header.

    A card that moves goes and comes. Blanks at the end of a card are left out, as are blank cards before END
    and END itself; what is not printable ASCII is written ``\xNN``. Lines that begin with a blank are about
    the header: that it grows or shrinks, that nothing but padding changes, and how many lines are left out.

    Parameters
    ----------
    old, new : headers in whole blocks
    max_lines : how many cards are shown at most
    """
    if old == new:
        return []
    lines = [sign + _shown(card) for sign, card in _changes(_cards(old), _cards(new))]
    about = [_size_note(len(old), len(new))] if len(old) != len(new) else []
    if not lines and not about:
        about = [" (only blanks and what follows END change)"]
    if len(lines) > max_lines:
        about.insert(0, f" (and {len(lines) - max_lines} more lines)")
    return lines[:max_lines] + about


def diff_html(lines: Iterable[str]) -> str:
    """Return the lines of a diff as a fragment of HTML, escaped, what goes in red and what comes in green.

    Empty where there are no lines.
    """
    from html import escape

    spans = "\n".join(
        f'<span style="{_STYLES.get(line[:1], _NOTE_STYLE)}">{escape(printable(line))}</span>'
        for line in lines
    )
    return f'<pre class="fitsproc-diff" style="{_BLOCK_STYLE}">{spans}</pre>' if spans else ""


def _size_note(old: int, new: int) -> str:
    verb = "grows" if new > old else "shrinks"
    return f" (header {verb} from {old // BLOCK_SIZE} to {new // BLOCK_SIZE} blocks)"


def _cards(header: bytes) -> tuple[bytes, ...]:
    """Return the cards before END and its padding."""
    end = end_offset(header)
    text = header[:end] if end >= 0 else header
    return split_cards(without_last_blanks(text))


def _changes(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the cards that differ, each with its sign."""
    start = _common_start(old, new)
    behind = _common_end(old, new, start)
    olds, news = _units(old[start : len(old) - behind]), _units(new[start : len(new) - behind])
    for goes, comes in _differing(olds, news):
        if _keywords(goes) == _keywords(comes):
            for gone, come in zip(goes, comes, strict=True):
                yield from _signed((gone,), (come,))
        else:
            yield from _signed(goes, comes)


def _common_start(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> int:
    """Return how many cards two headers begin with in common; none whose CONTINUE cards differ."""
    start = _count_equal(zip(old, new, strict=False))
    while start and _CONTINUE in {cards[start][:_KEYWORD_SIZE] for cards in (old, new) if start < len(cards)}:
        start -= 1
    return start


def _common_end(old: tuple[bytes, ...], new: tuple[bytes, ...], start: int) -> int:
    """Return how many cards behind `start` they end with in common; none that carries another one on."""
    most = min(len(old), len(new)) - start
    behind = min(_count_equal(zip(reversed(old), reversed(new), strict=False)), most)
    while behind and old[-behind].startswith(_CONTINUE):
        behind -= 1
    return behind


def _count_equal(pairs: Iterable[tuple[bytes, bytes]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _units(cards: Sequence[bytes]) -> list[_Unit]:
    units: list[list[bytes]] = []
    for card in cards:
        if units and card.startswith(_CONTINUE):
            units[-1].append(card)
        else:
            units.append([card])
    return [tuple(unit) for unit in units]


def _differing(old: list[_Unit], new: list[_Unit]) -> Iterator[tuple[list[_Unit], list[_Unit]]]:
    """Yield what goes and what comes in its place, from the first difference to the last."""
    if min(len(old), len(new)) == 0 or len(old) == len(new) == 1 or max(len(old), len(new)) > _MOST_MATCHED:
        yield old, new
        return
    if _keep_their_places(old, new):
        yield from (([goes], [comes]) for goes, comes in zip(old, new, strict=False) if goes != comes)
        yield old[len(new) :], new[len(old) :]
        return
    from difflib import SequenceMatcher

    for tag, start, stop, new_start, new_stop in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield old[start:stop], new[new_start:new_stop]


def _keep_their_places(old: list[_Unit], new: list[_Unit]) -> bool:
    """Return whether cards only got other values, and some came or went at the end: told in no time."""
    edited = [(goes[0], comes[0]) for goes, comes in zip(old, new, strict=False) if goes != comes]
    return all(
        goes[:_KEYWORD_SIZE] == comes[:_KEYWORD_SIZE] and goes[:_KEYWORD_SIZE] not in _COMMENTARY
        for goes, comes in edited
    )


def _keywords(units: Iterable[_Unit]) -> list[bytes]:
    return [unit[0][:_KEYWORD_SIZE] for unit in units]


def _signed(goes: Iterable[_Unit], comes: Iterable[_Unit]) -> Iterator[tuple[str, bytes]]:
    for sign, units in (("-", goes), ("+", comes)):
        for unit in units:
            for card in unit:
                yield sign, card


def _shown(card: bytes) -> str:
    return printable(card.rstrip(b" ").decode("ascii", "surrogateescape"))
