"""Parameters of solve-field, as processors write them."""

from __future__ import annotations

import pytest

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry import SolverParameters


def test_the_defaults_are_those_of_dachs():
    assert " ".join(SolverParameters().options()) == (
        "--cpulimit 600 --fields 1 --scale-units app --no-plots"
    )


def test_all_parameters_become_options():
    parameters = SolverParameters.from_dachs(
        {
            "total_timelimit": 30,
            "fields": "2",
            "endob": 50,
            "lower_pix": 0.1,
            "upper_pix": "0.25",
            "pix_units": "degw",
            "tweak": False,
            "plots": True,
            "downsample": 4,
        }
    )
    assert " ".join(parameters.options()) == (
        "--cpulimit 30 --fields 2 --scale-low 0.1 --scale-high 0.25 --depth 50 --downsample 4"
        " --scale-units degw --no-tweak"
    )


@pytest.mark.parametrize(
    "indices",
    ["index-4215", ["index-4215"], (["index-4215"],), [("index-4215",), []]],
    ids=["a name", "a list", "a list in a tuple", "more"],
)
def test_names_of_indices_are_found_in_whatever_they_are_in(indices):
    assert SolverParameters(indices=indices).indices == ("index-4215",)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"endobj": 50}, "unknown solver parameter 'endobj'; there are indices, total_timelimit, tweak, "),
        ({"endob": "many"}, "solver parameter endob: 'many' is not a number"),
        ({"endob": (50,)}, r"solver parameter endob: \(50,\) is not a number"),
        ({"endob": 0}, "solver parameter endob: 0 is not a positive number"),
        ({"lower_pix": float("nan")}, "lower_pix: nan is not a positive number"),
        ({"lower_pix": 2, "upper_pix": 1}, "lower_pix: 2 is above upper_pix, 1"),
        ({"total_timelimit": None}, "total_timelimit: None is not a number"),
        ({"pix_units": "px"}, "pix_units: 'px' is none of degwidth, degw, "),
        ({"indices": 4215}, "indices: 4215 is not the name of an index file"),
    ],
)
def test_a_parameter_that_can_not_be_used_is_refused(values, message):
    with pytest.raises(OptionError, match=message):
        SolverParameters.from_dachs(values)


def test_the_limit_on_the_clock_is_beyond_that_of_the_processor():
    assert SolverParameters(total_timelimit=20).wall_limit_s == 70
