from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from images import star_field, write_image
from PIL import Image

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import (
    NoImageError,
    array_preview,
    default_preview,
    find_plane,
    format_of,
    iter_scaled_rows,
    jpeg_from_array,
    spectrum_preview,
)

RAMP = np.linspace(0, 1, 200 * 200).reshape(200, 200)


def pixels_of(preview):
    picture = Image.open(BytesIO(preview.data))
    assert (picture.height, picture.width) == preview.shape
    return np.asarray(picture).astype(int)


@pytest.mark.parametrize(
    ("shape", "want"),
    [
        ((1000, 600), (256, 154)),
        ((600, 1000), (154, 256)),
        ((300, 300), (256, 256)),
        ((256, 100), (256, 100)),
        ((20, 30), (20, 30)),
        ((2, 5000), (1, 256)),
        ((5000, 3), (256, 1)),
    ],
)
def test_the_longer_side_has_256_pixels_or_those_of_the_image(tmp_path, shape, want):
    path = write_image(tmp_path / "a.fits", np.arange(np.prod(shape), dtype="f4").reshape(shape))
    assert default_preview(path).shape == pixels_of(default_preview(path)).shape == want


@pytest.mark.parametrize(("size", "want"), [(1, (1, 1)), (100, (100, 50)), (2000, (400, 200))])
def test_a_size_may_be_given(tmp_path, size, want):
    path = write_image(tmp_path / "a.fits", np.ones((400, 200), "f4"))
    assert default_preview(path, size=size).shape == want


@pytest.mark.parametrize("stretch", ["zscale", "dachs"])
def test_the_first_row_is_the_lowest_and_nothing_is_mirrored(tmp_path, stretch):
    stored = np.zeros((100, 100), "i2")
    stored[10:30, 60:90] = 1000
    got = pixels_of(default_preview(write_image(tmp_path / "a.fits", stored), stretch=stretch))
    assert got[75:85, 65:85].min() > 240
    assert got[10:30, 60:90].max() < 15


def test_noise_is_grey_and_stars_are_white(tmp_path):
    got = pixels_of(default_preview(write_image(tmp_path / "a.fits", star_field().astype("f4"))))
    assert 60 < np.median(got) < 190
    assert got.max() > 250


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/gif"])
def test_the_format_is_the_one_asked_for(tmp_path, mime):
    preview = default_preview(write_image(tmp_path / "a.fits", RAMP), mime=mime)
    assert format_of(preview.data) == preview.mime == mime


def test_the_stretch_of_dachs_is_its_scaling_and_its_jpeg(tmp_path):
    path = write_image(tmp_path / "a.fits", star_field((450, 410)).astype("f4"))
    preview = default_preview(path, stretch="dachs")
    assert preview.shape == (150, 136)
    assert preview.data == jpeg_from_array(np.array(list(iter_scaled_rows(path, dest_size=200))))


@pytest.mark.parametrize("stretch", ["zscale", "dachs"])
@pytest.mark.parametrize(
    ("value", "note"),
    [(np.nan, "no pixel has a value"), (np.inf, "no pixel has a value"), (3, "all pixels have one value")],
)
def test_an_image_without_contrast_is_grey_and_says_so(tmp_path, stretch, value, note):
    preview = default_preview(
        write_image(tmp_path / "a.fits", np.full((300, 300), value, "f4")), stretch=stretch
    )
    assert preview.notes == (f"{note}: the picture is grey" if "no" in note else preview.notes[0],)
    assert note in preview.notes[0]
    assert np.unique(pixels_of(preview)).tolist() == [128]


def test_blank_pixels_are_black_and_do_not_change_the_others(tmp_path):
    stored = (star_field((200, 200)) - 500).astype("i2")
    stored[:, 150:] = -32768
    whole = default_preview(write_image(tmp_path / "a.fits", stored[:, :150].copy()), mime="png")
    blank = default_preview(write_image(tmp_path / "b.fits", stored, {"BLANK": -32768}), mime="png")
    assert pixels_of(blank)[:, 150:].max() == 0
    assert np.abs(pixels_of(blank)[:, :150] - pixels_of(whole)).mean() < 3


def test_a_few_bright_pixels_on_a_flat_sky_are_seen(tmp_path):
    stored = np.zeros((100, 100), "f4")
    stored[40, 40] = 5
    assert pixels_of(default_preview(write_image(tmp_path / "a.fits", stored), mime="png")).max() == 255


def test_a_plane_of_a_cube_is_noted(tmp_path):
    preview = default_preview(write_image(tmp_path / "a.fits", np.ones((4, 5, 6), "f4")))
    assert preview.notes[0] == "HDU 0: plane 3 of 4 along axis 3 is shown"


