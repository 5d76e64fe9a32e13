"""One preview: made where it is missing, or where the switches ask for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pytest_fitsproc.processing.previews.picture import format_of_target, picture_bytes
from pytest_fitsproc.processing.previews.rules import PreviewRules, PreviewSwitches
from pytest_fitsproc.processing.previews.storing import store_preview

if TYPE_CHECKING:
    from pytest_fitsproc.archive.preview_target import PreviewTarget

#: Classes of the files that a preview maker has passed.
MADE, MADE_ANEW, THERE, STALE = "made", "made anew", "there", "older than its source"


class MadePreview(NamedTuple):
    """The class of a file, and where its preview is."""

    label: str
    path: str

    def __str__(self) -> str:
        return self.label


def make_preview(
    target: PreviewTarget,
    rules: PreviewRules,
    switches: PreviewSwitches,
    make: Callable[[], object],
) -> MadePreview:
    """Make the preview of a product if it is missing, or if the switches ask for it; return the file's class.

    Parameters
    ----------
    target : where it belongs
    make : returns the picture, see `picture_bytes`

    Raises
    ------
    PictureError
        What `make` returned is no preview of this product.
    PreviewNotWrittenError
        It can't be written.
    """
    is_there = has_preview(target)
    if is_there and not _is_wanted_anew(target, switches):
        return MadePreview(STALE if is_older(target) else THERE, target.file)
    mime = format_of_target(target)
    store_preview(target.file, picture_bytes(make(), mime, rules, switches))
    return MadePreview(MADE_ANEW if is_there else MADE, target.file)


def preview_class(target: PreviewTarget, switches: PreviewSwitches) -> str:
    """Return the class of a product: ``without`` where its preview is to be made, else ``with``.

    It is to be made where it is missing, or the switches ask for it.
    """
    return "with" if has_preview(target) and not _is_wanted_anew(target, switches) else "without"


def _is_wanted_anew(target: PreviewTarget, switches: PreviewSwitches) -> bool:
    return switches.force or (switches.stale and is_older(target))


def has_preview(target: PreviewTarget) -> bool:
    """Whether there is a preview; an empty file is what a power cut may leave of one."""
    return target.status is not None and target.status.st_size > 0


def is_older(target: PreviewTarget) -> bool:
    """Whether a preview is older than the file that it shows."""
    if target.status is None or target.source_file is None:
        return False
    try:
        return target.status.st_mtime < os.stat(target.source_file).st_mtime
    except OSError:
        return False
