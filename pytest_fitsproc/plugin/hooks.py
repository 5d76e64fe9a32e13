"""The entry point: what every pytest run of an environment imports, so that it must cost next to nothing.

All else is imported when ``--fitsproc`` is given.
"""

from __future__ import annotations

import os

import pytest

from pytest_fitsproc.plugin import options
from pytest_fitsproc.plugin.fixtures import (
    catalogue,
    dd,
    fitschan,
    gather,
    hdus,
    header,
    products,
    rd,
    source,
)
from pytest_fitsproc.plugin.stash import RUN

__all__ = ["catalogue", "dd", "fitschan", "gather", "hdus", "header", "products", "rd", "source"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hook that gets the gathered rows."""
    from pytest_fitsproc.plugin import newhooks

    pluginmanager.add_hookspecs(newhooks)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Understand DaCHS' words and find what is to be processed, before conftests are looked for."""
    if options.is_wanted(args):
        from pytest_fitsproc.plugin.plain_imports import import_plainly

        import_plainly(early_config)
        from pytest_fitsproc.plugin.run import prepare

        prepare(early_config, parser, args, dict(os.environ))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Copy a recipe, or take edits back, if that is all that is asked for."""
    if config.option.fitsproc_template:
        from pytest_fitsproc.plugin.recipes import copy_recipe

        for name in copy_recipe(config.option.fitsproc_template, config.invocation_params.dir):
            print(name)
        return 0
    if config.option.fitsproc_undo is not None:
        from pytest_fitsproc.plugin.undoing import take_back

        return take_back(config.stash.get(RUN, None), config.option)
    return None


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the rest of the plugin where files are to be processed."""
    run = config.stash.get(RUN, None)
    if run is not None:
        from pytest_fitsproc.plugin.registration import register

        register(run, config)
