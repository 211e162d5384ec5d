#!/usr/bin/env python3
"""Reference values for estimate_test.cc, from mpmath at 50 digits and nothing of ours.

Prints the rows of estimate_reference.inc: kind, arguments, expected. Run by hand when rows are added:
    python3 estimate_reference.py > estimate_reference.inc
"""
from mpmath import betainc, erfinv, findroot, gammainc, mp, mpf, sqrt

mp.dps = 50


def solve(f, low, high):
    return findroot(f, (mpf(low), mpf(high)), solver="anderson", tol=1e-40, maxsteps=500, verify=False)


def bisect(f, low, high):
    low, high = mpf(low), mpf(high)
    rising = f(high) > 0
    for _ in range(170):
        middle = (low + high) / 2
        if (f(middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def normal(p):
    return sqrt(2) * erfinv(2 * mpf(p) - 1)


def student(v, p):
    v, p = mpf(v), mpf(p)

    def cdf(t):
        return 1 - betainc(v / 2, mpf(1) / 2, 0, v / (v + t * t), regularized=True) / 2

    return bisect(lambda t: cdf(t) - p, 0, 1000)


def beta_quantile(a, b, p):
    return bisect(lambda x: betainc(a, b, 0, x, regularized=True) - p, 0, 1)


def share(p, n, confidence):
    tail = (1 - mpf(confidence)) / 2
    yes = mpf(p) * mpf(n)
    no = mpf(n) - yes
    low = beta_quantile(yes, no + 1, tail) if yes > 0 else mpf(0)
    high = beta_quantile(yes + 1, no, 1 - tail) if no > 0 else mpf(1)
    return low, high


def poisson_upper(k, confidence):
    tail = (1 - mpf(confidence)) / 2
    return bisect(lambda m: tail - gammainc(mpf(k) + 1, m, regularized=True), 0, 1000)


def effective(n, deff, clusters):
    t = student(mpf(n) - 1, "0.975") / student(clusters - 1, "0.975")
    return min(mpf(n), mpf(n) / mpf(deff) * t * t)


def row(kind, a, b, expected):
    print(f'{{"{kind}", {a}, {b}, {mp.nstr(expected, 20)}}},')


for p in ("0.5", "0.9", "0.95", "0.975", "0.9995", "0.001"):
    row("normal", p, 0, normal(p))
for v in (1, 2, 9, "15.5", 31, 19999):
    for p in ("0.95", "0.975", "0.9995"):
        row("student", v, p, student(v, p))
for p, n in (("0.05", "46.25"), ("0.01", 20000), (0, 59), (0, "367.5"), (1, "83.1"), ("0.5", 10), ("0.001", "2995.7")):
    low, high = share(p, n, "0.95")
    row("share_low", p, n, low)
    row("share_high", p, n, high)
for k in (0, 1, 3, 9, "4.5", 100):
    row("poisson", k, 0, poisson_upper(k, "0.95"))
for n, deff in ((20000, 1), (20000, "62.5"), (100, "1.25"), (50, 1)):
    row("effective32", n, deff, effective(n, deff, 32))
for p0, p in (("0.05", "0.025"), ("0.01", "0.005"), ("0.001", "0.0005"), ("0.05", "0.04")):
    wanted = normal("0.975") * sqrt(mpf(p0) * (1 - mpf(p0))) + normal("0.95") * sqrt(mpf(p) * (1 - mpf(p)))
    row("tell", p0, p, wanted**2 / (mpf(p0) - mpf(p)) ** 2)

# A small table of clusters (size, total): the formulas done by hand in exact fractions.
sizes, totals = (100, 120, 80, 100), (5, 12, 0, 3)
n, x = mpf(sum(sizes)), mpf(sum(totals))
r = x / n
v = mpf(4) / 3 * sum((mpf(t) - r * s) ** 2 for s, t in zip(sizes, totals)) / n**2
row("ratio", 0, 0, r)
row("ratio_variance", 0, 0, v)
row("design_effect", 0, 0, v / (r * (1 - r) / n))
half = student(3, "0.975") * sqrt(v)
row("ratio_low", 0, 0, r - half)
row("ratio_high", 0, 0, r + half)
