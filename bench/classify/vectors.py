"""Train the vectors of features and codes: a second model, which knows that words of the same goods are alike.

A description's vector is the sum of those of its features; a code's is the sum of its own, of its heading's and of its
chapter's. A softmax over the products is trained as that of `softmax`: words are left out by chance, and each feature
has a rate of its own (Adagrad). The products with all codes are matrices, for which NumPy's library is used: with one
thread it adds in the same order each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np

#: The numbers of a vector, the passes, the rates of features, codes and biases, the share of words that is kept, the
#: descriptions of one step, and how many descriptions have a feature at least.
WIDTH, PASSES, RATE, CODE_RATE, BIAS_RATE, KEEP, BATCH, LEAST = 128, 6, 0.2, 0.06, 0.02, 0.7, 128, 2
#: What the squares of the gradients begin with.
SQUARE = np.float32(1e-3)


class Vectors(NamedTuple):
    """The features that have vectors, these, those of the six-digit codes with headings and chapters, and biases."""

    features: np.ndarray
    rows: np.ndarray
    codes: np.ndarray
    biases: np.ndarray


@numba.njit(fastmath=True)
def _sums(ends, features, values, words, docs, dropped, rows, sums, scales):
    """The vectors of descriptions from those of their features."""
    for at in range(len(docs)):
        begin, end = ends[docs[at]], ends[docs[at] + 1]
        square = 0.0
        for use in range(begin, end):
            if not dropped[at, words[use]]:
                square += values[use] ** 2
        scales[at] = 1.0 / np.sqrt(square) if square > 0.0 else 0.0
        sums[at] = 0.0
        for use in range(begin, end):
            if not dropped[at, words[use]]:
                value, row = np.float32(values[use] * scales[at]), rows[features[use]]
                for number in range(sums.shape[1]):
                    sums[at, number] += value * row[number]


@numba.njit(fastmath=True)
def _correct(ends, features, values, words, docs, dropped, rows, squares, slopes, scales, rate):
    """Correct the vectors of features by the slopes of descriptions."""
    width = slopes.shape[1]
    for at in range(len(docs)):
        steep = np.float32(0.0)
        for number in range(width):
            steep += slopes[at, number] ** 2
        for use in range(ends[docs[at]], ends[docs[at] + 1]):
            if dropped[at, words[use]]:
                continue
            value, feature = np.float32(values[use] * scales[at]), features[use]
            squares[feature] += value * value * steep / width
            step = rate * value / np.sqrt(squares[feature])
            for number in range(width):
                rows[feature, number] += step * slopes[at, number]


@numba.njit(fastmath=True)
def _move(numbers, squares, slopes, rate):
    """Move numbers by their slopes, each at a rate of its own."""
    for at in range(len(numbers)):
        squares[at] += slopes[at] * slopes[at]
        numbers[at] += rate * slopes[at] / np.sqrt(squares[at])


def _step(numbers: np.ndarray, squares: np.ndarray, slopes: np.ndarray, rate: np.float32) -> None:
    """As `_move`, for arrays of any shape."""
    _move(numbers.reshape(-1), squares.reshape(-1), slopes.reshape(-1), rate)


def train(docs: Sequence[np.ndarray], above: np.ndarray, codes: np.ndarray) -> Vectors:
    """Train on descriptions of which all codes have six digits. `docs`, `above`, `codes`: as in `Trainer.fit`."""
    ends, features, values, words, labels, shares, weights, kept = _kept(docs, codes)
    draw = np.random.default_rng(0)
    rows = draw.normal(0, WIDTH**-0.5, (len(kept), WIDTH)).astype(np.float32)
    nodes = draw.normal(0, 0.1, (len(above), WIDTH)).astype(np.float32)
    biases = np.zeros(len(above), np.float32)
    of_row, of_node, of_bias = (np.full(size, SQUARE) for size in (len(kept), nodes.shape, len(above)))
    # Codes in order: those of a heading, and of a chapter, stand together.
    levels = [codes, *((np.unique(each), np.unique(each, return_index=True)[1]) for each in above[codes].T)]

    def whole(numbers: np.ndarray) -> np.ndarray:
        """Of each six-digit code its own numbers, with those of its heading and its chapter."""
        return numbers[codes] + numbers[above[codes, 0]] + numbers[above[codes, 1]]

    for turn in range(PASSES):
        order, loss = draw.permutation(len(weights)), 0.0
        rate = np.float32(RATE * (1.0 - 0.9 * turn / PASSES))
        for begin in range(0, len(order), BATCH):
            now = order[begin : begin + BATCH]
            dropped = draw.random((len(now), 64)) > KEEP
            sums, scales = np.zeros((len(now), WIDTH), np.float32), np.zeros(len(now), np.float32)
            _sums(ends, features, values, words, now, dropped, rows, sums, scales)
            slopes = _shares(sums @ whole(nodes).T + whole(biases))
            loss -= float(np.log((slopes[np.arange(len(now)), labels[now, 0]]) + 1e-12).sum())
            np.subtract.at(slopes, (np.arange(len(now))[:, None], labels[now]), shares[now])
            slopes *= -weights[now, None]
            into = slopes @ whole(nodes)
            _step(nodes, of_node, _by_node(slopes.T @ sums, levels, len(above)), rate * np.float32(CODE_RATE / RATE))
            _step(biases, of_bias, _by_node(slopes.sum(0), levels, len(above)), rate * np.float32(BIAS_RATE / RATE))
            _correct(ends, features, values, words, now, dropped, rows, of_row, into, scales, rate)
        print("vectors", turn, round(loss / len(order), 3), flush=True)
    return Vectors(kept, rows, whole(nodes), whole(biases))


def _kept(docs: Sequence[np.ndarray], codes: np.ndarray) -> tuple[Any, ...]:
    """Descriptions with six-digit codes alone, up to eight each, and the features that several of them have."""
    ends, features, values, words, label_ends, label_codes, label_shares, weights = docs
    place = np.full(int(max(codes.max(), label_codes.max())) + 1, -1)
    place[codes] = np.arange(len(codes))
    known = place[label_codes] >= 0
    whole = np.array([known[begin:end].all() for begin, end in pairwise(label_ends)])
    chosen = np.flatnonzero(whole)
    labels, shares = np.zeros((len(chosen), 8), np.int64), np.zeros((len(chosen), 8), np.float32)
    for at, doc in enumerate(chosen):
        begin, end = label_ends[doc], label_ends[doc + 1]
        labels[at, : end - begin] = place[label_codes[begin:end]]
        shares[at, : end - begin] = label_shares[begin:end]
    of_doc = np.repeat(whole, np.diff(ends))
    counts = np.bincount(features[of_doc], minlength=int(features.max()) + 1)
    kept = np.flatnonzero(counts >= LEAST)
    number = np.full(len(counts), -1)
    number[kept] = np.arange(len(kept))
    used = of_doc & (number[features] >= 0)
    sizes = np.diff(np.concatenate([[0], np.cumsum(used)])[ends])
    return (
        np.concatenate([[0], np.cumsum(sizes[whole])]), number[features[used]], values[used], words[used] & 63,
        labels, shares, weights[chosen].astype(np.float32), kept,
    )  # fmt: skip


def _shares(found: np.ndarray) -> np.ndarray:
    """The probability of each six-digit code from the scores, in their place."""
    found -= found.max(1, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(1, keepdims=True)
    return found


def _by_node(slopes: np.ndarray, levels: Sequence[Any], count: int) -> np.ndarray:
    """The slopes of codes, and of headings and chapters the sums of theirs."""
    found = np.zeros((count, *slopes.shape[1:]), np.float32)
    found[levels[0]] = slopes
    for places, starts in levels[1:]:
        found[places] += np.add.reduceat(slopes, starts, axis=0)
    return found
