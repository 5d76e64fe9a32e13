"""Templates and header order under DaCHS' names do what the real DaCHS does, but for differences meant."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest
from astropy.io import fits

from pytest_fitsproc.api import fitstools, fitstricks
from pytest_fitsproc.errors import FitsprocWarning

PYTHON = "/usr/bin/python3"


def answers(expressions, fitstricks, fitstools, pyfits):
    """What expressions give, as text; it runs in this process and in that of DaCHS."""
    import re

    def header(*cards):
        return pyfits.Header(
            [pyfits.Card(*card) for card in [("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), *cards]]
        )

    def registered(name, *entries):
        fitstricks.registerTemplate(name, entries)
        return name

    def changed(target, function, *arguments):
        function(target, *arguments)
        return target

    def shown(card, expression):
        if isinstance(card.value, pyfits.card.Undefined):
            return f"{card.keyword} undefined / {card.comment}"
        comment = f" / {card.comment}" if card.comment and card.comment in expression else ""
        return f"{card.keyword}={card.value}{comment}"

    def answer(expression):
        try:
            found = eval(expression, names)
        except Exception as error:
            return "error " + type(error).__name__
        if isinstance(found, pyfits.Header):
            cards = [shown(card, expression) for card in found.cards if card.keyword or card.value]
            found = "; ".join(card for card in cards if "pytest_fitsproc" not in card)
        return re.sub("[0-9]{4}-[0-9]{2}-[0-9]{2}", "DAY", str(found))

    names = {"header": header, "changed": changed, "registered": registered, "pyfits": pyfits}
    names |= {"fitstricks": fitstricks, "MINIMAL": fitstricks.MINIMAL_IMAGE_TEMPLATE}
    names |= {"WFPDB": fitstricks.WFPDB_TEMPLATE, "make": fitstricks.makeHeaderFromTemplate}
    names |= {"update": fitstricks.updateTemplatedHeader, "sort": fitstools.sortHeaders}
    return [answer(expression) for expression in expressions]


# What one call does to DaCHS' templates, the next must not see.
SCRIPT = f"""
import importlib, json, sys
from astropy.io import fits
from gavo.helpers import fitstricks
from gavo.utils import fitstools
{inspect.getsource(answers)}
fresh = lambda: importlib.reload(fitstricks)
json.dump([answers([one], fresh(), fitstools, fits)[0] for one in json.load(sys.stdin)], sys.stdout)
"""

FULL = (
    'header(("OBJECT", "M 31", "mine"), ("FOO", 1, "foo"), ("RA-ORIG", "0 42"), ("HISTORY", "h1"),'
    ' ("HISTORY", "h2"), ("COMMENT", "c1"), ("NAXIS1", 4, "wide"), ("UNDEF", None, "nothing"))'
)
MADE = 'make(WFPDB, OBJECT="x", EXPTIME=4, BITPIX=16, FN_PRE="p", BAR=5)'

OWN = "('A', 'a'), pyfits.Card('', '-- title'), pyfits.Card('B', 7, 'b'), ('C-D', 'c')"

#: Expressions of which we give the same cards as DaCHS, empty ones and wordings aside.
SAME = [
    "sort(make(MINIMAL, BITPIX=16, NAXIS1=3, NAXIS2=5, BSCALE=2.5, BZERO=0))",
    'sort(make("minimal", BITPIX=16, OBJECT="x", B_A=1, COMMENT="c"))',
    "sort(make(MINIMAL, BITPIX=16, NAXIS1=None, BSCALE=''))",
    'make("nothing", BITPIX=16)',
    'sort(make(WFPDB, BITPIX=8, RA_ORIG="1 2 3", RA_DEG=3.5, EXPTIME=4, CD1_1=0.5, LICENCE="l"))',
    'sort(make(WFPDB, JD_AVG=1, DT_OBS2=2, FN_SCN3="f", A_1_1=3, A_0_2=4, AP_2_0=1, BITPIX=8, X=9))',
    f'sort(make(WFPDB, originalHeader={FULL}, RA_ORIG="0 43", FILTER="V", NOT="known", NAXIS=0))',
    f"sort(make(WFPDB, originalHeader={FULL}, OBJECT=None, RA_ORIG=None, FOO=2, NAXIS=0))",
    f'sort(make(WFPDB, originalHeader={MADE}, EXPTIME=5, FILTER="V"))',
    f"sort(make(MINIMAL, originalHeader={MADE}, BITPIX=32))",
    'sort(update(make(WFPDB, OBJECT="x", BITPIX=16, BAR=5), EXPTIME=6, PRISM="p", BAR=9, NOT="known"))',
    f"fitstricks.getTemplateNameFromHistory({MADE})",
    "fitstricks.getNameForTemplate(WFPDB), fitstricks.getNameForTemplate(MINIMAL)",
    'fitstricks.getNameForTemplate([("A", "a")])',
    "fitstricks.getTemplateForName('minimal') == MINIMAL",
    "fitstricks.getTemplateForName('nothing')",
    f"make(registered('diff_1', {OWN}), A=1)",
    f"make(registered('diff_2', {OWN}), B=2, C_D=3)",
    f"fitstricks.getHeaderAsDict({FULL})",
    "sorted(set(fitstricks.DEFAULT_IGNORED_HEADERS) - {'naxis1', 'naxis2'})",
    f'changed({FULL}, fitstricks.addHistoryCard, "done", "do")',
    f'changed({FULL}, fitstricks.addHistoryCard, "h1 again", "h1")',
    f'changed({FULL}, fitstricks.addHistoryCard, "x" * 61, "x")',
    f'changed(header(("OBJECT", "old"), ("C", 1)), fitstricks.copyFields, {FULL}.cards)',
    f'changed(header(("OBJECT", "old")), fitstricks.copyFields, {FULL}.cards, frozenset(["foo"]))',
    f"sort({FULL})",
    f"sort({FULL}.cards)",
    f"sort({FULL}, lambda text: text != 'c1', lambda text: '2' in text, ['FOO', 'NOPE', 'NAXIS'])",
    f"sort({FULL}, cardSequence=[('RA-ORIG', True), pyfits.Card('', '-- title'), 'FOO'])",
    'sort(header(("HISTORY", "b"), ("A", 1, "a"), ("HISTORY", "a"), ("A", 2), ("", "t"), ("HISTORY", "b")))',
    'sort(header(("BSCALE", 1.0), ("NAXIS2", 1, "n2"), ("EXTEND", True), ("NAXIS1", 2), ("BZERO", 0)))',
]

START = "SIMPLE=True; BITPIX=8; NAXIS=0"
SIGNED = "HISTORY=GAVO DaCHS template used: "

#: Expressions, what DaCHS gives, what we give.
DIFFERENT = {
    # The array that the original header describes stays the array; commentary keeps its order.
    'make(MINIMAL, header(("EXTEND", False, "none"), ("COMMENT", "c")))': (
        f"SIMPLE=True; EXTEND=True; NAXIS=2; BITPIX=8; COMMENT=c; {SIGNED}minimal",
        f"{START}; EXTEND=False / none; {SIGNED}minimal; COMMENT=c",
    ),
    # No value changes the template for those who come later.
    "bool(make(MINIMAL, NAXIS=7)), make(MINIMAL)['NAXIS']": ("(True, 7)", "(True, 2)"),
    # None is as good as no value.
    "make(MINIMAL, EXTEND=None, BZERO=None)": (
        f"SIMPLE=True; EXTEND undefined / ; NAXIS=2; {SIGNED}minimal",
        f"SIMPLE=True; NAXIS=2; EXTEND=True; {SIGNED}minimal",
    ),
    # Keywords in lower case, and with the dash that they have, are known.
    'make(MINIMAL, bitpix=8, **{"a-b": 1})': (
        f"SIMPLE=True; EXTEND=True; NAXIS=2; BITPIX=8; A-B=1; {SIGNED}minimal",
        f"SIMPLE=True; BITPIX=8; NAXIS=2; EXTEND=True; A-B=1; {SIGNED}minimal",
    ),
    # A value may bring its comment.
    'make(MINIMAL, BITPIX=(8, "bits"))': (
        "error ValueError",
        f"SIMPLE=True; BITPIX=8 / bits; NAXIS=2; EXTEND=True; {SIGNED}minimal",
    ),
    # Templates that are not registered can be used; the WCS template is registered.
    'make([("A", "first"), ("B", 2, "second")], A=1)': ("error AttributeError", "A=1 / first; B=2 / second"),
    "make(fitstricks.WCS_TEMPLATE, CRVAL1=3, EQUINOX=2000, A_2_2=1)": (
        "error AttributeError",
        "=-------------------- Spatial WCS; EQUINOX=2000; CRVAL1=3; A_2_2=1; " + SIGNED + "wcs",
    ),
    # Cards of the original header are kept, all of them, with their comments; blank ones with a text, too.
    'make(MINIMAL, header(("A", 1, "a"), ("A", 2, "b"), ("", "text")), NAXIS=0, BITPIX=8)': (
        f"SIMPLE=True; EXTEND=True; BITPIX=8; NAXIS=0; A=1 / a; {SIGNED}minimal",
        f"{START}; EXTEND=True; A=1 / a; A=2 / b; =text; {SIGNED}minimal",
    ),
    'update(header(("EXTEND", False, "none"), ("NAXIS1", 3, "wide")), "minimal", NAXIS2=5)': (
        f"SIMPLE=True; EXTEND=False; BITPIX=8; NAXIS=0; NAXIS1=3; NAXIS2=5; {SIGNED}minimal",
        f"{START}; NAXIS1=3 / wide; NAXIS2=5; EXTEND=False / none; {SIGNED}minimal",
    ),
    # What was given with a dash stays at its place, too.
    "update(make(registered('diff_3', ('A-B', 'a'), ('C', 'c')), A_B=1, C=2), C=3)": (
        f"C=3 / c; A-B=1 / a; {SIGNED}diff_3",
        f"A-B=1 / a; C=3 / c; {SIGNED}diff_3",
    ),
    # Templates are written without astropy, too.
    "make(registered('diff_4', ('A', 7, 'a')))": ("error ValueError", f"A=7 / a; {SIGNED}diff_4"),
    # History can be written where there is none.
    'changed(header(), fitstricks.addHistoryCard, "done", "do")': (
        "error KeyError",
        f"{START}; HISTORY=DAY done",
    ),
    'changed(header(), fitstricks.addHistoryCard, "x" * 62, "x")': (
        "error ValueError",
        "error HistoryEntryError",
    ),
    # HISTORY can be ignored.
    'changed(header(), fitstricks.copyFields, header(("HISTORY", "h")).cards[3:], {"history"})': (
        f"{START}; HISTORY=h",
        START,
    ),
    # NAXIS stands for every NAXISn; of a keyword that occurs twice, both cards are copied.
    'changed(header(), fitstricks.copyFields, header(("NAXIS3", 1), ("A", 1, "a"), ("A", 2, "b")).cards)': (
        f"{START}; NAXIS3=1; A=2 / b",
        f"{START}; A=1 / a; A=2 / b",
    ),
    # NAXISn is structural for every n; the second card of a keyword is not lost.
    'sort(header(("A", 1), ("NAXIS10", 1), ("NAXIS9", 1), ("BITPIX", 16)))': (
        "SIMPLE=True; BITPIX=16; NAXIS=0; A=1; NAXIS10=1; NAXIS9=1",
        f"{START}; NAXIS9=1; NAXIS10=1; A=1; BITPIX=16",
    ),
    'sort(header(("A", 1, "a"), ("B", 1), ("A", 2, "b")), cardSequence=["b", "A"])': (
        f"{START}; A=2 / b; B=1",
        f"{START}; B=1; A=1 / a; A=2 / b",
    ),
    # A card of the sequence takes the place of the one there was, and so does not pile up.
    'sort(header(("A", 1, "a")), cardSequence=[pyfits.Card("A", 2, "b")])': (
        f"{START}; A=2 / b; A=1 / a",
        f"{START}; A=2 / b",
    ),
    # The header of an extension has an order, too; what counts its elements follows the axes.
    'sort(pyfits.Header([("GCOUNT", 1), ("PCOUNT", 0), ("NAXIS", 0), ("BITPIX", 8), ("XTENSION", "X")]))': (
        "error FITSError",
        "XTENSION=X; BITPIX=8; NAXIS=0; PCOUNT=0; GCOUNT=1",
    ),
    "sort(pyfits.Header([('A', 1)]))": ("error FITSError", "error MissingCardError"),
    f"update({FULL}, EXPTIME=6)": ("error ReportableError", "error NotFoundError"),
}


@pytest.fixture(scope="module")
def dachs(require_program: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    """Give expressions to the real DaCHS; skip where it is not installed."""
    if (
        not os.path.exists(PYTHON)
        or subprocess.run([PYTHON, "-c", "import gavo.utils"], capture_output=True, timeout=60).returncode
    ):
        require_program("dachs")
        pytest.skip(f"DaCHS is there, but {PYTHON} can't import it")

    def run(expressions: list[str]) -> list[str]:
        done = subprocess.run(
            [PYTHON, "-W", "ignore", "-c", SCRIPT],
            input=json.dumps(expressions),
            env={"PATH": os.environ["PATH"], "HOME": "/nowhere", "GAVOSETTINGS": "/nowhere/gavo.rc"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def ours(expressions: list[str]) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitsprocWarning)
        return answers(expressions, fitstricks, fitstools, fits)


def test_headers_are_those_that_dachs_makes(dachs):
    assert dict(zip(SAME, ours(SAME), strict=True)) == dict(zip(SAME, dachs(SAME), strict=True))


def test_differences_to_dachs_are_those_that_are_meant(dachs):
    theirs = dict(zip(DIFFERENT, dachs(list(DIFFERENT)), strict=True))
    assert theirs == {expression: answer for expression, (answer, _) in DIFFERENT.items()}


@pytest.mark.parametrize("expression", DIFFERENT)
def test_what_we_do_otherwise(expression):
    assert ours([expression]) == [DIFFERENT[expression][1]]


def test_the_plate_template_has_the_cards_the_order_and_the_units_of_dachs(dachs):
    """But for a slip of the pen, and a group that stands there twice."""
    (answer,) = dachs(["[(tuple(entry)[0], tuple(entry)[-1]) for entry in WFPDB]"])
    theirs = {key.replace("EQUNIOX", "EQUINOX"): comment for key, comment in ast.literal_eval(answer) if key}
    header = fitstricks.makeHeaderFromTemplate("wfpdb", **dict.fromkeys(theirs, 1))
    assert len(theirs) > 150
    assert [keyword for keyword in header if keyword not in ("", "HISTORY", "EXTEND")] == [
        *("SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "BZERO", "BSCALE"),
        *list(theirs)[8:],
    ]
    units = {key: unit[0] for key, comment in theirs.items() if (unit := re.search(r"\[.*\]", comment))}
    assert len(units) > 20
    assert {key: header.comments[key].partition("]")[0] + "]" for key in units} == units


def test_dachs_finds_the_template_of_our_headers(dachs):
    header = fitstricks.makeHeaderFromTemplate("wfpdb", OBJECT="x")
    history = [("HISTORY", entry) for entry in header["HISTORY"]]
    assert dachs([f"fitstricks.getTemplateNameFromHistory(header(*{history}))"]) == ["wfpdb"]


def test_values_without_a_place_come_after_the_template_and_are_named():
    with pytest.warns(FitsprocWarning, match="no card for OBJEKT, COMMENT; they come after it"):
        header = fitstricks.makeHeaderFromTemplate("minimal", OBJEKT=("x", "what"), COMMENT="c", BITPIX=8)
    assert (header["OBJEKT"], header.comments["OBJEKT"], header["COMMENT"][0]) == ("x", "what", "c")


def test_templates_of_ones_own_can_be_made_of_those_there_are():
    fitstricks.registerTemplate("api_test", [*fitstricks.MINIMAL_IMAGE_TEMPLATE, ("TELESCOP", "telescope")])
    header = fitstricks.makeHeaderFromTemplate("api_test", TELESCOP="Great Refractor")
    assert fitstricks.getTemplateNameFromHistory(header) == "api_test"
    assert list(header)[-4:-1] == ["EXTEND", "TELESCOP", "HISTORY"]


def test_fitstricks_is_imported_without_astropy():
    """A run that only collects does not pay for it."""
    code = "import sys; from pytest_fitsproc.api import fitstricks; sys.exit('astropy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
