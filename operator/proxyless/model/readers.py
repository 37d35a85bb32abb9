"""Who read which key, both ways, in little memory: keys and objects are numbers. Used by ``model.reads`` alone."""

from array import array
from collections.abc import Collection, Hashable, Iterable

from proxyless.model.resource import Ref


class Readers:
    """Objects by the keys that their answers rest on."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []
        self._by: list[int | set[int] | None] = []
        """Readers of each key: most keys have one, for which a set would take ten times as much."""
        self._idle: set[int] = set()
        """Keys that may have lost their last reader."""
        self._free: list[int] = []
        self._ids: dict[Ref, int] = {}
        self._refs: dict[int, Ref] = {}
        self._next = 0
        self._of: dict[int, array[int]] = {}

    def number(self, key: Hashable) -> int:
        """The number of a key: the same until :meth:`of` is called and nobody reads it then."""
        number = self._numbers.get(key)
        if number is None:
            if self._free:
                number = self._free.pop()
                self._keys[number] = key
            else:
                number = len(self._keys)
                self._keys.append(key)
                self._by.append(None)
            self._numbers[key] = number
            self._idle.add(number)
        return number

    def put(self, ref: Ref, numbers: Collection[int]) -> None:
        """What an object's answers rest on now, in place of what they rested on before."""
        mine = self._ids.get(ref)
        if mine is None:
            mine = self._ids[ref] = self._next
            self._refs[mine] = ref
            self._next += 1
        before = self._of.get(mine, ())
        for number in set(before).difference(numbers):
            self._remove(number, mine)
        for number in set(numbers).difference(before):
            self._add(number, mine)
        self._of[mine] = array("I", numbers)

    def drop(self, ref: Ref) -> None:
        """Forget an object."""
        mine = self._ids.pop(ref, None)
        if mine is not None:
            for number in self._of.pop(mine):
                self._remove(number, mine)
            del self._refs[mine]

    def of(self, keys: Iterable[Hashable]) -> set[Ref]:
        """Objects that read one of some keys."""
        found: set[int] = set()
        for key in keys:
            number = self._numbers.get(key)
            readers = None if number is None else self._by[number]
            if isinstance(readers, set):
                found |= readers
            elif readers is not None:
                found.add(readers)
        self._recycle()
        return {self._refs[mine] for mine in found}

    def _recycle(self) -> None:
        for number in self._idle:
            if self._by[number] is None:
                del self._numbers[self._keys[number]]
                self._keys[number] = None
                self._free.append(number)
        self._idle = set()

    def _add(self, number: int, mine: int) -> None:
        known = self._by[number]
        if known is None:
            self._by[number] = mine
        elif isinstance(known, set):
            known.add(mine)
        elif known != mine:
            self._by[number] = {known, mine}

    def _remove(self, number: int, mine: int) -> None:
        known = self._by[number]
        if isinstance(known, set):
            known.discard(mine)
        if not known or known == mine:
            self._by[number] = None
            self._idle.add(number)
