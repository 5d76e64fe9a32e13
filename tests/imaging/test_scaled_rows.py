from __future__ import annotations

import bz2
import gzip
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from images import header_bytes, plain_means, star_field, write_image

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile
from pytest_fitsproc.imaging import block_mean, find_plane, iter_scaled_rows
from pytest_fitsproc.imaging.scaled_rows import STRIP_SIZE

STORED = ["u1", "i2", "i4", "i8", "f4", "f8"]


def scaled(source, *arguments, **named):
    return np.array(list(iter_scaled_rows(source, *arguments, **named)))


def any_pixels(random, dtype, shape):
    if np.dtype(dtype).kind == "f":
        return random.normal(0, 1000, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_rows_are_means_of_blocks_whatever_the_type_and_its_scaling(data, tmp_path_factory):
    dtype, factor = data.draw(st.sampled_from(STORED)), data.draw(st.integers(1, 9))
    shape = data.draw(st.tuples(st.integers(2, 40), st.integers(2, 40)))
    bzero, bscale = data.draw(st.sampled_from([(0, 1), (32768, 1), (-3.5, 0.25), (2.0**31, 1), (7, -2)]))
    missing = data.draw(st.sampled_from([0, 0.01, 0.6]))
    random = np.random.default_rng(data.draw(st.integers(0, 1000)))
    stored = any_pixels(random, dtype, shape)
    is_missing = random.random(shape) < missing
    cards = {"BZERO": bzero, "BSCALE": bscale}
    if stored.dtype.kind == "f":
        stored[is_missing] = random.choice([np.nan, np.inf, -np.inf])
    else:
        cards["BLANK"] = int(stored[0, 0])
        stored[is_missing] = stored[0, 0]
        is_missing = stored == stored[0, 0]
    path = write_image(tmp_path_factory.mktemp("image") / "a.fits", stored, cards)
    want = plain_means(np.where(is_missing, np.nan, stored.astype("f8")), factor) * bscale + bzero
    got = scaled(path, factor)
    tolerance = 1e-5 * np.nanmax(np.abs(stored[~is_missing].astype("f8")), initial=1) * abs(bscale)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=tolerance)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_blocks_larger_than_a_strip_are_summed_in_pieces(tmp_path, dtype):
    stored = any_pixels(np.random.default_rng(3), dtype, (90, 60_000))
    factor = 41
    assert factor * stored[0].nbytes > STRIP_SIZE
    if dtype == "f4":
        stored[5, 70:80] = np.nan
    path = write_image(tmp_path / "a.fits", stored)
    values = stored.astype("f8")[:82, : 60_000 // 41 * 41]
    want = np.nanmean(values.reshape(2, 41, -1, 41), axis=(1, 3))
    np.testing.assert_allclose(scaled(path, factor), want, rtol=1e-6, atol=1e-3)


def test_integers_of_tall_blocks_do_not_overflow(tmp_path):
    stored = np.full((70_000, 2), 32767, "i2")
    assert scaled(write_image(tmp_path / "a.fits", stored), 70_000).tolist() == [[32767]]


def test_floats_whose_sum_is_beyond_their_type_have_a_mean(tmp_path):
    path = write_image(tmp_path / "a.fits", np.full((4, 4), 3e38, "f4"))
    np.testing.assert_allclose(scaled(path, 4), [[3e38]], rtol=1e-6)


def test_signalling_nans_count_as_missing_without_a_warning(tmp_path):
    stored = np.ones((4, 4), "f8")
    stored.view("u8")[0, 0] = 0x7FF0000000000001
    path = write_image(tmp_path / "a.fits", stored)
    assert scaled(path, 2).tolist() == [[1, 1], [1, 1]]
    assert np.isnan(scaled(path, 1)[0, 0])


@pytest.mark.parametrize(("stored", "blank"), [("u1", -1), ("u1", 300), ("i2", 70_000)])
def test_a_blank_that_the_type_can_not_hold_stands_for_no_pixel(tmp_path, stored, blank):
    path = write_image(tmp_path / "a.fits", np.arange(16, dtype=stored).reshape(4, 4), {"BLANK": blank})
    assert scaled(path, 4).tolist() == [[7.5]]


@pytest.mark.parametrize(
    ("shape", "dest_size", "want"),
    [((40, 30), 10, (8, 6)), ((40, 30), 39, (20, 15)), ((40, 30), 41, (40, 30)), ((40, 3), 10, (8, 1))],
)
def test_a_size_gives_a_factor_that_stays_below_it(tmp_path, shape, dest_size, want):
    path = write_image(tmp_path / "a.fits", np.ones(shape, "f4"))
    assert scaled(path, dest_size=dest_size).shape == want


def test_the_factor_takes_precedence_over_the_size(tmp_path):
    path = write_image(tmp_path / "a.fits", np.ones((40, 30), "f4"))
    assert scaled(path, 4, 5).shape == (10, 7)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "needs a factor or the size"),
        ({"factor": -1}, "at least 1, not -1"),
        ({"dest_size": 0}, "can't be scaled down to 0 pixels"),
    ],
)
def test_a_factor_makes_sense_before_anything_is_read(tmp_path, arguments, words):
    path = write_image(tmp_path / "a.fits", np.ones((4, 4), "f4"))
    with pytest.raises(FitsprocError, match=words):
        iter_scaled_rows(path, **arguments)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_are_unpacked_as_they_are_read(tmp_path, pack):
    stored = any_pixels(np.random.default_rng(1), "i2", (700, 900))
    plain = write_image(tmp_path / "a.fits", stored)
    packed = tmp_path / "packed.fits"
    packed.write_bytes(pack(plain.read_bytes()))
    assert scaled(packed, 7).tolist() == scaled(plain, 7).tolist()


