"""The gradient of a softmax over six-digit codes, whose weights exist only where a feature and a code occur together.

The score of a six-digit code is the sum of its own weights and of those of its heading and its chapter. Words of a
description are left out by chance, so that the others learn to do without them. Each weight has a rate of its own
(Adagrad), so that rare features learn as much as frequent ones. Compiled at each start: code from a cache may add in
another order.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(fastmath=True)
def _slopes(scores, shares, slopes, above, codes, labels, weights):
    """The gradient for all nodes by their scores, in `slopes`. Returns the loss. `codes`: the nodes with six digits."""
    top, whole, loss = np.float32(-1e9), np.float32(0.0), 0.0
    for at in range(len(codes)):
        node = codes[at]
        shares[at] = scores[node] + scores[above[node, 0]] + scores[above[node, 1]]
        top = max(top, shares[at])
    for at in range(len(codes)):
        shares[at] = np.exp(shares[at] - top)
        whole += shares[at]
    slopes[:] = 0.0
    for at in range(len(codes)):
        shares[at] /= whole
        slopes[codes[at]] = -shares[at]
    # A label that is a heading or a chapter is any code under it, as they are now.
    for which in range(len(labels)):
        label, share = labels[which], weights[which]
        under = np.float32(1e-12)
        for at in range(len(codes)):
            node = codes[at]
            if node == label or above[node, 0] == label or above[node, 1] == label:
                under += shares[at]
        for at in range(len(codes)):
            node = codes[at]
            if node == label or above[node, 0] == label or above[node, 1] == label:
                slopes[node] += share * shares[at] / under
        loss -= share * np.log(under)
    for at in range(len(codes)):
        node = codes[at]
        slopes[above[node, 0]] += slopes[node]
        slopes[above[node, 1]] += slopes[node]
    return loss


@numba.njit(fastmath=True)
def train(
    doc_ends, doc_features, doc_values, doc_words, label_ends, label_codes, label_shares, doc_weights,
    ends, places, weights, squares, biases, above, codes, order, rate, keep, decay, seed,
):  # fmt: skip
    """One pass over the descriptions in an order; changes weights, squares and biases. Returns the mean loss.

    `above`: of each node its heading and its chapter. `keep`: the share of words that is kept. `squares`: the sum of
    the squared gradients of each weight.
    """
    np.random.seed(seed)
    scores = np.zeros(len(biases), np.float32)
    slopes = np.zeros(len(biases), np.float32)
    shares = np.zeros(len(codes), np.float32)
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
        loss += _slopes(
            scores, shares, slopes, above, codes, label_codes[label_ends[doc] : label_ends[doc + 1]],
            label_shares[label_ends[doc] : label_ends[doc + 1]],
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
