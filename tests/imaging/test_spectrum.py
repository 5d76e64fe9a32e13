from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.io import fits
from images import header_bytes, write_image

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.imaging import NoSpectrumError, read_spectrum

FLUX = np.array([5.0, 6, 7, 8])
WAVES = np.array([400.0, 500, 600, 700])


def write_table(path, *columns, extname=None):
    hdu = fits.BinTableHDU.from_columns([fits.Column(*column[:2], **column[2]) for column in columns])
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    return path


@pytest.mark.parametrize(
    ("cards", "spectral"),
    [
        ({}, [1, 2, 3, 4]),
        ({"CRVAL1": 4000, "CDELT1": 2.5, "CRPIX1": 1}, [4000, 4002.5, 4005, 4007.5]),
        ({"CRVAL1": 4000, "CD1_1": -2, "CRPIX1": 2}, [4002, 4000, 3998, 3996]),
        ({"CRVAL1": 4000, "CDELT1": 2}, [4002, 4004, 4006, 4008]),
        ({"CRVAL1": 3, "CDELT1": 1, "CRPIX1": 1, "DC-FLAG": 1}, [1e3, 1e4, 1e5, 1e6]),
        (
            {"CRVAL1": 100, "CDELT1": 10, "CRPIX1": 1, "CTYPE1": "WAVE-LOG"},
            100 * np.exp(np.arange(4) / 10),
        ),
    ],
)
def test_an_image_of_one_axis_is_a_spectrum_along_its_coordinate(tmp_path, cards, spectral):
    found = read_spectrum(write_image(tmp_path / "a.fits", FLUX.astype("f4"), cards))
    np.testing.assert_allclose(found, [spectral, FLUX])


def test_scaling_and_blank_of_the_image_are_applied(tmp_path):
    path = write_image(
        tmp_path / "a.fits",
        np.array([1, -1, 3], "i2"),
        {"BZERO": 32768, "BSCALE": 2, "BLANK": -1},
    )
    np.testing.assert_array_equal(read_spectrum(path)[1], [32770, np.nan, 32774])


def test_the_long_axis_of_a_cube_is_the_spectral_one(tmp_path):
    cards = {"CRVAL3": 10, "CDELT3": 5, "CRPIX3": 1, "CRVAL1": 77}
    path = write_image(tmp_path / "a.fits", FLUX.astype("f4").reshape(4, 1, 1), cards)
    np.testing.assert_allclose(read_spectrum(path), [[10, 15, 20, 25], FLUX])


@pytest.mark.parametrize(
    ("spectral", "flux"),
    [
        ("WAVELENGTH", "FLUX"),
        ("lambda", "Flux_Density"),
        ("WAVE", "OPT_FLUX"),
        ("FREQUENCY", "INTENSITY"),
        ("energy", "counts"),
        ("wl", "f_lambda"),
        ("spectral", "flux"),
    ],
)
def test_columns_are_told_by_their_names(tmp_path, spectral, flux):
    path = write_table(
        tmp_path / "a.fits",
        ("NUMBER", "J", {"array": [1, 2, 3, 4]}),
        (f"ERR_{flux}", "D", {"array": FLUX / 9}),
        (flux, "D", {"array": FLUX}),
        (spectral, "D", {"array": WAVES}),
    )
    assert np.array_equal(read_spectrum(path), [WAVES, FLUX])


def test_the_units_tell_columns_whose_names_do_not(tmp_path):
    path = write_table(
        tmp_path / "a.fits",
        ("A", "D", {"array": FLUX, "unit": "erg/s/cm2/Angstrom"}),
        ("B", "D", {"array": WAVES, "unit": "Angstrom"}),
    )
    assert np.array_equal(read_spectrum(path), [WAVES, FLUX])


@pytest.mark.parametrize(
    ("keyword", "marks"),
    [
        ("TUCD", ("em.wl", "phot.flux.density;em.wl")),
        ("TUTYP", ("spec:Data.SpectralAxis.Value", "Spectrum:Data.FluxAxis.Value")),
    ],
)
def test_ucds_and_utypes_count_more_than_names(tmp_path, keyword, marks):
    path = write_table(
        tmp_path / "a.fits",
        ("WAVE", "D", {"array": FLUX * 0}),
        ("X", "D", {"array": WAVES}),
        ("Y", "D", {"array": FLUX}),
    )
    with fits.open(path, mode="update") as hdus:
        hdus[1].header[f"{keyword}2"], hdus[1].header[f"{keyword}3"] = marks
    assert np.array_equal(read_spectrum(path), [WAVES, FLUX])


