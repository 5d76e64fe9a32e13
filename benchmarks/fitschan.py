"""FitsChan against starlink-pyast and astropy in one run: CPU time, as a Markdown table of ratios.

python benchmarks/fitschan.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from astropy.io.fits import Header
from starlink import Ast

from pytest_fitsproc.fitschan import AstObject, FitsChan

SIZES = (180, 2000)
REPEATS = 7
MIN_SECONDS = 0.05
EXTRA_KEYWORDS = ["SIMPLE", "BITPIX", "NAXIS", "DATE-OBS", "EXPTIME", "TELESCOP", "INSTRUME", "OBJECT"]


@dataclass(frozen=True)
class Work:
    """One piece of work, as each of the three does it; None where a library has no such thing."""

    name: str
    ours: Callable[[], object]
    pyast: Callable[[], object]
    astropy: Callable[[], object] | None
    goal_pyast: float
    goal_astropy: float | None


def main() -> None:
    """Print the table."""
    print("| work | ours µs | × pyast | goal | × astropy | goal |")
    print("|---|---|---|---|---|---|")
    for work in [*(each for size in SIZES for each in header_works(size)), *object_works()]:
        print(row(work))


def row(work: Work) -> str:
    """Return the line of the table for one piece of work."""
    ours, pyast = cpu_time(work.ours), cpu_time(work.pyast)
    cells = [work.name, f"{ours * 1e6:.0f}", f"{ours / pyast:.3f}", f"≤ {work.goal_pyast}"]
    if work.astropy and work.goal_astropy:
        cells += [f"{ours / cpu_time(work.astropy):.3f}", f"≤ {work.goal_astropy}"]
    else:
        cells += ["–", "–"]
    return "| " + " | ".join(cells) + " |"


def cpu_time(function: Callable[[], object]) -> float:
    """Return the CPU seconds of one call: the least of several rounds of many calls."""
    function()
    n_calls = 1
    while (seconds := _timed(function, n_calls)) < MIN_SECONDS:
        n_calls *= 2
    return min(seconds, *(_timed(function, n_calls) for _ in range(REPEATS))) / n_calls


def _timed(function: Callable[[], object], n_calls: int) -> float:
    start = time.process_time()
    for _ in range(n_calls):
        function()
    return time.process_time() - start


def header_works(size: int) -> list[Work]:
    """Return what is done with a header of ``size`` cards."""
    header = make_header(size)
    text = header.decode()
    keywords = sorted(set(Header.fromstring(header)) - {"COMMENT", ""})

    def pyast_chan() -> Ast.FitsChan:
        chan = Ast.FitsChan()
        chan.putcards(text)
        return chan

    def pyast_cards(chan: Ast.FitsChan) -> list[str]:
        chan.clear("Card")
        return [chan.findfits("%f", True)[1] for _ in range(chan.Ncard)]

    def pyast_edit() -> object:
        chan = pyast_chan()
        for keyword in keywords[:3]:
            chan.clear("Card")
            chan.findfits(keyword, False)
            chan.setfitsI(keyword, 5, "", True)
        return "".join(pyast_cards(chan))

    def our_edit() -> bytes:
        chan = FitsChan.from_bytes(header)
        for keyword in keywords[:3]:
            chan[keyword] = 5
        return chan.to_bytes()

    def astropy_edit() -> str:
        edited = Header.fromstring(header)
        for keyword in keywords[:3]:
            edited[keyword] = 5
        return str(edited.tostring())

    def look_up_ours() -> list[bool]:
        chan = FitsChan.from_bytes(header)
        return [keyword in chan for keyword in keywords]

    def look_up_pyast() -> list[bool]:
        chan = pyast_chan()
        return [keyword in chan for keyword in keywords]

    def look_up_astropy() -> list[bool]:
        parsed = Header.fromstring(header)
        return [keyword in parsed for keyword in keywords]

    def values_ours() -> list[object]:
        chan = FitsChan.from_bytes(header)
        return [chan[keyword] for keyword in keywords]

    def values_pyast() -> list[object]:
        chan = pyast_chan()
        return [chan[keyword] for keyword in keywords]

    def values_astropy() -> list[object]:
        parsed = Header.fromstring(header)
        return [parsed[keyword] for keyword in keywords]

    def put_cards_ours() -> FitsChan:
        chan = FitsChan()
        chan.put_cards(header)
        return chan

    def parsed_astropy() -> Header:
        return Header.fromstring(header)

    return [
        Work(f"load {size} cards", lambda: FitsChan.from_bytes(header), pyast_chan, parsed_astropy, 0.2, 0.1),
        Work(f"… by `put_cards`, checked, {size}", put_cards_ours, pyast_chan, parsed_astropy, 0.2, 0.1),
        Work(f"load, look every keyword up, {size}", look_up_ours, look_up_pyast, look_up_astropy, 0.1, 0.05),
        Work(f"load, get every value, {size}", values_ours, values_pyast, values_astropy, 0.1, 0.05),
        Work(f"load, change 3, all bytes, {size}", our_edit, pyast_edit, astropy_edit, 0.5, 0.1),
    ]


def object_works() -> list[Work]:
    """Return reading and writing a native FrameSet."""
    frame_set = make_frame_set()
    tree = AstObject.from_ast(frame_set)
    chan = FitsChan()
    chan.write(tree)
    cards = chan.to_bytes()
    text = cards.decode()

    def read_ours() -> AstObject | None:
        loaded = FitsChan.from_bytes(cards)
        return loaded.read()

    def read_pyast() -> object:
        loaded = Ast.FitsChan()
        loaded.putcards(text)
        return loaded.read()

    def write_ours() -> int:
        return FitsChan().write(tree)

    def write_pyast() -> int:
        return int(Ast.FitsChan().write(frame_set))

    return [
        Work(f"read a native FrameSet, {chan.ncard} cards", read_ours, read_pyast, None, 1, None),
        Work(
            "write it", lambda: FitsChan().write(tree), lambda: Ast.FitsChan().write(frame_set), None, 3, None
        ),
    ]


def make_header(size: int) -> bytes:
    """Return a header of ``size`` cards of all kinds, without END."""
    makers = (
        lambda n: f"INT{n:<5}= {n:20d} / an integer",
        lambda n: f"FLT{n:<5}= {n * 1.2345678:20.10f} / a double [deg]",
        lambda n: f"STR{n:<5}= 'value {n}'          / a string",
        lambda n: f"LOG{n:<5}= {'T':>20} / a flag",
        lambda n: f"COMMENT a remark, number {n}",
    )
    cards = [f"{keyword:8}= {number:20d} / c" for number, keyword in enumerate(EXTRA_KEYWORDS)]
    cards += [makers[number % len(makers)](number) for number in range(size - len(cards))]
    return "".join(card.ljust(80) for card in cards).encode()


def make_frame_set() -> Ast.FrameSet:
    """Return the FrameSet of an image with a sky projection: about 128 cards."""
    cards = {"CRPIX1": 512.5, "CRPIX2": 511.25, "CRVAL1": 83.6331, "CRVAL2": 22.0145}
    cards |= {"CD1_1": -7.3e-5, "CD1_2": 1.2e-6, "CD2_1": 1.1e-6, "CD2_2": 7.3e-5}
    chan = Ast.FitsChan()
    for keyword, value in cards.items():
        chan.setfitsF(keyword, value, "", False)
    for keyword, text in {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "RADESYS": "ICRS"}.items():
        chan.setfitsS(keyword, text, "", False)
    return chan.read()


if __name__ == "__main__":
    main()
