from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import encode, format_of, known_mime, mime_of_name
from pytest_fitsproc.imaging.encoding import plain_jpeg

GREY = np.arange(200, dtype="u1").reshape(10, 20)
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)
MIMES = ["image/jpeg", "image/png", "image/gif"]


@pytest.mark.parametrize("mime", MIMES)
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_an_array_becomes_a_picture_of_the_format(mime, pixels):
    data = encode(pixels, mime)
    assert format_of(data) == mime
    picture = Image.open(BytesIO(data)).convert("L" if pixels.ndim == 2 else "RGB")
    assert picture.size == (20, 10)
    assert np.abs(np.asarray(picture).astype(int) - pixels).mean() < 8


@pytest.mark.parametrize("mime", MIMES)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "F", "I", "YCbCr"])
def test_a_pillow_image_of_any_mode_becomes_every_format(mime, mode):
    assert format_of(encode(Image.new("RGB", (5, 5), (200, 100, 0)).convert(mode), mime)) == mime


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("image/JPEG", "image/jpeg"),
        ("image/png; q=1", "image/png"),
        (".jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("GIF", "image/gif"),
    ],
)
def test_a_format_may_be_named_by_mime_or_ending(name, mime):
    assert known_mime(name) == mime


@pytest.mark.parametrize("name", ["image/webp", "", "text/plain"])
def test_other_formats_are_refused_with_those_there_are(name):
    with pytest.raises(FitsprocError, match=f"not written as '{name}'; use one of image/jpeg, image/png"):
        encode(GREY, name)


@pytest.mark.parametrize(
    "picture", [GREY.astype("f4"), GREY[0], GREY[:0], np.zeros((3, 5, 5), "u1"), b"bytes", None]
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(FitsprocError, match="a picture is a Pillow image or an array of uint8"):
        encode(picture)


def test_a_picture_too_large_for_its_format_is_refused():
    with pytest.raises(FitsprocError, match="a picture of 70000×1 can't be image/jpeg"):
        encode(Image.new("L", (70_000, 1)))


@pytest.mark.parametrize("shape", [(1, 1), (64, 64), (700, 1), (300, 500), (10, 20, 3), (256, 190, 3)])
@pytest.mark.parametrize("quality", [75, 85])
def test_a_plain_jpeg_has_the_bytes_of_any_other(shape, quality):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype("u1")
    assert plain_jpeg(Image.fromarray(pixels), quality) == encode(pixels, "image/jpeg", quality)


def test_a_plain_jpeg_that_is_too_large_is_refused():
    with pytest.raises(FitsprocError, match="a picture of 1×65501 can't be image/jpeg"):
        plain_jpeg(Image.new("L", (1, 65501)))


def test_quality_makes_a_jpeg_larger():
    noise = np.random.default_rng(1).integers(0, 255, (60, 60)).astype("u1")
    assert len(encode(noise, quality=95)) > len(encode(noise, quality=30))


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"", ""),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"II*\0", "image/tiff"),
        (b"  <svg xmlns=", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<VOTABLE>", ""),
        (b"SIMPLE  = ", "application/fits"),
        (b"plain text", ""),
    ],
)
def test_bytes_tell_their_format(data, mime):
    assert format_of(data) == mime


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("/x/a.fits.PNG", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.tif", "image/tiff"),
        ("a.webp", "image/webp"),
        ("a.svg", "image/svg+xml"),
        ("a.fits", ""),
        ("a.b/png", ""),
        ("YS5maXRz", ""),
    ],
)
def test_the_ending_of_a_name_tells_a_format(name, mime):
    assert mime_of_name(name) == mime
