"""Built-in checks: each is a function on a file that returns findings, with codes, levels and a docstring."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.checks.readable import readable
from pytest_fitsproc.fits.file import FitsFile

Check = Callable[[FitsFile], list[Finding]]
"""A built-in check: returns what it found in a file; an empty list where all is well."""


def ast(file: FitsFile) -> list[Finding]:
    """Return what AST, or its absence, says of the headers of a file.

    Native objects are read back. Where starlink-pyast is installed (extra ``[ast]``), the four corners of
    each image with two celestial axes are located by AST and by wcslib; both give them in the header's own
    celestial system. A file that can't be read has no findings here: that is for the check `readable`.
    """
    from pytest_fitsproc.checks.ast_sky import compare_skies

    return compare_skies(file)


def astrometry(file: FitsFile) -> list[Finding]:
    """Return where the WCS of solved images (with CD1_1) contradicts the rest of their headers.

    Compared are the position that a header has besides (RA/DEC, OBJCTRA/OBJCTDEC, …), which must be in the
    image, and the pixel scale (PIXSCALE, SECPIX …). A file that can't be read has no findings here.
    """
    from pytest_fitsproc.checks.solution import compare_solutions

    return compare_solutions(file)


BUILTIN_CHECKS: dict[str, Check] = {"readable": readable, "ast": ast, "astrometry": astrometry}
"""Every built-in check by its name, in the order in which they run."""

__all__ = ["BUILTIN_CHECKS", "Check", "Finding", "Level", "ast", "astrometry", "readable"]
