"""Rows of a plane as they are stored, read where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile
from pytest_fitsproc.imaging.content import errors_as_damage, opened_hdu
from pytest_fitsproc.imaging.plane import Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]
    ReadRows = Callable[[int, int], Pixels]
    """Called with the first row and the number of rows, in rising order; returns stored values,
    (number, nx), which are valid until the next call."""


@contextmanager
def row_reader(file: FitsFile, plane: Plane) -> Iterator[ReadRows]:
    """Yield the function that reads rows of a plane, without applying its scaling.

    Raises
    ------
    FitsFormatError, FileAccessError
        By that function: bytes are missing, can't be read or don't decompress.
    """
    if plane.is_tiled:
        with opened_hdu(file, plane.hdu_index) as hdu:
            yield _TiledRows(plane, hdu)
    else:
        is_copied = file.is_compressed or plane.shape[0] * plane.shape[1] <= _SMALL
        yield _CopiedRows(file, plane) if is_copied else _PlainRows(file, plane)


_BAND_SIZE = 1 << 20

_SMALL = 1 << 13
"""Pixels that are copied sooner than a buffer is made for them; they may be among the bytes read first."""


class _PlainRows:
    """Rows read into one buffer that stays in the processor's cache."""

    def __init__(self, file: FitsFile, plane: Plane) -> None:
        import numpy as np

        self._file, self._plane = file.file, plane
        self._buffer: Pixels = np.empty((0, plane.shape[1]), plane.dtype)

    def __call__(self, first: int, count: int) -> Pixels:
        import numpy as np

        plane = self._plane
        if len(self._buffer) < count:
            self._buffer = np.empty((count, plane.shape[1]), plane.dtype)
        rows = self._buffer[:count]
        try:
            self._file.seek(plane.offset + first * rows.itemsize * plane.shape[1])
            found = self._file.readinto(rows.reshape(-1).view("u1"))  # type: ignore[attr-defined]
        except OSError as exc:
            raise FileAccessError(plane.path, f"can't be read: {exc.strerror}", exc.errno) from exc
        return rows if found == rows.nbytes else _refuse_short(plane, first, found)


class _CopiedRows:
    """Rows as bytes of their own, of a file that gzip or bzip2 packed unpacked as they come."""

    def __init__(self, file: FitsFile, plane: Plane) -> None:
        self._file, self._plane = file, plane

    def __call__(self, first: int, count: int) -> Pixels:
        import numpy as np

        plane, dtype = self._plane, np.dtype(self._plane.dtype)
        row_size = plane.shape[1] * dtype.itemsize
        data = self._file.read_at(plane.offset + first * row_size, count * row_size)
        if len(data) < count * row_size:
            return _refuse_short(plane, first, len(data))
        return np.frombuffer(data, dtype).reshape(count, plane.shape[1])


def _refuse_short(plane: Plane, first: int, n_bytes: int) -> Pixels:
    reason = f"its data end early, {n_bytes} bytes after the beginning of row {first + 1} of {plane.shape[0]}"
    raise FitsFormatError(plane.path, reason, hdu_index=plane.hdu_index)


class _TiledRows:
    """Rows out of compressed tiles, unpacked by astropy in bands of about 1 MB, each once."""

    def __init__(self, plane: Plane, hdu: Any) -> None:
        import numpy as np

        self._plane = plane
        with errors_as_damage(plane.path, plane.hdu_index, "its compressed tiles can't be read"):
            self._section = hdu.section
            tile_height: int = hdu.tile_shape[plane.axes[0]]
            if hdu.shape != plane.array_shape:
                raise ValueError(f"astropy takes its shape for {hdu.shape}, not {plane.array_shape}")
        # Calling astropy for each tile of one row would take longer than unpacking it.
        band = tile_height * plane.shape[1] * np.dtype(plane.dtype).itemsize
        self._height = tile_height * max(1, _BAND_SIZE // band)
        self._band_index = -1
        self._band: Pixels

    def __call__(self, first: int, count: int) -> Pixels:
        import numpy as np

        end = first + count
        parts = []
        for index in range(first // self._height, -(-end // self._height)):
            band, start = self._read_band(index), index * self._height
            parts.append(band[max(0, first - start) : end - start])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _read_band(self, index: int) -> Pixels:
        if index != self._band_index:
            plane, first = self._plane, index * self._height
            where: list[int | slice] = list(plane.start)
            where[plane.axes[0]] = slice(first, min(first + self._height, plane.shape[0]))
            where[plane.axes[1]] = slice(None)
            what = f"its compressed tiles from row {first + 1} on can't be unpacked"
            with errors_as_damage(plane.path, plane.hdu_index, what):
                self._band = self._section[tuple(where)]
            self._band_index = index
        return self._band
