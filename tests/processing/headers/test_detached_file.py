from __future__ import annotations

import itertools
import os
import random
import signal
import time

import pytest
from header_files import header_bytes

from pytest_fitsproc.fits.rewrite import RewritePolicy
from pytest_fitsproc.fits.rewrite.lock import try_lock
from pytest_fitsproc.processing.headers.detached_file import (
    DetachedHeaderError,
    read_detached,
    write_detached,
)

START = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0"]
OLD = header_bytes(*START, "A       = 1")
NEW = header_bytes(*START, *[f"KEY{number:<5}= {number}" for number in range(2000)])


@pytest.fixture
def policy(tmp_path):
    return RewritePolicy((str(tmp_path),), str(tmp_path / "journals"), syncs=False)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.fits.hdr")


def test_what_is_not_there_is_none(path):
    assert read_detached(path) is None


def test_what_was_written_is_read(path, policy):
    for header in (OLD, NEW, OLD):
        write_detached(path, header, policy)
        assert read_detached(path) == header


def test_a_link_within_the_roots_keeps_its_place(path, policy, tmp_path):
    os.mkdir(tmp_path / "headers")
    target = tmp_path / "headers" / "a.hdr"
    target.write_bytes(OLD)
    os.symlink(target, path)
    write_detached(path, NEW, policy)
    assert os.path.islink(path)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_what_is_no_file_is_refused(path, policy, make):
    make(path)
    with pytest.raises(DetachedHeaderError, match=r"a\.fits\.hdr: the detached header can't be used: "):
        read_detached(path)
    with pytest.raises(DetachedHeaderError, match=r"a\.fits\.hdr: "):
        write_detached(path, NEW, policy)
    assert os.listdir(os.path.dirname(path)) == ["a.fits.hdr"]


def test_while_another_process_writes_it_it_is_left_to_it(path, policy):
    temporary = os.path.join(os.path.dirname(path), ".a.fits.hdr.fitsproc-new")
    with open(temporary, "wb") as file:
        assert try_lock(file.fileno())
        with pytest.raises(DetachedHeaderError, match="another process is writing it"):
            write_detached(path, NEW, policy)
    write_detached(path, NEW, policy)
    assert os.listdir(os.path.dirname(path)) == ["a.fits.hdr"]


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 2040), marks=pytest.mark.slow)], ids=["40", "2000"]
)
def test_whenever_the_process_is_killed_the_file_is_old_or_new(path, policy, seeds):
    write_detached(path, OLD, policy)
    for seed in seeds:
        child = os.fork()
        if child == 0:
            for header in itertools.cycle((NEW, OLD)):
                write_detached(path, header, policy)
        time.sleep(random.Random(seed).uniform(0, 0.01))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert read_detached(path) in (OLD, NEW)
    write_detached(path, NEW, policy)
    assert os.listdir(os.path.dirname(path)) == ["a.fits.hdr"]
