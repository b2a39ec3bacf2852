"""The gradient of a softmax over six-digit codes, whose weights exist only where a feature and a code occur together.

The score of a six-digit code is the sum of its own weights and of those of its heading and its chapter. Words of a
description are left out by chance, so that the others learn to do without them. Each weight has a rate of its own
(Adagrad), so that rare features learn as much as frequent ones. Compiled at each start: code from a cache may add in
another order.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


class Tree(NamedTuple):
    """Nodes in the order of their codes, in which those under a heading, and under a chapter, stand together.

    `codes`: the nodes with six digits. Of each node `begins` and `ends` are where those under it, or it alone, begin
    and end among these. `headings`, `chapters`: the nodes that have some under them.
    """

    codes: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    headings: np.ndarray
    chapters: np.ndarray


def tree(above: np.ndarray, codes: np.ndarray) -> Tree:
    """The tree of nodes. `above`: of each its heading and its chapter; `codes`: those with six digits, in order."""
    begins, ends = np.zeros(len(above), np.int64), np.zeros(len(above), np.int64)
    begins[codes], ends[codes] = np.arange(len(codes)), np.arange(len(codes)) + 1
    levels = []
    for of_code in above[codes].T:
        nodes, first, count = np.unique(of_code, return_index=True, return_counts=True)
        if (np.diff(of_code) < 0).any():
            raise ValueError("The nodes are not in the order of their codes.")
        begins[nodes], ends[nodes] = first, first + count
        levels.append(nodes)
    return Tree(codes, begins, ends, *levels)


@numba.njit(fastmath=True)
def _exponentials(numbers, powers, bits):
    """The powers of e of numbers up to zero, in their place: to five digits, and many at once.

    `bits`: room for whole numbers; `powers`: the same room read as fractions.
    """
    for at in range(len(numbers)):
        double = max(numbers[at] * np.float32(1.44269504), np.float32(-126.0))
        whole = np.int32(double) - np.int32(1)  # rounded towards zero, so that the rest is from 0 to 1
        rest = double - np.float32(whole)
        of_rest = np.float32(0.0018775767) * rest + np.float32(0.0089893397)
        of_rest = of_rest * rest + np.float32(0.0558263180)
        of_rest = of_rest * rest + np.float32(0.2401536120)
        of_rest = of_rest * rest + np.float32(0.6931530731)
        numbers[at] = of_rest * rest + np.float32(0.9999999403)
        bits[at] = (whole + np.int32(127)) << np.int32(23)
    for at in range(len(numbers)):
        numbers[at] *= powers[at]


@numba.njit(fastmath=True)
def _probabilities(scores, shares, powers, bits, codes, begins, ends, headings, above):
    """The probability of each six-digit code by the scores of all nodes, in `shares`."""
    for heading in headings:
        more = scores[heading] + scores[above[codes[begins[heading]], 1]]
        for at in range(begins[heading], ends[heading]):
            shares[at] = scores[codes[at]] + more
    top, whole = np.float32(-1e9), np.float32(0.0)
    for at in range(len(codes)):
        top = max(top, shares[at])
    for at in range(len(codes)):
        shares[at] -= top
    _exponentials(shares, powers, bits)
    for at in range(len(codes)):
        whole += shares[at]
    part = np.float32(1.0) / whole
    for at in range(len(codes)):
        shares[at] *= part


@numba.njit(fastmath=True)
def _slopes(shares, slopes, codes, begins, ends, headings, chapters, labels, weights):
    """The gradient for all nodes by the probabilities of codes, in `slopes`. Returns the loss."""
    loss = 0.0
    for at in range(len(codes)):
        slopes[codes[at]] = -shares[at]
    # A label that is a heading or a chapter is any code under it, as they are now.
    for which in range(len(labels)):
        label, share = labels[which], weights[which]
        under = np.float32(1e-12)
        for at in range(begins[label], ends[label]):
            under += shares[at]
        for at in range(begins[label], ends[label]):
            slopes[codes[at]] += share * shares[at] / under
        loss -= share * np.log(under)
    for nodes in (headings, chapters):
        for node in nodes:
            of_node = np.float32(0.0)
            for at in range(begins[node], ends[node]):
                of_node += slopes[codes[at]]
            slopes[node] = of_node
    return loss


@numba.njit(fastmath=True)
def train(
    doc_ends, doc_features, doc_values, doc_words, label_ends, label_codes, label_shares, doc_weights,
    ends, places, weights, squares, biases, above, nodes, order, rate, keep, decay, seed,
):  # fmt: skip
    """One pass over the descriptions in an order; changes weights, squares and biases. Returns the mean loss.

    `above`: of each node its heading and its chapter; `nodes`: their `tree`. `keep`: the share of words that is kept.
    `squares`: the sum of the squared gradients of each weight.
    """
    np.random.seed(seed)
    scores = np.zeros(len(biases), np.float32)
    slopes = np.zeros(len(biases), np.float32)
    shares, bits = np.zeros(len(nodes.codes), np.float32), np.zeros(len(nodes.codes), np.int32)
    powers = bits.view(np.float32)
    loss = 0.0
    for doc in order:
        begin, end = doc_ends[doc], doc_ends[doc + 1]
        dropped = np.random.random(64) > keep
        norm = 0.0
        for at in range(begin, end):
            if not dropped[doc_words[at] & 63]:
                norm += doc_values[at] ** 2
        if norm == 0.0:
            continue
        norm = norm**0.5
        scores[:] = biases
        for at in range(begin, end):
            if dropped[doc_words[at] & 63]:
                continue
            value, feature = np.float32(doc_values[at] / norm), doc_features[at]
            for cell in range(ends[feature], ends[feature + 1]):
                scores[places[cell]] += weights[cell] * value
        _probabilities(scores, shares, powers, bits, nodes.codes, nodes.begins, nodes.ends, nodes.headings, above)
        loss += _slopes(
            shares, slopes, nodes.codes, nodes.begins, nodes.ends, nodes.headings, nodes.chapters,
            label_codes[label_ends[doc] : label_ends[doc + 1]], label_shares[label_ends[doc] : label_ends[doc + 1]],
        )  # fmt: skip
        counts = np.float32(doc_weights[doc])
        step = np.float32(rate) * counts
        for node in range(len(biases)):
            biases[node] += np.float32(0.1) * step * slopes[node]
        for at in range(begin, end):
            if dropped[doc_words[at] & 63]:
                continue
            value, feature = np.float32(doc_values[at] / norm), doc_features[at]
            for cell in range(ends[feature], ends[feature + 1]):
                slope = value * slopes[places[cell]]
                squares[cell] += counts * slope * slope
                weights[cell] += step * (slope / np.sqrt(squares[cell]) - np.float32(decay) * weights[cell])
    return loss / len(order)
