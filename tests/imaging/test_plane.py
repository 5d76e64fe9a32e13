from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.io import fits
from images import header_bytes, write_image, write_raw

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.imaging import NoImageError, default_preview, find_plane, iter_scaled_rows


def write_hdus(path, *hdus):
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    return path


def table(**columns):
    return fits.BinTableHDU.from_columns(
        [fits.Column(name, "D", array=np.asarray(values)) for name, values in columns.items()]
    )


def test_the_first_image_of_two_axes_is_taken(tmp_path):
    path = write_hdus(
        tmp_path / "a.fits",
        table(A=[1, 2]),
        fits.ImageHDU(np.zeros(5, "f4")),
        fits.ImageHDU(np.zeros((3, 4), "i2")),
        fits.ImageHDU(np.zeros((9, 9), "i2")),
    )
    plane = find_plane(path)
    assert (plane.hdu_index, plane.shape, plane.dtype, plane.notes) == (3, (3, 4), ">i2", ())
    assert find_plane(path, 4).shape == (9, 9)


@pytest.mark.parametrize(
    ("hdu", "words"),
    [
        (0, "HDU 0 has no data, which is no image"),
        (1, r"HDU 1 is a table \(BINTABLE\), which"),
        (2, r"HDU 2 has an image of one axis \(5\), which"),
        (9, "there is no HDU 9"),
    ],
)
def test_an_hdu_asked_for_without_an_image_is_an_error_that_says_what_is_there(tmp_path, hdu, words):
    path = write_hdus(
        tmp_path / "a.fits", table(A=[1]), fits.ImageHDU(np.zeros(5)), fits.ImageHDU(np.zeros((2, 2)))
    )
    with pytest.raises(NoImageError, match=rf"a\.fits: {words}"):
        find_plane(path, hdu)


def test_a_cube_gives_its_middle_plane_and_says_so(tmp_path):
    cube = np.arange(5 * 3 * 4, dtype="f4").reshape(5, 3, 4)
    path = write_image(tmp_path / "a.fits", cube)
    assert find_plane(path).notes == ("HDU 0: plane 3 of 5 along axis 3 is shown",)
    assert np.array(list(iter_scaled_rows(path, 1))).tolist() == cube[2].tolist()


def test_axes_of_length_1_do_not_count(tmp_path):
    pixels = np.arange(12, dtype="i2").reshape(1, 3, 1, 4, 1)
    path = write_image(tmp_path / "a.fits", pixels)
    plane = find_plane(path)
    assert (plane.shape, plane.notes) == ((3, 4), ())
    assert np.array(list(iter_scaled_rows(path, 1))).tolist() == pixels.reshape(3, 4).tolist()


@pytest.mark.parametrize("tile", [None, (1, 2, 3, 4)])
def test_the_plane_of_a_compressed_hypercube_is_that_of_the_plain_one(tmp_path, tile):
    pixels = np.arange(3 * 4 * 5 * 6, dtype="i2").reshape(3, 4, 5, 6)
    packed = tmp_path / "a.fits.fz"
    fits.CompImageHDU(pixels, tile_shape=tile).writeto(packed)
    assert find_plane(packed).notes == (
        "HDU 1: plane 2 of 3 along axis 4 is shown",
        "HDU 1: plane 3 of 4 along axis 3 is shown",
    )
    assert np.array(list(iter_scaled_rows(packed, 1))).tolist() == pixels[1, 2].tolist()


