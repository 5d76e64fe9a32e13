"""The inputs directory: the root that accrefs are relative to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.errors import FitsprocError, OptionError


class OutsideInputsError(FitsprocError, ValueError):
    """A path is not below the inputs directory."""


@dataclass(frozen=True)
class InputsDirectory:
    """The directory with all resource directories of an archive.

    Containment is lexical: symbolic links are not resolved, since data behind a link are common and fine.

    Attributes
    ----------
    path : absolute and normalised
    origin : who named it, for messages: ``--fitsproc-inputs``, ``$GAVO_INPUTSDIR``, …
    configuration : DaCHS' configuration that goes with it
    """

    path: Path
    origin: str = ""
    configuration: DachsConfiguration = field(default_factory=DachsConfiguration, compare=False, repr=False)
    _prefix: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        absolute = os.path.abspath(self.path)
        object.__setattr__(self, "path", Path(absolute))
        object.__setattr__(self, "_prefix", absolute.rstrip("/") + "/")

    def accref(self, path: str | Path) -> str:
        """Return the path below the inputs directory, ``/``-separated: the product key and default accref.

        Raises
        ------
        OutsideInputsError
            `path` is not below the inputs directory.
        """
        text = os.fspath(path)
        if not _is_normalised(text):
            text = os.path.abspath(text)
        if not text.startswith(self._prefix):
            raise OutsideInputsError(
                f"{text} is not below the inputs directory {self.path}{self._named_by()}"
            )
        return text[len(self._prefix) :]

    def path_of(self, accref: str) -> Path:
        """Return the absolute path of an accref; raises what `file_of` does."""
        return Path(self.file_of(accref))

    def file_of(self, accref: str) -> str:
        """Return the absolute path of an accref as text, in a third of the time.

        Raises
        ------
        OutsideInputsError
            The accref is absolute or leads out of the inputs directory.
        """
        path = os.path.normpath(self._prefix + accref)
        if accref.startswith("/") or not path.startswith(self._prefix):
            raise OutsideInputsError(f"accref {accref!r} leads out of the inputs directory {self.path}")
        return path

    def contains(self, path: str) -> bool:
        """Whether an absolute, normalised path is the inputs directory or below it."""
        return f"{path}/".startswith(self._prefix)

    def require(self) -> None:
        """Check that the directory is there.

        Raises
        ------
        OptionError
            There is no such directory.
        """
        if not self.path.is_dir():
            raise OptionError(f"the inputs directory {self.path}{self._named_by()} does not exist")

    def _named_by(self) -> str:
        return f" (from {self.origin})" if self.origin else ""


def find_inputs_directory(
    option: str | None, ini: str | None, environ: Mapping[str, str], rootdir: Path
) -> InputsDirectory:
    """Return the inputs directory that the most explicit source names.

    The order is: the option (relative to the current directory), the ini value (relative to `rootdir`),
    ``$GAVO_INPUTSDIR``, DaCHS' configuration files, and `rootdir` itself. DaCHS' default /var/gavo/inputs
    counts only where its system-wide configuration file exists. Whether the directory exists is not asked.

    Raises
    ------
    OptionError
        A configuration file of DaCHS can't be read.
    """
    configuration = DachsConfiguration.read(environ)
    path, origin = _most_explicit(option, ini, environ, rootdir, configuration)
    return InputsDirectory(path, origin, configuration)


def _most_explicit(
    option: str | None,
    ini: str | None,
    environ: Mapping[str, str],
    rootdir: Path,
    configuration: DachsConfiguration,
) -> tuple[Path, str]:
    if option:
        return Path(option), "--fitsproc-inputs"
    if ini:
        return rootdir / ini, "fitsproc_inputs in the ini file"
    if environ.get("GAVO_INPUTSDIR"):
        return Path(configuration.below_root(environ["GAVO_INPUTSDIR"])), "$GAVO_INPUTSDIR"
    if configuration.inputs_dir is not None:
        return Path(configuration.inputs_dir), ", ".join(map(str, configuration.files))
    return rootdir, "pytest's rootdir"


def _is_normalised(path: str) -> bool:
    """Whether `path` is absolute and surely normal; a hidden name is not sure, and takes the slower way."""
    return path.startswith("/") and "//" not in path and "/." not in path and not path.endswith("/")
