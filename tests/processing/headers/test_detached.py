from __future__ import annotations

import gzip
import os
import random
import stat
from pathlib import Path

import pytest
from astropy.io import fits
from header_files import cards_of, header_bytes, image

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fitschan import FitsChan
from pytest_fitsproc.processing.headers.at_once import AtOnce
from pytest_fitsproc.processing.headers.detached import run_detached
from pytest_fitsproc.processing.headers.detached_file import DetachedHeaderError
from pytest_fitsproc.processing.headers.edited import EditError
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.headers.writing import WriteOptions
from pytest_fitsproc.processing.outcome import CannotComputeHeader

RULES = HeaderRules(detached=".hdr")
COMPUTE, APPLY, ANEW = HeaderSwitches(), HeaderSwitches(applies=True), HeaderSwitches(reprocess=True)
APPLY_ONLY, AGAIN = HeaderSwitches(computes=False, applies=True), HeaderSwitches(reprocess=True, applies=True)
NO_SYNC = WriteOptions(syncs=False)

DETACHED = [
    "SIMPLE  =                    T / conforms to FITS standard",
    "BITPIX  =                    8 / bits",
]
DETACHED.append("NAXIS   =                    0 / axes")
TEXTS = ["HISTORY first", "COMMENT one", "HISTORY second"]


def set_new(given):
    given["header"]["NEW"] = 1


def nothing(given):
    return None


def run(visit, switches=COMPUTE, call=set_new, rules=RULES, asks=("header",), options=NO_SYNC):
    label = run_detached(visit, rules, switches, asks, call, options)
    AtOnce("new", NO_SYNC).write(visit)
    return label


def detached(visit, extension=".hdr"):
    return Path(f"{visit.source}{extension}")


def detached_cards(visit):
    return cards_of(detached(visit).read_bytes())


def test_a_detached_header_is_whole_blocks_without_data(visit_of):
    content = image("OBJECT  = 'x'")
    visit = visit_of(content)
    assert run(visit) == "computed"
    raw = detached(visit).read_bytes()
    assert raw == header_bytes(*DETACHED, "OBJECT  = 'x'", "NEW     =                    1")
    assert visit.source.path.read_bytes() == content


def test_a_detached_header_is_read_by_astropy_without_a_complaint(visit_of):
    visit = visit_of(image(*TEXTS))
    run(visit)
    with fits.open(detached(visit)) as hdus:
        hdus.verify("exception")
        assert hdus[0].header["NEW"] == 1


def test_applied_it_leaves_the_data_as_they_are(visit_of):
    content = image("OBJECT  = 'x'")
    visit = visit_of(content)
    assert run(visit, APPLY) == "computed and applied"
    assert visit.source.path.read_bytes() == image("OBJECT  = 'x'", "NEW     =                    1")


def test_one_that_is_there_is_not_computed_again(visit_of):
    visit = visit_of(image())
    run(visit)
    before = detached(visit).read_bytes()
    assert run(visit, call=lambda given: 1 / 0) == "not applied"
    assert run(visit, APPLY_ONLY, call=lambda given: 1 / 0) == "applied"
    assert detached(visit).read_bytes() == before


def test_without_one_nothing_is_applied(visit_of):
    visit = visit_of(image())
    assert run(visit, APPLY_ONLY) == "no detached header"
    assert not detached(visit).exists()


def test_a_processed_file_is_left_alone(visit_of):
    visit = visit_of(image("NEW     = 3"))
    rules = HeaderRules(detached=".hdr", is_processed=lambda header: "NEW" in header)
    assert run(visit, APPLY, rules=rules) == "nothing to do"
    assert not detached(visit).exists()


def test_a_header_that_can_t_be_computed_leaves_no_file(visit_of):
    def refuse(given):
        raise CannotComputeHeader("no plate")

    visit = visit_of(image())
    with pytest.raises(CannotComputeHeader, match="no plate"):
        run(visit, APPLY, refuse)
    with pytest.raises(CannotComputeHeader, match="returned None"):
        run(visit, APPLY, nothing, asks=())
    assert os.listdir(visit.source.path.parent) == ["a.fits"]


