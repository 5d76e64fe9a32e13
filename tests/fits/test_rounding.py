"""The text of doubles; the values are what AST 9.5 wrote."""

from __future__ import annotations

import pytest

from pytest_fitsproc.fits.rounding import VALUE_WIDTH, format_double, general_text, rounded_double

DEFAULTS = [
    (0.1, "0.1"),
    (1 / 3, "0.33333333333333331"),
    (1.5, "1.5"),
    (1e15, "1000000000000000.0"),
    (1e17, "1.0E+17"),
    (1e20, "1.0E+20"),
    (3.141592653589793, "3.1415926535897931"),
    (-0.0, "0.0"),
    (-0.0002, "-2.0E-4"),
    (1e-5, "1.0E-5"),
    (0.30000000000000004, "0.3"),
    (1.00000000000123, "1.0"),
    (0.99999999999, "1.0"),
    (9.99999999999e22, "10.0E+22"),
    (-1.7976931348623157e308, "-1.7976931348623157E+308"),
    (float("nan"), "0.0"),
    (float("inf"), "0.0"),
    (1.2345000012345, "1.2345000012345"),
    (9.99991234567, "9.99991234567"),
    (1000012345.5, "1000012345.5"),
    (1234567899.9912345, "1234567900.0"),
    (-688081271.760001, "-688081271.76"),
]

WITH_ATTRIBUTES = [
    (9.999999e-6, 17, 5, "10.0E-6"),
    (-0.000437776900103502, 17, 8, "-4.37776900103502E-4"),
    (123456.0, 3, 10, "1.23E+5"),
    (999990.0, 4, 3, "1.0E+6"),
    (1.5, 0, 10, "2.0"),
    (-0.0001809911336227212, 0, 5, "-1.809911E-4"),
    (0.00012000034567, 17, 8, "0.00012000034567"),
    (0.00012000034567, 17, 5, "0.00012"),
    (1.00001234567, 17, 5, "1.00001234567"),
    (1.00001234567, 17, 3, "1.0"),
    (1.0000000000000002, 17, 15, "1.0"),
    (1.0000000000000002, 17, 16, "1.0000000000000002"),
    (1000012345.5, 17, 3, "1000000000.0"),
    (1.2345000012345, 17, 2, "1.2345"),
    (12345999912345.0, 17, 3, "12346000000000.0"),
    (2.0**60, 20, 10, "1152921504606846976."),
    (2.0**66, 20, 10, "73786976294838206464."),
    (123456789012345678.0, 18, 10, "123456789012345680.0"),
    (-1e-12, -17, 0, "-10.0E-13"),
    (-123456789.12345679, -15, 10, "-123456789.123457"),
    (-1e-200 / 3, -17, 10, "-3.333333333333E-201"),
]


@pytest.mark.parametrize(("value", "text"), DEFAULTS)
def test_doubles_are_written_as_ast_writes_them(value: float, text: str) -> None:
    assert format_double(value) == text.rjust(VALUE_WIDTH)


@pytest.mark.parametrize(("value", "digits", "rounding", "text"), WITH_ATTRIBUTES)
def test_digits_and_rounding_do_what_they_do_in_ast(
    value: float, digits: int, rounding: int, text: str
) -> None:
    assert format_double(value, digits, rounding) == text.rjust(VALUE_WIDTH)


def test_a_freed_exponent_column_becomes_a_blank_only_behind_blanks() -> None:
    assert format_double(-1.7453292519943296e-05) == "-1.7453292519943296E-5"
    assert format_double(1.23456789e-05, 15) == "       1.23456789E-5"
    assert format_double(1.23456789012345e-05, 15) == "1.23456789012345E-5"


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.0, "5"), (0.1, "0.1"), (1e20, "1e+20"), (1e-5, "1.0e-05"), (1e300, "1.0e+300"), (-2.7, "-2.7")],
)
def test_general_text_is_that_of_ast_outside_of_cards(value: float, text: str) -> None:
    assert general_text(value) == text


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.1, 0.1),
        (1 / 3, 1 / 3),
        (1.00000000000123, 1.0),
        (0.99999999999, 1.0),
        (1234567899.9912345, 1234567900.0),
        (-688081271.760001, -688081271.76),
    ],
)
def test_a_double_is_rounded_to_what_its_text_says(value: float, rounded: float) -> None:
    assert rounded_double(value) == rounded == float(format_double(value))


def test_a_double_is_rounded_by_the_attributes_given() -> None:
    assert rounded_double(1.23456, digits=3) == 1.23
    assert rounded_double(1.00001234567, rounding=3) == 1.0
    assert rounded_double(1.00001234567) == 1.00001234567
