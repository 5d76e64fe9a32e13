"""What processors keep on ``self``, when several processes work for one of them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pytest_fitsproc.processing.file_processor import FileProcessor

#: Set by us, or the same for all processes.
_NOT_GATHERED = {"opts", "dd", "exitcode", "_visit"}

Path = tuple[Any, ...]
"""Where a list is: the attribute's name, then the keys of dictionaries."""

Growth = dict[Path, list[tuple[int, int]]]
"""Lengths of lists as they grew: (place of the source, length after it), the latest last."""


class Changes(NamedTuple):
    """What a processor's attributes were changed to.

    Attributes
    ----------
    values : pickled, by name; None for what can't be pickled
    growth : of the lists among them and in them
    """

    values: dict[str, bytes | None]
    growth: Growth


class SelfState:
    """The attributes of a processor, watched from now on.

    Class attributes count as far as they are data of the processor's own classes. What can't be pickled
    counts as changed when it is another object or, where it has a length, another length.

    Parameters
    ----------
    processor : is watched; those that it is shared with are forked from this process later
    """

    def __init__(self, processor: FileProcessor) -> None:
        self._processor = processor
        self._shared = _shared_objects(processor)
        self._names = {id(value): name for name, value in self._shared.items()}
        self._first = {name: self._print(value) for name, value in self.attributes().items()}
        self._lengths = dict(_lists(self.attributes()))
        self._growth: Growth = {}

    def attributes(self) -> dict[str, Any]:
        """The attributes that are watched, by name."""
        return {name: value for name, value in _attributes(self._processor) if name not in _NOT_GATHERED}

    def set(self, name: str, value: object) -> None:
        """Set an attribute."""
        setattr(self._processor, name, value)

    def mark(self, place: int) -> None:
        """Note which lists have grown since the last mark, on behalf of the source at `place`."""
        for path, length in _lists(self.attributes()):
            if self._lengths.get(path, 0) != length:
                self._lengths[path] = length
                self._growth.setdefault(path, []).append((place, length))

    def changes(self) -> bytes:
        """Return the `Changes` to what was in the beginning, pickled."""
        values = {}
        for name, value in self.attributes().items():
            now = self._print(value)
            if self._first.get(name) != now:
                values[name] = now if isinstance(now, bytes) else None
        growth = {path: steps for path, steps in self._growth.items() if values.get(path[0]) is not None}
        return pickle.dumps(Changes(values, growth))

    def load(self, pickled: bytes) -> object:
        """Return an attribute from `Changes.values`; what all processes share is that of this process."""
        return _Unpickler(io.BytesIO(pickled), self._shared).load()

    def _print(self, value: object) -> bytes | tuple[int, int]:
        """The pickled value; what can't be pickled leaves its address and length."""
        target = io.BytesIO()
        try:
            _Pickler(target, self._names).dump(value)
        except Exception:
            return id(value), len(value) if hasattr(value, "__len__") else 0
        return target.getvalue()


def _shared_objects(processor: FileProcessor) -> dict[str, object]:
    dd = processor.dd
    return {"self": processor, "opts": processor.opts, "dd": dd, "rd": dd.rd, "inputs": dd.rd.inputs}


def _attributes(processor: FileProcessor) -> Iterator[tuple[str, Any]]:
    """Class attributes from the top down, then those of the instance."""
    for cls in reversed(type(processor).__mro__):
        if issubclass(cls, FileProcessor) and cls is not FileProcessor:
            for name, value in vars(cls).items():
                if not (name.startswith("__") or callable(value) or hasattr(value, "__get__")):
                    yield name, value
    yield from vars(processor).items()


def _lists(values: Mapping[Any, Any], path: Path = ()) -> Iterator[tuple[Path, int]]:
    for key, value in values.items():
        if isinstance(value, list):
            yield (*path, key), len(value)
        elif isinstance(value, dict):
            yield from _lists(value, (*path, key))


class _Pickler(pickle.Pickler):
    def __init__(self, target: io.BytesIO, names: Mapping[int, str]) -> None:
        super().__init__(target, pickle.HIGHEST_PROTOCOL)
        self._names = names

    def persistent_id(self, obj: object) -> str | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(source)
        self._shared = shared

    def persistent_load(self, name: str) -> object:
        return self._shared[name]
