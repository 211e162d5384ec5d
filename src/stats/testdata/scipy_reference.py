#!/usr/bin/env python3
"""Reference values for the statistics of comparisons, from scipy and numpy and nothing of ours.

Writes the *_reference.inc files beside it. Run by hand when rows are added; needs python3-scipy, which Debian 12 cannot
install beside Boost 1.81: unpack it and its libraries elsewhere (apt-get download, dpkg -x) and set PYTHONPATH and
LD_LIBRARY_PATH.
"""

import itertools
import math
import pathlib

import numpy as np
from scipy import optimize, stats

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20240607)


def number(x):
    if isinstance(x, (int, np.integer)):
        return str(x)
    if math.isinf(x):
        return "kInfinity" if x > 0 else "-kInfinity"
    return repr(float(x))


def numbers(values):
    return "{" + ", ".join(number(v) for v in values) + "}"


def write(name, rows):
    (HERE / f"{name}_reference.inc").write_text("".join("{" + ", ".join(r) + "},\n" for r in rows))


# --- signed rank: differences, one-sided level, sum of positive ranks, p above, p below, Hodges-Lehmann, low, high
def signed_rank_null(n):
    """Counts of subsets of 1..n by their sum."""
    counts = [1]
    for rank in range(1, n + 1):
        new = counts + [0] * rank
        for s, c in enumerate(counts):
            new[s + rank] += c
        counts = new
    return counts


def signed_rank(d, level):
    d = np.asarray(d, dtype=float)
    nonzero = d[d != 0]
    ranks = stats.rankdata(np.abs(nonzero))
    positive = ranks[nonzero > 0].sum()
    if len(nonzero) == 0:
        above = below = 1.0
    elif len(set(ranks)) == len(ranks):
        above = stats.wilcoxon(nonzero, alternative="greater", mode="exact").pvalue if len(nonzero) <= 50 else None
        below = stats.wilcoxon(nonzero, alternative="less", mode="exact").pvalue if len(nonzero) <= 50 else None
        if above is None:
            counts, total = signed_rank_null(len(nonzero)), 2 ** len(nonzero)
            above = sum(counts[int(positive):]) / total
            below = sum(counts[: int(positive) + 1]) / total
    else:  # every choice of signs
        sums = [sum(r for r, s in zip(ranks, signs) if s) for signs in itertools.product((0, 1), repeat=len(ranks))]
        above = np.mean([s >= positive - 1e-9 for s in sums])
        below = np.mean([s <= positive + 1e-9 for s in sums])
    n = len(d)
    walsh = sorted((d[i] + d[j]) / 2 for i in range(n) for j in range(i, n))
    counts, total, k, seen = signed_rank_null(n), 2**n, 0, 0
    while k < len(counts) and (seen + counts[k]) / total <= level:
        seen += counts[k]
        k += 1
    low, high = (walsh[k - 1], walsh[-k]) if k > 0 else (-math.inf, math.inf)
    return [numbers(d), number(level), number(float(positive)), number(float(above)), number(float(below)),
            number(float(np.median(walsh))), number(low), number(high)]


rows = []
for n, level in ((4, 0.01), (8, 0.00303), (12, 0.025), (15, 0.00303), (30, 0.00303), (50, 0.01), (60, 0.00303), (120, 0.00303)):
    rows.append(signed_rank(np.round(rng.normal(0.02, 0.05, n), 6), level))
rows.append(signed_rank([0.5, -0.5, 0.5, 1.0, 1.0, -2.0, 3.0, 0.0, 2.0, 4.0], 0.025))
rows.append(signed_rank([1.0] * 10, 0.01))
write("signed_rank", rows)

# --- Holm: p-values, raised ones (by the definition, over sorted p-values)
rows = []
for p in ([0.01, 0.04, 0.03, 0.005], [0.001], [0.2, 0.2, 0.001, 0.9, 0.01], [0.5, 0.6, 0.7]):
    order = np.argsort(p, kind="stable")
    raised, so_far = [0.0] * len(p), 0.0
    for i, at in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p) - i) * p[at]))
        raised[at] = so_far
    rows.append([numbers(p), numbers(raised)])
