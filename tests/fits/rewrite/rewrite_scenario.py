"""Files, and edits of them, that the tests of the rewriting share; also in processes without pytest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_fitsproc.fits.blocks import end_offset
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.rewrite import Edit, HeaderChange, RewritePolicy
from pytest_fitsproc.fits.rewrite.disk import FEWEST_FOR_THREADS

BLOCK = 2880


def card(keyword: str, value: object, comment: str = "") -> bytes:
    """Return a card in the fixed format."""
    return f"{keyword:8}= {value!s:>20}{' / ' + comment if comment else ''}".ljust(80).encode("ascii")


def header(n_keys: int, data_size: int, extension: int = 0) -> list[bytes]:
    """Return the cards of a primary or extension header of `n_keys` keywords beyond the structural ones."""
    first = "XTENSION= 'IMAGE   '".ljust(80).encode() if extension else card("SIMPLE", "T")
    structure = [first, card("BITPIX", 8), card("NAXIS", 1), card("NAXIS1", data_size)]
    structure += [card("PCOUNT", 0), card("GCOUNT", 1)] if extension else [card("EXTEND", "T")]
    structure += [card("EXTVER", extension)]
    return [*structure, *(card(f"KEY{n}", n, f"extra {n}") for n in range(n_keys))]


def data(size: int) -> bytes:
    """Return that many bytes of data, and their padding."""
    return (bytes(range(256)) * (size // 256 + 1))[:size].ljust(-(-size // BLOCK) * BLOCK, b"\0")


def plate(n_keys: int = 174, data_size: int = 8192, n_extensions: int = 0) -> bytes:
    """Return a FITS file; 174 keywords fill five blocks but for one card."""
    parts = [lay_out(b"".join(header(n_keys, data_size)), 0) + data(data_size)]
    for number in range(1, n_extensions + 1):
        parts.append(lay_out(b"".join(header(n_keys, 500, number)), 0) + data(500))
    return b"".join(parts)


def headers_of(path: Path) -> list[bytes]:
    """Return the headers of a file, in whole blocks."""
    with FitsFile(str(path)) as file:
        return [hdu.header for hdu in file.hdus()]


def with_first_and_last_changed(old: bytes) -> bytes:
    """Return a header of as many blocks in which pages at both ends have changed."""
    return old.replace(b"/ extra 0 ", b"/ edited 0").replace(b"/ extra 170", b"/ edited170")


def with_more_cards(old: bytes) -> bytes:
    """Return a header that needs more blocks."""
    cards = old[: end_offset(old)]
    return lay_out(cards + b"".join(card(f"MORE{n}", n) for n in range(40)), len(old) // BLOCK)


@dataclass(frozen=True)
class Scenario:
    """Files below a folder, and one commit of edits of all of them."""

    files: dict[str, tuple[bytes, Callable[[bytes], bytes], tuple[int, ...]]]
    """Path → content, how a header changes, and in which HDUs."""
    fewest_for_threads: int = FEWEST_FOR_THREADS
    """From how many files on the disk is waited for by threads."""

    def make(self, folder: Path) -> None:
        """Write the files as they are before."""
        for name, (content, _, _) in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def edits(self, folder: Path) -> list[Edit]:
        """Return the edits, for files that are as they were made."""
        return [edit_of(folder / name, change, hdus) for name, (_, change, hdus) in self.files.items()]

    def states(self, folder: Path) -> dict[Path, tuple[bytes, bytes]]:
        """Return the contents, before and after, of each file."""
        return {
            folder / name: (content, _after(content, edit))
            for (name, (content, _, _)), edit in zip(self.files.items(), self.edits(folder), strict=True)
        }


def edit_of(path: Path, change: Callable[[bytes], bytes], hdus: tuple[int, ...] = (0,)) -> Edit:
    """Return an edit of some headers of a file."""
    headers = headers_of(path)
    changes = tuple(HeaderChange(headers[hdu], change(headers[hdu]), hdu) for hdu in hdus)
    return Edit(str(path), changes)


def _after(content: bytes, edit: Edit) -> bytes:
    for change in edit.changes:
        content = content.replace(change.old, change.new, 1)
    return content


def policy_for(folder: Path, **fields: object) -> RewritePolicy:
    """Return a policy to write below a folder, with the journals in it."""
    return RewritePolicy((str(folder),), str(folder / ".fitsproc" / "journals"), **fields)  # type: ignore[arg-type]


IN_PLACE = Scenario({"a.fits": (plate(), with_first_and_last_changed, (0,))})
GROWING = Scenario({"a.fits": (plate(data_size=80_000), with_more_cards, (0,))})
SMALL_GROWING = Scenario({"a.fits": (plate(30, 100), with_more_cards, (0,))})
TWO_HEADERS = Scenario({"a.fits": (plate(n_extensions=1), with_first_and_last_changed, (0, 1))})
TWO_GROWING = Scenario({"a.fits": (plate(n_extensions=2), with_more_cards, (0, 2))})
BLOCK_OF_FILES = Scenario(
    {
        "a.fits": (plate(), with_first_and_last_changed, (0,)),
        "b.fits": (plate(30, 100), with_more_cards, (0,)),
        "below/c.fits": (plate(180, 1), with_first_and_last_changed, (0,)),
        "below/d.fits": (plate(35, 9000), with_more_cards, (0,)),
    }
)
FLUSHED_BY_THREADS = Scenario(
    {
        "a.fits": (plate(30, 100), with_first_and_last_changed, (0,)),
        "b.fits": (plate(31, 100), with_first_and_last_changed, (0,)),
        "below/c.fits": (plate(32, 100), with_first_and_last_changed, (0,)),
        "below/d.fits": (plate(30, 100), with_more_cards, (0,)),
    },
    fewest_for_threads=2,
)
SCENARIOS = {
    "in place": IN_PLACE,
    "growing": GROWING,
    "two headers in place": TWO_HEADERS,
    "two headers growing": TWO_GROWING,
    "block of files": BLOCK_OF_FILES,
    "flushed by threads": FLUSHED_BY_THREADS,
}
LARGE = {
    "in place, 10 MB": Scenario({"a.fits": (plate(data_size=10_000_000), with_first_and_last_changed, (0,))}),
    "growing, 10 MB": Scenario({"a.fits": (plate(data_size=10_000_000), with_more_cards, (0,))}),
    "40 files": Scenario(
        {f"{n}.fits": (plate(30 + n, 100), with_first_and_last_changed, (0,)) for n in range(40)}
    ),
}


def strays(folder: Path, scenario: Scenario) -> list[Path]:
    """Return the files below a folder that are none of the scenario's."""
    expected = {folder / name for name in scenario.files}
    return [path for path in folder.rglob("*") if path.is_file() and path not in expected]