def test_loglam_of_sdss_is_a_decadic_logarithm(tmp_path):
    path = write_table(
        tmp_path / "a.fits", ("flux", "E", {"array": FLUX}), ("loglam", "D", {"array": np.log10(WAVES)})
    )
    np.testing.assert_allclose(read_spectrum(path), [WAVES, FLUX])


@pytest.mark.parametrize("form", ["4D", "PD()"])
def test_a_spectrum_in_one_row_of_arrays_is_read(tmp_path, form):
    arrays = [np.array([values] * 2) for values in (WAVES, FLUX)]
    path = write_table(
        tmp_path / "a.fits",
        ("WAVE", form, {"array": arrays[0]}),
        ("FLUX", form, {"array": arrays[1]}),
    )
    assert np.array_equal(read_spectrum(path), [WAVES, FLUX])


def test_an_ascii_table_and_a_packed_file_are_read(tmp_path):
    columns = [
        fits.Column("WAVE", "F10.3", array=WAVES, ascii=True),
        fits.Column("FLUX", "F10.3", array=FLUX, ascii=True),
    ]
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.TableHDU.from_columns(columns)])
    hdus.writeto(tmp_path / "a.fits")
    (tmp_path / "b.fits.gz").write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    for name in ("a.fits", "b.fits.gz"):
        np.testing.assert_allclose(read_spectrum(tmp_path / name), [WAVES, FLUX])


def test_an_hdu_may_be_asked_for(tmp_path):
    images = [fits.ImageHDU(FLUX * n) for n in (1, 2)]
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(tmp_path / "a.fits")
    assert np.array_equal(read_spectrum(tmp_path / "a.fits")[1], FLUX)
    assert np.array_equal(read_spectrum(tmp_path / "a.fits", 2)[1], FLUX * 2)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ((("NAME", "D", {"array": FLUX}),), "a column that looks like the spectral coordinate"),
        ((("WAVE", "D", {"array": FLUX}),), "a column that looks like the flux"),
        (
            (("WAVE", "3D", {"array": np.ones((1, 3))}), ("FLUX", "2D", {"array": np.ones((1, 2))})),
            "has columns of 3 and 2 values",
        ),
    ],
)
def test_a_table_that_is_no_spectrum_says_what_it_lacks(tmp_path, columns, words):
    path = write_table(tmp_path / "a.fits", *columns)
    with pytest.raises(NoSpectrumError, match=rf"a\.fits: HDU 0 has no data; HDU 1 .*{words}; give the"):
        read_spectrum(path)


def test_a_column_of_words_is_an_error_that_names_the_file(tmp_path):
    path = write_table(
        tmp_path / "a.fits", ("WAVE", "5A", {"array": ["a", "b"]}), ("FLUX", "D", {"array": [1, 2]})
    )
    with pytest.raises(FitsFormatError, match=r"a\.fits, HDU 1: its columns can't be read"):
        read_spectrum(path)


def test_an_image_of_two_axes_is_no_spectrum(tmp_path):
    path = write_image(tmp_path / "a.fits", np.ones((3, 3), "f4"))
    with pytest.raises(NoSpectrumError, match="HDU 0 is no spectrum of one axis"):
        read_spectrum(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (header_bytes(-32, (2**50,)), "its data end .* bytes early"),
        (header_bytes(-32, (30,), {"CRVAL1": "x"}) + bytes(2880), "CRVAL1 is not a number"),
    ],
)
def test_bad_input_is_one_line_that_names_the_file(tmp_path, header, words):
    path = tmp_path / "a.fits"
    path.write_bytes(header)
    with pytest.raises(FitsFormatError, match=rf"a\.fits, HDU 0.*{words}"):
        read_spectrum(path)


def test_a_spectrum_packed_and_cut_short_is_an_error(tmp_path):
    path = tmp_path / "a.fits.gz"
    path.write_bytes(gzip.compress(header_bytes(-32, (5000,)) + bytes(2880)))
    with pytest.raises(FitsFormatError, match="its data end 17120 bytes early"):
        read_spectrum(path)


def test_a_table_without_rows_is_an_empty_spectrum_unless_there_is_a_better_one(tmp_path):
    def table(values):
        columns = [fits.Column(name, "D", array=values) for name in ("wave", "flux")]
        return fits.BinTableHDU.from_columns(columns)

    fits.HDUList([fits.PrimaryHDU(), table([])]).writeto(tmp_path / "a.fits")
    assert [values.shape for values in read_spectrum(tmp_path / "a.fits")] == [(0,), (0,)]
    fits.HDUList([fits.PrimaryHDU(), table([]), table([1.0, 2.0])]).writeto(tmp_path / "b.fits")
    assert read_spectrum(tmp_path / "b.fits")[1].tolist() == [1, 2]
    assert read_spectrum(tmp_path / "b.fits", hdu=1)[1].tolist() == []