@pytest.mark.parametrize("compression", ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"])
@pytest.mark.parametrize("tile", [None, (64, 50), (9, 90)])
def test_compressed_tiles_give_what_the_plain_image_gives(tmp_path, compression, tile):
    stored = np.random.default_rng(1).integers(0, 900, (150, 180), "i2")
    plain = write_image(tmp_path / "a.fits", stored)
    packed = tmp_path / "a.fits.fz"
    hdu = fits.CompImageHDU(stored, compression_type=compression, tile_shape=tile)
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(packed)
    assert find_plane(packed).is_tiled
    assert scaled(packed, 4).tolist() == scaled(plain, 4).tolist()


@pytest.mark.parametrize("tile", [(1, 700), (64, 350), (1200, 700)])
def test_compressed_tiles_of_a_large_image_are_unpacked_in_bands(tmp_path, tile):
    stored = np.random.default_rng(1).integers(0, 900, (1200, 700), "i2")
    plain = write_image(tmp_path / "a.fits", stored)
    packed = tmp_path / "a.fits.fz"
    fits.CompImageHDU(stored, tile_shape=tile).writeto(packed)
    for factor in (7, 500):
        assert scaled(packed, factor).tolist() == scaled(plain, factor).tolist()


def test_scaling_and_blank_of_compressed_tiles_are_applied(tmp_path):
    values = np.arange(900, dtype="u2").reshape(30, 30) + 40_000
    packed = tmp_path / "a.fits.fz"
    hdu = fits.CompImageHDU(values)
    hdu.header["BLANK"] = 40_000 - 32768
    hdu.writeto(packed)
    expected = values.astype("f8")
    expected[0, 0] = np.nan
    np.testing.assert_allclose(scaled(packed, 3), plain_means(expected, 3))


def test_quantised_floats_with_missing_values_are_read(tmp_path):
    values = star_field((60, 60)).astype("f4")
    values[:10, :10] = np.nan
    packed = tmp_path / "a.fits.fz"
    fits.CompImageHDU(values, quantize_level=1e4).writeto(packed)
    np.testing.assert_allclose(scaled(packed, 4), plain_means(values.astype("f8"), 4), rtol=1e-3)


def test_an_opened_file_is_read_and_stays_open(tmp_path):
    path = write_image(tmp_path / "a.fits", np.arange(16, dtype="f4").reshape(4, 4))
    with FitsFile(str(path)) as file:
        assert scaled(file, 4).tolist() == scaled(file, 4).tolist() == [[7.5]]
        assert file.size == path.stat().st_size


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_missing_bytes_are_an_error_that_names_the_file(tmp_path, pack):
    path = write_image(tmp_path / "a.fits", np.ones((900, 900), "f4"))
    cut = tmp_path / "cut.fits"
    cut.write_bytes(pack(path.read_bytes()[:1_000_000]))
    with pytest.raises(FitsFormatError, match=r"cut\.fits, HDU 0: its data end .*early"):
        scaled(cut, 9)


def test_a_packed_file_cut_short_is_an_error(tmp_path):
    path = write_image(tmp_path / "a.fits", any_pixels(np.random.default_rng(1), "i2", (300, 300)))
    cut = tmp_path / "cut.fits.gz"
    cut.write_bytes(gzip.compress(path.read_bytes())[:50_000])
    with pytest.raises(FitsFormatError, match=r"cut\.fits\.gz, HDU 0: its compressed data end early"):
        scaled(cut, 9)


def test_tiles_that_do_not_decompress_are_an_error_that_names_the_file(tmp_path):
    packed = tmp_path / "a.fits.fz"
    stored = any_pixels(np.random.default_rng(1), "i2", (100, 100))
    fits.CompImageHDU(stored, compression_type="GZIP_1").writeto(packed)
    raw = packed.read_bytes()
    at = raw.index(b"\x1f\x8b", 2880) + 10
    packed.write_bytes(raw[:at] + b"\xff" * 200 + raw[at + 200 :])
    with pytest.raises(
        FitsFormatError, match=r"a\.fits\.fz, HDU 1: its compressed tiles from row 1 on can't"
    ):
        scaled(packed, 4)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileAccessError, match=r"no\.fits: there is no such file"):
        iter_scaled_rows(tmp_path / "no.fits", 2)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_arrays_in_memory_are_scaled_alike(data):
    dtype = data.draw(st.sampled_from([*STORED, ">i2", ">f4", "u2", "u4", "bool", "f2"]))
    shape = data.draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    factor = data.draw(st.integers(1, 9))
    array = np.random.default_rng(data.draw(st.integers(0, 99))).normal(100, 30, shape).astype(dtype)
    view = array[::-1, ::-1] if data.draw(st.booleans()) else array
    np.testing.assert_allclose(block_mean(view, factor), plain_means(view.astype("f8"), factor), rtol=1e-5)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,), (2, 3, 4)])
