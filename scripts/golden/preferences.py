"""Writes Tests/Golden/preferences.json: values and gradients of TRL's preference losses on one batch of pairs.

    pip install torch transformers trl==1.16.0
    python -P scripts/golden/preferences.py > Tests/Golden/preferences.json

The losses are DPOTrainer._compute_loss and KTOTrainer._compute_loss themselves, run on objects that carry their settings
with a model that gives the batch's log-probabilities, and CPOTrainer.cpo_loss and ORPOTrainer.odds_ratio_loss on the mean
log-probabilities that those trainers pass. Label smoothing is that of CPOTrainer's sigmoid loss, on log ratios: in this
version DPOTrainer does not smooth. Everything is in float64, but for ORPO's odds and DPO's alpha-divergence, which TRL
takes in float32. The file holds objectives, so losses are negated. Of bco_pair half is taken: rls averages over
completions, TRL over pairs. Its shift of rewards, which bco_pair lacks, is a constant that is added by hand.
"""

import json
import platform
import sys
import types
from collections import defaultdict

import torch
import trl
from trl import DPOTrainer, KTOTrainer
from trl.experimental.cpo import CPOTrainer
from trl.experimental.orpo import ORPOTrainer

torch.set_default_dtype(torch.float64)

# Pairs lie next to each other, the chosen completion first.
LENGTHS = [3, 1, 4, 2, 5, 2]
WIDTH = max(LENGTHS)
MASK = torch.tensor([[1.0 if t < length else 0.0 for t in range(WIDTH)] for length in LENGTHS])


def ragged(seed, low, high):
    generator = torch.Generator().manual_seed(seed)
    return (low + (high - low) * torch.rand(len(LENGTHS), WIDTH, generator=generator)) * MASK


REF = ragged(1, -2.5, -0.95)
NEW = REF + ragged(2, -0.9, 0.9)
BASELINE = torch.tensor([0.4, -0.1, 0.3, 0.2, 0.1, 0.2])
CHOSEN_FIRST = torch.tensor([0, 2, 4, 1, 3, 5])


def rows(matrix):
    return [[float(x) for x in row[:length]] for row, length in zip(matrix, LENGTHS)]


class Accelerator:
    device = "cpu"

    def gather(self, x):
        return x

    gather_for_metrics = gather


class Model:
    """What a trainer's model gives, with log-probabilities fixed in advance."""

    training = True

    def __init__(self, log_probs):
        self.log_probs = log_probs

    def __call__(self, **inputs):
        zeros = torch.zeros_like(self.log_probs)
        return types.SimpleNamespace(
            log_probs=self.log_probs, entropy=zeros, mean_logits=zeros, is_top1=zeros.bool(), log_sum_sq_probs=zeros)


def inputs(order):
    mask = torch.cat([torch.zeros(len(LENGTHS), 1), MASK[order]], dim=1).long()
    ones = torch.ones_like(mask)
    return {"input_ids": ones, "attention_mask": ones, "completion_mask": mask}


def common(**fields):
    return types.SimpleNamespace(
        model=Model(None), accelerator=Accelerator(), aux_loss_enabled=False, precompute_ref_logps=True,
        _metrics={"train": defaultdict(list)}, _total_train_tokens=0, _tp_size=1, **fields)


def dpo(logp, loss_type, beta=0.1, smoothing=0.0, divergence="reverse_kl", alpha=0.5):
    carrier = common(
        ld_alpha=None, f_divergence_type=divergence, f_alpha_divergence_coef=alpha, loss_types=[loss_type], loss_weights=[1.0], beta=beta,
        label_smoothing=smoothing, use_weighting=False)
    reference = REF.sum(1).to(logp.dtype)
    chosen, rejected = reference[0::2], reference[1::2]
    batch = inputs(CHOSEN_FIRST) | {"ref_chosen_logps": chosen, "ref_rejected_logps": rejected}
    return DPOTrainer._compute_loss(carrier, Model(logp[CHOSEN_FIRST]), batch, False)


def kto(logp, beta=0.1, weights=(1.0, 1.0), loss_type="kto"):
    carrier = common(
        calculate_KL=loss_type == "kto", loss_type=loss_type, beta=beta, desirable_weight=weights[0],
        undesirable_weight=weights[1], _compute_kl_logps=lambda model, batch: BASELINE)
    labels = torch.tensor([True, False] * 3)
    batch = inputs(torch.arange(6)) | {
        "label": labels, "ref_logps": REF.sum(1), "ref_KL_logps": torch.zeros(6)}
    return KTOTrainer._compute_loss(carrier, Model(logp), batch, False)


def alpha_dpo(logp, alpha):
    """TRL's power is 1 - alpha; it has no bound for its exponents in float64."""
    return dpo(logp.float(), "sigmoid", divergence="alpha_divergence", alpha=alpha)


