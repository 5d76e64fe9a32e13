"""Trees of AST objects: text, look, constructors, and what cards would lose of them."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.fits import rounding
from pytest_fitsproc.fitschan import (
    BAD,
    AstObject,
    FitsChan,
    FitsChanError,
    IsA,
    Item,
    ItemKind,
    Loss,
    check_lossless,
    constructors,
)
from pytest_fitsproc.fitschan.constructors import (
    cmp_map,
    frame,
    frame_set,
    framesets,
    matrix_map,
    shift_map,
    sky_frame,
    spec_frame,
    time_frame,
    unit_map,
    win_map,
    zoom_map,
)
from pytest_fitsproc.fitschan.item_names import is_known_item
from pytest_fitsproc.fitschan.native import strings
from pytest_fitsproc.fitschan.native.suffixes import BASE_SIZE

TEXT = """\
 Begin ZoomMap \t# Zoom about the origin
#   Nout = 2 \t# Number of output coordinates
    Nin = 2 \t# Number of input coordinates
 IsA Mapping \t# Mapping between coordinate systems
    Zoom = 3.5 \t# Zoom factor
 End ZoomMap
"""


def keymap(value: object, kind: ItemKind, name: str = "V1_1") -> AstObject:
    return AstObject("KeyMap", (Item(name, kind, value, True, "Item values"),))  # type: ignore[arg-type]


def test_a_tree_is_comparable_and_hashable_and_readable() -> None:
    tree = AstObject.from_text(TEXT)
    assert tree == AstObject.from_text(TEXT)
    assert len({tree, AstObject.from_text(TEXT), zoom_map(2, 3.5)}) == 2
    assert repr(tree) == "ZoomMap(Nin=2, Zoom=3.5)"
    assert repr(cmp_map(zoom_map(1, 2.0), unit_map(1))) == (
        "CmpMap(Nin=1, MapA=ZoomMap(Nin=1, Zoom=2.0), MapB=UnitMap(Nin=1))"
    )
    with pytest.raises(AttributeError):
        tree.class_name = "x"  # type: ignore[misc]


def test_a_tree_gives_its_items() -> None:
    tree = AstObject.from_text(TEXT)
    assert (tree["Zoom"], tree["nin"], "zoom" in tree, "Scale" in tree, 5 in tree) == (
        3.5,
        2,
        True,
        False,
        False,
    )
    assert [item.name for item in tree.items] == ["Nout", "Nin", "Zoom"]
    assert tree.entries[2] == IsA("Mapping", "Mapping between coordinate systems")
    with pytest.raises(NotFoundError, match="a ZoomMap without 'Scale'; it has Nout, Nin, Zoom"):
        tree["Scale"]


def test_without_defaults_only_what_is_set_stays() -> None:
    assert AstObject.from_text(TEXT).without_defaults() == zoom_map(2, 3.5)
    shown = Item("Title", ItemKind.STRING, "x", False)
    empty = AstObject(
        "Frame", (shown, IsA("Object"), Item("Naxes", ItemKind.INT, 1), IsA("Mapping"), IsA("Frame"))
    )
    assert empty.without_defaults().entries == (Item("Naxes", ItemKind.INT, 1), IsA("Mapping"))


def test_text_comes_back_with_and_without_comments() -> None:
    tree = AstObject.from_text(TEXT)
    assert tree.to_text() == TEXT
    assert tree.to_text(comments=False).splitlines()[1:3] == ["#   Nout = 2", "    Nin = 2"]


def test_text_is_read_however_it_is_laid_out() -> None:
    text = "# a remark\n\nBegin KeyMap # map\r\n Typ1=1\n V1_1 = 5 # x\n Typ2 = 2\nV2_1 = 7\n"
    text += 'Typ3 = 3\nV3_1 = "say ""it""\nover # two lines" # remark\nEnd KeyMap\n# behind\n'
    tree = AstObject.from_text(text)
    assert [(item.kind, item.value) for item in tree.items][1::2] == [
        (ItemKind.INT, 5),
        (ItemKind.DOUBLE, 7.0),
        (ItemKind.STRING, 'say "it"\nover # two lines'),
    ]
    assert next(iter(tree.items)).comment == ""


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("Epoch = 1958", ItemKind.DOUBLE, 1958.0),
        ("Naxes = 2", ItemKind.INT, 2),
        ("Bot1 = <bad>", ItemKind.DOUBLE, BAD),
        ("Unknown = 5", ItemKind.INT, 5),
        ("Unknown = 5e3", ItemKind.DOUBLE, 5000.0),
        ("Unknown = -5.", ItemKind.DOUBLE, -5.0),
        ("Unknown = Inf", ItemKind.DOUBLE, float("inf")),
        ('Domain = ""', ItemKind.STRING, ""),
    ],
)
def test_the_class_tells_doubles_from_ints(line: str, kind: ItemKind, value: object) -> None:
    (item,) = AstObject.from_text(f"Begin Frame\n{line}\nEnd Frame").items
    assert (item.kind, item.value, type(item.value)) == (kind, value, type(value))


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "EOCHN", "ends without an object"),
        ("Begin ZoomMap\nNin = 2\n", "EOCHN", "ends without the end of a ZoomMap"),
        ("Begin Bogus\nEnd Bogus", "OCLUK", "line 1: the class 'Bogus' is unknown to AST: 'Begin Bogus'"),
        ("Begin ZoomMap\nNin = x2\nEnd ZoomMap", "BADIN", "line 2: 'x2' is no number"),
        ("Begin ZoomMap\nNin = 1.2.3\nEnd ZoomMap", "BADIN", "line 2: '1.2.3' is no number"),
        (
            "Begin ZoomMap\n  what is this\nNin = 2\nEnd ZoomMap",
            "BADIN",
            "line 2: no line of an AST object: 'what is this'",
        ),
        ("Begin ZoomMap\nEnd UnitMap", "BADIN", "line 2: the end of a UnitMap is in a ZoomMap"),
        ("Begin UnitMap\nIsA Frame", "BADIN", "line 2: a UnitMap is no Frame, or it was said before"),
        ("Begin UnitMap\nEnd UnitMap\nNin = 5", "BADIN", "line 3: text behind the end of the UnitMap"),
        ("Nin = 5", "BADIN", "line 1: no object has begun"),
        ("Begin CmpMap\nMapA =\nEnd CmpMap", "BADIN", "line 3: an object should begin for 'MapA'"),
        (
            "Begin CmpMap\nBegin UnitMap\nEnd UnitMap",
            "BADIN",
            "line 2: a UnitMap begins where none is expected",
        ),
    ],
)
def test_broken_text_is_an_error_that_names_the_line(text: str, code: str, message: str) -> None:
    with pytest.raises(FitsChanError, match=f"{message}(: '|$)") as caught:
        AstObject.from_text(text)
    assert caught.value.code == code


def test_constructors_make_what_those_of_ast_make(ast: ModuleType) -> None:
    pairs = {
        frame(3, title="t", domain="d", epoch=2000.5, system="Cartesian", labels=["a"], symbols=["", "b"]): (
            ast.Frame(3, "Title=t,Domain=d,Epoch=2000.5,System=Cartesian,Label(1)=a,Symbol(2)=b")
        ),
        sky_frame("FK5", equinox=2001, epoch=2000, title="t", domain="d", projection="p", labels=["x"]): (
            ast.SkyFrame("System=FK5,Equinox=J2001,Epoch=2000,Title=t,Domain=d,Projection=p,Label(1)=x")
        ),
        unit_map(2): ast.UnitMap(2),
        zoom_map(2, 3): ast.ZoomMap(2, 3.0),
        shift_map([1, 2.5]): ast.ShiftMap([1, 2.5]),
        win_map([1, 1], [2, 3], [0, 0], [1.5, 6]): ast.WinMap([1, 1], [2, 3], [0, 0], [1.5, 6]),
        matrix_map([[1, 2, 3]]): ast.MatrixMap([[1.0, 2.0, 3.0]]),
        cmp_map(zoom_map(1, 2), shift_map([1])): ast.CmpMap(ast.ZoomMap(1, 2.0), ast.ShiftMap([1]), True),
        cmp_map(zoom_map(1, 2), shift_map([1, 2]), series=False): (
            ast.CmpMap(ast.ZoomMap(1, 2.0), ast.ShiftMap([1, 2]), False)
        ),
    }
    for ours, theirs in pairs.items():
        assert AstObject.from_ast(theirs) == ours
        assert AstObject.from_ast(ours.to_ast()) == ours


@pytest.mark.parametrize(
    "tree",
    [
        spec_frame(
            "FREQ", unit="GHz", std_of_rest="LSRK", ref_ra=1, ref_dec=-1, rest_freq=1_400_000, epoch=2000
        ),
        time_frame("JD", unit="h", time_scale="TDB", time_origin=5),
        frame_set(
            frame(2, domain="GRID"),
            (1, shift_map([-0.5, -1.5]), frame(2, domain="PIXEL")),
            (2, zoom_map(2, 1e-5), sky_frame("ICRS", equinox=2001)),
        ),
    ],
    ids=lambda tree: tree.class_name,
)
def test_what_constructors_make_passes_through_ast(ast: ModuleType, tree: AstObject) -> None:
    again = AstObject.from_ast(tree.to_ast())
    assert repr(again) == repr(tree)
    assert _comments(tree) - {("Unit", "Axis units")} <= _comments(again)  # AST adds what unit it is
    chan = FitsChan()
    chan.write(tree)
    chan.clear("Card")
    assert chan.read() == tree


def _comments(tree: AstObject) -> set[tuple[str, str]]:
    """Return what is said of each class and item, and of those within them."""
    inner = [item.value for item in tree.items if isinstance(item.value, AstObject)]
    own = {(tree.class_name, tree.comment), *((item.name, item.comment) for item in tree.items)}
    return own.union(*map(_comments, inner))


def test_mappings_side_by_side_add_their_axes() -> None:
    side_by_side = cmp_map(matrix_map([[1, 2, 3]]), matrix_map([[1, 2], [3, 4], [5, 6]]), series=False)
    assert (side_by_side["Nin"], side_by_side["Nout"], side_by_side["Series"]) == (5, 4, 0)
    one_after_another = cmp_map(matrix_map([[1, 2, 3]]), matrix_map([[1], [2]]))
    assert (one_after_another["Nin"], one_after_another["Nout"]) == (3, 2)


def test_a_frame_set_may_have_another_current_frame() -> None:
    tree = frame_set(frame(1), (1, unit_map(1), frame(1)), (1, zoom_map(1, 2.0), frame(1)), current=2)
    assert (tree["Nframe"], tree["Currnt"], tree["Lnk3"]) == (3, 2, 1)
    comments = [item.comment for item in tree.items if item.name in ("Lnk3", "Map3")]
    assert comments == ["Node 3 is derived from node 1", "Mapping between nodes 1 and 3"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cmp_map(unit_map(1), unit_map(2)), "a UnitMap gives 1 coordinates, the UnitMap takes 2"),
        (lambda: matrix_map([[1, 2], [3]]), "the same number of elements"),
        (lambda: matrix_map([]), "the same number of elements"),
        (lambda: win_map([1], [1], [0], [1]), "no extent along an axis"),
        (lambda: win_map([1], [2], [0, 1], [1]), "the same number of coordinates"),
        (lambda: frame(1, labels=["a", "b"]), "more than 1 axes"),
        (lambda: frame_set(frame(1), (2, unit_map(1), frame(1))), "Frame 2 can't be derived from Frame 2"),
        (lambda: frame_set(frame(1), (0, unit_map(1), frame(1))), "Frame 2 can't be derived from Frame 0"),
    ],
)
def test_impossible_objects_are_an_error(make: object, message: str) -> None:
    with pytest.raises(FitsChanError, match=f"{message}$") as caught:
        make()  # type: ignore[operator]
    assert caught.value.code == "BADIN"


def test_what_a_constructor_is_not_told_is_not_set() -> None:
    assert repr(frame(1)) == "Frame(Naxes=1, Ax1=Axis())"
    assert repr(sky_frame()) == "SkyFrame(Naxes=2, Ax1=SkyAxis(), Ax2=SkyAxis())"
    assert repr(spec_frame()) == "SpecFrame(Naxes=1, Ax1=Axis())"
    assert repr(time_frame()) == "TimeFrame(Naxes=1, Ax1=Axis())"


LOSSES = [
    (keymap(1.00000000000123, ItemKind.DOUBLE), "V1_1: 1.00000000000123 becomes 1.0"),
    (keymap("", ItemKind.STRING), "V1_1: an empty string is dropped"),
    (
        keymap("x&", ItemKind.STRING),
        "V1_1: AST can't read it: card 6: CONTINUE cards are missing behind this card: .*x&.*Item values.",
    ),
    (keymap("y" * 54, ItemKind.STRING), "V1_1: 'y+' becomes 'y+     '"),
    (keymap("α", ItemKind.STRING), "V1_1: it is not Latin-1"),
    (keymap(2**70, ItemKind.INT), "V1_1: 1180591620717411303424 becomes 9223372036854775807"),
    (keymap(1, ItemKind.INT, "MaxOrder"), "MaxOrder: its name is cut to MaxOrd: AST does not find it again"),
]


@pytest.mark.parametrize(("tree", "message"), LOSSES)
def test_what_cards_would_lose_is_said_beforehand(tree: AstObject, message: str) -> None:
    (loss,) = check_lossless(tree)
    assert __import__("re").fullmatch(message, str(loss))


@pytest.mark.parametrize(
    "value",
    ["fine", "it's" * 40, 'so "it" is', '"q"', "trail  ", "&x", "x&X", "a" * 300, 0.1, -1e300, BAD, 7],
)
def test_what_comes_back_is_no_loss(value: str | float) -> None:
    kind = {str: ItemKind.STRING, float: ItemKind.DOUBLE, int: ItemKind.INT}[type(value)]
    tree = AstObject("KeyMap", (Item("V1_1", kind, value, True, "Item values"),))
    assert check_lossless(tree) == ()
    chan = FitsChan()
    chan.write(tree)
    loaded = FitsChan.from_bytes(chan.to_bytes())
    assert loaded.read() == tree


def test_a_loss_has_the_path_to_its_item() -> None:
    tree = frame_set(frame(1, labels=["x&"]), (1, zoom_map(1, 1.00000000000123), frame(1)))
    assert [loss.path for loss in check_lossless(tree)] == ["Frm1.Ax1.Label", "Map2.Zoom"]
    assert check_lossless(frame(1)) == ()


def test_a_default_of_several_cards_is_a_loss_where_defaults_are_shown() -> None:
    tree = AstObject("Frame", (Item("Title", ItemKind.STRING, "t" * 90, False, "Title"),))
    assert check_lossless(tree) == ()
    short = AstObject("Frame", (Item("Title", ItemKind.STRING, "t", False, "Title"),))
    assert check_lossless(short, full=0) == ()
    assert check_lossless(tree, full=0) == (
        Loss("Title", "a default of more than one card: AST can't read the object"),
    )


def test_digits_and_rounding_decide_on_losses() -> None:
    assert check_lossless(keymap(1.2345, ItemKind.DOUBLE), digits=3) != ()
    assert check_lossless(keymap(1.00000000000123, ItemKind.DOUBLE), rounding=16) == ()


@pytest.mark.parametrize("module", [rounding, strings, framesets, constructors.framesets])
def test_the_examples_of_docstrings_run(module: ModuleType) -> None:
    names = {"frame": frame, "zoom_map": zoom_map, "sky_frame": sky_frame}
    assert doctest.testmod(module, extraglobs=names).failed == 0


# An item of each class as AST spells it; D marks those that are doubles though they look like ints.
NAMES = {
    "Axis": "Bottom:D",
    "Channel": "Comm",
    "ChebyMap": "ISCL2:D",
    "CmpFrame": "Axp2",
    "CmpMap": "InvB",
    "CmpRegion": "RegionB",
    "DSBSpecFrame": "AlSdBn",
    "DssMap": "YPixSz:D",
    "FitsChan": "Clean",
    "FluxFrame": "SpcVl:D",
    "Frame": "ActUnt",
    "FrameSet": "Inv2",
    "GrismMap": "GrmTh:D",
    "KeyMap": "Val2",
    "LutMap": "Incr:D",
    "Mapping": "Report",
    "MathMap": "SimpIF",
    "MatrixMap": "Form",
    "Moc": "K2",
    "NormMap": "Frame",
    "Object": "Nobj",
    "PcdMap": "Disco:D",
    "PermMap": "InCpy",
    "PointSet": "Empty",
    "PolyMap": "PI2:D",
    "Polygon": "SimpVT",
    "Prism": "RegionB",
    "RateMap": "Inv",
    "Region": "Unc",
    "SelectorMap": "BadVal:D",
    "ShiftMap": "Sft2:D",
    "SkyAxis": "AsTime",
    "SkyFrame": "Epoch:D",
    "SlaMap": "Sla2d:D",
    "SpecFrame": "UBeta",
    "SpecMap": "Spec2g:D",
    "SphMap": "PlrLg:D",
    "SplineMap": "TolInv:D",
    "StcsChan": "StcsLen",
    "SwitchMap": "RMap2",
    "Table": "Params",
    "TimeFrame": "LTOff:D",
    "TimeMap": "Time2g:D",
    "TranMap": "InvB",
    "UnitNormMap": "Ctr2:D",
    "WcsMap": "PV3_2:D",
    "WinMap": "Scl2:D",
    "XphMap": "Order",
    "YamlChan": "PreserveName",
    "ZoomMap": "Zoom:D",
}


@pytest.mark.parametrize("class_name", NAMES)
def test_an_item_is_known_in_either_case_and_has_the_kind_of_its_class(class_name: str) -> None:
    name, _, mark = NAMES[class_name].partition(":")
    (item,) = AstObject.from_text(f"Begin {class_name}\n{name.lower()} = 1\nEnd {class_name}").items
    assert (item.name, item.kind) == (name, ItemKind.DOUBLE if mark else ItemKind.INT)
    assert is_known_item(class_name, name.upper()[:BASE_SIZE])
    assert not is_known_item(class_name, f"{name}x")