def test_the_header_may_be_all_new_and_have_no_structural_cards(visit_of):
    visit = visit_of(image("OBJECT  = 'x'"))
    run(visit, APPLY, lambda given: fits.Header([("RA", 1.5, "right"), ("DEC", 2)]))
    assert visit.source.path.read_bytes() == image(
        "RA      =                  1.5 / right", "DEC     =                    2"
    )


def test_a_fitschan_is_edited_and_returned_likewise(visit_of):
    def put_new(given):
        given["fitschan"]["NEW"] = 1

    def other(given):
        chan = FitsChan.from_bytes(visit.header_bytes())
        chan["NEW"] = 1
        return chan

    for call, asks in ((put_new, ["fitschan"]), (other, [])):
        visit = visit_of(image("OBJECT  = 'x'"))
        run(visit, HeaderSwitches(reprocess=True, applies=True), call, asks=asks)
        cards = cards_of(visit.source.path.read_bytes())
        assert cards[:5] == cards_of(image())
        assert cards[5:] == ["OBJECT  = 'x'", "NEW     =                    1"]


def test_a_fitschan_may_be_all_new(visit_of):
    chan = FitsChan()
    for card in ("RA      =                  1.5", "DEC     =                  2.5"):
        chan.put_fits(card)
    visit = visit_of(image("OBJECT  = 'x'"))
    run(visit, APPLY, lambda given: chan)
    cards = ["RA      =                  1.5", "DEC     =                  2.5"]
    assert visit.source.path.read_bytes() == image(*cards)


def test_order_and_filters_are_those_of_the_rules(visit_of):
    visit = visit_of(image("A       = 1", "COMMENT yes 1", "B       = 2", "HISTORY no", "COMMENT no"))
    rules = HeaderRules(
        detached=".hdr",
        comment_filter=lambda text: "yes" in text,
        history_filter=lambda text: "yes" in text,
        card_sequence=("B", "NEW"),
    )
    run(visit, APPLY, rules=rules)
    expected = ["B       = 2", "NEW     =                    1", "A       = 1", "", "COMMENT yes 1"]
    assert detached_cards(visit) == [*DETACHED, *expected]
    assert cards_of(visit.source.path.read_bytes()) == [*cards_of(image()), *expected]


def test_kept_keys_come_from_the_file_with_their_comments(visit_of):
    visit = visit_of(
        image("FILTER  = 'V' / mine", "LONGSTRN= 'a&'", "CONTINUE  'b'", "FILTER  = 'B'", "RA      = 1")
    )

    def edit(given):
        header = given["header"]
        header["FILTER"], header["LONGSTRN"], header["RA"] = "X", "short", 5

    run(visit, APPLY, edit, HeaderRules(detached=".hdr", keep_keys=frozenset({"FILTER", "LONGSTRN", "DEC"})))
    own = ["FILTER  = 'V' / mine", "LONGSTRN= 'a&'", "CONTINUE  'b'", "FILTER  = 'B'"]
    assert cards_of(visit.source.path.read_bytes())[5:9] == own
    assert "FILTER  = 'X       '           / mine" in detached_cards(visit)


def test_a_kept_card_that_the_detached_header_lacks_comes_before_the_texts(visit_of):
    visit = visit_of(image("FILTER  = 'V'", "RA      = 1", "COMMENT text"))

    def drop(given):
        del given["header"]["FILTER"]

    run(visit, APPLY, drop, HeaderRules(detached=".hdr", keep_keys=frozenset({"FILTER"})))
    cards = cards_of(visit.source.path.read_bytes())[5:]
    assert cards == ["RA      = 1", "FILTER  = 'V'", "", "COMMENT text"]


