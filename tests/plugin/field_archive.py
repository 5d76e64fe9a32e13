"""An archive of star fields, and processors that solve them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from astropy.io import fits
from small_archive import Archive

_DESCRIPTOR = (
    '<resource schema="potsdam"><data id="import"><sources pattern="data/*.fits"/></data></resource>'
)

#: What fits the fields of the tests.
PARAMETERS = 'indices="index-9990", lower_pix=14, upper_pix=16, endob=50, total_timelimit=20'

#: A processor of stars that are round and not at the border, by function.
SOLVER = f"""
    from pytest_fitsproc import astrometry_processor

    def keep(table):
        x, y = table["X_IMAGE"], table["Y_IMAGE"]
        return table[(x > 30) & (x < 970) & (y > 30) & (y < 770) & (table["ELONGATION"] < 1.2)]

    @astrometry_processor({PARAMETERS}, object_filter=keep)
    def solve_plates(header, source):
        header["OBSERVER"] = source.stem
"""

#: The same of an easy sky, by class.
CLASS = """
    from pytest_fitsproc import api

    class Solver(api.AnetHeaderProcessor):
        sp_indices = ["index-9990"],
        sp_lower_pix = 14
        sp_upper_pix = 16
        sp_endob = 50
        sp_total_timelimit = 20
        sexControl = ""

        def _mungeHeader(self, srcName, hdr):
            hdr["OBSERVER"] = "me"
            return hdr
"""


def add_fields(archive: Archive, images: Mapping[str, Any], index_path: Path, **kinds: str) -> None:
    """Write a field of a kind for each name, a descriptor, and the ini file that names the index files."""
    archive.write("potsdam/q.rd", _DESCRIPTOR)
    archive.write("pytest.ini", f"[pytest]\nfitsproc_index_path = {index_path}\n")
    for name, kind in kinds.items():
        add_field(archive, f"{name}.fits", images[kind])


def add_field(archive: Archive, name: str, image: Any, **cards: Any) -> Path:
    path = archive.resdir / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.PrimaryHDU(image, fits.Header({"OBJECT": "a plate", **cards})).writeto(path)
    return path


def header_of(archive: Archive, name: str) -> fits.Header:
    """The header of a file, or a detached one."""
    return fits.Header.fromstring((archive.resdir / "data" / name).read_bytes()[: 2880 * 4])


def files_of(archive: Archive) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (archive.resdir / "data").iterdir()}
