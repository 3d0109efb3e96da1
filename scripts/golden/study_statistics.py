"""Writes Tests/Golden/statistics.json: statistics of a study from scipy, statsmodels, lifelines and rliable.

    pip install scipy statsmodels lifelines rliable
    python -P scripts/golden/study_statistics.py
"""

import json
import pathlib

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from rliable import library, metrics
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(7)
golden = {}

values = random.normal(0.3, 0.2, 24).round(6)
clusters = random.integers(0, 7, 24)
fit = OLS(values, np.ones(24)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
golden["clustered"] = {"values": values.tolist(), "clusters": clusters.tolist(), "se": float(fit.bse[0])}

differences = random.normal(0.02, 0.03, 8).round(6)
test = stats.ttest_1samp(differences, 0)
low, high = test.confidence_interval(0.95)
golden["paired"] = {"differences": differences.tolist(), "p": float(test.pvalue), "low": float(low), "high": float(high)}

p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.03]
golden["adjusted"] = {"p": p, "holm": multipletests(p, method="holm")[1].tolist(), "bh": multipletests(p, method="fdr_bh")[1].tolist()}

golden["wilson"] = [
    {"successes": k, "n": n, "bounds": list(map(float, proportion_confint(k, n, method="wilson")))}
    for k, n in [(0, 8), (1, 8), (5, 8), (8, 8), (130, 512)]
]

power = TTestPower()
golden["power"] = [
    {"n": n, "effect": d, "power": float(power.power(d, n, 0.05)), "visible": float(power.solve_power(None, n, 0.05, 0.8))}
    for n, d in [(3, 1.0), (5, 0.5), (8, 1.0), (8, 0.2), (32, 0.5), (300, 0.1)]
]

scores = random.uniform(0, 1, (9, 4)).round(6)
estimate, interval = library.get_interval_estimates(
    {"a": scores}, lambda x: np.array([metrics.aggregate_iqm(x)]), reps=50000, random_state=np.random.RandomState(1))
golden["iqm"] = {"strata": scores.T.tolist(), "iqm": float(estimate["a"][0]), "low": float(interval["a"][0][0]), "high": float(interval["a"][1][0])}
golden["trimmed"] = [{"values": v, "mean": float(stats.trim_mean(v, 0.25))} for v in ([3.0, 1.0, 2.0], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])]

steps = 100.0
groups = []
for scale in (60, 140):
    time = random.exponential(scale, 12).round(0) + 1
    groups.append((np.minimum(time, steps), time <= steps))
curves = []
for time, ended in groups:
    km = KaplanMeierFitter().fit(time, ended)
    table = km.survival_function_.join(km.confidence_interval_)
    table.columns = ["share", "low", "high"]
    rows = [[float(t), *map(float, r)] for t, r in zip(table.index, table.values) if t in set(time[ended])]
    curves.append({"times": time.tolist(), "ended": ended.tolist(), "steps": rows})
result = logrank_test(groups[0][0], groups[1][0], groups[0][1], groups[1][1])
golden["survival"] = {"curves": curves, "statistic": float(result.test_statistic), "p": float(result.p_value)}

path = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "statistics.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
