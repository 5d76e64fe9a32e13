"""What processors keep on ``self``, when several processes work for one of them."""

from __future__ import annotations

import copyreg
import io
import pickle
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from pytest_fitsproc.processing.file_processor import FileProcessor

#: Set by us, or the same for all processes.
_NOT_GATHERED = {"opts", "dd", "exitcode", "_visit", "_ungathered"}

# Looking at an attribute should take at most this share of the time.
_SHARE = 0.1

Path = tuple[Any, ...]
"""Where a list is: the attribute's name, or that and a key of the dictionary it is."""

Growth = dict[Path, list[tuple[int, int]]]
"""Lengths of lists as they grew: (place of the source, length after it), the latest last."""


class Changes(NamedTuple):
    """What a processor's attributes were changed to.

    Attributes
    ----------
    values : pickled, by name; None for what can't be pickled
    growth : of the lists among them and in them
    is_complete : whether all attributes were looked at; large ones are not every time
    """

    values: dict[str, bytes | None]
    growth: Growth
    is_complete: bool


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
        self._due: dict[str, float] = {}
        self._first: dict[str, bytes | tuple[int, int]] = {}
        for name, value in self.attributes().items():
            self._first[name] = self._look(name, value)
        self._values: dict[str, bytes | None] = {}
        self._lengths = dict(_lists(self.attributes()))
        self._growth: Growth = {}

    def attributes(self) -> dict[str, Any]:
        """The attributes that are watched, by name."""
        left_out = _NOT_GATHERED | self._processor._ungathered
        return {name: value for name, value in _attributes(self._processor) if name not in left_out}

    def set(self, name: str, value: object) -> None:
        """Set an attribute."""
        setattr(self._processor, name, value)

    def mark(self, place: int) -> None:
        """Note which lists have grown since the last mark, on behalf of the source at `place`."""
        for path, length in _lists(self.attributes()):
            if self._lengths.get(path, 0) != length:
                self._lengths[path] = length
                self._growth.setdefault(path, []).append((place, length))

    def changes(self, complete: bool) -> Changes:
        """Return what is not as it was in the beginning.

        Parameters
        ----------
        complete : look at all attributes, not only at those whose turn it is
        """
        now, looked_at_all = time.monotonic(), True
        for name, value in self.attributes().items():
            if complete or self._due.get(name, 0.0) <= now:
                self._note(name, self._look(name, value))
            else:
                looked_at_all = False
        return Changes(self._values, self._growth, looked_at_all)

    def _note(self, name: str, seen: bytes | tuple[int, int]) -> None:
        if self._first.get(name) == seen:
            self._values.pop(name, None)
        else:
            self._values[name] = seen if isinstance(seen, bytes) else None

    def load(self, pickled: bytes) -> object:
        """Return an attribute from `Changes.values`; what all processes share is that of this process."""
        return _Unpickler(io.BytesIO(pickled), self._shared).load()

    def _look(self, name: str, value: object) -> bytes | tuple[int, int]:
        """The pickled value, or address and length where it has none; sets the time of the next look."""
        begin = time.monotonic()
        target = io.BytesIO()
        try:
            _Pickler(target, self._shared).dump(value)
            return target.getvalue()
        except Exception:
            return id(value), len(value) if hasattr(value, "__len__") else 0
        finally:
            end = time.monotonic()
            self._due[name] = end + (end - begin) / _SHARE


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


def _lists(values: Mapping[str, Any]) -> Iterator[tuple[Path, int]]:
    """Lists, and those in dictionaries whose first value is one; to look into all would take too long."""
    for name, value in values.items():
        if isinstance(value, list):
            yield (name,), len(value)
        elif isinstance(value, dict) and isinstance(next(iter(value.values()), None), list):
            yield from (((name, key), len(item)) for key, item in value.items() if isinstance(item, list))


def _get_shared(name: str) -> NoReturn:
    """Stands in pickled values for what all processes share."""
    raise pickle.UnpicklingError(f"{name} is shared")


class _Pickler(pickle.Pickler):
    """Pickles shared objects by name, at no cost for plain data (which a persistent id would have)."""

    def __init__(self, target: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(target, pickle.HIGHEST_PROTOCOL)
        names = {id(value): name for name, value in shared.items()}

        def reduce(value: Any) -> Any:
            name = names.get(id(value))
            return value.__reduce_ex__(pickle.HIGHEST_PROTOCOL) if name is None else (_get_shared, (name,))

        self.dispatch_table = copyreg.dispatch_table | {type(value): reduce for value in shared.values()}


class _Unpickler(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(source)
        self._shared = shared

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (__name__, _get_shared.__name__):
            return self._shared.__getitem__
        return super().find_class(module, name)
