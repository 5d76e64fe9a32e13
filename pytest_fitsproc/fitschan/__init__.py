"""AST's FitsChan: a header as a buffer of cards, with AST objects in the native encoding.

The behaviour is that of AST 9.5 (Starlink User Note 211, section 16); where its manual and
its library differ, the docstrings say so. It needs no AST, but for other encodings than NATIVE and for
`AstObject.to_ast` and `AstObject.from_ast` (extra ``[ast]``).

=============================== ===================================================================
AST                             here
=============================== ===================================================================
astFitsChan(source, sink, opts) ``FitsChan(opts, source=..., sink=...)``
astPutFits, astPutCards         ``chan.put_fits(card, overwrite)``, ``chan.put_cards(text)``
astFindFits                     ``chan.find_fits(template, advance)``, ``chan.find_all(template)``
astDelFits, astEmptyFits        ``chan.del_fits()``, ``chan.empty()``
astGetFits<X>                   ``chan.get(name, type)``; ``chan[name]``
astSetFits<X>                   ``chan.set(name, value, comment, overwrite)``; ``chan[name] = value``
astTestFits                     ``chan.test(name)``; ``name in chan``
astRetainFits, astPurgeWCS      ``chan.retain()``, ``chan.purge_wcs()``
astReadFits, astWriteFits       ``chan.read_fits()``, ``chan.write_fits()``
astRead, astWrite               ``chan.read()``, ``chan.write(ast_object)``
astCopy, astDelete (astAnnul)   ``chan.copy()``, ``chan.close()`` or ``with FitsChan(...) as chan:``
astSet, astGetC                 ``chan.set("Full=1, Skip=0")``, ``chan.get_attr("Full")``
astClear, astTest               ``chan.clear("Full")``, ``chan.test_attr("Full")``
Card, Ncard, Nkey               ``chan.card``, ``chan.ncard``, ``chan.nkey``
CardName, CardComm, CardType    ``chan.keyword``, ``chan.comment``, ``chan.type``; also ``chan.current``
Encoding, Full, Skip, Indent    ``chan.encoding``, ``chan.full``, ``chan.skip``, ``chan.indent``
Comment                         ``chan.with_comments``
FitsDigits, FitsRounding        ``chan.fits_digits``, ``chan.fits_rounding``
Strict, ReportLevel, Clean      ``chan.strict``, ``chan.report_level``, ``chan.clean``
Warnings                        ``chan.warnings``
SourceFile, SinkFile            ``chan.source_file``, ``chan.sink_file``
astFromString, astToString      ``AstObject.from_text(text)``, ``ast_object.to_text()``
astSkyFrame, astZoomMap, ...    ``sky_frame(...)``, ``zoom_map(...)``, ... in `constructors`
AST__BAD                        ``BAD``
(not in AST)                    ``FitsChan.from_bytes(header)``, ``chan.to_bytes()``
(not in AST)                    ``FitsChan.from_header(header)``, ``chan.to_header()``, ``chan.wcs()``
(not in AST)                    ``check_lossless(ast_object)``
=============================== ===================================================================

What is different on purpose: an error leaves the channel as it was, with the same current card; a `set` value
that no card can hold is an error at once; `get` has no limit of 32 bits.
"""

from pytest_fitsproc.fits.cards import Card, CardError
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan.channel import FitsChan
from pytest_fitsproc.fitschan.errors import FitsChanError, KeywordNotFoundError, ObjectCardError
from pytest_fitsproc.fitschan.lossless import Loss, check_lossless
from pytest_fitsproc.fitschan.objects import BAD, AstObject, IsA, Item, ItemKind

__all__ = [
    "BAD",
    "AstObject",
    "Card",
    "CardError",
    "CardType",
    "FitsChan",
    "FitsChanError",
    "IsA",
    "Item",
    "ItemKind",
    "KeywordNotFoundError",
    "Loss",
    "ObjectCardError",
    "check_lossless",
]
