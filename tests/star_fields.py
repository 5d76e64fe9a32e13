"""Star fields of an invented sky, and index files of it, by which astrometry.net really solves them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from pytest_fitsproc.processing.astrometry import SolverParameters

WIDTH, HEIGHT, SCALE = 1000, 800, 15.0
#: They fit the fields; an unsolvable one takes seconds.
PARAMETERS = SolverParameters(endob=50, lower_pix=14, upper_pix=16, total_timelimit=20)

#: Presets of build-astrometry-index: quads of 60′–85′ and 120′–170′.
PRESETS = (10, 12)


def invented_sky(ra=200.0, dec=-30.0, radius=4.0, n_stars=400, seed=5):
    """Return ra, dec (degrees) and magnitudes of stars about a place, brightest first."""
    rng = np.random.default_rng(seed)
    r, phi = radius * np.sqrt(rng.random(n_stars)), rng.random(n_stars) * 2 * np.pi
    star_dec = dec + r * np.cos(phi)
    star_ra = (ra + r * np.sin(phi) / np.cos(np.radians(dec))) % 360
    return star_ra, star_dec, np.sort(11.5 - 2.2 * rng.exponential(1, n_stars))


def write_indices(directory, sky, builder="build-astrometry-index"):
    """Write the index files ``index-9990-NN.littleendian.fits`` of a sky into a directory."""
    catalogue = Path(directory) / "catalogue.fits"
    columns = [fits.Column(name, "D", array=a) for name, a in zip(("RA", "DEC", "MAG"), sky, strict=True)]
    fits.BinTableHDU.from_columns(columns).writeto(catalogue, overwrite=True)
    for preset in PRESETS:
        index = Path(directory) / f"index-9990-{preset}.littleendian.fits"
        words = f"-P {preset} -S MAG -A RA -D DEC -E -M -I {9990 + preset} -t {directory}".split()
        subprocess.run(
            [builder, "-i", catalogue, "-o", index, *words], check=True, capture_output=True, cwd=directory
        )
    catalogue.unlink()


def true_wcs(ra=200.0, dec=-30.0, rotation=23.0):
    """Return the gnomonic WCS of a field, east to the left."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(WIDTH + 1) / 2, (HEIGHT + 1) / 2]
    cosine, sine = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    wcs.wcs.cd = np.array([[-cosine, -sine], [-sine, cosine]]) * SCALE / 3600
    wcs.pixel_shape = (WIDTH, HEIGHT)
    wcs.wcs.set()
    return wcs


def star_image(sky, wcs, seed=20):
    """Return an image (int16) of a sky on a sloped background, with faint stars that it does not have."""
    rng = np.random.default_rng(seed)
    x, y, magnitudes = _stars_in(sky, wcs)
    seen = rng.random(len(x)) > 0.05
    flux = 6e4 * 10 ** (-0.4 * (magnitudes + rng.normal(0, 0.1, len(x)) - 9))
    return _exposed(rng, x[seen], y[seen], flux[seen])


def foreign_image(seed=20):
    """Return an image of stars, but of none of the sky."""
    rng = np.random.default_rng(seed)
    flux = 6e4 * 10 ** (-0.4 * (2 - 1.5 * rng.exponential(1, 150)))
    return _exposed(rng, rng.uniform(5, WIDTH - 5, 150), rng.uniform(5, HEIGHT - 5, 150), flux)


def noise_image(seed=20):
    """Return an image without stars."""
    return np.random.default_rng(seed).normal(1000, 20, (HEIGHT, WIDTH)).astype("i2")


def scratched(image, seed=21):
    """Return an image with the dirt of a photographic plate: scratches, dust, a label, a bright border."""
    rng = np.random.default_rng(seed)
    plate = image.astype("f4")
    for _ in range(60):
        x, y, angle = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(0, np.pi)
        along = np.arange(0, rng.uniform(30, 150), 0.3)
        xs, ys = (x + along * np.cos(angle)).astype(int), (y + along * np.sin(angle)).astype(int)
        inside = (xs >= 0) & (xs < WIDTH - 1) & (ys >= 0) & (ys < HEIGHT - 1)
        plate[ys[inside], xs[inside]] = plate[ys[inside] + 1, xs[inside]] = 26000
    for _ in range(60):
        x, y = rng.integers(5, WIDTH - 25), rng.integers(5, HEIGHT - 25)
        width, height = rng.permutation([rng.integers(2, 4), rng.integers(9, 16)])
        plate[y : y + height, x : x + width] += rng.uniform(4000, 20000)
    for letter in range(10):
        plate[-60:-38, 40 + 22 * letter : 44 + 22 * letter] = 30000
    for edge in (np.s_[:14], np.s_[-14:], np.s_[:, :14], np.s_[:, -14:]):
        plate[edge] += 9000
    return np.clip(plate, 0, 32767).astype("i2")


def keep_round_ones(table):
    """Throw out what is long, and what is near the border."""
    x, y = table["X_IMAGE"], table["Y_IMAGE"]
    inside = (x > 30) & (x < WIDTH - 30) & (y > 30) & (y < HEIGHT - 30)
    return table[inside & (table["ELONGATION"] < 1.2)]


def offsets_px(wcs_found, wcs_true):
    """Return rms and maximum of the distances of two WCS, in pixels, on a grid over the whole image."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, WIDTH - 1, 9), np.linspace(0, HEIGHT - 1, 9)))
    ra, dec = wcs_found.all_pix2world(x, y, 0)
    true_ra, true_dec = wcs_true.all_pix2world(x, y, 0)
    east = ((ra - true_ra + 180) % 360 - 180) * np.cos(np.radians(true_dec))
    distance = np.hypot(east, dec - true_dec) * 3600 / SCALE
    return float(np.sqrt(np.mean(distance**2))), float(distance.max())


def _stars_in(sky, wcs):
    ra, dec, magnitudes = sky
    ra0, dec0 = np.radians(wcs.wcs.crval)
    cosine = np.sin(np.radians(dec)) * np.sin(dec0)
    cosine += np.cos(np.radians(dec)) * np.cos(dec0) * np.cos(np.radians(ra) - ra0)
    near = cosine > np.cos(np.radians(5))
    x, y = wcs.wcs_world2pix(ra[near], dec[near], 0)
    inside = (x > 5) & (x < WIDTH - 5) & (y > 5) & (y < HEIGHT - 5)
    return x[inside], y[inside], magnitudes[near][inside]


def _exposed(rng, x, y, flux):
    image = 1000 + np.linspace(0, 150, WIDTH) - 80 * np.linspace(0, 1, HEIGHT)[:, np.newaxis] ** 2
    _paint(image, x, y, flux)
    _paint(image, rng.uniform(0, WIDTH, 200), rng.uniform(0, HEIGHT, 200), rng.uniform(1500, 4000, 200))
    image = rng.normal(image, np.sqrt(np.maximum(image, 1) / 4 + 25))
    return np.clip(image, 0, 32767).astype("i2")


def _paint(image, x, y, flux, sigma=1.4, box=10):
    """Add Gaussian stars, with centres between the pixels."""
    for star_x, star_y, star_flux in zip(x, y, flux, strict=True):
        left, bottom = max(round(star_x) - box, 0), max(round(star_y) - box, 0)
        patch = image[bottom : round(star_y) + box + 1, left : round(star_x) + box + 1]
        ys, xs = np.indices(patch.shape)
        squares = (xs + left - star_x) ** 2 + (ys + bottom - star_y) ** 2
        patch += star_flux / (2 * np.pi * sigma**2) * np.exp(-0.5 * squares / sigma**2)
