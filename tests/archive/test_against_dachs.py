"""The real DaCHS lists the same sources, but for differences that are meant."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.errors import DescriptorError

if TYPE_CHECKING:
    from conftest import Archive

#: Lists what DaCHS makes of a descriptor; no database is asked for what earlier imports left.
SCRIPT = """
import json, sys
from gavo import api, base
from gavo.rscdef import rdinj
rdinj.injectIntoContext = lambda *args: None
rd = api.getRD(sys.argv[1])
print(json.dumps({
    "id": rd.sourceId, "resdir": rd.resdir, "inputs": base.getConfig("inputsDir"),
    "tables": {dd.id: [make.table.getQName() for make in dd.makes] for dd in rd.dds},
    "urls": [service.getURL("static") for service in rd.services],
    "sources": {dd.id: list(dd.sources) for dd in rd.dds if dd.sources is not None},
}))
"""

FILES = [
    *(
        "data/a.fits",
        "data/a10.fits",
        "data/a9.fits",
        "data/B.fits",
        "data/c.FITS",
        "data/x y.fits",
        "data/.h.fits",
    ),
    *("data/sub/s.fits", "data/sub/deep/d.fits", "data/sub-b/t.fits", "data-b/u.fits", "data-b/sub/v.fits"),
    *("data/n.txt", "res/ignored.txt", "top.fits"),
]

#: ``<sources>`` elements on whose files we agree with DaCHS, order included.
SAME = [
    '<sources pattern="data/*.fits"/>',
    '<sources pattern="*/*.fits"/>',
    '<sources pattern="data*/*/*.fits"/>',
    '<sources pattern="**/*.fits"/>',
    '<sources pattern="data/[aB]*"/>',
    '<sources pattern="data/a?.fits"/>',
    '<sources pattern="data/.*.fits"/>',
    '<sources pattern="data/{a,b}.fits"/>',
    '<sources pattern="data/a.fits"/>',
    '<sources pattern="../potsdam/data/a*.fits"/>',
    '<sources pattern="{root}/potsdam/data/a*.fits"/>',
    '<sources pattern="nodir/*.fits"/>',
    '<sources recurse="True" pattern="data/*.fits"/>',
    '<sources recurse="True" pattern="*.fits"/>',
    '<sources recurse="True" pattern="data*/*.fits"/>',
    '<sources recurse="True" pattern="data/sub/*.fits"/>',
    "<sources><pattern>data-b/*.fits</pattern><pattern>data/*.FITS</pattern><pattern>data/*.txt</pattern></sources>",
    '<sources pattern="data/*.txt">data/a.fits</sources>',
    '<sources pattern="data/*.txt"><item>{root}/potsdam/data/a.fits</item></sources>',
    "<sources>data/not-there.fits</sources>",
    '<sources pattern="data/*.*"><ignoredSources pattern="data/*"/></sources>',
    '<sources pattern="data/*.*"><ignoredSources pattern="potsdam/data/a*"/></sources>',
    '<sources pattern="*/*.*"><ignoreSources pattern="*B*"><pattern>x*</pattern></ignoreSources></sources>',
    '<sources pattern="data/*.*"><ignoreSources><pattern>*.txt</pattern></ignoreSources></sources>',
    '<sources pattern="data/*.*"><ignoreSources fromfile="res/ignored.txt"/></sources>',
    '<sources patterns="data/a.fits,data/B.fits"/>',
]

#: ``<sources>`` elements, what DaCHS lists and what we do (None: an error), below the resource directory.
DIFFERENT = {
    "<sources><pattern>odd/*.fits</pattern><pattern>odd/l*</pattern></sources>": (
        ["odd/dir.fits", "odd/gone.fits", "odd/link.fits", "odd/link.fits"],
        ["odd/link.fits"],
    ),
    '<sources pattern=" data/B.fits "/>': ([], ["data/B.fits"]),
    '<sources recurse="True" pattern="brackets/*.fits"/>': ([], ["brackets/[x]/a.fits"]),
    '<sources recurse="True" pattern="hid/*.fits"/>': (["hid/.hid/sub/x/x.fits"], []),
    '<sources recurse="True" pattern="linked/*.fits"/>': (
        ["linked/lnk/t.fits"],
        ["linked/lnk/t.fits", "linked/lnk/deep/d.fits"],
    ),
    '<sources pattern="{root}/../outside/*.fits"/>': (["{root}/../outside/o.fits"], None),
}


#: Runs DaCHS; gives what SCRIPT prints.
Dachs = Callable[[], dict[str, Any]]


@pytest.fixture
def dachs(
    archive: Archive, tmp_path: Path, require_program: Callable[[str], str]
) -> Callable[[], dict[str, Any]]:
    """Run the real DaCHS on potsdam/q; skip where it is not installed."""
    python = "/usr/bin/python3"
    found = os.path.exists(python) and subprocess.run(
        [python, "-c", "import gavo.utils"], capture_output=True, timeout=60
    )
    if not found or found.returncode:
        require_program("dachs")
        pytest.skip("DaCHS is there, but /usr/bin/python3 can't import it")
    settings = tmp_path / "gavo.rc"
    settings.write_text(
        f"[general]\nrootDir: {tmp_path}\ninputsDir: inputs\n[web]\nserverURL: http://example.org:8080\n"
    )
    environ = {"GAVOSETTINGS": str(settings), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}

    def run() -> dict[str, Any]:
        command = [python, "-W", "ignore", "-c", SCRIPT, "potsdam/q"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        configuration = DachsConfiguration.read(environ)
        assert answer["inputs"] == configuration.inputs_dir == str(archive.root)
        return answer

    return run


def _write(archive: Archive, sources: list[str]) -> None:
    archive.add_files(*FILES)
    (archive.root / "potsdam/res/ignored.txt").write_text("# x\n\npotsdam/data/a.fits\n")
    numbered = (f'<data id="d{n}">{text}</data>' for n, text in enumerate(sources))
    archive.add_rd("\n".join(numbered).replace("{root}", str(archive.root)))


def test_sources_come_in_dachs_order(archive: Archive, dachs: Dachs) -> None:
    _write(archive, SAME)
    rd = load_descriptor("potsdam/q", archive.inputs)
    theirs = dachs()["sources"]
    assert theirs == {dd.id: list(dd.sources) for dd in rd.dds}
    assert sum(map(bool, theirs.values())) > 15


def test_differences_to_dachs_are_those_that_are_meant(
    archive: Archive, dachs: Dachs, tmp_path: Path
) -> None:
    _write(archive, list(DIFFERENT))
    archive.add_files("odd/dir.fits/x", "hid/.hid/sub/x/x.fits", "linked/x", "brackets/[x]/a.fits", "odd/y")
    potsdam = archive.root / "potsdam"
    (potsdam / "odd/gone.fits").symlink_to("/nowhere")
    (potsdam / "odd/link.fits").symlink_to("../top.fits")
    (tmp_path / "outside/deep").mkdir(parents=True)
    (tmp_path / "outside/o.fits").touch()
    (tmp_path / "disk/deep").mkdir(parents=True)
    (tmp_path / "disk/t.fits").touch()
    (tmp_path / "disk/deep/d.fits").touch()
    (potsdam / "linked/lnk").symlink_to(tmp_path / "disk")

    rd = load_descriptor("potsdam/q", archive.inputs)
    theirs = dachs()["sources"]
    for dd, (their_names, our_names) in zip(rd.dds, DIFFERENT.values(), strict=True):
        expected = [os.path.normpath(potsdam / name.format(root=archive.root)) for name in their_names]
        assert theirs[dd.id] == expected, dd.id
        if our_names is None:
            with pytest.raises(DescriptorError):
                _ = dd.sources
        else:
            assert list(dd.sources) == [str(potsdam / name) for name in our_names]


EXPANDED = r"""
<table id="main" onDisk="True"><column name="accref" type="text"/></table>
<table id="other"><column name="accref" type="text"/></table>
<macDef name="bands">U B</macDef>
<STREAM id="s"><DEFAULTS ext="fits"/><data id="s\name"><sources pattern="\dir/*.\ext"/></data></STREAM>
<FEED source="s" name="1" dir="data"/><FEED source="s" name="2" dir="data" ext="FITS"/>
<LOOP listItems="\bands data"><events>
  <data id="l\item"><sources pattern="\item/*.fits"/></data>
