"""A run: what is to be processed, and what its parts share."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import pytest

from pytest_fitsproc.archive.catalogue import Catalogue, read_catalogue
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.database import Database, find_database
from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.inputs import InputsDirectory, find_inputs_directory
from pytest_fitsproc.archive.products import Products, products_database
from pytest_fitsproc.errors import FitsprocError, OptionError
from pytest_fitsproc.fits.checksum import ChecksumMode
from pytest_fitsproc.fits.serialising import Serialising
from pytest_fitsproc.plugin import options
from pytest_fitsproc.plugin.fields import Fields
from pytest_fitsproc.plugin.processor_paths import ProcessorPaths, bins_of, named_paths
from pytest_fitsproc.plugin.results import Results
from pytest_fitsproc.plugin.rows import Rows
from pytest_fitsproc.plugin.seen_products import SeenProducts
from pytest_fitsproc.plugin.settings import Settings
from pytest_fitsproc.plugin.stash import RUN
from pytest_fitsproc.plugin.steps import Steps
from pytest_fitsproc.plugin.targets import Target, find_targets
from pytest_fitsproc.plugin.verdicts import judge
from pytest_fitsproc.plugin.writers import Writers
from pytest_fitsproc.processing.engine import Engine
from pytest_fitsproc.processing.gathering import check_suffix
from pytest_fitsproc.processing.headers.writing import new_run_name
from pytest_fitsproc.processing.previews.places import PreviewPlaces

# Where the previews of files without a resource descriptor are written.
_PREVIEWS = "fitsproc-previews"


@dataclass
class Run:
    """What the parts of the plugin share.

    Attributes
    ----------
    settings : what was asked for
    inputs : the inputs directory
    targets : the data descriptors, with what is chosen of them
    paths : where processors come from
    notices : what the user is told once, a line each
    database : the one that was named
    is_worker : whether a controller has listed the files
    writers : how what processors propose is written
    pictures : directory for pictures that are shown but not kept; None where nobody looks at them
    engine, rows, results : of this process
    """

    settings: Settings
    inputs: InputsDirectory
    targets: list[Target]
    paths: ProcessorPaths
    notices: list[str]
    writers: Writers
    engine: Engine
    is_worker: bool = False
    rows: Rows = field(default_factory=Rows)
    results: Results = field(default_factory=Results)
    database: Database | None = None
    pictures: Path | None = None
    _catalogues: dict[str, Catalogue] = field(default_factory=dict)

    @classmethod
    def find(
        cls, settings: Settings, arguments: Sequence[str], rootdir: Path, cwd: Path, environ: dict[str, str]
    ) -> Run:
        """Return the run that the settings describe.

        Parameters
        ----------
        arguments : paths and ids on pytest's command line

        Raises
        ------
        FitsprocError
            An address or an option can't be used.
        """
        inputs = find_inputs_directory(settings.inputs, settings.ini_inputs, environ, rootdir)
        if settings.inputs:
            inputs.require()
        database = find_database(settings.database, settings.ini_database, environ, inputs.configuration)
        targets, notices = find_targets(settings, inputs, rootdir, cwd, database)
        if settings.gather_file:
            check_suffix(settings.gather_file)
        for file in filter(None, (settings.gather_file, settings.classes_file)):
            if not (cwd / file).parent.is_dir():
                raise OptionError(f"{file} can't be written: there is no such directory")
        described = [target.dd.rd for target in targets if not target.is_ad_hoc]
        paths = ProcessorPaths(
            named=named_paths(arguments, cwd),
            bins=bins_of(rd.resdir for rd in described),
            data=tuple(Path(directory) for target in targets for directory in target.dd.sources.directories),
            descriptors=tuple(rd.path for rd in described),
            rootdir=rootdir,
            cwd=cwd,
        )
        engine = Engine(judge, Serialising(settings.spare_blocks, ChecksumMode(settings.checksum)))
        writers = Writers(settings, new_run_name())
        return cls(settings, inputs, targets, paths, notices, writers, engine, database=database)

    @cached_property
    def descriptors(self) -> list[DataDescriptor]:
        """The data descriptors, in the order given."""
        return [target.dd for target in self.targets]

    @property
    def resource_descriptors(self) -> list[ResourceDescriptor]:
        """One for each resource directory."""
        return list({dd.rd.resdir: dd.rd for dd in self.descriptors}.values())

    @property
    def has_pasted_ids(self) -> bool:
        """Whether ids of items were given, and nothing but them."""
        return all(target.chosen for target in self.targets)

    def list_sources(self) -> None:
        """List the files of all data descriptors.

        Raises
        ------
        UsageError
            A descriptor's sources can't be listed as it is written; sandboxes of fields have no place.
        """
        try:
            for target in self.targets:
                target.list_paths(self.settings.name_filter)
            self.fields.settings.require_place()
        except FitsprocError as error:
            raise pytest.UsageError(str(error)) from error

    def catalogue(self, dd: DataDescriptor) -> Catalogue:
        """Return the catalogue of a data descriptor, read once for each resource directory.

        Raises
        ------
        FitsprocError
            There is none, or it can't be read.
        """
        if self.settings.catalogue is None:
            raise OptionError("there is no catalogue: name its file by --fitsproc-catalogue=PATH")
        if dd.rd.resdir not in self._catalogues:
            self._catalogues[dd.rd.resdir] = read_catalogue(self.settings.catalogue, dd.rd.resdir)
        return self._catalogues[dd.rd.resdir]

    @cached_property
    def tables(self) -> Database:
        """What has the products: the database that was named, or one that is made of the descriptors."""
        own = [dd for dd in self.descriptors if dd.rd.inputs.path == self.inputs.path]
        return products_database(self.database, EmbeddedDatabase(own))

    def products(self, dd: DataDescriptor) -> Products:
        """Return the products of a data descriptor."""
        # Accrefs are relative to the inputs directory; those of another mean nothing to the database.
        is_own = dd.rd.inputs.path == self.inputs.path
        return Products(dd, self.tables if is_own else EmbeddedDatabase([dd]), self.settings.write.roots)

    @cached_property
    def seen_products(self) -> SeenProducts:
        """The products as processors see them, whose conftests may say something else."""
        return SeenProducts(self.products, self.descriptors)

    @cached_property
    def steps(self) -> Steps:
        """How writers are run."""
        return Steps(self.settings.waking, self._places, self.settings.write, self.fields)

    @property
    def previews_to(self) -> Path | None:
        """Directory for all previews; None where descriptors say where they belong."""
        to = self.settings.previews_to
        return None if to is None else self.paths.cwd / to

    def _places(self, function: pytest.Function) -> PreviewPlaces:
        products = partial(self.seen_products.of, function)
        return PreviewPlaces(products, self.previews_to, self.paths.cwd / _PREVIEWS)

    @cached_property
    def fields(self) -> Fields:
        """The fields that are solved, once the files are listed."""
        copies_many = sum(len(target.paths) for target in self.targets) > 1
        return Fields(replace(self.settings.solver, copies_many=copies_many), self.rows, self.pictures)

    def close_database(self) -> None:
        """End the connection to it."""
        for database in (self.database, vars(self).get("tables")):
            if database is not None:
                database.close()

    def read_catalogues(self) -> None:
        """Read the catalogue, if there is one, before the first file needs it."""
        if self.settings.catalogue is not None:
            for dd in self.descriptors:
                self.catalogue(dd)

    def all_notices(self) -> list[str]:
        """What the user is told about the sources, each line once."""
        listed = [notice for target in self.targets for notice in target.notices]
        return list(dict.fromkeys([*self.notices, *listed]))


def prepare(config: pytest.Config, parser: pytest.Parser, args: list[str], environ: dict[str, str]) -> None:
    """Find what is to be processed and put the run into the configuration.

    The command line is changed in place: DaCHS' words are translated, and where no path is given, the
    processors' directories of the resource descriptors are.

    Raises
    ------
    UsageError
        An address or an option can't be used.
    """
    args[:] = options.translate(args)
    namespace = parser.parse_known_args(args, namespace=copy.copy(config.option))
    namespace.confcutdir = config.known_args_namespace.confcutdir
    settings = Settings.read(namespace, config)
    try:
        run = Run.find(
            settings, namespace.file_or_dir, config.rootpath, config.invocation_params.dir, environ
        )
    except FitsprocError as error:
        raise pytest.UsageError(str(error)) from error
    args += map(str, run.paths.implied)
    namespace.file_or_dir = run.paths.anchors()
    # pytest looks the initial conftests up here, and has done so before the words were translated.
    config.known_args_namespace = namespace
    config.stash[RUN] = run