def test_an_hdu_may_be_asked_for(tmp_path):
    images = [fits.ImageHDU(np.ones((n, 5), "f4")) for n in (7, 8)]
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(tmp_path / "a.fits")
    assert default_preview(tmp_path / "a.fits").shape == (7, 5)
    assert default_preview(tmp_path / "a.fits", hdu=2).shape == (8, 5)


def test_a_file_without_image_but_with_a_spectrum_gives_a_plot(tmp_path):
    path = write_image(tmp_path / "a.fits", np.arange(1, 50, dtype="f4"))
    preview = default_preview(path, mime="image/gif")
    assert (preview.shape, preview.notes) == ((100, 200), ())
    assert format_of(preview.data) == "image/gif"


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/gif"])
@pytest.mark.parametrize("axes", [False, True])
def test_a_spectrum_without_a_point_is_grey_and_says_so(mime, axes):
    preview = spectrum_preview([1, 2], [np.nan, np.inf], mime=mime, axes=axes)
    assert preview.notes == ("no point has a coordinate and a flux: the picture is grey",)
    assert (preview.mime, preview.shape) == (mime, (100, 200))
    with Image.open(BytesIO(preview.data)) as picture:
        assert picture.convert("L").getextrema() == (128, 128)


def test_a_file_with_neither_says_what_it_has(tmp_path):
    columns = [fits.Column("NAME", "5A", array=["a", "b"])]
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)])
    hdus.writeto(tmp_path / "a.fits")
    with pytest.raises(NoImageError, match=r"a\.fits: there is no image of two axes .*, and no spectrum"):
        default_preview(tmp_path / "a.fits")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"stretch": "log"}, "no stretch 'log'; use one of zscale, dachs"),
        ({"size": 0}, "a size of 0 pixels"),
        ({"mime": "image/webp"}, "not written as 'image/webp'"),
    ],
)
def test_arguments_are_checked(tmp_path, arguments, words):
    path = write_image(tmp_path / "a.fits", RAMP)
    with pytest.raises(FitsprocError, match=words):
        default_preview(path, **arguments)
    with pytest.raises(FitsprocError, match=words):
        array_preview(RAMP, **arguments)


@pytest.mark.parametrize("stretch", ["zscale", "dachs"])
def test_an_array_gives_the_picture_of_a_file_with_it(tmp_path, stretch):
    array = star_field((300, 500)).astype("f4")
    path = write_image(tmp_path / "a.fits", array)
    want, got = default_preview(path, stretch=stretch), array_preview(array, stretch=stretch)
    assert np.abs(pixels_of(want) - pixels_of(got)).max() <= 2


def test_arrays_of_three_planes_are_colours_on_either_axis():
    colours = np.stack([RAMP, RAMP.T, 1 - RAMP])
    first, last = array_preview(colours), array_preview(np.moveaxis(colours, 0, 2))
    assert first == last
    assert pixels_of(first).shape == (200, 200, 3)


def test_the_first_axis_is_the_colour_where_both_could_be():
    cube = np.zeros((3, 20, 3))
    cube[0, 10:] = 1
    assert pixels_of(array_preview(cube, mime="png"))[0, 0].tolist() == [255, 128, 128]


def test_masked_values_of_an_array_are_black():
    masked = np.ma.masked_array(np.arange(400).reshape(20, 20), np.zeros((20, 20), bool))
    masked[:, :5] = np.ma.masked
    assert pixels_of(array_preview(masked, mime="png"))[:, :5].max() == 0


@pytest.mark.parametrize(
    "array", [np.zeros(5), np.zeros((0, 4)), np.zeros((4, 5, 6)), np.zeros((3, 0, 2)), 7]
)
def test_arrays_of_other_shapes_are_refused(array):
    with pytest.raises(FitsprocError, match=r"is no picture: \(ny, nx\) is grey"):
        array_preview(array)


@pytest.mark.parametrize("array", [RAMP * 1j, RAMP.astype("U3"), np.ma.masked_array(RAMP * 1j), [object()]])
def test_arrays_that_are_no_real_numbers_are_refused(array):
    with pytest.raises(FitsprocError, match="real numbers are needed"):
        array_preview(array)


@pytest.mark.parametrize("stretch", ["zscale", "dachs"])
def test_every_image_of_the_good_corpus_has_a_preview(shared, stretch):
    count = 0
    for path in sorted((shared / "corpus" / "good").rglob("*")):
        try:
            find_plane(path)
        except FitsprocError:
            continue
        preview = default_preview(path, stretch=stretch)
        assert format_of(preview.data) == "image/jpeg"
        assert 1 <= max(preview.shape) <= 256
        count += 1
    assert count > 50


def test_every_other_file_of_the_corpora_is_a_picture_or_one_line(shared):
    for path in sorted((shared / "corpus").rglob("*.*")):
        message = ""
        try:
            default_preview(path)
        except FitsprocError as error:
            message = str(error)
        assert not message or path.name in message
        assert "\n" not in message
