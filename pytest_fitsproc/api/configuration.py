"""DaCHS' configuration, as processors ask for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.inputs import InputsDirectory, find_inputs_directory
from pytest_fitsproc.errors import NotFoundError


class _Undefined(Enum):
    """Tells no default from the default None."""

    UNDEFINED = 0


def getConfig(arg1: str, arg2: str | None = None, default: Any = _Undefined.UNDEFINED) -> Any:
    """Return an item of DaCHS' configuration: ``getConfig("inputsDir")``, ``getConfig("web", "serverURL")``.

    The inputs directory is the one that `procmain` uses: that of $GAVO_INPUTSDIR, of DaCHS' configuration
    files, or else the current directory.

    Parameters
    ----------
    arg1, arg2 : the section and the name; or the name of something in section ``general``
    default : returned where nobody gives the item

    Raises
    ------
    NotFoundError
        Nobody gives the item, and there is no default.
    OptionError
        A configuration file can't be read.
    """
    section, name = ("general", arg1) if arg2 is None else (arg1, arg2)
    if (section.lower(), name.lower()) == ("general", "inputsdir"):
        return str(inputs_directory(os.environ).path)
    try:
        return DachsConfiguration.read(os.environ).get(section, name)
    except NotFoundError:
        if isinstance(default, _Undefined):
            raise
        return default


def inputs_directory(environ: Mapping[str, str]) -> InputsDirectory:
    """Return the inputs directory of a program that is no pytest run.

    Raises
    ------
    OptionError
        A configuration file can't be read.
    """
    found = find_inputs_directory(None, None, environ, Path.cwd())
    is_named = environ.get("GAVO_INPUTSDIR") or found.configuration.inputs_dir is not None
    return found if is_named else replace(found, origin="the current directory, since nothing names another")
