"""Macros, and what is bound to products with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.element import Text
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.macros import (
    MAX_EXPANSION,
    MacroArgumentsError,
    TooLongError,
    UnknownMacroError,
    expand,
)
from pytest_fitsproc.errors import DescriptorError, NotFoundError

if TYPE_CHECKING:
    from conftest import Archive

MACROS = {"one": lambda: "1", "two": lambda a, b="-": f"<{a}{b}>", "back": lambda: r"\one"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        (r"a\one b", "a1 b"),
        (r"\one\+two", "1two"),
        (r"\two{x}{y}z", "<xy>z"),
        (r"\two{\one}", "<1->"),
        (r"\two{\{x\}}", "<{x}->"),
        (r"\two{{x}}", "<{x}->"),
        (r"\\one", r"\one"),
        ("a\\\nb", "a b"),
        (r"\n \" \x{1}", r"\n \" \x{1}"),
        (r"\back", r"\one"),
        (r"\one{", "1{"),
    ],
)
def test_macros_are_replaced_by_what_they_give(text: str, expanded: str) -> None:
    assert expand(text, MACROS) == expanded


def test_unknown_macros_are_errors_or_stay() -> None:
    assert expand(r"\foo{\one}\one", MACROS, keep_unknown=True) == r"\foo{\one}1"
    with pytest.raises(UnknownMacroError, match="foo"):
        expand(r"\foo", MACROS)


def test_macros_check_what_they_are_given() -> None:
    with pytest.raises(MacroArgumentsError, match=r"macro \\two does not take 0 arguments"):
        expand(r"\two", MACROS)
    with pytest.raises(TooLongError):
        expand(r"\one" * 3, {"one": lambda: "x" * (MAX_EXPANSION // 2)})


@pytest.mark.parametrize("text", [r"\two{" * 100_000, r"\two{{}" * 100_000, r"\two{" * 100 + "}" * 100])
def test_no_text_takes_long(text: str) -> None:
    with pytest.raises((MacroArgumentsError, UnknownMacroError)):
        expand(text, MACROS)


RD = r"""<macDef name="mine">\schema/x</macDef><macDef name="bad">\nosuch</macDef>
<data id="import"><property key="previewDir">previews</property><fitsProdGrammar>
<rowfilter procDef="{define}"><setup><code>import os</code></setup>
<bind key="table">"\schema.main"</bind><bind key="fsize">180000</bind><bind name="mime">'image/fits'</bind>
<bind key="preview">\standardPreviewPath</bind><bind key="split">\splitPreviewPath{{.png}}</bind>
<bind key="dl">"\getConfig{{web}}{{serverURL}}/\rdIdDotted/\rdId"</bind>
<bind key="mac">"\mine"</bind><bind key="bad">"\bad"</bind><bind key="unknown">\lastSourceElements{{2}}</bind>
<bind key="python">"\rdId/dl?ID="+urllib.quote("x")</bind>
<bind key="code">int(@access_estsize)*1024</bind></rowfilter></fitsProdGrammar></data>"""


@pytest.mark.parametrize("define", ["//products#define", "__system__/products#define"])
def test_binds_that_are_texts_with_macros_are_evaluated(define: str, archive: Archive) -> None:
    archive.add_rd(RD.format(define=define))
    configuration = DachsConfiguration(values={("web", "serverurl"): "http://a"})
    rd = load_descriptor("potsdam/q", InputsDirectory(archive.root, "", configuration))
    binds = rd.dd("import").product_binds

    def value(name: str, accref: str = "potsdam/data/a.fits") -> str:
        return binds.evaluate(name, accref)

    assert value("table") == "potsdam.main"
    assert value("fsize") == "180000"
    assert value("mime") == "image/fits"
    assert value("preview") == "potsdam/previews/cG90c2RhbS9kYXRhL2EuZml0cw=="
    assert value("split") == "potsdam/previews/potsdam/data/a.fits.png"
    assert value("dl") == "http://a/potsdam.q/potsdam/q"
    assert value("mac") == "potsdam/x"
    assert value("accref") == value("path") == "potsdam/data/a.fits"
    assert value("path", "x/a b") == "x/a b"
    assert binds.texts["code"].text == "int(@access_estsize)*1024"


@pytest.mark.parametrize(
    ("name", "accref", "reason"),
    [
        ("bad", "x", r"q\.rd:8: macro \\nosuch is not known"),
        ("unknown", "x", r"q\.rd:8: macro \\lastSourceElements is not known"),
        ("python", "x", r"q\.rd:9: bind 'python' is Python, which is never run: "),
        ("code", "x", r"q\.rd:10: bind 'code' is Python"),
        ("dl", "x", r"q\.rd:7: a macro can't be expanded: no item 'serverURL' in section \[web\]"),
        ("accref", "a b", r"q\.rd:4: .*'a b' has characters that make a bad accref"),
    ],
)
def test_binds_that_can_not_be_evaluated_say_why_when_asked(
    name: str, accref: str, reason: str, archive: Archive
) -> None:
    binds = archive.load(RD.format(define="//products#define")).dd("import").product_binds
    with pytest.raises(DescriptorError, match=reason):
        binds.evaluate(name, accref)


def test_a_bind_that_is_not_there_is_named(archive: Archive) -> None:
    binds = archive.load('<data id="import"/>').dd("import").product_binds
    with pytest.raises(
        NotFoundError, match="potsdam/q/import binds no 'table' for its products; it binds: none"
    ):
        binds.evaluate("table", "x")


@pytest.mark.parametrize(
    ("accref", "flat"),
    [
        ("potsdam/data/sub/plate 1+2.fits", "cG90c2RhbS9kYXRhL3N1Yi9wbGF0ZSAxKzIuZml0cw=="),
        ("potsdam/data/üx.fits", "cG90c2RhbS9kYXRhL8O8eC5maXRz"),
        ("potsdam/data/a?b.fits", "cG90c2RhbS9kYXRhL2E!Yi5maXRz"),
        ("potsdam/data/>>>???~~~.fits", "cG90c2RhbS9kYXRhLz4$Pj8!P35$fi5maXRz"),
    ],
)
def test_flat_names_of_previews_are_dachs_own(accref: str, flat: str, archive: Archive) -> None:
    binds = archive.load(RD.format(define="//products#define")).dd("import").product_binds
    assert binds.evaluate("preview", accref) == f"potsdam/previews/{flat}"


def test_a_preview_needs_the_property(archive: Archive) -> None:
    bind = r'<bind key="preview">\standardPreviewPath</bind>'
    content = f'<data id="d"><rowfilter procDef="//products#define">{bind}</rowfilter></data>'
    with pytest.raises(DescriptorError, match="has no property 'previewDir'; give it one"):
        archive.load(content).dd("d").product_binds.evaluate("preview", "x")


def test_a_value_of_the_descriptor_is_expanded(archive: Archive) -> None:
    rd = archive.load('<macDef name="foo">bar</macDef>')
    assert rd.expand(Text(r"\resdir/\foo/\upper{x}\quote{a\"b}", 2)) == r'potsdam/bar/X"a\\"b"'
