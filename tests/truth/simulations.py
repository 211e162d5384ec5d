"""Rows that are simulated: statistics on processes whose truth is known. The program is tests/truth/simulated."""

import math
import subprocess


def lower_bound(good, of, confidence=0.95):
    """Clopper and Pearson's one-sided lower bound for a share, by bisection on the binomial distribution."""
    if good == 0 or of == 0:
        return 0.0

    def at_least(p):  # probability of so many or more
        if p <= 0:
            return 0.0
        if p >= 1:
            return 1.0
        terms = (math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(p)
                 + (of - k) * math.log1p(-p) for k in range(good, of + 1))
        return sum(math.exp(t) for t in terms)

    low, high = 0.0, good / of
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(middle) < 1 - confidence else (low, middle)
    return low


def run(program, scale):
    """The rows that the program prints, as it prints them."""
    with subprocess.Popen([program, "--scale", str(scale)], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            row, what, goal, measured, good, of, bound, met = line.rstrip("\n").split("\t")
            yield {"row": row, "what": what, "goal": goal, "measured": measured, "met": int(good), "runs": int(of),
                   "lower_bound": float(bound), "missed": met == "missed"}
    if process.returncode not in (0, 1):
        raise AssertionError(f"{program} ended with {process.returncode}")
