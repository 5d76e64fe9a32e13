"""DaCHS' database profiles: small files that say how its database is connected to."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, urlencode

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.database import Database, DatabaseError
from pytest_fitsproc.archive.postgres import PostgresDatabase
from pytest_fitsproc.errors import NotFoundError

#: The profile that DaCHS reads its own tables with.
_PROFILE = "trustedquery"
_DEFAULT_PATH = "~/.gavo:$configDir"
_DEFAULT_CONFIG_DIR = "etc"
_MAX_INCLUDES = 20
_KEYS = ("host", "port", "database", "user", "password", "sslmode")


def profile_database(configuration: DachsConfiguration) -> Database | None:
    """Return DaCHS' database, None where no DaCHS is configured or it has no profile for reading."""
    if not configuration.files:
        return None
    directories = _directories(configuration)
    found = _find(_PROFILE, directories)
    if found is None:
        return None
    return PostgresDatabase(f"DaCHS' database (profile {found})", lambda: _url(found, directories))


def _directories(configuration: DachsConfiguration) -> list[Path]:
    def value(section: str, name: str, default: str) -> str:
        try:
            return configuration.get(section, name)
        except NotFoundError:
            return default

    config_dir = configuration.below_root(value("general", "configDir", _DEFAULT_CONFIG_DIR))
    words = value("db", "profilePath", _DEFAULT_PATH).replace("$configDir", config_dir).split(":")
    return [Path(configuration.below_root(word)) for word in words if word]


def _find(name: str, directories: list[Path]) -> Path | None:
    paths = (directory / name for directory in directories)
    return next((path for path in paths if os.path.isfile(path)), None)


def _url(profile: Path, directories: list[Path]) -> str:
    """The profile as a URL.

    Raises
    ------
    DatabaseError
        It can't be read, or is not written as DaCHS' profiles are.
    """
    values: dict[str, str] = {}
    _read(profile, directories, values, 0)
    login = quote(values.get("user", ""), safe="")
    if "password" in values:
        login += ":" + quote(values["password"], safe="")
    # The host may be a directory with a socket in it.
    rest: dict[str, str] = {key: values[key] for key in ("host", "port", "sslmode") if key in values}
    return f"postgresql://{login}@/{quote(values.get('database', ''), safe='')}?{urlencode(rest)}"


def _read(path: Path, directories: list[Path], values: dict[str, str], depth: int) -> None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatabaseError(
            f"DaCHS' database profile {path} can't be read: {reason};"
            " name a database by --fitsproc-db=URL, or do without by --fitsproc-db=none"
        ) from error
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            _read_line(f"{path}:{number}", line, directories, values, depth)


def _read_line(place: str, line: str, directories: list[Path], values: dict[str, str], depth: int) -> None:
    word, _, rest = line.partition(" ")
    if word == "include":
        included = _find(rest.strip(), directories)
        if included is None or depth >= _MAX_INCLUDES:
            raise DatabaseError(f"{place}: there is no profile {rest.strip()!r} to include")
        _read(included, directories, values, depth + 1)
        return
    key, equals, value = line.partition("=")
    if not equals or key.strip() not in _KEYS:
        raise DatabaseError(f"{place}: not a setting of a database profile; there are {', '.join(_KEYS)}")
    values[key.strip()] = _unquoted(value.strip())


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value