def test_applying_twice_is_applying_once(visit_of):
    sums = ["CHECKSUM= '0000000000000000'   / made 2001-01-01T00:00:00", "DATASUM = '0       '"]
    for cards in ([], sums, [f"KEY{n} = {n}" for n in range(40)]):
        visit = visit_of(image(*cards, *TEXTS))
        run(visit, HeaderSwitches(reprocess=True, applies=True))
        once = visit.source.path.read_bytes()
        assert run(visit, APPLY_ONLY) == "applied"
        assert visit.source.path.read_bytes() == once


def test_the_detached_header_of_an_extension_stands_by_itself(visit_of):
    extension = header_bytes(
        "XTENSION= 'IMAGE   '", "BITPIX  = 16", "NAXIS   = 1", "NAXIS1  = 2", "PCOUNT  = 0", "GCOUNT  = 1"
    )
    visit = visit_of(image() + extension + bytes(2880))
    run(visit, APPLY, rules=HeaderRules(detached=".ext.hdr", hdu=1))
    with fits.open(detached(visit, ".ext.hdr")) as hdus:
        hdus.verify("exception")
    with fits.open(visit.source.path) as hdus:
        hdus.verify("exception")
        assert (hdus[1].header["NEW"], hdus[1].data.tolist()) == (1, [0, 0])


# What is named after what DaCHS 2.7 does otherwise.


def test_blank_cards_do_not_pile_up(visit_of):
    visit = visit_of(image(*TEXTS))
    run(visit, AGAIN)
    once = visit.source.path.read_bytes()
    assert cards_of(once).count("") == 2
    for _ in range(3):
        run(visit, AGAIN)
    assert visit.source.path.read_bytes() == once


def test_padding_of_a_shrunken_header_is_not_read_as_cards(visit_of):
    visit = visit_of(image(*[f"KEY{n:<5}= {n}" for n in range(60)], *TEXTS))

    def shrink(given):
        for number in range(55):
            given["header"].remove(f"KEY{number}", ignore_missing=True)

    size = visit.source.size
    for _ in range(3):
        run(visit, AGAIN, shrink)
        assert len(detached(visit).read_bytes()) == 2880
        assert visit.source.size == size


def test_comments_of_structural_cards_are_kept(visit_of):
    visit = visit_of(image())
    run(visit, APPLY)
    assert cards_of(visit.source.path.read_bytes())[:5] == cards_of(image())


def test_a_detached_header_has_no_axis_whatever_its_number(visit_of):
    axes = [f"{f'NAXIS{n}':8}= 1" for n in range(3, 13)]
    cards = [*cards_of(image()), *axes]
    cards[2] = "NAXIS   =                   12"
    visit = visit_of(header_bytes(*cards) + bytes(2880))
    run(visit, APPLY)
    assert [card for card in detached_cards(visit) if card.startswith("NAXIS")] == [
        "NAXIS   =                    0"
    ]
    assert cards_of(visit.source.path.read_bytes()) == [*cards, "NEW     =                    1"]


def test_bytes_beyond_ascii_are_kept(visit_of):
    card = "OBSERVER= 'M\xfcller'"
    visit = visit_of(image(card, "EXPTIME = 1", "COMMENT gr\xfcn"))
    run(visit, APPLY)
    for path in (detached(visit), visit.source.path):
        assert card in cards_of(path.read_bytes())
        assert "EXPTIME = 1" in cards_of(path.read_bytes())
        assert "COMMENT gr\xfcn" in cards_of(path.read_bytes())


def test_a_comment_that_ends_in_end_does_not_end_the_header(visit_of):
    text = "COMMENT it is the".ljust(77) + "END"
    visit = visit_of(image(text, "", "OK      = 1"))
    run(visit, APPLY)
    assert {text, "OK      = 1", "NEW     =                    1"} <= set(
        cards_of(visit.source.path.read_bytes())
    )


