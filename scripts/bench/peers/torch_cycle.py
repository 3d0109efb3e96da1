#!/usr/bin/env python3
"""A cycle of reinforcement learning in plain PyTorch, as a careful engineer would write it.

    python torch_cycle.py --config small --threads 2 --cycles 7      a configuration of workload.json

A cycle samples `prompts` x `group` completions of `new_tokens` tokens each, at temperature 1 and with a key-value cache, then makes
`minibatches` SAPO updates (temperatures 1.0 and 1.05, mean over tokens, then over sequences) with AdamW and gradients clipped at norm 1.
The policy is Qwen3's: RMSNorm, normalised queries and keys, rotary positions, grouped-query attention, SwiGLU; in float32. A
configuration with `experts` has Qwen3-MoE's feed-forward layers: the `active` likeliest experts of a softmax over all, their weights
normalised; tokens are sorted by expert, so that each expert runs once. With `tied` the head is the embedding.

Prints one line of JSON: medians in seconds. Needs torch.
"""
import argparse
import json
import pathlib
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class Rotary:
    """Rotates a head's halves by an angle that grows with the position."""

    def __init__(self, head_dim, positions):
        speed = 10000.0 ** (-torch.arange(0, head_dim, 2).float() / head_dim)
        angle = torch.arange(positions).float()[:, None] * speed
        self.cos, self.sin = angle.cos(), angle.sin()

    def __call__(self, x, start):
        cos, sin = self.cos[start : start + x.shape[2]], self.sin[start : start + x.shape[2]]
        low, high = x.chunk(2, dim=-1)
        return torch.cat((low * cos - high * sin, high * cos + low * sin), dim=-1)


class Attention(nn.Module):
    def __init__(self, c, rotary):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim, self.rotary = c["heads"], c["kv_heads"], c["head_dim"], rotary
        self.sizes = [n * self.head_dim for n in (self.heads, self.kv_heads, self.kv_heads)]
        self.project = nn.Linear(c["width"], sum(self.sizes), bias=False)
        self.output = nn.Linear(self.sizes[0], c["width"], bias=False)
        self.query_norm, self.key_norm = nn.RMSNorm(self.head_dim), nn.RMSNorm(self.head_dim)

    def forward(self, x, start, cache):
        rows, length, _ = x.shape
        q, k, v = (part.view(rows, length, -1, self.head_dim).transpose(1, 2)
                   for part in self.project(x).split(self.sizes, dim=-1))
        q, k = self.rotary(self.query_norm(q), start), self.rotary(self.key_norm(k), start)
        if cache is not None:
            end = start + length
            for kept, new in zip(cache, (k, v)):
                kept[:, :, start:end] = new
            k, v = (kept[:, :, :end] for kept in cache)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=length > 1, enable_gqa=self.heads != self.kv_heads)
        return self.output(mixed.transpose(1, 2).reshape(rows, length, -1))


class SwiGLU(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_up = nn.Linear(c["width"], 2 * c["ffn"], bias=False)
        self.down = nn.Linear(c["ffn"], c["width"], bias=False)

    def forward(self, x):
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)