def shifted_bco(logp, beta, shift=None):
    """bco_pair with rewards less delta, the middle of the two means unless given: the reference is raised by delta / beta."""
    ratios = (logp - REF).sum(1).detach()
    if shift is None:
        shift = (ratios[0::2].mean() + ratios[1::2].mean()) / 2
    return dpo(logp - shift * MASK / MASK.sum(1, keepdim=True), "bco_pair", beta=beta) / 2


def means(logp):
    average = logp.sum(1) / MASK.sum(1)
    return average[0::2], average[1::2]


def simpo(logp, beta, gamma):
    carrier = types.SimpleNamespace(
        alpha=0.0, accelerator=Accelerator(), loss_type="simpo", simpo_gamma=gamma, beta=beta, label_smoothing=0.0)
    return CPOTrainer.cpo_loss(carrier, *means(logp))[0].mean()


def cdpo(logp, beta, smoothing):
    ratios = (logp - REF).sum(1)
    carrier = types.SimpleNamespace(
        alpha=0.0, accelerator=Accelerator(), loss_type="sigmoid", beta=beta, label_smoothing=smoothing)
    return CPOTrainer.cpo_loss(carrier, ratios[0::2], ratios[1::2])[0].mean()


def orpo(logp, weight):
    chosen, rejected = means(logp)
    carrier = types.SimpleNamespace(beta=weight, accelerator=Accelerator())
    return -chosen.mean() - ORPOTrainer.odds_ratio_loss(carrier, chosen, rejected)[0].mean()


CASES = []


def case(objective, arguments, loss_of):
    logp = NEW.clone().requires_grad_(True)
    loss = loss_of(logp)
    loss.backward()
    CASES.append({
        "source": f"TRL {trl.__version__}", "objective": objective, "arguments": arguments,
        "value": -float(loss.detach()), "gradient": rows(-logp.grad)})


def main():
    case("dpo", {}, lambda x: dpo(x, "sigmoid"))
    case("dpo", {"beta": 1.5}, lambda x: dpo(x, "sigmoid", beta=1.5))
    case("cdpo", {"noise": 0.2}, lambda x: cdpo(x, 0.1, 0.2))
    case("cdpo", {"beta": 1.5, "noise": 0.4}, lambda x: cdpo(x, 1.5, 0.4))
    case("robust_dpo", {"noise": 0.2}, lambda x: dpo(x, "robust", smoothing=0.2))
    case("ipo", {"length": "mean"}, lambda x: dpo(x, "ipo"))
    case("hinge", {}, lambda x: dpo(x, "hinge"))
    case("hinge", {"beta": 1.5}, lambda x: dpo(x, "hinge", beta=1.5))
    case("kto", {}, lambda x: kto(x))
    case("kto", {"beta": 0.7, "weight_chosen": 2, "weight_rejected": 0.5}, lambda x: kto(x, 0.7, (2.0, 0.5)))
    case("kto", {"point": "zero"}, lambda x: kto(x, loss_type="apo_zero_unpaired"))
    case("simpo", {}, lambda x: simpo(x, 2.0, 1.0))
    case("simpo", {"beta": 0.1, "gamma": 0.5}, lambda x: simpo(x, 0.1, 0.5))
    case("orpo", {}, lambda x: orpo(x, 0.1))
    case("orpo", {"lambda": 1}, lambda x: orpo(x, 1.0))
    case("dpo", {"divergence": "forward_kl"}, lambda x: dpo(x, "sigmoid", divergence="forward_kl"))
    case("dpo", {"divergence": "js", "beta": 1.5}, lambda x: dpo(x, "sigmoid", beta=1.5, divergence="js_divergence"))
    case("dpo", {"divergence": "alpha", "alpha": 0.3}, lambda x: alpha_dpo(x, 0.7))
    case("exo", {}, lambda x: dpo(x, "exo_pair", smoothing=1e-3))
    case("exo", {"beta": 1.5, "noise": 0.2}, lambda x: dpo(x, "exo_pair", beta=1.5, smoothing=0.2))
    for ours, theirs in {"nca": "nca_pair", "sppo": "sppo_hard", "apo_zero": "apo_zero", "apo_down": "apo_down", "aot": "aot"}.items():
        for beta in [0.1, 1.5]:
            case(ours, {"beta": beta}, lambda x: dpo(x, theirs, beta=beta))
    case("aot", {"comparison": "unpaired"}, lambda x: dpo(x, "aot_unpaired"))
    case("bco", {"point": "fixed"}, lambda x: dpo(x, "bco_pair") / 2)
    case("bco", {"point": "fixed", "delta": 0.3, "beta": 0.5}, lambda x: shifted_bco(x, 0.5, 0.3 / 0.5))
    case("bco", {"beta": 1.5}, lambda x: shifted_bco(x, 1.5))
    json.dump(
        {
            "made_by": "scripts/golden/preferences.py",
            "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
            "batch": {
                "logp": rows(NEW), "ref": rows(REF), "baseline": BASELINE.tolist(), "group": [0, 0, 1, 1, 2, 2],
                "advantage": [1, -1, 1, -1, 1, -1],
            },
            "objectives": CASES,
        }, sys.stdout, indent=1)
    print()


main()
