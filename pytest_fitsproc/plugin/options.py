"""The options of the plugin, and the words of DaCHS that stand for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest


class Option(NamedTuple):
    """One option: its flag, what it takes, and DaCHS' word for it.

    ``bare`` is the value that the flag has where none is given; without it, a value must be.
    """

    flag: str
    help: str
    metavar: str | None = None
    dachs: str | None = None
    repeated: bool = False
    choices: tuple[str, ...] | None = None
    default: str | None = None
    bare: str | None = None

    @property
    def dest(self) -> str:
        """Name of the value in pytest's namespace of options."""
        return self.flag.lstrip("-").replace("-", "_")


#: Values that stand for what a bare flag means.
ALL, LAST = "all", "last"

OPTIONS = (
    Option(
        "--fitsproc",
        "what to process: a data descriptor (potsdam/q/import), a resource descriptor (all its data),"
        " a directory or a glob of FITS files, or the id of a line in a report; may be repeated",
        "ADDRESS",
        repeated=True,
    ),
    Option("--fitsproc-inputs", "the inputs directory that RD ids and accrefs are relative to", "DIR"),
    Option("--fitsproc-filter", "only files whose accref contains TEXT", "TEXT", dachs="--filter"),
    Option("--fitsproc-report", "run the classifiers only and report the classes", dachs="--report"),
    Option(
        "--fitsproc-catalogue",
        "table for the fixture `catalogue`, relative to the resource directory; its rows' key is COLUMN,"
        " else the column accref, else the first",
        "PATH[::COLUMN]",
        dachs="--catalogue",
    ),
    Option(
        "--fitsproc-db",
        "database with the products, which ignore lists and processors ask: postgresql://USER@HOST/DATABASE,"
        " sqlite:///PATH, or none; by default $FITSPROC_DB, or that of DaCHS' configuration",
        "URL",
    ),
    Option("--fitsproc-classes", "write classifier, label and file of all that were classified", "FILE.csv"),
    Option("--fitsproc-gather", "write the gathered rows (.csv, .ecsv, .json or .fits)", "FILE"),
    Option(
        "--fitsproc-html-rows",
        "rows of the HTML report: those of passed items are left out unless all are asked for",
        choices=("notable", "all"),
        default="notable",
    ),
    Option(
        "--fitsproc-checks",
        "built-in checks to run: names separated by commas, all or none",
        "NAMES",
        default="readable",
    ),
    Option(
        "--fitsproc-opt",
        "an option for processor classes (--cat-name=x) or one (MyProc:--cat-name=x); may be repeated",
        "OPTION",
        repeated=True,
    ),
    Option(
        "--fitsproc-write",
        "wake the writers, or those of these names (separated by commas): what they change is written",
        "NAMES",
        bare=ALL,
    ),
    Option("--fitsproc-strict", "a file that a sleeping header processor would change fails"),
    Option(
        "--fitsproc-reprocess",
        "process also files that are processed, and compute detached headers anew",
        dachs="--reprocess",
    ),
    Option("--fitsproc-no-compute", "compute no detached headers", dachs="--no-compute"),
    Option("--fitsproc-apply", "write detached headers into their files", dachs="--apply"),
    Option(
        "--fitsproc-reheader",
        "with --fitsproc-apply: also into files that are processed",
        dachs="--reheader",
    ),
    Option("--fitsproc-force", "make previews also where there are some", dachs="--force"),
    Option("--fitsproc-stale", "make previews that are older than their files anew", dachs="--stale"),
    Option("--fitsproc-previews", "make a preview of each file that has none, with no processor's help"),
    Option(
        "--fitsproc-previews-to",
        "directory for previews, instead of where the descriptor says;"
        " ./fitsproc-previews for files without a descriptor",
        "DIR",
    ),
    Option("--fitsproc-spectrum-axes", "draw axes in previews of spectra"),
    Option(
        "--fitsproc-no-anet",
        "solve no fields: the WCS is that of the detached header, which must be there",
        dachs="--no-anet",
    ),
    Option(
        "--fitsproc-copy-to",
        "copy the sandboxes in which fields are solved to DIR, with a picture; of several files each to a"
        " directory below it; earlier ones are replaced",
        "DIR",
        dachs="--copy-to",
    ),
    Option(
        "--fitsproc-minarea",
        "sources have so many pixels at least (DETECT_MINAREA of source-extractor), whatever processors say;"
        " 300 where only the threshold is given",
        "PIXELS",
        dachs="--minarea",
    ),
    Option(
        "--fitsproc-detectthreshold",
        "sources are so many sigmas above the sky (DETECT_THRESH); 4 where only the area is given",
        "SIGMAS",
        dachs="--detectthreshold",
    ),
    Option(
        "--fitsproc-checksum",
        "what an edit does with CHECKSUM and DATASUM: update what is there, keep it, or add what is missing",
        choices=("update", "keep", "add"),
        default="update",
    ),
    Option("--fitsproc-spare-blocks", "blocks of blank cards that a header gets when it must grow", "NUMBER"),
    Option("--fitsproc-keep-mtime", "rewritten files keep their time of modification"),
    Option(
        "--fitsproc-no-sync",
        "do not wait for the disk: after a power cut, a file under way may be neither old nor new",
    ),
    Option(
        "--fitsproc-undo",
        "put back the headers that the last run changed, or the run of this name; and end",
        "RUN",
        bare=LAST,
    ),
    Option("--fitsproc-template", "copy a recipe of processors into the current directory, and end", "NAME"),
)