def test_an_array_that_is_no_image_is_refused(shape):
    with pytest.raises(FitsprocError, match="is no image of two axes"):
        block_mean(np.zeros(shape), 2)


PEAK = """
import sys
import numpy, astropy.visualization, PIL.Image
from pytest_fitsproc.imaging import default_preview, iter_scaled_rows

def peak():
    # ru_maxrss is that of the parent process, too.
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])

default_preview(sys.argv[1])
start = peak()
if sys.argv[3] == "rows":
    print(sum(1 for row in iter_scaled_rows(sys.argv[2], dest_size=200)), end=" ")
else:
    print(default_preview(sys.argv[2]).shape[0], end=" ")
print((peak() - start) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("bitpix", [8, 16, -32])
@pytest.mark.parametrize(("what", "rows"), [("rows", "198"), ("preview", "256")])
def test_a_very_large_image_takes_32_mb_at_most(tmp_path, bitpix, what, rows):
    n = 20_000
    large = tmp_path / "large.fits"
    with large.open("wb") as file:
        file.write(header_bytes(bitpix, (n, n), {"BZERO": 1.5}))
        file.truncate(2880 + n * n * abs(bitpix) // 8)
    small = write_image(tmp_path / "small.fits", star_field().astype("f4"))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, small, large, what], capture_output=True, text=True, check=True
    )
    count, megabytes = done.stdout.split()
    assert count == rows
    assert int(megabytes) <= 32
