"""Compare the check `readable` with three judges of real files: python benchmarks/verdicts.py --shared DIR.

The folder has FITS files in corpus/ and, in corpus/manifest.csv, what fitsverify, astropy and fitsio said of
each. The section "Verdicts over the corpora" of README.md beside this script is written anew; the script
stops where a disagreement has no reason in `REASONS`.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_fitsproc.checks import Finding, Level, readable
from pytest_fitsproc.fits.file import FitsFile

README = Path(__file__).with_name("README.md")
TITLE = "## Verdicts over the corpora"

# Column of the manifest, name, and what a judge says of a file that it has nothing against.
JUDGES = (
    ("fitsverify", "fitsverify 4.20", re.compile(r"OK|0 errors .*")),
    ("astropy_8.0.2", "astropy 8.0.2", re.compile(r"verify ok(?!.* DATA ).*")),
    ("fitsio_1.4.2", "fitsio 1.4.2", re.compile(r"ok n=(?!.* DATA ).*")),
)

KEYWORD_USE = "beyond the file format:"
TABLE_CONTENT = "beyond the file format, a table:"
STRICTER = "forbidden, though some readers bear it:"

REASONS = (
    ("*/fixed-1890.fits", f"{KEYWORD_USE} PCOUNT and GCOUNT in a primary image"),
    ("*/group_invalid.fits", f"{KEYWORD_USE} PCOUNT and GCOUNT in a primary image"),
    ("*/header_newlines.fits", f"{KEYWORD_USE} WCSAXES after other WCS keywords"),
    ("*/validate.fits", f"{KEYWORD_USE} WCSAXES after other WCS keywords"),
    ("*/sip-wcs.fit", f"{KEYWORD_USE} PCi_j beside CDi_j"),
    ("*/secchi_l0_?.fits", f"{KEYWORD_USE} BLANK with floating-point data"),
    ("*/m33_beams_bintable.fits.gz", f"{KEYWORD_USE} XTENSION a second time, which readers pass over"),
    ("*/go1520110607.fits", f"{KEYWORD_USE} dates such as 07/06/2011"),
    ("*/heliographic_phase_map.fits.gz", f"{KEYWORD_USE} DATE ends in _UTC"),
    ("*/file001.fits", f"{KEYWORD_USE} DATE is '27/ 5/84'"),
    ("*/timmi2.fits", f"{KEYWORD_USE} DATE has an hour of one digit"),
    ("*/zerowidth.fits", f"{TABLE_CONTENT} BSCALE and BZERO in a table, bytes that are not ASCII"),
    ("*/psField-*.fit", f"{TABLE_CONTENT} arrays longer than TFORM allows"),
    ("*/laxpc_file_read.fits", f"{TABLE_CONTENT} blanks before TFORM's value"),
    ("*/err_many_errors.fits", f"{TABLE_CONTENT} TDISPn"),
    ("*/bachesORDE.fit", f"{TABLE_CONTENT} TDISPn of an integer for a float"),
    ("*/cl_old.fits", f"{TABLE_CONTENT} columns of one name"),
    ("*/bintable.tfits", f"{TABLE_CONTENT} arrays longer than TFORM allows"),
    (
        "*/tst0012.mt",
        f"{TABLE_CONTENT} arrays too long; GCOUNT = 3, which astropy refuses, is legal in HDU 2",
    ),
    ("*/bt12.fits*", f"{TABLE_CONTENT} columns without a name, which is legal but for astropy"),
    ("*/testBinaryTable.fits.fz", f"{TABLE_CONTENT} columns without a name, which is legal but for astropy"),
    (
        "*/theap-gap.fits",
        "complete: PCOUNT has the gap before the heap in it (§7.3.5), fitsverify adds it again",
    ),
    ("*/header_with_time_wcslib71.fits", "complete: blanks after the last HDU are a warning (FP106)"),
    ("*/testf77.std", "fitsio crashes (signal 11), the others read it"),
    ("*/order.tfits", "legal; CFITSIO takes an = in the string of a HIERARCH card for the value's"),
    ("*/xspectr.fits", "legal; CFITSIO takes an = in the string of a HIERARCH card for the value's"),
    ("*.fits.Z", "neither astropy nor we read Unix compress, CFITSIO does; the finding says to uncompress"),
    ("*/file-img2-bitpix*.fits", f"{STRICTER} an IMAGE extension without PCOUNT and GCOUNT"),
    ("*/nttexample.mt", f"{STRICTER} a block of a lost header after the last HDU"),
    (
        "*/trailing_garbage.fits",
        f"{STRICTER} bytes after the last HDU, perhaps the rest of one that was lost",
    ),
    ("*/trailing_nul_block.fits", "blocks of NUL bytes lose nothing, tapes end so: a warning (FP106)"),
    ("*/lowercase_key.fits", f"{STRICTER} a keyword in lower case"),
    ("*/tab_in_card.fits", f"{STRICTER} a tab in a card"),
    ("*/nul_in_card.fits", f"{STRICTER} a NUL byte in a card"),
    ("*/nan_value.fits", f"{STRICTER} NaN as a value"),
    ("*/inf_value.fits", f"{STRICTER} Inf as a value"),
    ("*/unterminated_string.fits", f"{STRICTER} a string without its closing quote"),
    ("*/lf_terminated_cards.fits", f"{STRICTER} line feeds in the cards"),
)


@dataclass(frozen=True)
class Verdict:
    """What we and the judges say of one file."""

    path: str
    is_header_text: bool
    errors: tuple[Finding, ...]
    judges: tuple[bool, ...]

    @classmethod
    def of_row(cls, corpus: Path, row: dict[str, str]) -> Verdict:
        """Judge the file of one row of the manifest."""
        with FitsFile(str(corpus / row["path"])) as file:
            errors = tuple(finding for finding in readable(file) if finding.level is Level.ERROR)
        judges = tuple(bool(accepted.fullmatch(row[column])) for column, _, accepted in JUDGES)
        return cls(row["path"], row["kind"] == "header-text", errors, judges)

    @property
    def passes(self) -> bool:
        """Whether `readable` lets the file pass."""
        return not self.errors

    @property
    def corpus(self) -> str:
        """The folder: good, bad or derived."""
        return self.path.partition("/")[0]

    @property
    def opponents(self) -> list[str]:
        """The judges that say otherwise."""
        return [name for (_, name, _), said in zip(JUDGES, self.judges, strict=True) if said != self.passes]


def main() -> None:
    """Judge all files and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that has corpus/ in it")
    corpus = parser.parse_args().shared / "corpus"
    with open(corpus / "manifest.csv", newline="") as manifest:
        verdicts = [Verdict.of_row(corpus, row) for row in csv.DictReader(manifest)]
    if unexplained := [verdict.path for verdict in verdicts if verdict.opponents and not _reason(verdict)]:
        sys.exit("no reason is written for " + ", ".join(unexplained))
    _replace_section("\n".join(_section(verdicts)))


