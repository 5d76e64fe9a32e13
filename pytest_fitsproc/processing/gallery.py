"""A gallery of previews as a fragment of HTML, with the pictures as files beside the page."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from errno import EEXIST
from html import escape
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from pytest_fitsproc.archive.fileid import printable

#: The names that pictures beside a page have, by which they are known again.
_NAME, _OWN_NAME = "fitsproc-{:05}{}", re.compile(r"fitsproc-\d{5,}\.[a-z]+")

#: Pictures of one class that are shown.
MOST_PICTURES = 60

_STYLE = """
.fitsproc-gallery { color: #222; margin: 12px 0; }
.fitsproc-gallery h3 { font-size: 13px; color: black; margin: 16px 0 4px; overflow-wrap: anywhere; }
.fitsproc-gallery div { display: flex; flex-wrap: wrap; gap: 10px; }
.fitsproc-gallery figure { margin: 0; width: 160px; }
.fitsproc-gallery img { display: block; max-width: 160px; max-height: 160px; background: #eee; }
.fitsproc-gallery figure.wide { width: 480px; }
.fitsproc-gallery figure.wide img { max-width: 480px; max-height: 480px; }
.fitsproc-gallery figcaption { font-family: monospace; font-size: 10px; overflow-wrap: anywhere; }
.fitsproc-gallery p { color: #666; margin: 4px 0; }
"""


class Picture(NamedTuple):
    """A picture to show: of which file, by which processor, in which class, and where it is.

    One with a note under it has much to look at, and is shown larger.
    """

    processor: str
    label: str
    file: str
    path: str
    note: str = ""


Address = Callable[[Path], str]
"""Gives the address by which the page finds a picture."""


def gallery_html(pictures: Iterable[Picture], address: Address, most: int = MOST_PICTURES) -> str:
    """Return the pictures class by class; of each class the first ones, and a line that says so.

    A picture that is gone is left out. Every text of the archive is escaped; there are no scripts, and
    nothing is fetched but the pictures.
    """
    shown = sorted(pictures, key=lambda picture: picture[:2])
    groups = groupby(shown, key=lambda picture: picture[:2])
    sections = "".join(
        _section(processor, label, list(group), address, most) for (processor, label), group in groups
    )
    return f'<div class="fitsproc-gallery"><style>{_STYLE}</style>{sections}</div>' if sections else ""


class Beside:
    """Copies pictures into a directory beside a page, named after it, and gives their addresses.

    Those of the last page are replaced; whatever else is there stays. Where the directory can't be used, the
    pictures are put into the page.

    Attributes
    ----------
    problem : why there are pictures in the page; empty where there are none
    """

    def __init__(self, page: Path) -> None:
        self._page, self._directory = page, page.with_name(f"{page.stem}_pictures")
        self._numbers = count(1)
        self.problem = ""
        try:
            self._make_ready()
        except OSError as error:
            self._give_up(error)

    def __call__(self, picture: Path) -> str:
        """Return the address of a picture; raise an OSError where it is gone."""
        data = picture.read_bytes()
        if not self.problem:
            try:
                return self._copy(data)
            except OSError as error:
                self._give_up(error)
        return _data_url(data)

    def _make_ready(self) -> None:
        """Make the directory, and remove our pictures from it."""
        if self._directory.is_symlink():
            raise FileExistsError(EEXIST, "a link, which is not followed")
        if self._directory.exists() and not self._directory.is_dir():
            raise FileExistsError(EEXIST, "no directory")
        self._directory.mkdir(parents=True, exist_ok=True)
        with os.scandir(self._directory) as entries:
            own = [entry.path for entry in entries if _is_own(entry)]
        for path in own:
            os.unlink(path)

    def _copy(self, data: bytes) -> str:
        name = _NAME.format(next(self._numbers), _suffix(data))
        # Fails where there is such a name, since nothing of ours is there any more.
        with open(self._directory / name, "xb") as file:
            file.write(data)
        return f"{quote(self._directory.name)}/{name}"

    def _give_up(self, error: OSError) -> None:
        self.problem = f"pictures are in {self._page.name} itself: {self._directory}: {error.strerror}"


def inside(picture: Path) -> str:
    """Return an address that has the picture in it, for a page that is one file."""
    return _data_url(picture.read_bytes())


def _is_own(entry: os.DirEntry[str]) -> bool:
    return bool(_OWN_NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)


def _data_url(data: bytes) -> str:
    from pytest_fitsproc.imaging import format_of

    return f"data:{format_of(data) or 'image/jpeg'};base64,{b64encode(data).decode('ascii')}"


def _suffix(data: bytes) -> str:
    """The suffix that the format of a picture has: previews may be called anything."""
    from pytest_fitsproc.imaging import format_of

    mime = format_of(data)
    return "." + mime.partition("/")[2].partition("+")[0] if mime.startswith("image/") else ".bin"


def _section(processor: str, label: str, pictures: Sequence[Picture], address: Address, most: int) -> str:
    figures = "".join(_figure(picture, address) for picture in pictures[:most])
    left_out = f"<p>{most} of {len(pictures)} pictures shown</p>" if len(pictures) > most else ""
    return f"<h3>{_text(f'{processor}: {label}')}</h3><div>{figures}</div>{left_out}"


def _figure(picture: Picture, address: Address) -> str:
    try:
        source = address(Path(os.fsdecode(picture.path)))
    except OSError:
        return ""
    image = f'<img loading="lazy" src="{escape(source)}" alt="{_text(picture.file)}">'
    if not picture.note:
        return f"<figure>{image}<figcaption>{_text(picture.file)}</figcaption></figure>"
    caption = f"<figcaption>{_text(picture.file)}<br>{_text(picture.note)}</figcaption>"
    if not source.startswith("data:"):
        image = f'<a href="{escape(source)}">{image}</a>'
    return f'<figure class="wide">{image}{caption}</figure>'


def _text(text: str) -> str:
    return escape(printable(text))