class Experts(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, ffn, self.count, self.active = c["width"], c["ffn"], c["experts"], c["active"]
        self.router = nn.Linear(width, self.count, bias=False)
        self.gate_up = nn.Parameter(torch.randn(self.count, 2 * ffn, width) / width**0.5)
        self.down = nn.Parameter(torch.randn(self.count, width, ffn) / ffn**0.5)

    def forward(self, x):
        tokens = x.reshape(-1, x.shape[-1])
        share, chosen = self.router(tokens).softmax(-1).topk(self.active, dim=-1)
        share = share / share.sum(-1, keepdim=True)
        order = chosen.flatten().argsort(stable=True)
        token_of = order // self.active
        counts = torch.bincount(chosen.flatten(), minlength=self.count).tolist()
        outputs = []
        for expert, part in enumerate(tokens[token_of].split(counts)):
            gate, up = F.linear(part, self.gate_up[expert]).chunk(2, dim=-1)
            outputs.append(F.linear(F.silu(gate) * up, self.down[expert]))
        weighted = torch.cat(outputs) * share.flatten()[order, None]
        return torch.zeros_like(tokens).index_add(0, token_of, weighted).view_as(x)


class Block(nn.Module):
    def __init__(self, c, rotary):
        super().__init__()
        self.attention_norm, self.feed_norm = nn.RMSNorm(c["width"]), nn.RMSNorm(c["width"])
        self.attention = Attention(c, rotary)
        self.feed = Experts(c) if "experts" in c else SwiGLU(c)

    def forward(self, x, start, cache):
        x = x + self.attention(self.attention_norm(x), start, cache)
        return x + self.feed(self.feed_norm(x))


class Policy(nn.Module):
    def __init__(self, c):
        super().__init__()
        rotary = Rotary(c["head_dim"], c["prompt_tokens"] + c["new_tokens"])
        self.embedding = nn.Embedding(c["vocab"], c["width"])
        self.blocks = nn.ModuleList(Block(c, rotary) for _ in range(c["layers"]))
        self.norm = nn.RMSNorm(c["width"])
        self.head = nn.Linear(c["width"], c["vocab"], bias=False)
        if c.get("tied"):
            self.embedding.weight.data.mul_(c["width"] ** -0.5)
            self.head.weight = self.embedding.weight

    def forward(self, tokens, start=0, caches=None, last=False):
        """Logits of every position, or of the last alone; the first of `tokens` is at position `start`."""
        x = self.embedding(tokens)
        for i, block in enumerate(self.blocks):
            x = block(x, start, caches and caches[i])
        return self.head(self.norm(x[:, -1:] if last else x))


@torch.no_grad()
def generate(policy, prompts, c):
    """All tokens, and the log-probabilities of the completions'."""
    start, rows = c["prompt_tokens"], len(prompts)
    shape = rows, c["kv_heads"], start + c["new_tokens"], c["head_dim"]
    caches = [(torch.empty(shape), torch.empty(shape)) for _ in policy.blocks]
    tokens, logps = [prompts], []
    logits = policy(prompts, caches=caches, last=True)
    for i in range(c["new_tokens"]):
        logp = logits[:, -1].log_softmax(-1)
        token = torch.multinomial(logp.exp(), 1)
        tokens.append(token)
        logps.append(logp.gather(1, token))
        if i + 1 < c["new_tokens"]:
            logits = policy(token, start=start + i, caches=caches)
    return torch.cat(tokens, dim=1), torch.cat(logps, dim=1)


def update(policy, optimizer, forward, tokens, old, advantage, c):
    """One SAPO update."""
    logits = forward(tokens[:, :-1])[:, c["prompt_tokens"] - 1 :]
    completion = tokens[:, c["prompt_tokens"] :, None]
    ratio = (logits.log_softmax(-1).gather(2, completion)[..., 0] - old).exp()
    tau = torch.where(advantage > 0, 1.0, 1.05)[:, None]
    gate = 4 / tau * torch.sigmoid(tau * (ratio - 1))
    loss = -(gate * advantage[:, None]).mean(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
    optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="tiny")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cycles", type=int, default=7, help="how many are timed, after two to warm up")
    parser.add_argument("--compile", action="store_true", help="with torch.compile for the forward pass of training")
    options = parser.parse_args()
    c = json.loads((pathlib.Path(__file__).parent / "workload.json").read_text())[options.config]
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    policy = Policy(c)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-4)
    forward = torch.compile(policy) if options.compile else policy
    prompts = torch.randint(0, c["vocab"], (c["prompts"], c["prompt_tokens"])).repeat_interleave(c["group"], 0)
    sampling, training = [], []
    for cycle in range(options.cycles + 2):
        began = time.perf_counter()
        tokens, old = generate(policy, prompts, c)
        sampled = time.perf_counter()
        reward = (tokens[:, c["prompt_tokens"] :] % 7 == 0).float().mean(dim=1).view(-1, c["group"])
        centred = reward - reward.mean(dim=1, keepdim=True)
        advantage = (centred / (reward.std(dim=1, keepdim=True) + 1e-6)).flatten()
        for part in zip(*(x.chunk(c["minibatches"]) for x in (tokens, old, advantage))):
            update(policy, optimizer, forward, *part, c)
        if cycle >= 2:
            sampling.append(sampled - began)
            training.append(time.perf_counter() - sampled)
    generate_s, train_s = statistics.median(sampling), statistics.median(training)
    print(json.dumps({
        "peer": "torch-compile" if options.compile else "torch", "version": torch.__version__, "config": options.config,
        "threads": options.threads, "params": sum(p.numel() for p in policy.parameters()),
        "generate_s": round(generate_s, 4), "train_s": round(train_s, 4),
        "cycle_s": round(statistics.median(a + b for a, b in zip(sampling, training)), 4),
        "new_tokens_per_s": round(len(prompts) * c["new_tokens"] / generate_s),
        "train_tokens_per_s": round(len(prompts) * (c["prompt_tokens"] + c["new_tokens"]) / train_s),
    }))


main()
