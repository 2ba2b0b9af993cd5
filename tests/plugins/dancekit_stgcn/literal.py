"""Equations 10 to 15 written out with loops, one number at a time; slow and plain."""

import math

import numpy as np


def graph_convolution(x, graphs, weights):
    """Equations 10 and 11: out[o, t, w] = sum over k, v, c of weights[k, o, c] x[c, t, v] (A_k M_k)[v, w]."""
    channels, frames, joints = x.shape
    out = np.zeros((weights.shape[1], frames, joints))
    for k in range(len(graphs)):
        for o in range(weights.shape[1]):
            for t in range(frames):
                for w in range(joints):
                    for v in range(joints):
                        if graphs[k, v, w] == 0:
                            continue
                        for c in range(channels):
                            out[o, t, w] += weights[k, o, c] * x[c, t, v] * graphs[k, v, w]
    return out


def convolution(x, weights, stride=1):
    """A convolution over (frames, joints) with odd kernels and zeros around; the stride is over frames."""
    channels, frames, joints = x.shape
    outputs, _, height, width = weights.shape
    steps = -(-frames // stride)
    out = np.zeros((outputs, steps, joints))
    for o in range(outputs):
        for t in range(steps):
            for v in range(joints):
                for c in range(channels):
                    for i in range(height):
                        for j in range(width):
                            source, joint = stride * t + i - height // 2, v + j - width // 2
                            if 0 <= source < frames and 0 <= joint < joints:
                                out[o, t, v] += weights[o, c, i, j] * x[c, source, joint]
    return out


def batch_norm(x, mean, variance, scale, shift, eps=1e-5):
    """Each feature by its running statistics."""
    out = np.zeros_like(x)
    for c in range(len(x)):
        out[c] = (x[c] - mean[c]) / math.sqrt(variance[c] + eps) * scale[c] + shift[c]
    return out


def gate(x, weights, norm, residual):
    """Equations 12 and 13, or 14 and 15: W = sigmoid(BN(conv(x))), then x W or x + x W."""
    scores = batch_norm(convolution(x, weights), *norm)
    out = np.zeros_like(x)
    for c in range(x.shape[0]):
        for t in range(x.shape[1]):
            for v in range(x.shape[2]):
                score = scores[c if len(scores) > 1 else 0, t, v]
                weighted = x[c, t, v] / (1 + math.exp(-score))
                out[c, t, v] = x[c, t, v] + weighted if residual else weighted
    return out
