"""Resource descriptors and what processors ask of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.errors import DescriptorError, NotFoundError, OptionError

if TYPE_CHECKING:
    from conftest import Archive

CONTENT = """
<meta name="title">Plates</meta>
<property key="kind">plates</property>
<table id="main" onDisk="True" mixin="//siap2#pgs">
  <column name="accref" type="text"/><param name="p"/>
</table>
<data id="import">
  <property key="previewDir"> previews </property><property name="other">1</property>
  <sources pattern="data/*.fits"/>
  <make table="main"/><make><table>main</table></make><make><table id="own"><column name="x"/></table></make>
</data>
<data id="virtual"><nullGrammar/></data>
<data/>
<service id="dl"><datalinkCore/></service>
<regSuite id="tests"><regTest title="x"><url>u</url></regTest></regSuite>
"""


def test_a_descriptor_has_what_processors_touch(archive: Archive) -> None:
    rd = archive.load(CONTENT)
    assert (rd.rd_id, rd.sourceId, rd.schema) == ("potsdam/q", "potsdam/q", "potsdam")
    assert rd.resdir == str(archive.root / "potsdam")
    assert rd.getAbsPath("res/x.csv") == f"{archive.root}/potsdam/res/x.csv"
    assert rd.getAbsPath("/abs") == "/abs"
    assert [dd.id for dd in rd.dds] == ["import", "virtual"]
    assert rd.properties == {"kind": "plates"}


def test_a_data_descriptor_has_what_processors_touch(archive: Archive) -> None:
    dd = archive.load(CONTENT).getById("import")
    assert (dd.id, dd.full_id, dd.line, dd.has_sources) == ("import", "potsdam/q/import", 8, True)
    assert dd.rd.inputs is archive.inputs
    assert dd.getProperty("previewDir") == "previews"
    assert dd.getProperty("other") == "1"
    assert dd.getProperty("none", None) is None
    assert [make.table.getQName() for make in dd.makes] == ["potsdam.main", "potsdam.main", "potsdam.own"]
    assert dd.makes[0].table.columns == ("accref", "p")
    with pytest.raises(NotFoundError, match="has no property 'nope'; it has: previewDir, other"):
        dd.getProperty("nope")


def test_any_element_is_found_by_its_id(archive: Archive) -> None:
    rd = archive.load(CONTENT)
    assert rd.get_by_id("tests").name == "regSuite"
    assert rd.get_by_id("main").qualified_name() == "potsdam.main"
    with pytest.raises(
        NotFoundError, match=r"potsdam/q\.rd has no element with id 'nope'; it has: main, import"
    ):
        rd.getById("nope")
    with pytest.raises(NotFoundError, match=r"has no data descriptor 'main'; it has: import, virtual"):
        rd.dd("main")


def test_a_static_url_needs_to_know_the_server(archive: Archive) -> None:
    service = archive.load(CONTENT, server_url="https://example.org/").getById("dl")
    assert service.getURL("static") == "https://example.org/potsdam/q/dl/static"
    assert service.getURL("form", absolute=False) == "/potsdam/q/dl/form"
    with pytest.raises(DescriptorError, match=r"q\.rd:15: the server's URL is not known"):
        archive.load(CONTENT).getById("dl").getURL("static")


def test_the_server_url_comes_out_of_dachs_configuration(archive: Archive) -> None:
    archive.add_rd(CONTENT)
    configuration = DachsConfiguration(values={("web", "serverurl"): "http://a"})
    rd = load_descriptor("potsdam/q", InputsDirectory(archive.root, "", configuration))
    assert rd.server_url == "http://a"


@pytest.mark.parametrize(
    ("head", "resdir"),
    [
        ('schema="elsewhere"', "elsewhere"),
        ('schema="a" resdir="b/c"', "b/c"),
        ('resdir="b/"', "b"),
        ('schema="a" resdir="{root}/abs"', "abs"),
        ('resdir="."', "."),
    ],
)
def test_the_resource_directory_is_that_of_the_schema(head: str, resdir: str, archive: Archive) -> None:
    archive.add_rd("", "sub/deep/q", head.format(root=archive.root))
    rd = load_descriptor("sub/deep/q", archive.inputs)
    assert Path(rd.resdir) == archive.root / resdir


def test_schema_may_be_an_element(archive: Archive) -> None:
    archive.add_rd("<schema>potsdam</schema>", head="")
    assert load_descriptor("potsdam/q", archive.inputs).schema == "potsdam"


@pytest.mark.parametrize(
    ("head", "reason"),
    [("", "needs a schema or a resdir"), ('resdir="../x"', "leads out"), ('schema="/etc"', "leads out")],
)
def test_a_descriptor_needs_a_resource_directory_below_the_inputs(
    head: str, reason: str, archive: Archive
) -> None:
    archive.add_rd("", head=head)
    with pytest.raises(DescriptorError, match=rf"^potsdam/q\.rd:1: .*{reason}"):
        load_descriptor("potsdam/q", archive.inputs)


def test_a_missing_resource_directory_is_told(archive: Archive) -> None:
    archive.add_rd("", head='schema="nodir"')
    notices = load_descriptor("potsdam/q", archive.inputs).notices
    assert notices == [f"potsdam/q.rd:1: there is no resource directory {archive.root}/nodir"]
    assert archive.load("").notices == []


@pytest.mark.parametrize(
    "rd_id", ["potsdam/q", "potsdam/q.rd", "./potsdam/q", "{root}/potsdam/q", "potsdam/../potsdam/q"]
)
def test_an_rd_id_has_one_canonical_form(rd_id: str, archive: Archive) -> None:
    archive.add_rd("")
    assert load_descriptor(rd_id.format(root=archive.root), archive.inputs).rd_id == "potsdam/q"


def test_what_is_not_there_is_named(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no resource descriptor potsdam/nope\.rd"):
        load_descriptor("potsdam/nope", archive.inputs)
    with pytest.raises(OptionError, match="does not exist"):
        load_descriptor("potsdam/nope", InputsDirectory(tmp_path / "gone"))
    archive.add_rd("")
    (archive.root / "potsdam/x.rd").write_text("<data/>")
    with pytest.raises(DescriptorError, match=r"potsdam/x\.rd:1: .* begins with <resource>, not <data>"):
        load_descriptor("potsdam/x", archive.inputs)


def test_tables_of_other_descriptors_are_found_there(archive: Archive) -> None:
    archive.add_rd('<table id="t"/>', "other/r", 'schema="other"')
    rd = archive.load(
        '<data id="a"><make table="other/r#t"/><make table="//products#products"/><make table="no"/></data>'
    )
    mine, system, missing = rd.dd("a").makes
    assert mine.table.getQName() == "other.t"
    with pytest.raises(DescriptorError, match=r"q\.rd:2: .*DaCHS' own"):
        _ = system.table
    with pytest.raises(DescriptorError, match=r"q\.rd:2: .* no element with id 'no'"):
        _ = missing.table


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<make/>", "<make> names no table"),
        ('<make table="a"/>', "'a', named by <make>, is no table"),
    ],
)
def test_a_make_needs_a_table(content: str, reason: str, archive: Archive) -> None:
    make = archive.load(f'<data id="a">{content}</data>').dd("a").makes[0]
    with pytest.raises(DescriptorError, match=reason):
        _ = make.table


def test_a_property_needs_a_key(archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=r"q\.rd:2: <property> needs a key"):
        _ = archive.load('<data id="a"><property>x</property></data>').dd("a").properties
