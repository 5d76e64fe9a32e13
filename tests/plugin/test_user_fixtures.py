"""Fixtures of the curator's own, and pytest's, live as long as their scope says."""

from __future__ import annotations

from collections import Counter

import pytest
from small_archive import Archive

_SCOPES = """
    import pytest

    def _logged(scope):
        @pytest.fixture(scope=scope)
        def fixture(logged):
            logged("up " + scope)
            yield scope
            logged("down " + scope)
        return fixture

    @pytest.fixture(scope="session")
    def logged(request):
        path = request.config.rootpath / "scopes.log"
        def write(text):
            with path.open("a") as file: file.write(text + "\\n")
        return write

    @pytest.fixture(scope="session")
    def each_session(logged):
        logged("up session")
        yield
        logged("down session")
    each_package = _logged("package")
    each_module = _logged("module")
    each_class = _logged("class")
    each_function = _logged("function")
"""


def _logged(archive: Archive) -> Counter[str]:
    return Counter((archive.root / "scopes.log").read_text().splitlines())


def test_fixtures_of_every_scope_are_set_up_and_torn_down_as_often_as_they_should(archive: Archive) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(5)))
    archive.write("potsdam/bin/conftest.py", _SCOPES)
    archive.add_processors(
        """
        def test_session(source, each_session): pass
        def test_all(source, each_session, each_package, each_module, each_function): pass
        class TestIt:
            def test_class(self, source, each_class, each_function): pass
        """
    )
    archive.run().assert_outcomes(passed=15)
    assert _logged(archive) == {
        f"{what} {scope}": count
        for what in ("up", "down")
        for scope, count in {"session": 1, "package": 1, "module": 1, "class": 1, "function": 10}.items()
    }


def test_a_fixture_of_module_scope_is_set_up_once_for_two_modules_each(archive: Archive) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(20)))
    archive.write("potsdam/bin/conftest.py", _SCOPES)
    archive.add_processors("def test_one(source, each_module): pass", "test_one.py")
    archive.add_processors("def test_two(source, each_module): pass", "test_two.py")
    archive.add_processors("def test_fast(source): pass", "test_fast.py")
    archive.run().assert_outcomes(passed=60)
    assert _logged(archive) == {"up module": 2, "down module": 2}


def test_a_parametrised_module_fixture_is_set_up_once_a_parameter(archive: Archive) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(5)))
    archive.write("potsdam/bin/conftest.py", _SCOPES)
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(scope="module", params=["V", "B"])
        def band(request, logged):
            logged("up " + request.param)
            yield request.param
            logged("down " + request.param)
        def test_it(source, band): pass
        def test_other(source, band): pass
        """
    )
    archive.run().assert_outcomes(passed=20)
    assert _logged(archive) == {"up V": 1, "down V": 1, "up B": 1, "down B": 1}


def test_with_workers_session_fixtures_are_set_up_once_in_each(archive: Archive) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(20)))
    archive.write("potsdam/bin/conftest.py", _SCOPES)
    archive.add_processors("def test_it(source, each_session): pass")
    archive.run("-n2").assert_outcomes(passed=20)
    logged = _logged(archive)
    assert logged["up session"] == logged["down session"] <= 2


def test_an_autouse_fixture_surrounds_each_item(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        seen = []
        @pytest.fixture(autouse=True)
        def around(source):
            seen[:] = [source.stem]
            yield
            seen.clear()
        def test_it(source): assert seen == [source.stem]
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=2)


def test_an_autouse_fixture_of_session_scope_is_set_up_once(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.write("potsdam/bin/conftest.py", _SCOPES)
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(autouse=True, scope="session")
        def around(each_session): pass
        def test_it(source): pass
        """
    )
    archive.run().assert_outcomes(passed=2)
    assert _logged(archive) == {"up session": 1, "down session": 1}


def test_a_fixture_that_fails_at_teardown_is_an_error(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture
        def lock():
            yield
            raise OSError("still locked")
        def test_it(source, lock): pass
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=2, errors=2)


@pytest.mark.parametrize("last", ["source", "source, tmp_path"], ids=["fast", "slow"])
def test_a_session_fixture_that_fails_at_teardown_is_an_error(
    archive: Archive, last: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        f"""
        import pytest
        @pytest.fixture(scope="session")
        def lock():
            yield
            print("unlocking")
            raise OSError("still locked")
        def test_it({last}, lock): pass
        """
    )
    result = archive.run(*plugin_args)
    # Of two files one worker gets both.
    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(["*OSError: still locked*", "*Captured stdout teardown*", "unlocking"])


def test_a_session_fixture_that_skips_skips_all_files(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(scope="session")
        def instrument(): pytest.skip("no instrument")
        def test_it(source, instrument): pass
        """
    )
    result = archive.run("-rs", *plugin_args)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED * no instrument"])


def test_a_session_fixture_is_the_same_object_for_both_lanes(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(scope="session")
        def seen(): return []
        def test_fast(source, seen): seen.append("fast")
        def test_slow(source, seen, tmp_path): seen.append("slow")
        def test_once(seen): assert seen == ["fast", "slow"] * 2
        """
    )
    archive.run().assert_outcomes(passed=5)


def test_pytests_own_fixtures_work(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import logging, os, sys
        def test_monkeypatch(source, monkeypatch):
            assert "PLATE" not in os.environ
            monkeypatch.setenv("PLATE", source.stem)
        def test_tmp_path(source, tmp_path):
            assert not list(tmp_path.iterdir())
            (tmp_path / source.stem).touch()
        def test_caplog(source, caplog):
            logging.warning("log " + source.stem)
            assert caplog.messages == ["log " + source.stem]
        def test_capsys(source, capsys):
            print("out " + source.stem)
            assert capsys.readouterr().out == "out " + source.stem + "\\n"
        def test_capfd(source, capfd):
            os.write(2, b"raw")
            assert capfd.readouterr().err == "raw"
        def test_recwarn(source, recwarn):
            import warnings
            warnings.warn("odd")
            assert len(recwarn) == 1
        def test_request(source, request): assert request.node.source is source
        def test_property(source, record_property): record_property("plate", source.stem)
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=16)


def test_a_fixture_that_does_not_exist_is_an_error_that_names_those_there_are(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_bad(source, platte): pass\ndef test_good(source): pass")
    result = archive.run(*plugin_args)
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["*fixture 'platte' not found*", "*available fixtures:*source*"])


def test_a_users_own_source_fixture_is_none_of_ours(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture
        def header(source): return {"OBJECT": source.stem.upper()}
        def test_it(header): assert header in ({"OBJECT": "A"}, {"OBJECT": "B"})
        """
    )
    archive.run().assert_outcomes(passed=2)


@pytest.mark.parametrize("fixtures", ["source", "source, tmp_path"], ids=["fast", "slow"])
def test_unittest_skiptest_skips(archive: Archive, fixtures: str) -> None:
    archive.add_files("a.fits")
    archive.add_processors(f"import unittest\ndef test_it({fixtures}): raise unittest.SkipTest('no')")
    archive.run().assert_outcomes(skipped=1)