def test_a_type_of_axis_that_can_not_be_read_is_no_obstacle(tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(
        header_bytes(8, (2, 2), {"CTYPE1": "RA"}).replace(b"'RA      '", b" RA - TAN ") + bytes(2880)
    )
    assert b"CTYPE1  =  RA - TAN" in path.read_bytes()
    assert find_plane(path).shape == (2, 2)


def test_one_pixel_is_an_image(tmp_path):
    assert find_plane(write_image(tmp_path / "a.fits", np.ones((1, 1), "f4"))).shape == (1, 1)


def test_a_packed_file_of_compressed_tiles_is_read(tmp_path):
    path = tmp_path / "a.fits"
    fits.CompImageHDU(np.arange(100, dtype="i2").reshape(10, 10)).writeto(path)
    packed = tmp_path / "a.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert np.array(list(iter_scaled_rows(packed, 10))).tolist() == [[49.5]]


def bad_files():
    """Yield name, header and what follows it, and the words of the error."""
    yield "huge", header_bytes(-64, (2_000_000, 2_000_000)), "its data end 3.* bytes early"
    yield "overflowing", header_bytes(-64, (2**62, 2**62)), "its data end .* bytes early"
    yield "empty", header_bytes(16, (5, 0)), r"has an image without pixels \(5 × 0\)"
    yield "no_data", header_bytes(8, ()), r"there is no image of two axes \(HDU 0 has no data\)"
    yield (
        "complex",
        header_bytes(-32, (2, 3, 3), {"CTYPE1": "COMPLEX"}) + bytes(2880),
        r"has a complex image \(2 × 3 × 3\)",
    )
    yield (
        "groups",
        header_bytes(-32, (0, 3, 3), {"GROUPS": True, "PCOUNT": 0, "GCOUNT": 1}) + bytes(2880),
        "has random groups",
    )
    yield (
        "text_as_bzero",
        header_bytes(8, (2, 2), {"BZERO": "x"}) + bytes(2880),
        "BZERO is not a number: 'x *'",
    )
    yield "blank", header_bytes(8, (2, 2), {"BLANK": 0.5}) + bytes(2880), "BLANK is not an integer: 0.5"
    yield "not_fits", b"<html>", "is an HTML page"


@pytest.mark.parametrize(("name", "data", "words"), list(bad_files()), ids=lambda value: str(value)[:12])
def test_bad_input_is_one_line_that_names_the_file(tmp_path, name, data, words):
    path = tmp_path / f"{name}.fits"
    path.write_bytes(data)
    for function in (find_plane, default_preview):
        with pytest.raises(FitsprocError, match=rf"{name}\.fits.*{words}") as caught:
            function(path)
        assert "\n" not in str(caught.value)


def tiled_with(tmp_path, **cards):
    """Write a compressed image whose header is changed afterwards."""
    path = tmp_path / "a.fits.fz"
    fits.CompImageHDU(np.zeros((10, 10), "i2")).writeto(path)
    with fits.open(path, mode="update", disable_image_compression=True) as hdus:
        hdus[1].header.update(cards)
    return path


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ({"ZNAXIS1": 4_000_000_000, "ZNAXIS2": 4_000_000_000}, "needs 1600000000000000000 tiles, .* has 10"),
        ({"ZTILE1": 4_000_000, "ZNAXIS1": 4_000_000, "ZTILE2": 400_000, "ZNAXIS2": 4_000_000}, "for a bomb"),
        ({"ZBITPIX": 12}, "ZBITPIX is 12, not one of"),
        ({"ZNAXIS": 400}, "ZNAXIS is 400, more than 32"),
        ({"ZNAXIS": 3}, "ZNAXIS3 has to be a number of at least 0, not None"),
    ],
)
def test_compressed_images_that_can_not_be_are_refused_before_anything_is_unpacked(tmp_path, cards, words):
    with pytest.raises(FitsFormatError, match=rf"a\.fits\.fz, HDU 1.*{words}"):
        find_plane(tiled_with(tmp_path, **cards))


def test_a_row_too_long_for_the_memory_is_refused(tmp_path):
    path = tmp_path / "a.fits"
    n = 20_000_000
    with path.open("wb") as file:
        file.write(header_bytes(-64, (n, 2)))
        file.truncate(2880 + n * 2 * 8)
    with pytest.raises(FitsFormatError, match=f"a row of its image has {n} pixels, too many"):
        find_plane(path)


def test_many_hdus_without_an_image_are_named_as_some_and_a_number(tmp_path):
    path = write_hdus(tmp_path / "a.fits", *[table(A=[1]) for _ in range(6)])
    with pytest.raises(NoImageError, match=r"HDU 3 is a table \(BINTABLE\); and 3 more\)"):
        find_plane(path)


def test_the_header_of_an_image_may_end_with_the_file_only_if_it_has_no_data(tmp_path):
    path = write_raw(tmp_path / "a.fits", 8, (10, 10), b"")
    with pytest.raises(FitsFormatError, match="its data end 100 bytes early"):
        find_plane(path)
