# The objective of objective.rls in PyTorch eager mode: value and gradient over a million tokens.
# Usage: objective.py [rounds]; needs `pip install torch`. Prints one JSON line.
import json
import sys
import time

import torch

torch.set_num_threads(2)
tokens, length = 2**20, 256
rows = tokens // length
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
position = torch.arange(tokens, dtype=torch.float64)
old = (-1.0 - 0.5 * torch.sin(position)).reshape(rows, length)
start = old + 0.1 * torch.cos(1.7 * position).reshape(rows, length)
advantage = torch.sin(torch.arange(rows, dtype=torch.float64))[:, None]


def objective(logp):
    tau = torch.where(advantage > 0, 1.0, 1.05)
    ratio = torch.exp(logp - old)
    return (4 / tau * torch.sigmoid(tau * (ratio - 1)) * advantage).mean(dim=1).mean()


def once(dtype):
    global old, advantage
    old, advantage = old.to(dtype), advantage.to(dtype)
    logp = start.to(dtype).clone().requires_grad_(True)
    begin = time.perf_counter()
    value = objective(logp)
    value.backward()
    return time.perf_counter() - begin, value.item(), logp.grad.norm().item()


for dtype in torch.float64, torch.float32:
    runs = [once(dtype) for _ in range(rounds)]
    seconds = sorted(run[0] for run in runs)[rounds // 2]
    print(
        json.dumps(
            {
                "peer": f"torch {torch.__version__}",
                "dtype": str(dtype).removeprefix("torch."),
                "tokens": tokens,
                "threads": 2,
                "seconds": round(seconds, 5),
                "value": runs[0][1],
                "norm": runs[0][2],
            }
        )
    )
