"""Writes Tests/Golden/equations.json: objectives that no trainer ships, written from their papers' equations.

    pip install torch
    python -P scripts/golden/equations.py > Tests/Golden/equations.json

The batch is that of Tests/Golden/objectives.json. Nothing of rls takes part: each function below is the equation of the
paper named beside it, in float64, and torch differentiates it. What a paper holds constant is detached.
"""

import json
import pathlib
import platform

import torch

torch.set_default_dtype(torch.float64)

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH = json.loads((ROOT / "Tests/Golden/objectives.json").read_text())["batch"]
LENGTHS = [len(row) for row in BATCH["logp"]]
OLD = torch.tensor([x for row in BATCH["old"] for x in row])
NEW = torch.tensor([x for row in BATCH["logp"] for x in row])
ADVANTAGE = torch.tensor([a for a, length in zip(BATCH["advantage"], LENGTHS) for _ in range(length)])


def clipped(ratio, low, high, ceiling=float("inf")):
    """min(r A, clip(r, low, high) A), and for A < 0 at least ceiling A."""
    surrogate = torch.minimum(ratio * ADVANTAGE, ratio.clamp(low, high) * ADVANTAGE)
    return torch.where(ADVANTAGE < 0, torch.maximum(surrogate, ceiling * ADVANTAGE), surrogate)


def bapo(logp, rule, share, low, low_end, low_step, high, high_end, high_step, ceiling=float("inf")):
    """arXiv:2510.18927, algorithm 1 (rule "paper"), or with the lower bound first, as the authors' code has it ("code")."""
    ratio = torch.exp(logp - OLD)
    while True:
        pull = clipped(ratio.detach(), low, high, ceiling)
        positive = pull[pull > 0].sum() / pull.abs().sum()
        if positive >= share or (low >= low_end and high >= high_end):
            return clipped(ratio, low, high, ceiling).mean()
        if (high < high_end) if rule == "paper" else (low >= low_end):
            high = min(high + high_step, high_end)
        else:
            low = min(low + low_step, low_end)


def maspo(logp, base=1.0, top=10.0, alpha=0.3, up=0.03, down=0.03):
    """arXiv:2602.17550: a Gaussian weight on outward moves, wider for rare tokens and good answers."""
    ratio = torch.exp(logp - OLD)
    rarity = (base / torch.exp(OLD) ** alpha).clamp(base, top)
    risk = torch.where(ADVANTAGE > 0, 1 + up * ADVANTAGE, 1 / (1 - down * ADVANTAGE)).clamp(0.1, 10)
    outward = ((ADVANTAGE > 0) & (ratio > 1)) | ((ADVANTAGE < 0) & (ratio < 1))
    weight = torch.where(outward, torch.exp(-((ratio - 1) ** 2) / (2 * (rarity * risk) ** 2)), torch.ones(()))
    return (weight.detach() * ratio * ADVANTAGE).mean()


def sequences(tokens):
    return tokens.split(LENGTHS)


def topr(logp, cap=1.0):
    """arXiv:2503.14286: good samples with weight 1, bad ones with the ratio of the whole sequence, at most `cap`."""
    total = 0
    for new, old, advantage in zip(sequences(logp), sequences(OLD), BATCH["advantage"]):
        weight = 1.0 if advantage > 0 else min(float(torch.exp((new - old).sum().detach())), cap)
        total = total + weight * advantage * new.sum()
    return total / len(LENGTHS)


def mirror_descent(logp, tau=0.1):
    """arXiv:2501.12599, section 2.3.2, as an objective whose gradient is the paper's."""
    total = 0
    for new, old, advantage in zip(sequences(logp), sequences(OLD), BATCH["advantage"]):
        total = total + advantage * new.sum() - tau / 2 * (new - old).sum() ** 2
    return total / len(LENGTHS)


CASES = []


def case(objective, arguments, function):
    logp = NEW.clone().requires_grad_(True)
    value = function(logp)
    value.backward()
    flat, gradient = logp.grad.tolist(), []
    for length in LENGTHS:
        gradient.append(flat[:length])
        flat = flat[length:]
    CASES.append({
        "source": "the paper's equations", "objective": objective, "arguments": arguments,
        "value": float(value.detach()), "gradient": gradient})


def main():
    ranges = {"low": (0.6, 0.9, 0.02), "high": (1.2, 3.0, 0.05)}
    for rule in ["paper", "code"]:
        for share in [0.69, 0.72, 0.735, 0.99]:
            case("bapo", {"rule": rule, "share": share}, lambda x: bapo(x, rule, share, *ranges["low"], *ranges["high"]))
    case(
        "bapo", {"rule": "code", "share": 0.72, "low_step": 0.05, "high_end": 2, "dual_clip": 2.1},
        lambda x: bapo(x, "code", 0.72, 0.6, 0.9, 0.05, 1.2, 2.0, 0.05, 2.1))
    case("maspo", {}, maspo)
    case(
        "maspo", {"sigma_base": 0.3, "sigma_high": 0.5, "alpha": 0.8, "beta_pos": 0.5, "beta_neg": 0.9},
        lambda x: maspo(x, 0.3, 0.5, 0.8, 0.5, 0.9))
    for cap in [1.0, 0.8]:
        case("topr", {"cap": cap}, lambda x: topr(x, cap))
    for tau in [0.1, 1.3]:
        case("mirror_descent", {"tau": tau}, lambda x: mirror_descent(x, tau))
    made = {"made_by": "scripts/golden/equations.py",
            "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]}}
    print(json.dumps(made | {"objectives": CASES}, indent=1))


if __name__ == "__main__":
    main()
