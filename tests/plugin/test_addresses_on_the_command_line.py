"""What --fitsproc takes, once or several times."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive

_TWO = """
    <resource schema="potsdam">
      <data id="import"><sources pattern="data/*.fits"/></data>
      <data id="flats"><sources pattern="flats/*.fits"/></data>
      <data id="empty"><make table="x"/></data>
    </resource>
    """


@pytest.fixture
def two(archive: Archive) -> Archive:
    """Two data descriptors: with two files, and with one."""
    archive.write("potsdam/q.rd", _TWO)
    archive.add_files("a.fits", "b.fits")
    (archive.resdir / "flats").mkdir()
    (archive.resdir / "data/b.fits").rename(archive.resdir / "flats/c.fits")
    archive.add_file("b.fits")
    archive.add_processors("def test_it(source): pass")
    return archive


def _ids(archive: Archive, *args: str, address: str | None = None) -> list[str]:
    result = archive.run("--collect-only", "-q", *args, address=address)
    return [line for line in result.outlines if "::" in line]


_ALL = [
    f"{DD}::data/a.fits::test_it",
    f"{DD}::data/b.fits::test_it",
    "potsdam/q/flats::flats/c.fits::test_it",
]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["potsdam/q"], _ALL),
        (["potsdam/q#flats"], _ALL[2:]),
        (["potsdam/q/flats"], _ALL[2:]),
        (["potsdam/q.rd"], _ALL),
        (["potsdam/q/import", "potsdam/q/flats"], _ALL),
        (["potsdam/q/flats", "potsdam/q/import"], [_ALL[2], *_ALL[:2]]),
        (["potsdam/q/import", "potsdam/q"], _ALL),
        ([_ALL[0], _ALL[2]], [_ALL[0], _ALL[2]]),
        ([_ALL[0], _ALL[1]], _ALL[:2]),
        (["potsdam/q/import", _ALL[0]], _ALL[:2]),
    ],
)
def test_addresses_add_up_without_repetition(two: Archive, addresses: list[str], expected: list[str]) -> None:
    assert _ids(two, *(f"--fitsproc={address}" for address in addresses)) == expected


def test_a_processor_that_asks_for_dd_is_served_in_each_descriptor(
    two: Archive, plugin_args: tuple[str, ...]
) -> None:
    two.add_processors(
        """
        def test_each(source, dd): assert source.dd is dd
        def test_slow(source, dd, rd, tmp_path): assert source.dd is dd and dd.rd is rd
        def test_once(dd): assert dd.id in ("import", "flats")
        """
    )
    result = two.run("-rA", *plugin_args, address="potsdam/q")
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines_random(
        [
            f"PASSED {DD}::data/a.fits::test_each",
            "PASSED potsdam/q/flats::flats/c.fits::test_each",
            "PASSED potsdam/q/flats::flats/c.fits::test_slow",
            "PASSED *test_it.py::test_once[[]potsdam/q/flats]",
        ]
    )


def test_an_id_of_a_processor_that_asks_for_dd_can_be_pasted_back(two: Archive) -> None:
    two.add_processors("def test_each(source, dd): pass")
    two.run(address="potsdam/q/flats::flats/c.fits::test_each").assert_outcomes(passed=1)


def test_processors_of_one_resource_directory_are_not_for_another(two: Archive) -> None:
    two.write(
        "vienna/q.rd",
        '<resource schema="vienna"><data id="import"><sources pattern="*.fits"/></data></resource>',
    )
    (two.root / "vienna/v.fits").write_bytes((two.resdir / "data/a.fits").read_bytes())
    two.write("vienna/bin/test_vienna.py", "def test_vienna(source): pass")
    assert _ids(two, f"--fitsproc={DD}", "--fitsproc=vienna/q") == [
        *_ALL[:2],
        "vienna/q/import::v.fits::test_vienna",
    ]


def test_paths_on_the_command_line_take_the_place_of_bin(two: Archive) -> None:
    two.write("elsewhere/test_other.py", "def test_other(source): pass")
    two.write("elsewhere/sub/test_sub.py", "def test_sub(source): pass")
    assert {line.rpartition("::")[2] for line in _ids(two, "elsewhere", address=DD)} == {
        "test_other",
        "test_sub",
    }
    two.run("elsewhere/test_other.py::test_other").assert_outcomes(passed=2)


def test_what_is_a_descriptor_and_a_directory_is_taken_for_the_descriptor(two: Archive) -> None:
    (two.resdir / "q").mkdir()
    (two.resdir / "q/x.fits").touch()
    result = two.run(address="potsdam/q")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*potsdam/q is a resource descriptor and a directory; taken as *"])


@pytest.mark.parametrize(
    ("address", "passed"),
    [("potsdam/data", 2), ("potsdam", 3), ("potsdam/*/?.fits", 3), ("potsdam/data/a.fits", 1), (".", 3)],
)
def test_without_descriptor_built_in_checks_run_on_any_directory(
    two: Archive, address: str, passed: int, plugin_args: tuple[str, ...]
) -> None:
    two.run_checks(*plugin_args, address=address).assert_outcomes(passed=passed)


def test_ad_hoc_runs_do_not_collect_the_current_directory(two: Archive) -> None:
    two.write("test_elsewhere.py", "raise SystemExit('was imported')")
    two.run_checks(address="potsdam/data").assert_outcomes(passed=2)


def test_the_inputs_directory_can_be_named(two: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAVO_INPUTSDIR")
    monkeypatch.chdir(two.root.parent)
    two.run(f"--fitsproc-inputs={two.root}", f"--rootdir={two.root.parent}").assert_outcomes(passed=2)


def test_the_ini_file_can_name_the_inputs_directory(two: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAVO_INPUTSDIR")
    two.write("pytest.ini", "[pytest]\nfitsproc_inputs = inputs\n")
    (two.root / "inputs").mkdir()
    two.resdir.rename(two.root / "inputs/potsdam")
    two.run().assert_outcomes(passed=2)


def test_processors_may_have_options_of_their_own(two: Archive, plugin_args: tuple[str, ...]) -> None:
    two.write(
        "potsdam/bin/conftest.py",
        """
        import pytest
        def pytest_addoption(parser): parser.addoption("--plate-limit", type=int, default=0)
        @pytest.fixture(scope="session")
        def limit(request): return request.config.option.plate_limit
        """,
    )
    two.add_processors("def test_it(source, limit): assert limit == 7")
    two.run("--plate-limit=7", *plugin_args).assert_outcomes(passed=2)


def test_the_conftest_of_a_directory_above_is_loaded(two: Archive) -> None:
    two.write("conftest.py", "import pytest\n@pytest.fixture\ndef above(source): return source.stem")
    two.add_processors("def test_it(above): assert above in 'ab'")
    two.run().assert_outcomes(passed=2)