@pytest.mark.parametrize("count", [1500, 3000])
def test_a_header_may_have_more_than_40_and_80_blocks(visit_of, count):
    visit = visit_of(image(*[f"KEY{n:<5}= {n}" for n in range(count)]))
    assert run(visit, APPLY) == "computed and applied"
    assert run(visit, APPLY_ONLY) == "applied"
    assert len(cards_of(visit.source.path.read_bytes())) == 5 + count + 1


def test_check_sums_hold_after_applying(visit_of):
    visit = visit_of()
    fits.PrimaryHDU().writeto(visit.source, checksum=True)
    run(visit, APPLY)
    with fits.open(visit.source, checksum=True) as hdus:
        assert hdus[0].header["NEW"] == 1


def test_a_detached_header_that_can_t_be_written_leaves_the_old_one(visit_of, monkeypatch):
    visit = visit_of(image())
    run(visit)
    before = detached(visit).read_bytes()
    monkeypatch.setattr(os, "pwrite", _full_disk)
    with pytest.raises(DetachedHeaderError, match=r"a\.fits\.hdr: can't be written: No space left on device"):
        run(visit, ANEW, lambda given: given["header"].set("NEW", 2))
    assert detached(visit).read_bytes() == before
    assert sorted(os.listdir(visit.source.path.parent)) == ["a.fits", "a.fits.hdr"]


def _full_disk(fd, data, offset):
    raise OSError(28, "No space left on device")


def test_a_malformed_value_stays_malformed(visit_of):
    card = "EXPTIME = 1.5.3 garbage'"
    visit = visit_of(image(card))
    run(visit, APPLY)
    assert card in detached_cards(visit)
    assert card in cards_of(visit.source.path.read_bytes())


def test_a_compressed_file_is_refused(visit_of):
    visit = visit_of(gzip.compress(image()), "a.fits.gz")
    with pytest.raises(EditError, match=r"a\.fits\.gz is gzip data: .*; gunzip it first"):
        run(visit, APPLY)
    assert os.listdir(visit.source.path.parent) == ["a.fits.gz"]


# Detached headers that are none, or no longer.

