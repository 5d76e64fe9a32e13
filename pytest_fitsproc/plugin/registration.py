"""Which of the plugin's hooks a process gets: the one that does all, a controller, or a worker."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pytest_fitsproc.archive.current_database import serving
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.builtin import chosen_checks
from pytest_fitsproc.plugin.collecting import Collecting
from pytest_fitsproc.plugin.distribution import Controller, worker_plugins
from pytest_fitsproc.plugin.fast_lane import FastLane
from pytest_fitsproc.plugin.listeners import who_needs_protocol
from pytest_fitsproc.plugin.long_lived import LongLived
from pytest_fitsproc.plugin.notices import NoticesHere, NoticesReceived, NoticesSent
from pytest_fitsproc.plugin.passes import Here
from pytest_fitsproc.plugin.recovery import only_shows, put_right
from pytest_fitsproc.plugin.reporting import Reporting
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.running import OwnLoop


def register(run: Run, config: pytest.Config) -> None:
    """Register the hooks for a run.

    Raises
    ------
    UsageError
        The catalogue can't be read, or there is no such check.
    """
    try:
        if not hasattr(config, "workerinput"):
            may_write = run.settings.waking.is_possible and not only_shows(config.option)
            run.notices += put_right(run, may_write)
        run.read_catalogues()
        chosen_checks(run.settings.checks)
    except FitsprocError as error:
        raise pytest.UsageError(str(error)) from error
    if not run.paths.collected:
        # Without a curator's processors only built-in checks run; pytest would collect the current directory.
        config.args = []
    # A module that can't be imported is an error of its own; the other processors get their files.
    config.option.continue_on_collection_errors = True
    run.writers.shows_pictures = bool(config.getoption("htmlpath", None))
    run.writers.shows_changes = run.writers.shows_pictures or config.getoption("verbose", 0) > 0
    if run.writers.shows_pictures and not hasattr(config, "workerinput"):
        pictures = TemporaryDirectory(prefix="fitsproc-pictures-", ignore_cleanup_errors=True)
        config.add_cleanup(pictures.cleanup)
        run.pictures = Path(pictures.name)
    private.forget_new_first(config)
    private.collect_all_for_last_failed(config)
    _tell_processors(run.inputs, config)
    _serve_tables(run, config)
    for plugin in (LongLived(config), *_plugins(run, config)):
        config.pluginmanager.register(plugin, f"fitsproc-{type(plugin).__name__.lower()}")


def _tell_processors(inputs: InputsDirectory, config: pytest.Config) -> None:
    """Let `api.getConfig` in processors see the inputs directory of the run."""
    variable = pytest.MonkeyPatch()
    variable.setenv("GAVO_INPUTSDIR", str(inputs.path))
    config.add_cleanup(variable.undo)


def _serve_tables(run: Run, config: pytest.Config) -> None:
    """Let `api.getTableConn` in processors ask the database of the run."""
    context = ExitStack()
    context.callback(run.close_database)
    context.enter_context(serving(lambda: run.tables))
    config.add_cleanup(context.close)


def _plugins(run: Run, config: pytest.Config) -> list[object]:
    slow_because = who_needs_protocol(config)
    collecting = Collecting(run, fast_lane=not slow_because)
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        return [collecting, NoticesSent(run), *worker_plugins(run, config, workerinput)]
    if slow_because:
        run.notices.append(f"each item is run by pytest's own protocol, for {', '.join(slow_because)}")
    reporting = [Reporting(run, config), run.results]
    if _distributes(config):
        return [Controller(run, config), NoticesReceived(run), *reporting]
    here = Here(config, run.results, run.settings.all_html_rows)
    return [collecting, NoticesHere(run), OwnLoop(run, FastLane(run, config, here)), *reporting]


def _distributes(config: pytest.Config) -> bool:
    """Whether items are run by workers of pytest-xdist."""
    return (
        bool(config.getoption("tx", None))
        and config.getoption("dist", "no") != "no"
        and not config.option.collectonly
    )
