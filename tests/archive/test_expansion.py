"""Streams, loops, copies: what makes data descriptors is expanded, what makes too much is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.errors import DescriptorError

if TYPE_CHECKING:
    from conftest import Archive


def _patterns(content: str, archive: Archive) -> dict[str, str | None]:
    rd = archive.load(content)
    return {dd.id: dd.element.find_all("sources")[-1].value("pattern") for dd in rd.dds}


def test_a_loop_over_a_list_makes_data(archive: Archive) -> None:
    content = (
        r'<LOOP listItems="a b"><events><data id="d\item"><sources pattern="\item/*"/></data></events></LOOP>'
    )
    assert _patterns(content, archive) == {"da": "a/*", "db": "b/*"}


def test_a_loop_over_a_table_makes_data(archive: Archive) -> None:
    content = r"""<LOOP><csvItems>
        name, path
        a,    data/*
        b,    "x, y/*"
        c
        </csvItems><events><data id="\name"><sources pattern="\path"/></data></events></LOOP>"""
    assert _patterns(content, archive) == {"a": "data/*", "b": "x, y/*", "c": ""}


def test_a_stream_is_fed_with_values_and_defaults(archive: Archive) -> None:
    content = r"""<STREAM id="s"><doc>Text</doc><DEFAULTS dir="data" ext="fits"/>
        <data id="\name"><sources pattern="\dir/*.\ext"/></data></STREAM>
        <FEED source="s" name="one"/><FEED source="s" name="two" dir="x"><ext>fit</ext></FEED>"""
    assert _patterns(content, archive) == {"one": "data/*.fits", "two": "x/*.fit"}


def test_a_stream_leaves_nothing_where_it_stands(archive: Archive) -> None:
    assert _patterns('<STREAM id="s"><data id="d"><sources pattern="x"/></data></STREAM>', archive) == {}


def test_events_may_be_fed_directly_and_within_data(archive: Archive) -> None:
    content = r'<data id="d"><FEED p="x"><events><sources pattern="a\p/*"/></events></FEED></data>'
    content = content.replace('p="x"', 'pp="x"').replace(r"\p", r"\pp")
    assert _patterns(content, archive) == {"d": "ax/*"}


def test_the_innermost_replay_expands_and_doubled_backslashes_reach_further_out(archive: Archive) -> None:
    content = r"""<STREAM id="s"><LOOP listItems="1 2"><events>
        <data id="d\item\\name"><sources pattern="\item\+x"/></data></events></LOOP></STREAM>
        <NXSTREAM id="n"><LOOP listItems="\items"><events>
        <data id="\name\\item"><sources pattern="\\item"/></data></events></LOOP></NXSTREAM>
        <FEED source="n" items="3 4" name="A"/>"""
    assert _patterns(content, archive) == {"A3": "3", "A4": "4"}
    assert _patterns(content + '<FEED source="s" name="B"/>', archive)["d1\\name"] == "1x"


def test_a_loop_may_make_streams(archive: Archive) -> None:
    content = r"""<LOOP listItems="a b"><events>
        <STREAM id="s\item"><data id="\item\\name"/></STREAM></events></LOOP>
        <FEED source="sa" name="x"><EDIT ref="data[none]"/></FEED>"""
    assert [dd.id for dd in archive.load(content).dds] == [r"a\name"]


def test_macros_nobody_knows_yet_stay(archive: Archive) -> None:
    content = (
        r'<STREAM id="s"><data id="d"><sources pattern="\schema/\inputRelativePath{True}"/></data></STREAM>'
    )
    assert _patterns(content + '<FEED source="s"/>', archive) == {"d": r"\schema/\inputRelativePath{True}"}


def test_a_loop_uses_macros_of_the_descriptor(archive: Archive) -> None:
    content = r"""<macDef name="bands">U B</macDef><LOOP listItems="\bands V"><events>
        <data id="\item"><sources pattern="\item"/></data></events></LOOP>"""
    assert list(_patterns(content, archive)) == ["U", "B", "V"]


def test_streams_may_be_in_another_descriptor(archive: Archive) -> None:
    inner = '<STREAM id="t"><data id="x"><sources pattern="p"/></data></STREAM>'
    archive.add_rd(f'<STREAM id="s"><FEED source="t"/></STREAM>{inner}', "lib/s")
    assert _patterns('<FEED source="lib/s#s" name="a"/>', archive) == {"x": "p"}


def test_dachs_own_streams_give_nothing(archive: Archive) -> None:
    content = '<FEED source="//procs#x"/><FEED source="%#x"/>'
    content += '<table id="t"><FEED source="//obscore#y" aa="b"/></table>'
    assert _patterns(content, archive) == {}


def test_edits_and_prunes_change_what_is_fed(archive: Archive) -> None:
    content = r"""<STREAM id="s"><data id="a"><property name="x">1</property></data><data id="b"/></STREAM>
        <FEED source="s" pp="y"><PRUNE id="^b$"/><EDIT ref="data[a]"><sources pattern="\pp"/></EDIT></FEED>"""
    assert _patterns(content, archive) == {"a": "y"}


def test_data_are_copied_from_their_original_without_properties(archive: Archive) -> None:
    archive.add_rd('<data id="far"><sources pattern="far"/></data>', "lib/d")
    rd = archive.load("""
        <data id="a"><property key="p">1</property><sources pattern="x"/><make table="t"/></data>
        <data id="b" original="a"/><data id="c" original="b"><sources pattern="y"/></data>
        <data id="d" original="lib/d#far"/><table id="t"/>""")
    assert {dd.id: dd.element.find_all("sources")[0].value("pattern") for dd in rd.dds} == {
        "a": "x",
        "b": "x",
        "c": "y",
        "d": "far",
    }
    assert rd.dd("c").makes[0].table.id == "t"
    assert rd.dd("b").properties == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<LOOP><codeItems>yield 1</codeItems><events/></LOOP>", "codeItems are Python, which is never run"),
        ('<table id="t"><LOOP codeItems="x"><events/></LOOP></table>', "codeItems are Python"),
        ("<LOOP><events/></LOOP>", "needs either listItems or csvItems"),
        ('<LOOP listItems="a"/>', "needs either a source or events"),
        ('<LOOP csvItems="a&#10;1,2"><events/></LOOP>', "more values than the heading"),
        ('<FEED source="x"/>', "potsdam/q.rd has no STREAM 'x'; it has: none"),
        ('<FEED source="no/rd#x"/>', r"q\.rd:2: there is no resource descriptor no/rd\.rd"),
        ('<FEED source="../../x#x"/>', "leads out"),
        ('<STREAM id="s"><FEED source="s"/></STREAM><FEED source="s"/>', "contains itself"),
        ('<NXSTREAM id="s"><FEED source="s"/></NXSTREAM><FEED source="s"/>', "contains itself"),
        ('<data id="a" original="b"/><data id="b" original="a"/>', "contains itself"),
        ('<data id="a" original="potsdam/q#a"/>', "contains itself"),
        ('<data id="a" original="b"/>', "no original 'b'"),
        ('<STREAM id="s"/><FEED source="s"><EDIT ref="x"/></FEED>', "needs a ref"),
        ('<STREAM id="s"/><FEED source="s"><PRUNE id="(a*)*b"/></FEED>', "expressions without groups"),
        ('<STREAM id="s"/><FEED source="s"><PRUNE id="[b"/></FEED>', "bad expression"),
    ],
)
def test_what_can_not_be_expanded_names_its_line(content: str, reason: str, archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=reason):
        archive.load(content)


def _chain(element: str, first: str, step: str, length: int) -> str:
    steps = (f'<{element} id="s{n}">{step.format(n - 1)}</{element}>' for n in range(1, length))
    return f'<{element} id="s0">{first}</{element}>' + "".join(steps) + f'<FEED source="s{length - 1}"/>'


def _macro_tower(height: int) -> str:
    return "".join(f'<macDef name="m{n}">' + rf"\m{n - 1}" * 10 + "</macDef>" for n in range(1, height))


NESTED_LOOP = '<LOOP listItems="1 2 3 4 5 6 7 8 9 0"><events>' * 8 + "<a/>" + "</events></LOOP>" * 8


@pytest.mark.parametrize(
    "bomb",
    [
        _chain("STREAM", "<a/>", '<FEED source="s{0}"/>' * 10, 9),
        _chain("NXSTREAM", "<a/>", '<FEED source="s{0}"/>' * 10, 9),
        _chain("NXSTREAM", "", '<FEED source="s{0}"/>' * 10, 9),
        _chain("STREAM", "<a/>", '<FEED source="s{0}"/>', 2000),
        _chain("STREAM", "<a/>", "<b>" * 60 + '<FEED source="s{0}"/>' + "</b>" * 60, 40),
        _chain("NXSTREAM", r"<a>\vv</a>", r'<FEED source="s{0}" vv="\vv\vv\vv\vv"/>', 40).replace(
            '39"/>', '39" vv="xxxxxxxxxxxxxxx"/>'
        ),
        NESTED_LOOP,
        '<LOOP listItems="' + "a " * 200_000 + '"><events/></LOOP>',
        r'<macDef name="m0">xxxxxxxxxx</macDef>'
        + _macro_tower(12)
        + r'<LOOP listItems="\m11"><events/></LOOP>',
        r'<macDef name="mm">\mm\mm</macDef><LOOP listItems="\mm"><events/></LOOP>',
        "".join(rf'<macDef name="m{n}">\m{n + 1}</macDef>' for n in range(2000))
        + r'<LOOP listItems="\m0"><events/></LOOP>',
        "".join(f'<data id="d{n}" original="d{n + 1}"/>' for n in range(200))
        + '<data id="d200"/><table id="t"/>',
    ],
    ids=lambda bomb: bomb[:40],
)
def test_bombs_are_refused(bomb: str, archive: Archive) -> None:
    with pytest.raises(DescriptorError):
        archive.load(bomb)


def test_macros_without_text_make_no_bomb(archive: Archive) -> None:
    content = r'<macDef name="m0"/>' + _macro_tower(40)
    assert _patterns(content + r'<LOOP listItems="\m39"><events/></LOOP>', archive) == {}
