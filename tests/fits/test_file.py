"""A file is opened once; its headers and HDUs are found in plain and compressed content."""

from __future__ import annotations

import bz2
import gzip
import os
import sys

import pytest

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.compressed import DamagedError, ExpansionError, Limits
from pytest_fitsproc.fits.file import FileAccessError, FitsFile, ForeignContentError, MissingEndError


def header(*cards: str) -> bytes:
    raw = b"".join(card.encode("latin-1").ljust(80) for card in (*cards, "END"))
    return raw.ljust(-(-len(raw) // 2880) * 2880)


def integer(keyword: str, value: object) -> str:
    return f"{keyword:8}= {value:>20}"


SIMPLE = "SIMPLE  =                    T"
EMPTY = header(SIMPLE, integer("BITPIX", 8), integer("NAXIS", 0))
IMAGE = header(
    SIMPLE, integer("BITPIX", 16), integer("NAXIS", 2), integer("NAXIS1", 64), integer("NAXIS2", 64)
)
DATA = bytes(range(256)) * 32 + bytes(448)
EXTENSION = header(
    "XTENSION= 'IMAGE   '",
    integer("BITPIX", 8),
    integer("NAXIS", 1),
    integer("NAXIS1", 3000),
    integer("PCOUNT", 0),
    integer("GCOUNT", 1),
)
TWO_HDUS = IMAGE + DATA + EXTENSION + b"x" * 3000 + bytes(2760)

PACKERS = {"plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress}


@pytest.fixture
def write(tmp_path):
    def write(content: bytes, name: str = "a.fits") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
class TestEveryPacking:
    def test_hdus_lie_where_the_structure_says(self, write, pack):
        with FitsFile(write(pack(TWO_HDUS))) as file:
            first, second = file.hdus()
            assert (first.header, second.header) == (IMAGE, EXTENSION)
            assert (first.offset, first.data_offset, first.data_end, first.end) == (0, 2880, 11072, 11520)
            assert (second.offset, second.end, file.content_size) == (11520, 20160, 20160)
            assert file.read_at(second.data_offset, 3000) == b"x" * 3000

    def test_headers_come_in_any_order(self, write, pack):
        with FitsFile(write(pack(TWO_HDUS))) as file:
            assert [file.header_bytes(index) for index in (1, 0, 1)] == [EXTENSION, IMAGE, EXTENSION]

    def test_what_was_read_can_be_read_again(self, write, pack):
        content = IMAGE + DATA + os.urandom(300_000)
        with FitsFile(write(pack(content))) as file:
            for offset in (290_000, 10, 0, 299_999, 150_000):
                assert file.read_at(offset, 50) == content[offset : offset + 50]
            assert file.read_at(len(content) + 5, 10) == b""

    def test_a_header_longer_than_the_first_read(self, write, pack):
        long = header(SIMPLE, integer("BITPIX", 8), integer("NAXIS", 0), *["HISTORY END"] * 5000)
        with FitsFile(write(pack(long))) as file:
            assert file.header_bytes() == long

    @pytest.mark.parametrize("index", [5, -1])
    def test_a_missing_hdu_is_named(self, write, pack, index):
        message = f"HDU {index}: there is no such HDU, the file has 2"
        with FitsFile(write(pack(TWO_HDUS))) as file, pytest.raises(FitsFormatError, match=message):
            file.header_bytes(index)

    def test_a_header_that_the_file_cuts_short(self, write, pack):
        with FitsFile(write(pack(EMPTY[:-1]))) as file, pytest.raises(MissingEndError, match="lacks 1 bytes"):
            file.header_bytes()

    def test_a_header_without_end(self, write, pack):
        raw = EMPTY.replace(b"END", b"FIN")
        with FitsFile(write(pack(raw))) as file, pytest.raises(MissingEndError, match="ends after 36 cards"):
            file.header_bytes()


def test_an_end_that_is_not_blank_is_pointed_at(write):
    raw = EMPTY.replace(b"END ", b"END\0")
    with FitsFile(write(raw)) as file, pytest.raises(MissingEndError, match="card 4 begins with END but"):
        file.header_bytes()


def test_the_end_of_a_text_does_not_end_a_header(write):
    raw = header(
        SIMPLE, integer("BITPIX", 8), integer("NAXIS", 0), "HISTORY RECIPE END", "", "OBJECT  = 'M 31'"
    )
    with FitsFile(write(raw)) as file:
        assert file.header_bytes() == raw


def test_the_file_is_opened_once_and_only_when_used(write):
    path = write(TWO_HDUS)
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(path) if event == "open" and args[0] == path else None)
    with FitsFile(path) as file:
        assert not opened
        list(file.hdus())
        assert file.header_bytes(1) == EXTENSION
        assert file.size == len(TWO_HDUS)
        assert opened == [path]


def test_after_close_the_file_is_read_anew(write):
    file = FitsFile(write(IMAGE + DATA))
    assert file.header_bytes() == IMAGE
    file.close()
    write(EMPTY)
    assert (file.header_bytes(), file.size) == (EMPTY, 2880)
    file.close()


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_the_shared_file_object_may_be_closed_by_its_user(write, pack):
    from astropy.io import fits

    with FitsFile(write(pack(TWO_HDUS))) as file:
        with fits.open(file.file) as hdus:
            assert [hdu.size for hdu in hdus] == [8192, 3000]
        assert file.file.read(10) == pack(TWO_HDUS)[:10]
        assert file.header_bytes(1) == EXTENSION


def test_no_descriptor_stays_open(write):
    before = len(os.listdir("/proc/self/fd"))
    with FitsFile(write(gzip.compress(TWO_HDUS))) as file:
        assert file.file.read(2) == b"\x1f\x8b"
        assert file.content_size == len(TWO_HDUS)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "an empty file"),
        (b"\n <!DOCTYPE html><title>404</title>", "an HTML page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"\x1f\x9d\x90", "uncompress it first"),
        (b"SIMPLE  = \n"[:7] + b"\n", "not SIMPLE in the fixed format"),
        (b"CRPIX1 = 5\nCRPIX2 = 6\n", "the text of a header in lines"),
        (b"Dear colleague", "text"),
        (b"\x01\x02\x03", "binary data"),
        (bytes(2880), "nothing but NUL bytes"),
        (EXTENSION, "a FITS extension without a primary"),
        (gzip.compress(b"<html>", mtime=0), "unpacked content is an HTML page"),
    ],
)
def test_other_content_is_named(write, content, name):
    with FitsFile(write(content)) as file, pytest.raises(ForeignContentError, match=name):
        file.header_bytes()


