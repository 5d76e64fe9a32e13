"""What ``--fitsproc=`` takes: a descriptor, an id out of a report, a directory, a shell pattern."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.descriptor import ResourceDescriptor, descriptor_path, load_descriptor
from pytest_fitsproc.archive.fileid import printable, unescape
from pytest_fitsproc.archive.ignored_sources import Database
from pytest_fitsproc.archive.inputs import InputsDirectory, OutsideInputsError
from pytest_fitsproc.errors import NotFoundError, OptionError

#: Resource descriptors that an error names, and directories that are looked into for them.
_SHOWN_RDS = 8
_SEARCHED_DIRECTORIES = 2000


@dataclass(frozen=True)
class Address:
    """The text of an address, taken apart.

    Attributes
    ----------
    target : names data descriptors or a directory
    file : label of a file as in ids (escaped), None where all are meant; the name of a processor that runs
        once stands here as well, since only the processors tell the difference
    processor : name of a processor with its parameters, None where all are meant
    """

    target: str
    file: str | None = None
    processor: str | None = None


@dataclass(frozen=True)
class Resolution:
    """What an address means.

    Attributes
    ----------
    dds : one data descriptor, or all that a resource descriptor has with sources
    address : the address
    notices : what the user should know, one line each
    """

    dds: tuple[DataDescriptor, ...]
    address: Address
    notices: tuple[str, ...] = ()


def parse_address(text: str) -> Address:
    """Return the parts of ``target::file::processor``, of which the last two may be missing."""
    target, *rest = text.split("::", 2)
    return Address(target, *(part or None for part in rest))


def resolve_address(
    text: str,
    inputs: InputsDirectory,
    cwd: Path,
    *,
    server_url: str | None = None,
    database: Database | None = None,
) -> Resolution:
    """Return the data descriptors that an address means.

    ``potsdam/q`` is a resource descriptor and means all its data descriptors that have sources,
    ``potsdam/q/import`` (also written ``potsdam/q#import``) is one of them. Anything else is a directory or a
    shell pattern, relative to `cwd`. What is both is taken for a descriptor, and a notice says so; ``./`` in
    front or ``/`` at the end make it a directory. Ids as reports show them are understood, escapes and all.

    Raises
    ------
    OptionError, NotFoundError
        There is nothing of that name; the message names what there is.
    DescriptorError
        A descriptor can't be used as it is written.
    """
    for address in _readings(text, cwd):
        for target in dict.fromkeys((address.target, unescape(address.target))):
            found = _Resolver(target, inputs, cwd, server_url, database).resolve()
            if found is not None:
                dds, notices = found
                return Resolution(dds, address, tuple(notices))
    raise _nothing_there(parse_address(text).target, inputs)


def _readings(text: str, cwd: Path) -> Iterator[Address]:
    """A directory may have ``::`` in its name; then that is what the user means."""
    if "::" in text and os.path.exists(cwd / text):
        yield Address(text)
    yield parse_address(text)


@dataclass(frozen=True)
class _Resolver:
    """One target, and what is needed to find out what it is."""

    target: str
    inputs: InputsDirectory
    cwd: Path
    server_url: str | None
    database: Database | None

    def resolve(self) -> tuple[tuple[DataDescriptor, ...], list[str]] | None:
        """Return data descriptors and notices, None where there is nothing of that name."""
        if not self.target:
            return None
        found = self._by_file() or (None if self._is_surely_a_path() else self._by_descriptor())
        if found is None:
            dd = ad_hoc_descriptor(self.target, self.inputs, self.cwd)
            return None if dd is None else ((dd,), [])
        dds, notices = found
        return dds, [*notices, *dds[0].rd.notices]

    def _is_surely_a_path(self) -> bool:
        return (
            self.target.startswith(("./", "../")) or self.target.endswith("/") or self.target in (".", "..")
        )

    def _by_file(self) -> tuple[tuple[DataDescriptor, ...], list[str]] | None:
        path = os.path.abspath(self.cwd / self.target)
        if not path.endswith(".rd") or not os.path.isfile(path):
            return None
        rd = self._load(path)
        if rd is None:
            root = self.inputs.path
            raise OptionError(
                f"{path} is not below the inputs directory {root}; name another (--fitsproc-inputs)"
            )
        return self._all_with_sources(rd), []

    def _by_descriptor(self) -> tuple[tuple[DataDescriptor, ...], list[str]] | None:
        rd_id, hash_sign, dd_id = self.target.partition("#")
        if hash_sign and (rd := self._load(rd_id)):
            return (rd.dd(dd_id),), []
        if rd := self._load(self.target):
            return self._all_with_sources(rd), self._shadowed_path("resource descriptor")
        rd_id, _, dd_id = self.target.rpartition("/")
        if rd_id and (rd := self._load(rd_id)):
            if not any(dd.id == dd_id for dd in rd.dds) and os.path.isdir(self.cwd / self.target):
                return None
            return (rd.dd(dd_id),), self._shadowed_path("data descriptor")
        return None

    def _load(self, rd_id: str) -> ResourceDescriptor | None:
        try:
            if not descriptor_path(rd_id, self.inputs).is_file():
                return None
        except OutsideInputsError:
            return None
        return load_descriptor(rd_id, self.inputs, server_url=self.server_url, database=self.database)

    def _all_with_sources(self, rd: ResourceDescriptor) -> tuple[DataDescriptor, ...]:
        dds = tuple(dd for dd in rd.dds if dd.has_sources)
        if not dds:
            raise OptionError(f"{rd.element.place} has no data descriptor with sources")
        return dds

    def _shadowed_path(self, kind: str) -> list[str]:
        if self.target.endswith(".rd") or not (self.cwd / self.target).is_dir():
            return []
        target = printable(self.target)
        return [
            f"{target} is a {kind} and a directory; taken as {kind} (--fitsproc={target}/ is the directory)"
        ]


def _nothing_there(target: str, inputs: InputsDirectory) -> OptionError | NotFoundError:
    if not inputs.path.is_dir():
        try:
            inputs.require()
        except OptionError as error:
            return error
    known = _known_descriptors(inputs)
    there = f"there are: {', '.join(_near(target, known))}" if known else "there are none"
    return NotFoundError(
        f"--fitsproc={printable(target)}: no resource descriptor, directory or file of that name;"
        f" resource descriptors in {inputs.path}: {there}"
    )


def _known_descriptors(inputs: InputsDirectory) -> list[str]:
    found: list[str] = []
    for count, (directory, subdirectories, names) in enumerate(os.walk(inputs.path)):
        if count >= _SEARCHED_DIRECTORIES:
            break
        subdirectories[:] = sorted(name for name in subdirectories if not name.startswith("."))
        found += (
            inputs.accref(os.path.join(directory, name)).removesuffix(".rd")
            for name in sorted(names)
            if name.endswith(".rd") and not name.startswith(".")
        )
    return found


def _near(target: str, known: list[str]) -> list[str]:
    """Those that look like what was asked for, else the first ones."""
    from difflib import get_close_matches

    near = get_close_matches(target, known, _SHOWN_RDS, 0.5) or known[:_SHOWN_RDS]
    return [*map(printable, near), *(["…"] if len(near) < len(known) else [])]