write("holm", rows)

# --- trend: x, y, confidence, slope, low, high, Kendall's score, its variance
rows = []
for n, confidence, rounded in ((8, 0.99, 6), (30, 0.99, 6), (30, 0.95, 1), (100, 0.98, 6), (12, 0.95, 0)):
    x = np.arange(n, dtype=float)
    y = np.round(0.03 * x + rng.standard_t(3, n), rounded)
    slope, _, low, high = stats.theilslopes(y, x, confidence)
    score = sum(int(np.sign(y[j] - y[i])) for i in range(n) for j in range(i + 1, n))
    ties = sum(t * (t - 1) * (2 * t + 5) for t in np.unique(y, return_counts=True)[1])
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    tau = stats.kendalltau(x, y).statistic
    pairs = n * (n - 1) / 2
    tied = sum(t * (t - 1) / 2 for t in np.unique(y, return_counts=True)[1])
    assert abs(score / math.sqrt(pairs * (pairs - tied)) - tau) < 1e-12
    rows.append([numbers(x), numbers(y), number(confidence), number(slope), number(low), number(high), number(score),
                 number(float(variance))])
write("trend", rows)

# --- Fisher: events and sizes of a and b, p that b has more
rows = []
for a, n, b, m in ((0, 100, 3, 100), (5, 1000, 20, 1000), (0, 15000, 2, 15000), (10, 20, 3, 50), (30, 300, 31, 300),
                   (100, 100000, 180, 100000), (0, 10, 0, 10), (3, 10, 0, 10)):
    p = stats.fisher_exact([[b, m - b], [a, n - a]], alternative="greater")[1]
    rows.append([str(a), str(n), str(b), str(m), number(float(p))])
write("fisher", rows)

# --- prediction over occasions: earlier, value, level, mean, deviation, p above, low and high of the difference
rows = []
for k, level in ((5, 0.01), (10, 0.01), (6, 0.002), (30, 0.025)):
    earlier = np.round(rng.normal(-6, 0.03, k), 6)
    value = round(float(rng.normal(-5.97, 0.03)), 6)
    s = earlier.std(ddof=1)
    error = s * math.sqrt(1 + 1 / k)
    t = (value - earlier.mean()) / error
    reach = stats.t.ppf(1 - level, k - 1) * error
    difference = value - earlier.mean()
    rows.append([numbers(earlier), number(value), number(level), number(float(earlier.mean())), number(float(s)),
                 number(float(stats.t.sf(t, k - 1))), number(difference - reach), number(difference + reach)])
write("occasions", rows)

# --- scalability: N, X, gamma, alpha, beta of the best set of terms, by non-negative least squares and Akaike's criterion
def usl(n, gamma, alpha, beta):
    return gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1))


rows = []
for truth, top in (((100, 0, 0), 32), ((100, 0.1, 0), 64), ((100, 0.05, 0.002), 64), ((900, 0, 0.001), 96)):
    n = np.unique(np.round(np.geomspace(1, top, 11))).astype(float)
    x = np.round(usl(n, *truth) * np.exp(rng.normal(0, 0.01, len(n))), 6)
    best = None
    y = n / x
    for alpha, beta in ((0, 0), (1, 0), (0, 1), (1, 1)):
        columns = [np.ones_like(n)] + ([n - 1] if alpha else []) + ([n * (n - 1)] if beta else [])
        solution, norm = optimize.nnls(np.column_stack(columns) / y[:, None], np.ones_like(n))
        terms = [solution[0], solution[1] if alpha else 0.0, solution[-1] if beta else 0.0]
        k = 2 + alpha + beta
        if any(v == 0 for v, used in zip(terms[1:], (alpha, beta)) if used):
            continue  # the smaller set has it
        aicc = len(n) * math.log(norm**2 / len(n)) + 2 * k + 2 * k * (k + 1) / (len(n) - k - 1)
        if best is None or (aicc <= best[0] - 2):
            if best is None or k > best[2] or aicc < best[0]:
                best = (aicc, terms, k)
    gamma = 1 / best[1][0]
    rows.append([numbers(n), numbers(x), number(gamma), number(best[1][1] * gamma), number(best[1][2] * gamma)])
