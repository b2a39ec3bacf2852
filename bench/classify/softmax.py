"""The gradient of a softmax over six-digit codes, whose weights exist only where a feature and a code occur together.

The score of a six-digit code is the sum of its own weights and of those of its heading and its chapter. Words of a
description are left out by chance, so that the others learn to do without them.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def _slopes(scores, shares, slopes, above, is_code, labels, weights):  # noqa: C901  # compiled loops
    """The gradient for all nodes by their scores, in `slopes`. Returns the loss."""
    count, loss = len(scores), 0.0
    top, whole = -1e9, 0.0
    for node in range(count):
        if is_code[node]:
            shares[node] = scores[node] + scores[above[node, 0]] + scores[above[node, 1]]
            top = max(top, shares[node])
    for node in range(count):
        if is_code[node]:
            shares[node] = np.exp(shares[node] - top)
            whole += shares[node]
    slopes[:] = 0.0
    for node in range(count):
        if is_code[node]:
            slopes[node] = -shares[node] / whole
    # A label that is a heading or a chapter is any code under it, as they are now.
    for at in range(len(labels)):
        label, share = labels[at], weights[at]
        if is_code[label]:
            slopes[label] += share
            loss -= share * np.log(shares[label] / whole + 1e-12)
            continue
        under = 0.0
        for node in range(count):
            if is_code[node] and (above[node, 0] == label or above[node, 1] == label):
                under += shares[node]
        for node in range(count):
            if is_code[node] and (above[node, 0] == label or above[node, 1] == label):
                slopes[node] += share * shares[node] / under
        loss -= share * np.log(under / whole + 1e-12)
    for node in range(count):
        if is_code[node] and slopes[node] != 0.0:
            slopes[above[node, 0]] += slopes[node]
            slopes[above[node, 1]] += slopes[node]
    return loss


@numba.njit(cache=True)
def train(
    doc_ends, doc_features, doc_values, doc_words, label_ends, label_codes, label_shares, doc_weights,
    ends, places, weights, biases, above, is_code, order, rate, keep, decay, seed,
):  # fmt: skip
    """One pass over the descriptions in an order; changes weights and biases in place. Returns the mean loss.

    `above`: of each node its heading and its chapter. `keep`: the share of words that is kept.
    """
    np.random.seed(seed)
    count = len(biases)
    scores = np.zeros(count)
    shares = np.zeros(count)
    slopes = np.zeros(count)
    loss = 0.0
    for doc in order:
        begin, end = doc_ends[doc], doc_ends[doc + 1]
        dropped = np.random.random(64) > keep
        scores[:] = biases
        norm = 0.0
        for at in range(begin, end):
            if not dropped[doc_words[at] & 63]:
                norm += doc_values[at] ** 2
        if norm == 0.0:
            continue
        norm = norm**0.5
        for at in range(begin, end):
            if dropped[doc_words[at] & 63]:
                continue
            value, feature = doc_values[at] / norm, doc_features[at]
            for cell in range(ends[feature], ends[feature + 1]):
                scores[places[cell]] += weights[cell] * value
        loss += _slopes(
            scores, shares, slopes, above, is_code, label_codes[label_ends[doc] : label_ends[doc + 1]],
            label_shares[label_ends[doc] : label_ends[doc + 1]],
        )  # fmt: skip
        step = rate * doc_weights[doc]
        for node in range(count):
            biases[node] += 0.1 * step * slopes[node]
        for at in range(begin, end):
            if dropped[doc_words[at] & 63]:
                continue
            value, feature = doc_values[at] / norm, doc_features[at]
            for cell in range(ends[feature], ends[feature + 1]):
                weights[cell] += step * (value * slopes[places[cell]] - decay * weights[cell])
    return loss / len(order)
