from __future__ import annotations

import os
import threading

import pytest

from pytest_fitsproc.processing.frames import FrameReader, FrameWriter


@pytest.fixture
def pipe():
    read, write = os.pipe()
    reader, writer = FrameReader(read), FrameWriter(write)
    yield reader, writer
    reader.close()
    writer.close()


def test_messages_come_out_as_they_went_in(pipe):
    reader, writer = pipe
    sent = [(b"a", b""), (b"b", b"x" * 1000), (b"a", b"\n")]
    for kind, payload in sent:
        writer.write(kind, payload)
    assert reader.read() == sent


def test_a_message_larger_than_the_pipe_comes_in_pieces(pipe):
    reader, writer = pipe
    payload = os.urandom(1_000_000)
    thread = threading.Thread(target=writer.write, args=(b"z", payload))
    thread.start()
    found = []
    while not found:
        found = reader.read()
    thread.join()
    assert found == [(b"z", payload)]


def test_the_end_is_known_when_nobody_writes_any_more(pipe):
    reader, writer = pipe
    writer.write(b"a")
    writer.close()
    assert reader.read() == [(b"a", b"")]
    assert not reader.at_end
    assert reader.read() == []
    assert reader.at_end


def test_draining_takes_what_is_there_and_does_not_wait(pipe):
    reader, writer = pipe
    for number in range(50):
        writer.write(b"n", b"%d" % number * 500)
    assert len(reader.drain()) == 50
    assert reader.drain() == []
    assert not reader.at_end


def test_writing_to_nobody_is_an_error(pipe):
    reader, writer = pipe
    reader.close()
    with pytest.raises(BrokenPipeError):
        writer.write(b"a")
