"""DaCHS' configuration: two ini files, the system's and the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fitsproc.errors import NotFoundError, OptionError

#: Values that DaCHS assumes where no file says otherwise, by (section, name).
_DEFAULTS = {("general", "rootdir"): "/var/gavo", ("general", "inputsdir"): "inputs"}


@dataclass(frozen=True)
class DachsConfiguration:
    """What DaCHS' configuration files say.

    Attributes
    ----------
    files : the files that exist, the system's first
    values : by (section, name), both in lower case, as DaCHS compares them
    has_system_file : whether a DaCHS is configured here at all, so that its defaults mean something
    home : the user's home directory, for values that begin with ``~``
    """

    files: tuple[Path, ...] = ()
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    has_system_file: bool = False
    home: str = "/no_home"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> DachsConfiguration:
        """Return the configuration in $GAVOSETTINGS (/etc/gavo.rc) and $GAVOCUSTOM (~/.gavorc).

        Raises
        ------
        OptionError
            A file is not in the ini format or can't be read.
        """
        home = environ.get("HOME", "/no_home")
        system = Path(environ.get("GAVOSETTINGS") or "/etc/gavo.rc")
        user = Path(environ.get("GAVOCUSTOM") or os.path.join(home, ".gavorc"))
        files = tuple(path for path in (system, user) if path.is_file())
        values: dict[tuple[str, str], str] = {}
        for path in files:
            values.update(_read_ini(path))
        return cls(files, values, system in files, home)

    def get(self, section: str, name: str) -> str:
        """Return a value, or DaCHS' default for it where that is known.

        Raises
        ------
        NotFoundError
            No file gives it.
        """
        key = (section.lower(), name.lower())
        if key == ("general", "inputsdir"):
            return self._inputs_dir()
        value = self.values.get(key) or _DEFAULTS.get(key)
        if value is None:
            files = ", ".join(map(str, self.files)) or "there is no configuration file of DaCHS"
            raise NotFoundError(f"no item {name!r} in section [{section}] of DaCHS' configuration ({files})")
        return self._expand_home(value) if key == ("general", "rootdir") else value

    @property
    def inputs_dir(self) -> str | None:
        """The inputs directory, absolute, or None where no file says anything about it."""
        said = ("general", "rootdir") in self.values or ("general", "inputsdir") in self.values
        return self._inputs_dir() if said or self.has_system_file else None

    @property
    def server_url(self) -> str | None:
        """``[web] serverURL`` without a slash at its end, or None; DaCHS' default is no answer."""
        value = self.values.get(("web", "serverurl"))
        return value.rstrip("/") if value else None

    def below_root(self, path: str) -> str:
        """Return `path` with ``~`` expanded and, where it is relative, put below DaCHS' rootDir."""
        return os.path.join(self.get("general", "rootDir"), self._expand_home(path))

    def _inputs_dir(self) -> str:
        key = ("general", "inputsdir")
        return self.below_root(self.values.get(key) or _DEFAULTS[key])

    def _expand_home(self, path: str) -> str:
        return self.home + path[1:] if path.startswith("~") else path


def _read_ini(path: Path) -> dict[tuple[str, str], str]:
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (Error, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise OptionError(f"DaCHS' configuration can't be read: {path}: {reason}") from error
    return {
        (section.lower(), name): value
        for section in parser.sections()
        for name, value in parser.items(section)
    }
