#!/usr/bin/env python3
"""Writes Tests/Golden/experts.json: what PyTorch computes from the mixtures in Tests/Golden/qwen3.

    pip install torch transformers
    scripts/golden/experts.py

The model is transformers' own, in float64 and with eager experts. A replay is written here, independently of rls: the
router's choice is put in the place of its `topk`, its weights are softmax over all experts, gathered and divided by their sum
where the model says so. For each model:

    free, held      log-probabilities of the completions, and the gradient of sum_t c_t log p_t, with the routers' own choices
                    and with the sets `experts`, which a copy of the model with noise in its weights has chosen
    step            GRPO's clipped surrogate (token mean, clip 0.2) at old = the noisy copy's log-probabilities under its own
                    choices: value and length of the gradient, free and held
    balance         the load-balancing loss of each layer by transformers' load_balancing_loss_func, their mean, the pooled
                    value that transformers itself adds, and the gradient of the mean

Gradients are stored as each tensor's length and its product with cos(1), cos(2), ..., under the names of the files.
"""
import copy
import json
import pathlib

import torch
import transformers
from transformers import AutoModelForCausalLM
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeTopKRouter, load_balancing_loss_func

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPTS = [[3, 1, 4], [1, 5, 9, 2, 6]]
COMPLETIONS = [[5, 3, 5, 8], [9, 7], [3], [2, 3, 8, 4, 6, 2, 6]]
PROMPT_OF = [0, 0, 1, 1]
ADVANTAGE = [1.0, -1.0, 0.5, -0.5]
NOISE = 0.15


def load(name):
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_pretrained(ROOT / "Tests/Golden/qwen3" / name, dtype=torch.float32).double()
    model.set_experts_implementation("eager")
    return model.eval()


def routers(model):
    return [module for module in model.modules() if isinstance(module, Qwen3MoeTopKRouter)]


def route(router, x, sets):
    """transformers' router, with `sets` (tokens, active) in the place of the best."""
    logits = x.reshape(-1, x.shape[-1]) @ router.weight.T
    share = logits.softmax(-1)
    chosen = share.topk(router.top_k, dim=-1).indices if sets is None else sets
    weight = share.gather(1, chosen)
    if router.norm_topk_prob:
        weight = weight / weight.sum(-1, keepdim=True)
    return logits, weight, chosen


def run(model, sets=None):
    """Log-probabilities of the completions; for each, chosen experts and logits of each router."""
    logps, chosen, logits = [], [], []
    for episode, completion in enumerate(COMPLETIONS):
        prompt = PROMPTS[PROMPT_OF[episode]]
        seen = []
        for layer, router in enumerate(routers(model)):
            def forward(x, router=router, layer=layer):
                given = None if sets is None else sets[episode][:, layer]
                result = route(router, x, given)
                seen.append(result)
                return result
            router.forward = forward
        tokens = torch.tensor([prompt + completion])
        out = model(tokens[:, :-1]).logits[0].log_softmax(-1)[len(prompt) - 1:]
        logps.append(out.gather(1, torch.tensor(completion)[:, None])[:, 0])
        chosen.append(torch.stack([s[2] for s in seen], dim=1).sort(-1).values)
        logits.append([s[0] for s in seen])
    return torch.cat(logps), chosen, logits


def gradient(model, value):
    model.zero_grad()
    value.backward(retain_graph=True)
    tensors = {}
    for name, parameter in model.named_parameters():
        g = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        if "experts.gate_up_proj" in name:
            for expert, both in enumerate(g):
                gate, up = both.chunk(2)
                stem = name.replace("gate_up_proj", str(expert))
                tensors[stem + ".gate_proj.weight"], tensors[stem + ".up_proj.weight"] = gate, up
        elif "experts.down_proj" in name:
            for expert, part in enumerate(g):
                tensors[name.replace("down_proj", str(expert)) + ".down_proj.weight"] = part
        else:
            tensors[name] = g
    result = {}
    for name, g in tensors.items():
        g = g.flatten().double()
        result[name] = [g.norm().item(), (g * torch.arange(1, len(g) + 1).double().cos()).sum().item()]
    return result


def surrogate(logp, old):
    ratio = (logp - old).exp()
    advantage = torch.cat([torch.full((len(c),), a) for c, a in zip(COMPLETIONS, ADVANTAGE)]).double()
    return torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()


def case(name):
    model = load(name)
    noisy = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in noisy.parameters():
            parameter += NOISE * parameter.std(unbiased=False) * torch.randn_like(parameter)
        old, sets, _ = run(noisy)
    c = torch.tensor([0.5, -1, 2, 1, 1, -0.5, 0.25, 1, -1, 0.5, 2, -2, 1, 0.75], dtype=torch.float64)
    out = {"model": name, "prompts": PROMPTS, "prompt_of": PROMPT_OF, "completions": COMPLETIONS, "c": c.tolist(),
           "advantage": ADVANTAGE, "old": old.tolist(), "experts": [s.tolist() for s in sets]}
    changed = 0
    for mode, given in {"free": None, "held": sets}.items():
        logp, chosen, logits = run(model, given)
        value = surrogate(logp, old)
        steps = gradient(model, value)
        out[mode] = {"logp": logp.tolist(), "gradient": gradient(model, (c * logp).sum()), "value": value.item(),
                     "grad_norm": sum(length**2 for length, _ in steps.values()) ** 0.5}
        if given is None:
            changed = sum((a[:, :, :, None] != b[:, :, None, :]).all(-1).sum().item() for a, b in zip(chosen, sets))
            layers = [torch.cat([one[layer] for one in logits]) for layer in range(len(logits[0]))]
            kwargs = dict(num_experts=model.config.num_experts, top_k=model.config.num_experts_per_tok)
            each = [load_balancing_loss_func((layer,), **kwargs) for layer in layers]
            mean = sum(each) / len(each)
            out["balance"] = {"layers": [e.item() for e in each], "mean": mean.item(),
                              "pooled": load_balancing_loss_func(tuple(layers), **kwargs).item(),
                              "gradient": gradient(model, mean)}
    out["changed"] = changed
    print(name, "choices changed:", changed, "of", sum(s.numel() for s in sets))
    return out


if __name__ == "__main__":
    cases = [case(name) for name in ["moe-float32", "moe-bfloat16-sharded"]]
    made_by = {"transformers": transformers.__version__, "torch": torch.__version__}
    text = json.dumps({"made_by": made_by, "cases": cases})
    (ROOT / "Tests/Golden/experts.json").write_text(text + "\n")
