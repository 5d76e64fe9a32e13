"""One input file of a data descriptor."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pytest_fitsproc.archive.fileid import file_label, printable
from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

_SUFFIXES = (".gz", ".fz", ".fits", ".fit", ".fts")


class Source:
    """One input file; usable wherever a path is (``os.PathLike``).

    Parameters
    ----------
    path : absolute path of the file
    dd : the data descriptor that names it

    Attributes
    ----------
    dd : the parameter
    """

    __slots__ = ("__dict__", "_path", "dd")

    def __init__(self, path: str, dd: DataDescriptor) -> None:
        self._path, self.dd = path, dd

    def __fspath__(self) -> str:
        return self._path

    __str__ = __fspath__

    def __repr__(self) -> str:
        return f"<Source {printable(self._path)}>"

    @property
    def path(self) -> Path:
        """Absolute path of the file."""
        return Path(self._path)

    @property
    def identifier(self) -> object:
        """What a DaCHS processor gets for this source: the absolute path as a string."""
        return self._path

    @cached_property
    def accref(self) -> str:
        """Product key: the path relative to the inputs directory, separated by ``/``.

        Raises
        ------
        FitsprocError
            The file is not below the inputs directory.
        """
        return self.dd.rd.inputs.accref(self._path)

    @cached_property
    def label(self) -> str:
        """Name of the file in ids: its path below the resource directory, escaped for all reports."""
        return file_label(self._path, self.dd.rd.resdir)

    @property
    def size(self) -> int:
        """Bytes that the file has on disk now."""
        return os.stat(self._path).st_size

    @property
    def stem(self) -> str:
        """File name without suffixes of FITS and compression (``a.fits.gz`` and ``a.fit`` give ``a``)."""
        stem = os.path.basename(self._path)
        for suffix in _SUFFIXES:
            if stem.lower().endswith(suffix) and len(stem) > len(suffix):
                stem = stem[: -len(suffix)]
        return stem

    def open(self) -> BinaryIO:
        """Open the file for reading: the bytes as they are on disk, a gzip file is not unpacked."""
        return open(self._path, "rb")


class Identified(Source):
    """What stands for a source where a processor makes identifiers of its own (``iterIdentifiers``).

    Parameters
    ----------
    identifier : any object; a string names a file, absolute or relative to the inputs directory
    label : stable name of it in ids
    """

    __slots__ = ("_identifier",)

    def __init__(self, identifier: object, label: str, dd: DataDescriptor) -> None:
        super().__init__(os.path.join(str(dd.rd.inputs.path), str(identifier)), dd)
        self._identifier = identifier
        self.__dict__["label"] = label

    @property
    def identifier(self) -> object:
        """The identifier as ``iterIdentifiers`` gave it."""
        return self._identifier

    @cached_property
    def accref(self) -> str:
        """The path relative to the inputs directory; the label where the identifier names no file there."""
        if not isinstance(self._identifier, str):
            return self.label
        try:
            return super().accref
        except FitsprocError:
            return self.label
