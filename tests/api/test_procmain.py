"""`procmain` as DaCHS' users know it, in one process."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

import pytest

from pytest_fitsproc import api


class Seen(api.FileProcessor):
    """Notes what it gets."""

    def _createAuxiliaries(self, dd: Any) -> None:
        self.seen: list[str] = []

    def process(self, srcName: str) -> None:
        self.seen.append(srcName)


class Moody(api.FileProcessor):
    """Fails on b, skips c."""

    def process(self, srcName: str) -> None:
        self._act(srcName)

    def classify(self, srcName: str) -> str:
        self._act(srcName)
        return {"a": "longer label", "d": "zeta"}[os.path.basename(srcName)[0]]

    def _act(self, srcName: str) -> None:
        if srcName.endswith("b.fits"):
            raise ValueError("bad size")
        if srcName.endswith("c.fits"):
            raise api.SkipThis("no plate")


def test_process_gets_the_absolute_paths_in_order(archive):
    run = archive.procmain(Seen)
    assert run.processor.seen == [archive.path(name) for name in ("a.fits", "b.fits", "c.fits", "d.fits")]


def test_progress_and_closing_line_are_those_of_dachs(archive):
    run = archive.procmain(Seen, "--filter=potsdam/data/a")
    assert run.out == "     1 (-    0)\r1 files processed, 0 files with errors\n"
    assert run.err == ""


def test_an_error_is_counted_twice_and_a_skipped_file_not_at_all(archive):
    run = archive.procmain(Moody)
    assert run.out.endswith("\r3 files processed, 1 files with errors\n")
    assert run.err == f"Skipping source {archive.path('b.fits')}: (ValueError, ValueError('bad size'))\n"


def test_exitcode_tells_of_errors(archive):
    assert archive.procmain(Moody).processor.exitcode == 1
    assert archive.procmain(Moody, "--filter=a.fits").processor.exitcode == 0


def test_the_returned_processor_is_of_the_class_and_has_options_and_descriptor(archive):
    processor = archive.procmain(Seen, "--verbose").processor
    assert type(processor) is Seen
    assert processor.opts.beVerbose is True
    assert processor.dd.id == "import"
    assert processor.inputsDir == str(archive.inputs)
    assert processor.getProductKey(archive.path("a.fits")) == "potsdam/data/a.fits"


def test_an_exception_that_is_returned_is_an_error_of_its_file(archive):
    class Returning(api.FileProcessor):
        def process(self, srcName: str) -> object:
            return KeyError("plate") if srcName.endswith("c.fits") else "fine"

    run = archive.procmain(Returning)
    assert run.out.endswith("\r4 files processed, 1 files with errors\n")
    assert run.err == f"Skipping source {archive.path('c.fits')}: (KeyError, KeyError('plate'))\n"


def test_an_exception_that_cannot_be_shown_is_still_reported(archive):
    class Unshowable(Exception):
        def __repr__(self) -> str:
            raise RuntimeError("no")

    class Raising(api.FileProcessor):
        def process(self, srcName: str) -> None:
            raise Unshowable

    run = archive.procmain(Raising, "--filter=a.fits")
    assert "a.fits: (Unshowable, which can't be shown: its __repr__ raises RuntimeError)" in run.err


def test_a_header_that_cannot_be_read_is_an_error_not_a_skipped_file(archive):
    class Reading(api.FileProcessor):
        def process(self, srcName: str) -> None:
            self.getPrimaryHeader(srcName)

    run = archive.procmain(Reading, "--filter=a.fits")
    assert run.out.endswith("1 files processed, 1 files with errors\n")
    assert "the primary header can't be read" in run.err


def test_bail_ends_at_the_first_error_with_its_traceback(archive):
    run = archive.procmain(Moody, "--bail")
    assert run.status == 1
    assert run.out == "     1 (-    0)\r"
    first, *_, last = run.err.splitlines()
    assert (first, last) == (f"*** {archive.path('b.fits')}", "ValueError: bad size")


def test_sys_exit_in_process_ends_the_program_with_its_status(archive):
    class Leaving(Seen):
        def process(self, srcName: str) -> None:
            raise SystemExit(3)

    run = archive.procmain(Leaving)
    assert (run.status, run.out) == (3, "")


def test_an_interrupt_ends_the_program_silently_with_2(archive):
    class Interrupted(Seen):
        def process(self, srcName: str) -> None:
            raise KeyboardInterrupt

    run = archive.procmain(Interrupted)
    assert (run.status, run.out, run.err) == (2, "", "")


@pytest.mark.parametrize("text", ["b.fits", "potsdam/data/b", "data/b"])
def test_filter_is_a_substring_of_the_accref(archive, text):
    assert archive.procmain(Seen, f"--filter={text}").processor.seen == [archive.path("b.fits")]


def test_filter_does_not_look_at_what_is_above_the_inputs_directory(archive):
    run = archive.procmain(Seen, f"--filter={archive.inputs.name}/")
    assert run.out == "0 files processed, 0 files with errors\n"
    assert run.processor.exitcode == 0


class TestOrderOfEvents:
    @pytest.mark.parametrize("arguments", [["--help"], ["--nope"], []])
    def test_a_wrong_data_descriptor_comes_before_the_command_line(self, archive, arguments):
        run = archive.procmain(Seen, *arguments, dd="nope")
        assert run.status == 1
        assert run.err == "size.py: error: potsdam/q.rd has no data descriptor 'nope'; it has: import\n"

    def test_a_wrong_resource_descriptor_comes_before_help(self, archive):
        (archive.resdir / "q.rd").unlink()
        run = archive.procmain(Seen, "--help")
        assert (run.status, run.out) == (1, "")
        assert "there is no resource descriptor potsdam/q.rd" in run.err

    def test_the_command_line_comes_before_the_processor_is_made(self, archive):
        class Unmakeable(Seen):
            def _createAuxiliaries(self, dd: Any) -> None:
                raise AssertionError("made")

        assert archive.procmain(Unmakeable, "--help").status == 0
        assert archive.procmain(Unmakeable, "--nope").status == 2
        with pytest.raises(AssertionError, match="made"):
            archive.procmain(Unmakeable)

    def test_help_goes_to_stdout(self, archive):
        run = archive.procmain(Seen, "--help")
        assert run.status == 0
        assert run.out.startswith("Usage: size.py [options]\n")
        for option in ("--filter=STR", "--bail", "--report", "--verbose", "-j NUM, --n-procs=NUM"):
            assert option in run.out

    def test_an_argument_that_is_no_option_gets_the_help_on_stderr(self, archive):
        run = archive.procmain(Seen, "a.fits")
        assert (run.status, run.out) == (1, "")
        assert run.err.startswith("Usage: size.py [options]\n")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--nope"], "no such option: --nope"),
            (["-j", "foo"], "option -j: invalid integer value: 'foo'"),
            (["-j0"], "option -j: must be at least 1: 0"),
            (["--n-procs=-1"], "option -j: must be at least 1: -1"),
        ],
    )
    def test_a_wrong_option_is_refused_with_2(self, archive, words, message):
        run = archive.procmain(Seen, *words)
        assert (run.status, run.out) == (2, "")
        assert run.err == f"Usage: size.py [options]\n\nsize.py: error: {message}\n"


class TestReport:
    def test_it_is_laid_out_as_in_dachs(self, archive):
        run = archive.procmain(Moody, "--report")
        assert run.out.splitlines() == [
            "     1 (-    0)",
            "     2 (-    1)",
            "     3 (-    1)",
            "",
            "Processor Report",
            "================",
            "",
            "Warning: There were 1 errors during classification",
            "1  longer label",
            "1          zeta",
            "",
            "",
            "3 files processed, 1 files with errors",
        ]

    def test_process_is_not_called(self, archive):
        run = archive.procmain(Seen, "--report")
        assert run.processor.seen == []
        assert "4  unknown" in run.out

    def test_classes_are_sorted_by_count_the_largest_last(self, archive):
        class Counting(api.FileProcessor):
            def classify(self, srcName: str) -> str:
                return "z" if srcName.endswith("a.fits") else "a"

        lines = archive.procmain(Counting, "--report").out.splitlines()
        assert lines[-5:-3] == ["1  z", "3  a"]

    def test_verbose_lists_the_files_of_each_class(self, archive):
        lines = archive.procmain(Moody, "--report", "--verbose").out.splitlines()
        place = lines.index("longer label:")
        assert lines[place : place + 2] == ["longer label:", f"    {archive.path('a.fits')}"]

    @pytest.mark.parametrize("arguments", [[], ["--verbose"], ["--verbose", "-j2"]])
    def test_a_report_on_no_files_is_empty(self, archive, arguments):
        run = archive.procmain(Moody, "--report", "--filter=nothing", *arguments)
        assert run.status is None
        assert run.out.endswith("\n0 files processed, 0 files with errors\n")

    @pytest.mark.parametrize("label", [None, 3])
    @pytest.mark.parametrize("arguments", [[], ["--verbose"], ["-j2"]])
    def test_what_is_no_label_is_an_error_of_its_file(self, archive, label, arguments):
        class Forgetful(api.FileProcessor):
            def classify(self, srcName: str) -> Any:
                return label if srcName.endswith("b.fits") else "ok"

        run = archive.procmain(Forgetful, "--report", *arguments)
        assert "3  ok" in run.out
        assert run.out.endswith("4 files processed, 1 files with errors\n")
        assert f'b.fits: (LabelError, LabelError("the classifier returned {label}' in run.err.replace(
            "'", '"'
        )

    def test_labels_cannot_write_to_the_terminal(self, archive):
        class Hostile(api.FileProcessor):
            def classify(self, srcName: str) -> str:
                return "\x1b[31mred\n"

        assert "4  \\x1b[31mred\\x0a" in archive.procmain(Hostile, "--report").out


class TestIdentifiers:
    def test_what_iteridentifiers_gives_is_what_process_gets(self, archive):
        class Accrefs(Seen):
            def iterIdentifiers(self) -> Any:
                for path in super().iterIdentifiers():
                    if not str(path).endswith("b.fits"):
                        yield self.getProductKey(str(path))

        run = archive.procmain(Accrefs)
        assert run.processor.seen == [f"potsdam/data/{name}.fits" for name in "acd"]
        filtered = archive.procmain(Accrefs, "--filter=data/c")
        assert filtered.processor.seen == ["potsdam/data/c.fits"]

    @pytest.mark.parametrize("arguments", [[], ["-j2"]])
    def test_they_need_not_be_strings(self, archive, arguments):
        class Pairs(Seen):
            def iterIdentifiers(self) -> Any:
                yield from ((number, "even" if number % 2 == 0 else "odd") for number in range(5))

            def process(self, srcName: Any) -> None:
                if srcName[0] == 3:
                    raise ValueError("three")
                super().process(srcName)

        run = archive.procmain(Pairs, *arguments)
        assert run.processor.seen == [(0, "even"), (1, "odd"), (2, "even"), (4, "even")]
        assert run.err == "Skipping source (3, 'odd'): (ValueError, ValueError('three'))\n"
        assert archive.procmain(Pairs, "--filter=odd", *arguments).processor.seen == [(1, "odd")]


def test_a_file_name_cannot_write_to_the_terminal(archive):
    archive.fill("x\x1b[31m\n.fits")

    class Raising(api.FileProcessor):
        def process(self, srcName: str) -> None:
            raise OSError(2, "gone", srcName)

    run = archive.procmain(Raising, "--filter=x")
    assert run.err.count("\n") == 1
    assert "\x1b" not in run.err


def test_a_pattern_that_matches_nothing_is_told(archive):
    for path in (archive.resdir / "data").iterdir():
        path.unlink()
    run = archive.procmain(Seen)
    assert run.out == "0 files processed, 0 files with errors\n"
    assert run.err == "potsdam/q.rd:5: pattern 'data/*.fits' matches nothing\n"


def test_a_missing_inputs_directory_is_told_with_its_origin(tmp_path, monkeypatch):
    nowhere = str(tmp_path / "nowhere")
    for name in ("GAVOSETTINGS", "GAVOCUSTOM"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setenv("GAVO_INPUTSDIR", nowhere)
    with pytest.raises(SystemExit) as raised:
        api.procmain(Seen, "potsdam/q", "import", argv=["size.py"])
    assert raised.value.code == 1
    assert (
        str(raised.value.__cause__) == f"the inputs directory {nowhere} (from $GAVO_INPUTSDIR) does not exist"
    )


def test_every_file_is_opened_once(archive):
    archive.write_fits("a.fits", FILTER="V")
    opened: Counter[str] = Counter()

    class Reading(api.FileProcessor):
        def process(self, srcName: str) -> None:
            self.getPrimaryHeader(srcName)
            self.getPrimaryHeader(srcName)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and str(arguments[0]).endswith("a.fits"):
            opened[str(arguments[0])] += 1

    sys.addaudithook(hook)
    assert archive.procmain(Reading, "--filter=a.fits").processor.exitcode == 0
    assert opened == {archive.path("a.fits"): 1}
