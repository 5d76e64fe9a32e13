"""The header that DaCHS' processors get, with methods of pyfits; importing this module imports astropy."""

from __future__ import annotations

from typing import Any

from astropy.io.fits import Header

from pytest_fitsproc.fits.lazy_header import LazyHeader


class ProcessorHeader(LazyHeader):
    """A ``Header`` with pyfits' ``update("KEY", value, "comment")`` and ``has_key``, beside astropy's own."""

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set a card, ``update("KEY", value, "comment", before=…, after=…)``, or update as astropy does."""
        if args and isinstance(args[0], str):
            self._set_card(*args, **kwargs)
        else:
            super().update(*args, **kwargs)

    def has_key(self, keyword: str) -> bool:
        """Return whether there is a card of a keyword."""
        return keyword in self

    def _set_card(
        self,
        keyword: str,
        value: Any = None,
        comment: str | None = None,
        before: Any = None,
        after: Any = None,
        savecomment: bool = False,
    ) -> None:
        """Do what pyfits did; `savecomment` keeps a comment that is there."""
        is_kept = savecomment and keyword in self
        self.set(keyword, value, None if is_kept else comment, before, after)


def processor_header(raw: bytes) -> Header:
    """Return the header of header bytes for a processor, parsed when more than a look-up is asked of it."""
    return ProcessorHeader.of_bytes(raw)
