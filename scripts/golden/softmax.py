#!/usr/bin/env python3
"""Writes Tests/Golden/softmax.json: what PyTorch makes of whole next-token distributions.

    pip install torch transformers trl==1.16.0
    python -P scripts/golden/softmax.py

The policy is Tests/Golden/qwen3/float32, the teacher moe-float32 beside it, both transformers' own models in float64:

    kept        log-probabilities and entropies of the completions among the tokens of `kept` alone (Keep Sampling Mask: the
                other logits are minus infinity), score_norm, and the gradient of sum_t c_t log p_t + d_t H_t
    score_norm  the squared length of d log p_t / d logits, by differentiating, of the whole softmax
    distill     TRL's generalized_jsd_loss between the two at several beta, over the trainable tokens: value and gradient

Gradients are stored as each tensor's length and its product with cos(1), cos(2), ..., under the names of the files.
"""

import json
import pathlib

import torch
import transformers
import trl
from transformers import AutoModelForCausalLM
from trl.experimental.gkd import GKDTrainer

torch.set_default_dtype(torch.float64)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPTS = [[3, 1, 4], [1, 5, 9, 2, 6]]
PROMPT_OF = [0, 0, 1, 1]
COMPLETIONS = [[5, 3, 5, 8], [9, 7], [3], [3, 2, 8, 4, 6, 2]]
# An empty set is the whole vocabulary; completions of one prompt begin with the same set.
KEPT = [
    [[1, 5, 9], [3], [], [0, 2, 8]], [[1, 5, 9], [7, 10]], [[0, 3]],
    [[0, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 8], [], [6, 9], [0, 2, 4]]]
MASK = [[1, 1, 0, 1], [1, 1], [1], [1, 0, 0, 1, 1, 1]]
TEMPERATURE = 0.8
COUNT = sum(map(len, COMPLETIONS))
C = [1 - 0.3 * i for i in range(COUNT)]
D = [0.2 * i - 1 for i in range(COUNT)]


def load(name):
    model = AutoModelForCausalLM.from_pretrained(ROOT / "Tests/Golden/qwen3" / name, dtype=torch.float32).double().eval()
    if hasattr(model.config, "num_experts"):
        model.set_experts_implementation("eager")
    return model


def logits(model):
    """The logits from which each completion token is drawn, over the temperature."""
    rows = []
    for episode, completion in enumerate(COMPLETIONS):
        prompt = PROMPTS[PROMPT_OF[episode]]
        out = model(torch.tensor([prompt + completion[:-1]])).logits[0]
        rows.append(out[len(prompt) - 1:])
    return torch.cat(rows) / TEMPERATURE


def gradient(model, value):
    model.zero_grad()
    value.backward()
    result = {}
    for name, parameter in model.named_parameters():
        g = parameter.grad.flatten()
        result[name] = [g.norm().item(), (g * torch.arange(1, len(g) + 1).double().cos()).sum().item()]
    return result


def score_norms(rows, targets):
    rows = rows.detach().requires_grad_(True)
    logp = rows.log_softmax(-1).gather(1, targets)
    (slopes,) = torch.autograd.grad(logp.sum(), rows)
    return slopes.square().sum(-1).tolist()


def main():
    student, teacher = load("float32"), load("moe-float32")
    targets = torch.tensor([token for completion in COMPLETIONS for token in completion])[:, None]
    rows = logits(student)
    hidden = torch.zeros_like(rows, dtype=torch.bool)
    for row, kept in zip(hidden, [kept for episode in KEPT for kept in episode]):
        if kept:
            row[:] = True
            row[kept] = False
    masked = rows.masked_fill(hidden, float("-inf"))
    logs = masked.log_softmax(-1)
    logp = logs.gather(1, targets)[:, 0]
    entropy = -(logs.exp() * logs.masked_fill(hidden, 0)).sum(-1)
    kept = {
        "logp": logp.tolist(), "entropy": entropy.tolist(), "score_norm": score_norms(masked, targets),
        "gradient": gradient(student, (torch.tensor(C) * logp + torch.tensor(D) * entropy).sum())}
    with torch.no_grad():
        wanted = logits(teacher)
    labels = torch.tensor([1 if m else -100 for row in MASK for m in row])
    distill = []
    for beta in [0, 0.1, 0.5, 0.9, 1]:
        loss = GKDTrainer.generalized_jsd_loss(logits(student)[None], wanted[None], labels[None], beta=beta)
        distill.append({"beta": beta, "value": loss.item(), "gradient": gradient(student, loss)})
    made_by = {"transformers": transformers.__version__, "torch": torch.__version__, "trl": trl.__version__}
    (ROOT / "Tests/Golden/softmax.json").write_text(json.dumps({
        "made_by": made_by, "temperature": TEMPERATURE, "prompts": PROMPTS, "prompt_of": PROMPT_OF,
        "completions": COMPLETIONS, "sets": KEPT, "mask": MASK, "c": C, "d": D, "kept": kept,
        "score_norm": score_norms(rows, targets), "distill": distill}) + "\n")


if __name__ == "__main__":
    main()