def _section(verdicts: list[Verdict]) -> Iterator[str]:
    files = [verdict for verdict in verdicts if not verdict.is_header_text]
    texts = [verdict for verdict in verdicts if verdict.is_header_text]
    yield TITLE
    yield "\nWritten by `python benchmarks/verdicts.py --shared DIR`. A file passes when `readable` finds no"
    yield "error; a judge passes it when it reports no error, raises nothing and does not crash.\n"
    yield "| files | judge | both pass | both fail | only we fail it | only we pass it |"
    yield "|---|---|---|---|---|---|"
    for corpus in ("good", "bad", "derived"):
        yield from _agreement([verdict for verdict in files if verdict.corpus == corpus], corpus)
    refused = sum(verdict.errors[0].code == "FP101" for verdict in texts if verdict.errors)
    yield f"\nBesides, {refused} of {len(texts)} header texts are named as what they are, not FITS (FP101).\n"
    disputed = [verdict for verdict in files if verdict.opponents]
    yield f"The {len(disputed)} files of which a judge says otherwise:\n"
    yield "| file | `readable` | otherwise | why |"
    yield "|---|---|---|---|"
    yield from map(_dispute, disputed)


def _agreement(verdicts: list[Verdict], corpus: str) -> Iterator[str]:
    """Yield a row for each judge."""
    for number, (_, name, _) in enumerate(JUDGES):
        pairs = [(verdict.passes, verdict.judges[number]) for verdict in verdicts]
        cells = (pairs.count(pair) for pair in ((True, True), (False, False), (False, True), (True, False)))
        yield f"| {corpus} ({len(verdicts)}) | {name} | " + " | ".join(map(str, cells)) + " |"


def _dispute(verdict: Verdict) -> str:
    ours = verdict.errors[0].code if verdict.errors else "passes"
    return f"| {verdict.path} | {ours} | {', '.join(verdict.opponents)} | {_reason(verdict)} |"


def _reason(verdict: Verdict) -> str:
    return next((reason for pattern, reason in REASONS if fnmatchcase(verdict.path, pattern)), "")


def _replace_section(section: str) -> None:
    """Put the section in README.md, in its old place or at the end."""
    text = README.read_text(encoding="utf-8") if README.exists() else "# Benchmarks\n"
    before, _, old = text.partition(TITLE)
    _, heading, after = old.partition("\n## ")
    README.write_text(f"{before.rstrip()}\n\n{section}\n{heading}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