write("scalability", rows)

# --- change points: values, places (energy statistic as defined, over all places; Student's test)
def energy(left, right):
    between = np.mean([abs(a - b) for a in left for b in right])
    within = lambda v: np.mean([abs(a - b) for a, b in itertools.combinations(v, 2)])
    return len(left) * len(right) / (len(left) + len(right)) * (2 * between - within(left) - within(right))


def divide(values, offset=0):
    n = len(values)
    if n < 4:
        return []
    at = max(range(2, n - 1), key=lambda k: energy(values[:k], values[k:]))
    if stats.ttest_ind(values[:at], values[at:]).pvalue > 0.001:
        return []
    return divide(values[:at], offset) + [offset + at] + divide(values[at:], offset + at)


rows = []
for levels in ((0, 0), (0, 5), (0, 4, -3), (0, 0.2)):
    values = np.round(np.concatenate([rng.normal(level, 1, 15) for level in levels]), 6)
    at = max(range(2, len(values) - 1), key=lambda k: energy(values[:k], values[k:]))
    rows.append([numbers(values), numbers(divide(values)), str(at), number(float(energy(values[:at], values[at:])))])
write("change_points", rows)

# --- MSER: series, group, values cut, by the definition
rows = []
for length, group, tau in ((100, 5, 10), (120, 1, 5), (60, 2, 0), (97, 5, 60)):
    t = np.arange(length)
    series = np.round((2 * np.exp(-t / tau) if tau else 0) + rng.normal(0, 0.05, length), 6)
    y = series[: length // group * group].reshape(-1, group).mean(axis=1)
    k = len(y)
    cost = [((y[d:] - y[d:].mean()) ** 2).sum() / (k - d) ** 2 for d in range(k // 2 + 1)]
    rows.append([numbers(series), str(group), str(int(np.argmin(cost)) * group), "true" if np.argmin(cost) == k // 2 else "false"])
write("mser", rows)

# --- Cliff's delta: a, b, delta, by Mann and Whitney's statistic
rng = np.random.default_rng(20261126)
rows = []
for n, m, apart, rounded in ((15, 15, 0.0, 6), (15, 15, 1.0, 6), (120, 120, 0.3, 6), (30, 20, -0.5, 1), (8, 8, 0.2, 0), (1, 1, 0, 6)):
    a, b = np.round(rng.normal(0, 1, n), rounded), np.round(rng.normal(apart, 1, m), rounded)
    rows.append([numbers(a), numbers(b), number(float(2 * stats.mannwhitneyu(b, a).statistic / (n * m) - 1))])
write("cliffs_delta", rows)

# --- repetitions: groups of equal size, cost of a group in values, variance within, variance between, values a group;
# both variances by way of the F of a one-way analysis of variance
rows = []
for groups, size, within, between, cost in ((3, 5, 0.03, 0.0, 1.0), (6, 5, 0.03, 0.02, 1.0), (24, 5, 0.05, 0.05, 4.0), (10, 2, 0.02, 0.1, 0.5)):
    values = np.round(rng.normal(0, within, (groups, size)) + rng.normal(0, between, (groups, 1)), 6)
    inside = values.var(axis=1, ddof=1).mean()
    outside = (stats.f_oneway(*values).statistic - 1) * inside / size
    best = math.ceil(math.sqrt(cost * inside / outside)) if outside > 0 else 0
    rows.append(["{" + ", ".join(numbers(v) for v in values) + "}", number(cost), number(float(inside)), number(float(outside)), number(best)])
write("repetitions", rows)
