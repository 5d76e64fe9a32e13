from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.file_processor import (
    FileProcessor,
    classify_with,
    option_parser,
    overrides,
    parsed_options,
    process_with,
)
from pytest_fitsproc.processing.visit import Visit


class Base(FileProcessor):
    @staticmethod
    def addOptions(optParser):  # noqa: N802, N803
        FileProcessor.addOptions(optParser)
        optParser.add_option("--plate", dest="plate", default="none")


class Short(Base):
    @staticmethod
    def addOptions(optParser):  # noqa: N802, N803
        FileProcessor.addOptions(optParser)


@pytest.fixture
def dd(tmp_path):
    for name in ("a.fits", "b.fits"):
        cards = ["SIMPLE  =                    T", f"OBJECT  = '{name}'", "END"]
        (tmp_path / name).write_bytes("".join(card.ljust(80) for card in cards).ljust(2880).encode())
    found = ad_hoc_descriptor(".", InputsDirectory(tmp_path), tmp_path)
    assert found is not None
    return found


def test_options_have_dachs_names_and_defaults():
    options = parsed_options(FileProcessor, [])
    assert vars(options) == {
        "requireFrag": None,
        "bailOnError": False,
        "doReport": False,
        "beVerbose": False,
        "nParallel": 1,
    }
    given = parsed_options(FileProcessor, ["--filter=a", "--bail", "--report", "--verbose", "-j3"])
    assert list(vars(given).values()) == ["a", True, True, True, 3]


def test_the_options_of_a_class_whose_addoptions_is_left_out_have_their_defaults():
    assert parsed_options(Short, []).plate == "none"
    assert parsed_options(Base, ["--plate=3"]).plate == "3"


def test_a_word_that_is_no_option_ends_with_optparse_s_message():
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit) as raised:
        parsed_options(Short, ["--plate=3"])
    assert raised.value.code == 2
    assert "no such option: --plate" in err.getvalue()


def test_the_program_is_called_as_it_was_called():
    assert option_parser(Base, "size.py").get_usage() == "Usage: size.py [options]\n"


def test_the_auxiliaries_are_made_with_options_and_descriptor_at_hand(dd):
    class Making(FileProcessor):
        def _createAuxiliaries(self, dd):  # noqa: N802
            self.made = (self.opts, self.dd, dd)

    assert Making("options", dd).made == ("options", dd, dd)


def test_what_is_processed_by_default_are_the_paths_of_the_sources(dd, tmp_path):
    assert list(FileProcessor(None, dd).iterIdentifiers()) == [f"{tmp_path}/a.fits", f"{tmp_path}/b.fits"]


def test_without_a_process_of_its_own_a_class_says_so(dd):
    with pytest.raises(NotImplementedError, match="Base has no process method"):
        Base(None, dd).process("x")


def test_a_file_is_unknown_until_somebody_classifies_it(dd):
    assert FileProcessor(None, dd).classify("x") == "unknown"


def test_a_product_key_is_the_path_below_the_inputs_directory(dd, tmp_path):
    processor = FileProcessor(None, dd)
    assert processor.getProductKey(f"{tmp_path}/sub/x.fits") == "sub/x.fits"
    with pytest.raises(FitsprocError, match="is not below the inputs directory"):
        processor.getProductKey(f"{tmp_path}2/x.fits")


def test_the_header_is_that_of_the_file_named_whether_it_is_visited_or_not(dd, tmp_path):
    class Reading(FileProcessor):
        def classify(self, srcName):  # noqa: N803
            other = f"{tmp_path}/b.fits"
            return " ".join(self.getPrimaryHeader(path)["OBJECT"] for path in (srcName, other))

    visit = Visit(Source(f"{tmp_path}/a.fits", dd))
    assert classify_with(Reading(None, dd), visit) == "a.fits b.fits"
    visit.close()
    with pytest.raises(FitsprocError, match="there is no such file"):
        FileProcessor(None, dd).getPrimaryHeader(f"{tmp_path}/c.fits")


def test_an_edited_header_is_not_seen_again(dd, tmp_path):
    processor = FileProcessor(None, dd)
    path = f"{tmp_path}/a.fits"
    processor.getPrimaryHeader(path)["OBJECT"] = "changed"
    assert processor.getPrimaryHeader(path)["OBJECT"] == "a.fits"


def test_an_exception_that_process_returns_is_raised(dd, tmp_path):
    class Returning(FileProcessor):
        def process(self, srcName):  # noqa: N803
            return ValueError(srcName)

    with pytest.raises(ValueError, match=r"a\.fits"):
        process_with(Returning(None, dd), Visit(Source(f"{tmp_path}/a.fits", dd)))


def test_overrides_tells_own_methods_from_inherited_ones():
    assert overrides(Short, "addOptions")
    assert not overrides(Short, "process")
