from __future__ import annotations

import bz2
import gzip

import pytest
from astropy.io import fits
from header_files import cards_of, header_bytes, image

from pytest_fitsproc.fitschan import FitsChan
from pytest_fitsproc.processing.headers.edited import EditError
from pytest_fitsproc.processing.headers.immediate import run_immediate
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.outcome import Unavailable

ALWAYS, ONCE = HeaderRules(), HeaderRules(is_processed=lambda header: "NEW" in header)
PLAIN, ANEW = HeaderSwitches(), HeaderSwitches(reprocess=True)


def set_new(given):
    given["header"]["NEW"] = 1


def put_new(given):
    given["fitschan"]["NEW"] = 2


def never(given):
    raise AssertionError("it was called")


def proposed(visit):
    """The cards of what is proposed, if anything is."""
    assert len(visit.proposals) <= 1
    return [card for one in visit.proposals for card in cards_of(one.new)]


def test_the_header_is_proposed_as_it_was_edited(visit_of):
    visit = visit_of(image("OBJECT  = 'x'"))
    run_immediate(visit, ALWAYS, PLAIN, ["header"], set_new)
    assert proposed(visit)[-2:] == ["OBJECT  = 'x'", "NEW     =                    1"]
    assert visit.proposals[0].old == visit.file.header_bytes()


def test_the_fitschan_is_proposed_as_it_was_edited(visit_of):
    visit = visit_of(image("OBJECT  = 'x'"))
    run_immediate(visit, ALWAYS, PLAIN, ["fitschan"], put_new)
    assert "NEW     =                    2" in proposed(visit)


def test_a_header_that_is_returned_is_proposed_instead(visit_of):
    visit = visit_of(image("OBJECT  = 'x'"))

    def without_object(given):
        given["header"]["LOST"] = 1
        other = visit.header()
        del other["OBJECT"]
        return other

    run_immediate(visit, ALWAYS, PLAIN, ["header"], without_object)
    assert [card for card in proposed(visit) if card.startswith(("OBJECT", "LOST"))] == []


def test_a_fitschan_that_is_returned_is_proposed_instead(visit_of):
    visit = visit_of(image("OBJECT  = 'x'"))

    def other(given):
        chan = FitsChan.from_bytes(visit.header_bytes())
        chan["OBJECT"] = "y"
        return chan

    run_immediate(visit, ALWAYS, PLAIN, [], other)
    assert "OBJECT  = 'y       '" in proposed(visit)


def test_nothing_is_called_where_the_file_is_processed(visit_of):
    visit = visit_of(image("NEW     = 7"))
    run_immediate(visit, ONCE, PLAIN, ["header"], never)
    assert visit.proposals == []


def test_reprocessing_does_not_ask_whether_it_is(visit_of):
    visit = visit_of(image("NEW     = 7"))
    run_immediate(visit, ONCE, ANEW, ["header"], set_new)
    assert "NEW     =                    1" in proposed(visit)


def test_what_is_not_processed_is_edited(visit_of):
    visit = visit_of(image())
    run_immediate(visit, ONCE, PLAIN, ["header"], set_new)
    assert proposed(visit)


@pytest.mark.parametrize("asks", [["header"], ["fitschan"], ["header", "fitschan"]])
def test_an_edit_of_nothing_proposes_nothing(visit_of, asks):
    visit = visit_of(image("OBJECT  = 'x'"))
    run_immediate(visit, ALWAYS, PLAIN, asks, lambda given: None)
    assert visit.proposals == []


@pytest.mark.parametrize("edit", [set_new, put_new])
def test_of_both_that_is_proposed_which_was_edited(visit_of, edit):
    visit = visit_of(image())
    run_immediate(visit, ALWAYS, PLAIN, ["header", "fitschan"], edit)
    assert any(card.startswith("NEW ") for card in proposed(visit))


def test_both_can_t_be_edited(visit_of):
    visit = visit_of(image())

    def both(given):
        set_new(given)
        put_new(given)

    with pytest.raises(EditError, match=r"a\.fits: the header processor edited both its header and its fi"):
        run_immediate(visit, ALWAYS, PLAIN, ["header", "fitschan"], both)
    assert visit.proposals == []


@pytest.mark.parametrize("returned", [True, "OBJECT", {"OBJECT": "x"}, [("OBJECT", "x")], fits.Card("A", 1)])
def test_anything_else_that_is_returned_is_an_error(visit_of, returned):
    with pytest.raises(EditError, match=r"a\.fits: the header processor returned .*: return None, a header"):
        run_immediate(visit_of(image()), ALWAYS, PLAIN, ["header"], lambda given: returned)


def test_who_asks_for_nothing_must_return_something(visit_of):
    with pytest.raises(EditError, match="asks for neither header nor fitschan, and returned none either"):
        run_immediate(visit_of(image()), ALWAYS, PLAIN, [], lambda given: None)


@pytest.mark.parametrize(("pack", "tool"), [(gzip.compress, "gunzip"), (bz2.compress, "bunzip2")])
def test_a_compressed_file_is_refused_before_anything_is_called(visit_of, pack, tool):
    visit = visit_of(pack(image()), "a.fits.gz")
    with pytest.raises(EditError, match=rf"a\.fits\.gz is .* edited in place; {tool} it first"):
        run_immediate(visit, ALWAYS, PLAIN, ["header"], never)


def test_a_file_without_a_header_has_nothing_to_edit(visit_of):
    with pytest.raises(Unavailable, match="the primary header can't be read"):
        run_immediate(visit_of(b"no FITS"), ALWAYS, PLAIN, ["header"], never)


def test_the_header_of_an_extension_is_edited(visit_of):
    extension = ["XTENSION= 'IMAGE   '", "BITPIX  = 8", "NAXIS   = 0", "PCOUNT  = 0", "GCOUNT  = 1"]
    visit = visit_of(image() + header_bytes(*extension))
    rules = HeaderRules(hdu=1, is_processed=lambda header: header.get("XTENSION") != "IMAGE")
    run_immediate(visit, rules, PLAIN, ["header"], set_new)
    assert visit.proposals[0].hdu_index == 1
    assert proposed(visit) == [*extension, "NEW     =                    1"]