</events></LOOP>
<LOOP><csvItems>
  name, path
  a,    data/*.fits
  b,    "data/x y*"
</csvItems><events><data id="c\name"><sources pattern="\path"/><make table="main"/></data></events></LOOP>
<STREAM id="o"><LOOP listItems="1 2"><events>
  <data id="o\item"><sources pattern="data/a\item*"/></data>
</events></LOOP></STREAM><FEED source="o"/>
<NXSTREAM id="n"><LOOP listItems="\items"><events>
  <data id="n\\item"><sources pattern="data/\\item*"/></data>
</events></LOOP></NXSTREAM><FEED source="n" items="a B"/>
<FEED source="s" name="3" dir="data"><EDIT ref="data[s3]"><make table="main"/></EDIT></FEED>
<data id="import"><sources recurse="True" pattern="data/*.fits"/><make table="main"/></data>
<data id="copy" original="import"/>
<data id="copy2" original="import"><sources pattern="data/a*"/><make table="other"/></data>
<service id="dl" allowed="static"><property name="staticData">static</property><nullCore/></service>
"""


def test_streams_loops_and_copies_give_what_dachs_makes_of_them(archive: Archive, dachs: Dachs) -> None:
    archive.add_files(*FILES)
    rd = archive.load(EXPANDED, server_url="http://example.org:8080")
    assert dachs() == {
        "id": rd.rd_id,
        "resdir": rd.resdir,
        "inputs": str(archive.root),
        "tables": {dd.id: [make.table.getQName() for make in dd.makes] for dd in rd.dds},
        "urls": [service.getURL("static") for service in rd.services],
        "sources": {dd.id: list(dd.sources) for dd in rd.dds},
    }


OWN_DESCRIPTORS = Path("/usr/lib/python3/dist-packages/gavo/resources/inputs")


def test_dachs_own_descriptors_load_unless_they_have_loops_in_python(
    require_program: Callable[[str], str],
) -> None:
    if not OWN_DESCRIPTORS.is_dir():
        require_program("dachs with its own resource descriptors")
    inputs = InputsDirectory(OWN_DESCRIPTORS)
    reasons = [_refusal(path, inputs) for path in sorted(OWN_DESCRIPTORS.rglob("*.rd"))]
    assert reasons.count("") > 15
    assert all("codeItems are Python" in reason for reason in reasons if reason)


def _refusal(path: Path, inputs: InputsDirectory) -> str:
    try:
        load_descriptor(str(path), inputs)
    except DescriptorError as error:
        return str(error)
    return ""
