"""--pdb, breakpoint() and --trace stop at processors as at any test."""

from __future__ import annotations

import pytest
from small_archive import Archive

_DEBUGGER = """
    import pdb
    class Recorder(pdb.Pdb):
        def __init__(self, *args, **kwargs): pass
        def reset(self): print("DEBUGGER reset")
        def interaction(self, frame, value): print("DEBUGGER at", _name(frame, value))
        def set_trace(self, frame=None, **kwargs): print("DEBUGGER trace in", frame.f_code.co_name)
        def runcall(self, function, *args, **kwargs):
            print("DEBUGGER runs", function.__name__)
            return function(*args, **kwargs)
        def setup(self, *args): pass
        quitting = False
    def _name(frame, value):
        while value is not None and getattr(value, "tb_next", None): value = value.tb_next
        return (value.tb_frame if hasattr(value, "tb_frame") else frame).f_code.co_name
    """


@pytest.fixture
def failing(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_it(source): assert source.stem == 'a'")
    archive.write("recorder.py", _DEBUGGER)
    archive.pytester.syspathinsert()
    return archive


def test_pdb_opens_where_a_processor_failed(failing: Archive) -> None:
    result = failing.run("--pdb", "--pdbcls=recorder:Recorder")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*for --usepdb*", "*entering PDB*", "*DEBUGGER at*"])


def test_a_breakpoint_in_a_processor_opens_the_debugger(failing: Archive) -> None:
    failing.add_processors("def test_it(source, tmp_path): breakpoint()")
    failing.add_processors("def test_fast(source): breakpoint()", "test_fast.py")
    result = failing.run("--pdbcls=recorder:Recorder")
    assert result.stdout.str().count("DEBUGGER trace in test_it") == 2
    assert result.stdout.str().count("DEBUGGER trace in test_fast") == 2
    result.assert_outcomes(passed=4)


def test_output_goes_on_being_captured_behind_a_breakpoint(failing: Archive) -> None:
    failing.add_processors(
        """
        def test_it(source):
            if source.stem == "a": breakpoint()
            print("behind " + source.stem)
        """
    )
    result = failing.run("--pdbcls=recorder:Recorder", own=True)
    result.assert_outcomes(passed=2)
    assert "behind b" not in result.stdout.str()
