"""Make a plate of an invented sky, its scratches, and the index files by which astrometry.net knows that sky.

Run it once in the resource directory; it writes data/plate.fits and res/index/. Then solve the plate:

    python bin/make_example.py
    pytest --fitsproc=potsdam/q/import --fitsproc-write
"""

import subprocess
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

RESDIR = Path(__file__).absolute().parent.parent
RA, DEC, RADIUS = 200.0, -30.0, 4.0  # degrees
WIDTH, HEIGHT, SCALE = 1000, 800, 15.0  # pixels, arcsec/pixel
WCS_CARDS = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": RA, "CRVAL2": DEC}
RNG = np.random.default_rng(5)


def main():
    ra, dec, magnitude = invented_sky()
    make_indices(RESDIR / "res" / "index", {"RA": ra, "DEC": dec, "MAG": magnitude})
    plate = scratched(exposed(ra, dec, magnitude))
    (RESDIR / "data").mkdir(exist_ok=True)
    header = fits.Header({"OBJECT": "an invented sky", "RA": RA, "DEC": DEC})
    fits.PrimaryHDU(plate.clip(0, 32767).astype("i2"), header).writeto(
        RESDIR / "data" / "plate.fits", overwrite=True
    )


def invented_sky(count=400):
    """Return right ascensions, declinations and magnitudes, brightest first."""
    distance, angle = RADIUS * np.sqrt(RNG.random(count)), 2 * np.pi * RNG.random(count)
    dec = DEC + distance * np.cos(angle)
    ra = RA + distance * np.sin(angle) / np.cos(np.radians(dec))
    return ra, dec, np.sort(11.5 - 2.2 * RNG.exponential(1, count))


def make_indices(folder, columns):
    """Write an index file for each of two sizes of quads, in 60 to 170 arcminutes."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = folder / "catalogue.fits"
    table = [fits.Column(name, "D", array=values) for name, values in columns.items()]
    fits.BinTableHDU.from_columns(table).writeto(catalogue, overwrite=True)
    for preset in (10, 12):
        words = f"build-astrometry-index -P {preset} -S MAG -A RA -D DEC -E -M -I {9000 + preset}"
        files = ["-i", catalogue, "-o", folder / f"index-{9000 + preset}.fits", "-t", folder]
        subprocess.run([*words.split(), *files], check=True, capture_output=True)
    catalogue.unlink()


def exposed(ra, dec, magnitude):
    """Return an image of the stars on an uneven background with noise."""
    scale = SCALE / 3600
    cards = {"CRPIX1": WIDTH / 2, "CRPIX2": HEIGHT / 2, "CDELT1": -scale, "CDELT2": scale}
    x, y = WCS(fits.Header({**WCS_CARDS, **cards})).all_world2pix(ra, dec, 0)
    image = 1000 + np.linspace(0, 150, WIDTH) - 80 * np.linspace(0, 1, HEIGHT)[:, None] ** 2
    for star in zip(x, y, 6e4 * 10 ** (-0.4 * (magnitude - 9)), strict=True):
        paint(image, *star)
    for star in zip(*RNG.uniform(0, (WIDTH, HEIGHT, 4000), (200, 3)).T, strict=True):
        paint(image, *star)
    return RNG.normal(image, np.sqrt(image / 4 + 25))


def paint(image, x, y, flux, sigma=1.4, box=10):
    """Add a star."""
    if not (0 < x < WIDTH - 1 and 0 < y < HEIGHT - 1):
        return
    left, bottom = max(round(x) - box, 0), max(round(y) - box, 0)
    patch = image[bottom : round(y) + box, left : round(x) + box]
    rows, columns = np.indices(patch.shape)
    squares = (columns + left - x) ** 2 + (rows + bottom - y) ** 2
    patch += flux / (2 * np.pi * sigma**2) * np.exp(-squares / (2 * sigma**2))


def scratched(image):
    """Add scratches, fibres, a label and a bright border."""
    for x, y, angle, length in RNG.uniform((0, 0, 0, 30), (WIDTH, HEIGHT, np.pi, 150), (60, 4)):
        along = np.arange(0, length, 0.3)
        columns, rows = (x + along * np.cos(angle)).astype(int), (y + along * np.sin(angle)).astype(int)
        inside = (columns >= 0) & (columns < WIDTH - 1) & (rows >= 0) & (rows < HEIGHT)
        image[rows[inside], columns[inside]] = image[rows[inside], columns[inside] + 1] = 26000
    for x, y, flux in RNG.uniform((5, 5, 4000), (WIDTH - 25, HEIGHT - 25, 20000), (60, 3)):
        image[int(y) : int(y) + 3, int(x) : int(x) + 13] += flux
    for letter in range(10):
        image[-60:-38, 40 + 22 * letter : 44 + 22 * letter] = 30000
    for edge in (np.s_[:14], np.s_[-14:], np.s_[:, :14], np.s_[:, -14:]):
        image[edge] += 9000
    return image


if __name__ == "__main__":
    main()
