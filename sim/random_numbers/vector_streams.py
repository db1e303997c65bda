"""Luck: the draws of many streams at once; each stream gives what its generator in `streams` would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from sim.random_numbers.streams import POOL, WORD, keys

Word = np.uint64
Words = NDArray[np.uint64]

_POOL = POOL // WORD
"""Words that a `SeedSequence` mixes a key into."""

# a SeedSequence's numbers: what its two hashes begin with and grow by, and the weights of a mixture
_HASH, _HASH_BY = np.uint64(0x43B0D7E5), np.uint64(0x931E8875)
_OUT, _OUT_BY = np.uint64(0x8B51F9DD), np.uint64(0x58F38DED)
_LEFT, _RIGHT = np.uint64(0xCA01F9DD), np.uint64(0x4973F715)
_WORD, _HALF = np.uint64(0xFFFFFFFF), np.uint64(16)
# SFC64's: how far it shifts and turns; numba would make a float of a signed and an unsigned number
_ONE, _THREE, _ELEVEN, _TURN, _REST = np.uint64(1), np.uint64(3), np.uint64(11), np.uint64(24), np.uint64(40)
_STEP = 1.0 / 2.0**53


class Luck:
    """The luck of everybody named in one activity: uniform draws, from a stream for each.

    A generator per name, asked for a few numbers every day, would take longer than all that happens to the named.

    Parameters
    ----------
    seed, replication : int
    names : sequence of str
    activity : str
    """

    def __init__(self, seed: int, replication: int, names: Sequence[str], activity: str) -> None:
        self._streams = np.empty((len(names), 4), dtype=np.uint64)
        begin(*keys(seed, replication, names, activity), self._streams)
        self._one_each = np.arange(len(names) + 1)

    def __len__(self) -> int:
        return len(self._streams)

    def draw(self, draws: int) -> Floats:
        """Return everybody's next draws, shape (names, draws)."""
        uniforms = np.empty((len(self), draws))
        draw(self._streams, self._one_each, uniforms)
        return uniforms

    def peek(self, first: Ints, draws: int) -> Floats:
        """Return the rows of draws that come next, and will come next again, one name after the other.

        Parameters
        ----------
        first : ndarray, shape (names + 1,)
            Which rows are whose: from ``first[n]`` to ``first[n + 1]``.
        draws : int
            Of a row.

        Returns
        -------
        ndarray, shape (rows, draws)
            A column lies together in memory, since it is a column that is worked on.
        """
        uniforms = np.empty((draws, int(first[-1]))).T
        draw(self._streams.copy(), first, uniforms)
        return uniforms


@njit(cache=True)  # type: ignore[untyped-decorator]
def begin(key: NDArray[np.uint32], words: Ints, streams: Words) -> None:
    """Begin the streams of ``Generator(SFC64(SeedSequence(...)))``, one per key.

    Parameters
    ----------
    key : ndarray, shape (streams, most words)
        What the `SeedSequence` is made of.
    words : ndarray, shape (streams,)
        How many words each key has.
    streams : ndarray, shape (streams, 4)
        Filled in: the state of each, three numbers and a counter.

    References
    ----------
    O'Neill 2015 (seed_seq_fe); Doty-Humphrey, PractRand 0.93 (SFC64); both as in NumPy.
    """
    pool, uniforms, all_of_it = np.empty(_POOL, dtype=np.uint64), np.empty((1, 12)), np.array([0, 1])
    for s in range(len(streams)):
        factor = _HASH
        for k in range(_POOL):
            pool[k], factor = _hashed(np.uint64(key[s, k]), factor, _HASH_BY)
        for source in range(words[s]):
            for k in range(_POOL):
                if source != k:
                    word = pool[source] if source < _POOL else np.uint64(key[s, source])
                    hashed, factor = _hashed(word, factor, _HASH_BY)
                    pool[k] = _mixed(pool[k], hashed)
        factor = _OUT
        for k in range(3):
            low, factor = _hashed(pool[2 * k % _POOL], factor, _OUT_BY)
            high, factor = _hashed(pool[(2 * k + 1) % _POOL], factor, _OUT_BY)
            streams[s, k] = low | (high << (_HALF + _HALF))
        streams[s, 3] = _ONE
        draw(streams[s : s + 1], all_of_it, uniforms)  # the first dozen are not yet random


@njit(cache=True)  # type: ignore[untyped-decorator]
def _hashed(word: Word, factor: Word, by: Word) -> tuple[Word, Word]:
    """Return a word hashed, and the next factor."""
    word, factor = word ^ factor, (factor * by) & _WORD
    word = (word * factor) & _WORD
    return word ^ (word >> _HALF), factor


@njit(cache=True)  # type: ignore[untyped-decorator]
def _mixed(word: Word, other: Word) -> Word:
    result = (_LEFT * word - _RIGHT * other) & _WORD
    return result ^ (result >> _HALF)


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw(streams: Words, first: Ints, uniforms: Floats) -> None:
    """Fill in the next draws of every stream, uniform in [0, 1).

    Parameters
    ----------
    streams : ndarray, shape (streams, 4)
        Their states; updated in place.
    first : ndarray, shape (streams + 1,)
        Which rows are whose: from ``first[s]`` to ``first[s + 1]``.
    uniforms : ndarray, shape (rows, draws)
    """
    for s in range(len(streams)):
        a, b, c, count = streams[s, 0], streams[s, 1], streams[s, 2], streams[s, 3]
        for row in range(first[s], first[s + 1]):
            for k in range(uniforms.shape[1]):
                drawn = a + b + count
                a, b, c = b ^ (b >> _ELEVEN), c + (c << _THREE), ((c << _TURN) | (c >> _REST)) + drawn
                count += _ONE
                uniforms[row, k] = (drawn >> _ELEVEN) * _STEP
        streams[s, 0], streams[s, 1], streams[s, 2], streams[s, 3] = a, b, c, count
