"""Well-known plugins do for items of files what they promise for tests."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive


@pytest.fixture
def small(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors("def test_it(source): pass")
    return archive


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["plain", "n2"])
def test_pytest_cov_measures_processors(small: Archive, args: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_cov")
    small.add_processors(
        """
        def test_it(source):
            if source.stem == "nobody":
                return "never"
            assert source.size
        """
    )
    result = small.run("--cov=potsdam/bin", "--cov-report=term-missing", *args, own=True)
    assert result.parseoutcomes()["passed"] == 3
    result.stdout.fnmatch_lines(["potsdam/bin/test_it.py*4*1*75%*4"])


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["plain", "n2"])
def test_pytest_timeout_ends_an_item_that_hangs(small: Archive, args: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_timeout")
    small.add_processors("import time\ndef test_it(source): time.sleep(60 if source.stem == 'b' else 0)")
    result = small.run("--timeout=0.5", *args, own=True)
    assert result.parseoutcomes() == {"failed": 1, "passed": 2}
    result.stdout.fnmatch_lines(["*Timeout*0.5*"])


def test_a_mark_of_pytest_timeout_counts(small: Archive) -> None:
    pytest.importorskip("pytest_timeout")
    small.add_processors(
        """
        import time, pytest
        @pytest.mark.timeout(0.3)
        def test_it(source): time.sleep(60 if source.stem == 'b' else 0)
        def test_other(source): pass
        """
    )
    assert small.run(own=True).parseoutcomes() == {"failed": 1, "passed": 5}


_FLAKY = """
    def test_it(source):
        tried = source.path.with_suffix(".tried")
        if source.stem == "b" and not tried.exists():
            tried.touch()
            assert False
    """


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["plain", "n2"])
def test_pytest_rerunfailures_runs_an_item_again(small: Archive, args: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_rerunfailures")
    small.add_processors(_FLAKY)
    result = small.run("--reruns=2", *args, own=True)
    assert result.parseoutcomes() == {"passed": 3, "rerun": 1}
    result.stdout.fnmatch_lines(["*own protocol, for pytest_rerunfailures*"])


def test_a_mark_of_pytest_rerunfailures_counts(small: Archive) -> None:
    pytest.importorskip("pytest_rerunfailures")
    small.add_processors(
        "import pytest\n@pytest.mark.flaky(reruns=1)\n" + __import__("textwrap").dedent(_FLAKY)
    )
    assert small.run(own=True).parseoutcomes() == {"passed": 3, "rerun": 1}


def test_pytest_randomly_shuffles_and_nothing_is_lost(small: Archive) -> None:
    pytest.importorskip("pytest_randomly")
    small.add_files(*(f"{number}.fits" for number in range(20)))
    small.add_processors(
        """
        def test_it(source, gather): gather(stem=source.stem)
        def test_slow(source, tmp_path): pass
        """
    )
    words = ["-p", "no:hypothesispytest", f"--fitsproc={DD}", "--fitsproc-checks=none", "-v"]
    result = small.pytester.runpytest_subprocess(
        *words, "-p", "randomly", "-p", "randomly", "--fitsproc-gather=rows.csv"
    )
    assert result.parseoutcomes()["passed"] == 46
    result.stdout.fnmatch_lines(["Using --randomly-seed=*"])
    gathered = (small.root / "rows.csv").read_text().splitlines()[1:]
    assert gathered == sorted(gathered)
    assert len(gathered) == 23


def test_a_conftests_makereport_wrapper_sees_every_item(small: Archive, plugin_args: tuple[str, ...]) -> None:
    small.write(
        "potsdam/bin/conftest.py",
        """
        import pytest
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if report.when == "call":
                with (item.config.rootpath / "seen.log").open("a") as file: file.write(item.nodeid + "\\n")
            return report
        """,
    )
    result = small.run(*plugin_args)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["fitsproc: each item is run by pytest's own protocol, for *conftest*"])
    assert sorted((small.root / "seen.log").read_text().splitlines()) == [
        f"{DD}::data/{stem}.fits::test_it" for stem in "abc"
    ]


@pytest.mark.parametrize("hook", ["setup", "call", "teardown"])
def test_a_conftests_hooks_of_the_protocol_are_called_for_every_item(small: Archive, hook: str) -> None:
    small.write(
        "conftest.py",
        f"""
        def pytest_runtest_{hook}(item):
            with (item.config.rootpath / "seen.log").open("a") as file: file.write(item.source.stem + "\\n")
        """,
    )
    small.run().assert_outcomes(passed=3)
    assert (small.root / "seen.log").read_text().split() == ["a", "b", "c"]


@pytest.mark.parametrize("hook", ["logreport", "logstart", "logfinish"])
def test_a_conftests_listener_hears_of_every_item(
    small: Archive, hook: str, plugin_args: tuple[str, ...]
) -> None:
    arguments = "report" if hook == "logreport" else "nodeid"
    value = "report.nodeid" if hook == "logreport" else "nodeid"
    small.write(
        "conftest.py",
        f"""
        import os
        heard = []
        def pytest_runtest_{hook}({arguments}): heard.append({value})
        def pytest_sessionfinish(session):
            if not hasattr(session.config, "workerinput"):
                (session.config.rootpath / "heard.log").write_text("\\n".join(heard))
        """,
    )
    small.run(*plugin_args).assert_outcomes(passed=3)
    heard = set((small.root / "heard.log").read_text().splitlines())
    assert heard == {f"{DD}::data/{stem}.fits::test_it" for stem in "abc"}


def test_an_items_modifier_of_a_conftest_may_choose_and_sort(
    small: Archive, plugin_args: tuple[str, ...]
) -> None:
    small.write(
        "conftest.py",
        """
        def pytest_collection_modifyitems(items): items[:] = [i for i in items if i.source.stem != "b"][::-1]
        """,
    )
    small.run(*plugin_args).assert_outcomes(passed=2)