HEADER = header_bytes(*DETACHED, "NEW     = 2")
UNUSABLE = {
    "no END": (HEADER.replace(b"END", b"   "), "is damaged: the header has no END card"),
    "cut off": (HEADER[:2000], "is damaged: the last block of the header lacks 880 bytes"),
    "empty": (b"", "is damaged: is an empty file"),
    "text": (b"some text\n", "is damaged: is text, not FITS"),
    "binary": (bytes(range(256)) * 20, "is damaged: is binary data"),
    "a file with data": (image(), "2880 bytes follow its header; it is no detached header"),
    "other axes": (
        header_bytes(*cards_of(image())[:3], "NAXIS1  = 5", "NAXIS2  = 3"),
        "it describes data of 5 x 3 with BITPIX 16, the file has 4 x 3 with BITPIX 16",
    ),
    "other scaling": (header_bytes(*DETACHED, "BZERO   = 32768"), "BZERO is 32768, in the file it is 0.0"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_detached_header_is_named_and_its_file_untouched(visit_of, name):
    content, reason = UNUSABLE[name]
    visit = visit_of(image())
    detached(visit).write_bytes(content)
    with pytest.raises(DetachedHeaderError) as raised:
        run(visit, APPLY)
    assert str(raised.value).startswith(f"{detached(visit)}: ")
    assert reason in str(raised.value)
    assert visit.source.path.read_bytes() == image()
    assert detached(visit).read_bytes() == content


@pytest.mark.parametrize("name", ["no END", "cut off", "empty"])
def test_a_damaged_one_is_computed_anew(visit_of, name):
    visit = visit_of(image())
    detached(visit).write_bytes(UNUSABLE[name][0])
    assert run(visit, AGAIN) == "computed and applied"


@pytest.mark.parametrize("name", ["text", "binary", "a file with data"])
def test_what_is_no_detached_header_is_never_replaced(visit_of, name):
    visit = visit_of(image())
    detached(visit).write_bytes(UNUSABLE[name][0])
    with pytest.raises(DetachedHeaderError, match="it is no detached header: move it away"):
        run(visit, AGAIN)
    assert detached(visit).read_bytes() == UNUSABLE[name][0]


def test_scaling_may_change_where_the_keys_say_so(visit_of):
    visit = visit_of(image("BSCALE  = 2"))
    keys = frozenset({"EXTEND", "BZERO"})
    call = lambda given: given["header"].set("BSCALE", 3)  # noqa: E731
    run(visit, APPLY, call, HeaderRules(detached=".hdr", keep_keys=keys))
    assert "BSCALE  =                    3" in cards_of(visit.source.path.read_bytes())


def test_scaling_that_is_said_in_another_way_is_the_same(visit_of):
    visit = visit_of(image("BZERO   = 32768"))
    detached(visit).write_bytes(header_bytes(*DETACHED, "BZERO   = 3.2768E4", "BSCALE  = 1", "NEW     = 1"))
    assert run(visit, APPLY_ONLY) == "applied"
    assert cards_of(visit.source.path.read_bytes())[5:] == ["BZERO   = 32768", "BSCALE  = 1", "NEW     = 1"]


@pytest.mark.parametrize("seed", range(60))
def test_bytes_of_any_kind_are_an_error_or_a_header(visit_of, seed):
    noise = random.Random(seed)
    raw = bytearray(HEADER)
    for _ in range(noise.randint(1, 20)):
        raw[noise.randrange(len(raw))] = noise.randrange(256)
    visit = visit_of(image())
    detached(visit).write_bytes(bytes(raw))
    try:
        assert run(visit, APPLY_ONLY) == "applied"
    except FitsprocError:
        assert visit.source.path.read_bytes() == image()
    assert visit.source.path.read_bytes().endswith(image()[2880:])


# Where a detached header is written.


def test_a_link_that_leads_out_of_the_inputs_directory_is_not_followed(visit_of, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "a.hdr"
    outside.write_bytes(HEADER)
    visit = visit_of(image())
    detached(visit).symlink_to(outside)
    with pytest.raises(DetachedHeaderError, match=r"a\.fits\.hdr: lies in .*; files are written only below"):
        run(visit, ANEW)
    assert outside.read_bytes() == HEADER


def test_a_directory_outside_must_be_among_the_roots(visit_of, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (tmp_path / "data").symlink_to(outside)
    visit = visit_of(image(), "data/a.fits")
    with pytest.raises(DetachedHeaderError, match="files are written only below"):
        run(visit)
    assert run(visit, options=WriteOptions(roots=(str(outside),), syncs=False)) == "computed"
    assert sorted(os.listdir(outside)) == ["a.fits", "a.fits.hdr"]


@pytest.mark.parametrize("extension", ["", "/../a.fits"])
def test_a_detached_header_never_takes_the_place_of_its_file(visit_of, extension):
    content = header_bytes(*DETACHED)
    visit = visit_of(content)
    with pytest.raises(FitsprocError):
        run(visit, ANEW, rules=HeaderRules(detached=extension))
    assert visit.source.path.read_bytes() == content


def test_a_new_one_has_the_mode_of_the_old(visit_of):
    visit = visit_of(image())
    run(visit)
    assert stat.S_IMODE(detached(visit).stat().st_mode) == 0o666 & ~_umask()
    detached(visit).chmod(0o640)
    run(visit, ANEW)
    assert stat.S_IMODE(detached(visit).stat().st_mode) == 0o640


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_a_killed_run_has_left_is_used_and_goes(visit_of):
    visit = visit_of(image())
    left = visit.source.path.with_name(".a.fits.hdr.fitsproc-new")
    left.write_bytes(b"x" * 9000)
    run(visit, options=WriteOptions(syncs=True))
    assert len(detached(visit).read_bytes()) == 2880
    assert not left.exists()