# Words of DaCHS that are options of other plugins here.
_BAIL = {"--bail": "-x"}
_PROCESSES = ("-j", "--n-procs")

INI = (
    ("fitsproc_db", "the database (--fitsproc-db)"),
    (
        "fitsproc_index_path",
        "the directory with the index files of astrometry.net, for processors that name none",
    ),
    ("fitsproc_inputs", "the inputs directory (--fitsproc-inputs)"),
    ("fitsproc_roots", "directories beside the inputs directory in which files may be written, one a line"),
    ("fitsproc_server_url", "URL of the server that static URLs of services begin with"),
)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options and ini values to pytest."""
    group = parser.getgroup("fitsproc", "FITS files of archives")
    for option in OPTIONS:
        group.addoption(option.flag, **_keywords(option))
    for name, text in INI:
        parser.addini(name, text, default=None)


def markdown_table() -> str:
    """Return the table of all options, as README has it."""
    rows = [f"| {_flag_text(option)} | {_dachs_text(option)} | {option.help} |" for option in OPTIONS]
    rows += [f"| ini `{name}` | | {text} |" for name, text in INI]
    return "\n".join(["| option | DaCHS | |", "|---|---|---|", *rows])


def is_wanted(args: Sequence[str]) -> bool:
    """Whether a command line asks for files to be processed."""
    return any(arg == "--fitsproc" or arg.startswith("--fitsproc=") for arg in _before_separator(args))


def translate(args: Sequence[str]) -> list[str]:
    """Return the command line with DaCHS' words replaced by the options that they stand for.

    Raises
    ------
    UsageError
        ``-j`` is not followed by a positive number, or a word lacks its value.
    """
    head = list(_before_separator(args))
    words = iter(head)
    return [translated for word in words for translated in _translated(word, words)] + list(args[len(head) :])


def _before_separator(args: Sequence[str]) -> Sequence[str]:
    return args[: args.index("--")] if "--" in args else args


def _translated(word: str, following: Iterator[str]) -> list[str]:
    if word in _BAIL:
        return [_BAIL[word]]
    if word.startswith(_PROCESSES):
        return [_processes(word, following)]
    name, equals, value = word.partition("=")
    if not equals and name in _BARE:
        return [f"{name}={_BARE[name]}"]
    option = _BY_WORD.get(name)
    if option is None:
        return [word]
    if option.metavar is None:
        return [option.flag + equals + value]
    return [f"{option.flag}={value if equals else _value_of(name, following)}"]


def _processes(word: str, following: Iterator[str]) -> str:
    name = "--n-procs" if word.startswith("--") else "-j"
    value = word.removeprefix(name).removeprefix("=") or _value_of(name, following)
    if not value.isdecimal() or int(value) < 1:
        raise pytest.UsageError(f"{name} takes a positive number of processes, not {value!r}")
    # A single process needs no distribution.
    return f"-n{value}" if int(value) > 1 else "-n0"


def _value_of(name: str, following: Iterator[str]) -> str:
    value = next(following, None)
    if value is None:
        raise pytest.UsageError(f"{name} needs a value: write {name}=VALUE")
    return value


def _keywords(option: Option) -> dict[str, object]:
    keywords: dict[str, object] = {"dest": option.dest, "help": option.help, "default": option.default}
    if option.bare:
        # pytest parses the words as they are before they are translated.
        keywords |= {"nargs": "?", "const": option.bare, "metavar": option.metavar}
    elif option.repeated:
        keywords |= {"action": "append", "metavar": option.metavar, "default": []}
    elif option.choices:
        keywords["choices"] = option.choices
    elif option.metavar is None:
        keywords |= {"action": "store_true", "default": False}
    else:
        keywords["metavar"] = option.metavar
    return keywords


def _flag_text(option: Option) -> str:
    value = "{" + ",".join(option.choices) + "}" if option.choices else option.metavar
    if option.bare:
        return f"`{option.flag}[={value}]`"
    return f"`{option.flag}={value}`" if value else f"`{option.flag}`"


def _dachs_text(option: Option) -> str:
    return f"`{option.dachs}`" if option.dachs else ""


_BARE = {option.flag: option.bare for option in OPTIONS if option.bare}
_BY_WORD = {option.dachs: option for option in OPTIONS if option.dachs}