class TestAccess:
    def test_a_vanished_file(self, tmp_path):
        with pytest.raises(FileAccessError, match="there is no such file") as caught:
            FitsFile(str(tmp_path / "gone.fits")).header_bytes()
        assert isinstance(caught.value, OSError)

    def test_a_directory(self, tmp_path):
        with pytest.raises(FileAccessError, match="is no regular file"):
            FitsFile(str(tmp_path)).header_bytes()

    def test_a_named_pipe_does_not_block(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.fits")
        with pytest.raises(FileAccessError, match="is no regular file"):
            FitsFile(str(tmp_path / "pipe.fits")).header_bytes()

    @pytest.mark.skipif(
        not os.path.exists("/proc/self/mem"), reason="needs a file that can be opened, not read"
    )
    def test_a_failing_disk_fails_again(self):
        file = FitsFile("/proc/self/mem")
        for _ in range(2):
            with pytest.raises(FileAccessError, match="can't be read: Input/output error"):
                file.header_bytes()

    @pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
    def test_a_file_of_somebody_else(self, write):
        path = write(EMPTY)
        os.chmod(path, 0)
        with pytest.raises(FileAccessError, match="can't be opened: Permission denied"):
            FitsFile(path).header_bytes()


class TestCompression:
    def test_a_damaged_member(self, write):
        raw = bytearray(gzip.compress(IMAGE + os.urandom(100_000)))
        raw[50_000] ^= 0xFF
        with FitsFile(write(bytes(raw))) as file:
            assert file.header_bytes() == IMAGE
            with pytest.raises(DamagedError, match="damaged"):
                assert file.content_size

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
    def test_a_member_cut_short(self, write, pack):
        raw = pack(IMAGE + os.urandom(100_000))
        with FitsFile(write(raw[:-20])) as file, pytest.raises(DamagedError, match="end early"):
            assert file.content_size

    def test_several_members_are_one_content(self, write):
        with FitsFile(write(gzip.compress(IMAGE) + gzip.compress(DATA) + bytes(512))) as file:
            assert (file.content_size, file.has_garbage) == (len(IMAGE + DATA), False)

    def test_garbage_after_the_last_member(self, write):
        with FitsFile(write(gzip.compress(IMAGE + DATA) + bytes(50_000) + b"junk")) as file:
            assert (file.content_size, file.has_garbage) == (len(IMAGE + DATA), True)

    def test_a_bomb_is_given_up(self, write):
        path = write(gzip.compress(IMAGE + bytes(5 << 20)))
        with (
            FitsFile(path, Limits(size=1 << 20, ratio=10)) as file,
            pytest.raises(ExpansionError, match="bomb"),
        ):
            assert file.content_size

    def test_what_shrinks_much_but_is_small_is_no_bomb(self, write):
        with FitsFile(write(gzip.compress(IMAGE + bytes(5 << 20))), Limits(size=6 << 20, ratio=10)) as file:
            assert file.content_size == len(IMAGE) + (5 << 20)
