"""The fixtures: what a processor may ask for.

Without ``--fitsproc`` there is nothing to give, and a test that asks is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fitsproc.plugin.stash import RUN

if TYPE_CHECKING:
    from astropy.io.fits import HDUList, Header

    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor
    from pytest_fitsproc.archive.products import Products
    from pytest_fitsproc.archive.source import Source
    from pytest_fitsproc.plugin.run import Run
    from pytest_fitsproc.processing.header_chan import HeaderChan
    from pytest_fitsproc.processing.visit import Visit


@pytest.fixture
def source(request: pytest.FixtureRequest) -> Source:
    """The file at hand: path, accref, size in bytes, stem, open(); usable wherever a path is."""
    return _visit(request).source


@pytest.fixture
def header(request: pytest.FixtureRequest) -> Header:
    """The file's primary header as an astropy Header; what is changed in it, nobody else sees."""
    return _provided(request, "header")


@pytest.fixture
def fitschan(request: pytest.FixtureRequest) -> HeaderChan:
    """The file's primary header as a FitsChan of AST; fitschan(hdu=1) is that of another HDU."""
    chan: HeaderChan = _provided(request, "fitschan")
    return chan


@pytest.fixture
def hdus(request: pytest.FixtureRequest) -> HDUList:
    """The file as an astropy HDUList, opened read-only and closed after its last processor."""
    return _provided(request, "hdus")


@pytest.fixture(scope="session")
def dd(request: pytest.FixtureRequest) -> DataDescriptor:
    """The data descriptor whose files are processed; a run of several has one after the other."""
    run = _run(request)
    # Parametrised only where a run has several.
    return getattr(request, "param", run.targets[0].dd)


@pytest.fixture(scope="session")
def rd(dd: DataDescriptor) -> ResourceDescriptor:
    """The resource descriptor that the data descriptor is in."""
    return dd.rd


@pytest.fixture(scope="session")
def catalogue(request: pytest.FixtureRequest, dd: DataDescriptor) -> Mapping[str, Mapping[str, Any]]:
    """The rows of the table that --fitsproc-catalogue names, by their key; override it to have your own."""
    return _run(request).catalogue(dd)


@pytest.fixture(scope="session")
def products(request: pytest.FixtureRequest, dd: DataDescriptor) -> Products:
    """The products as DaCHS' table has them, by accref; query(sql, values) asks the database."""
    return _run(request).products(dd)


@pytest.fixture
def gather(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Call it with fields, gather(expected=1, found=2), to add a row to the table of the run."""
    return _run(request).rows.gather


def _run(request: pytest.FixtureRequest) -> Run:
    run = request.config.stash.get(RUN, None)
    if run is None:
        pytest.skip("there are no files to process: run pytest --fitsproc=ADDRESS")
    return run


def _visit(request: pytest.FixtureRequest) -> Visit:
    run = _run(request)
    source = getattr(request.node, "source", None)
    if source is None:
        pytest.fail(
            f"{request.fixturename} was asked for while the test ran: name it among the arguments",
            pytrace=False,
        )
    visit = run.engine.visit(source)
    if not request.node.template.sees_proposals:
        # What a sleeping writer would change, others do not see.
        visit.proposals.clear()
    return visit


def _provided(request: pytest.FixtureRequest, name: str) -> Any:
    from pytest_fitsproc.plugin.verdicts import skip_of
    from pytest_fitsproc.processing.outcome import Unavailable
    from pytest_fitsproc.processing.visit import PROVIDERS

    visit = _visit(request)
    try:
        return PROVIDERS[name](visit)
    except Unavailable as error:
        raise skip_of(str(error)) from error
