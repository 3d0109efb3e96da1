#!/usr/bin/env python3
"""Checks verl_rollouts.py on a batch typed in by hand: in verl's DataProto where verl is installed, else in something like it.

    python scripts/export/check_verl.py         needs torch and numpy
"""
import json
import math
import pathlib
import tempfile
import types

import numpy
import torch
from verl_rollouts import write_rollouts

# Three responses to two prompts; padding is token 0. The second calls a tool, whose answer (tokens 31 and 32) is not trained on.
TENSORS = {
    "prompts": torch.tensor([[0, 11, 12], [0, 11, 12], [13, 14, 15]]),
    "responses": torch.tensor([[21, 22, 0, 0], [23, 31, 32, 24], [25, 0, 0, 0]]),
    "attention_mask": torch.tensor([[0, 1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]]),
    "response_mask": torch.tensor([[1, 1, 0, 0], [1, 0, 0, 1], [1, 0, 0, 0]]),
    "old_log_probs": -torch.arange(12).reshape(3, 4) / 8,
    "rollout_log_probs": torch.tensor([[-0.1, math.nan, 0, 0], [-math.inf, 0, 0, -1], [-2, 0, 0, 0]]),
    "ref_log_prob": torch.full((3, 4), -0.5),
    "token_level_scores": torch.tensor([[0, 0.5, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]),
    "advantages": torch.tensor([[-1.0, -1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0]]),
}
OTHERS = {
    "uid": numpy.array(["q-b", "q-b", "q-a"], dtype=object),
    "level": numpy.array([1, 1, 3], dtype=object), "source": numpy.array(["α", "α", "b\n"], dtype=object),
    "raw_prompt": numpy.array([{}, {}, {}], dtype=object),
}
TENTH = float(torch.tensor(-0.1))
EXPECTED = [
    {"tokens": [21, 22], "group": 0, "reward": 0.5, "prompt_tokens": [11, 12], "old": [0, -0.125],
     "sampler": [TENTH, "NaN"], "ref": [-0.5, -0.5], "advantage": [-1, -1], "temperature": 0.5, "level": 1, "source": "α"},
    {"tokens": [23, 31, 32, 24], "mask": [1, 0, 0, 1], "group": 0, "reward": 1, "prompt_tokens": [11, 12],
     "old": [-0.5, -0.625, -0.75, -0.875], "sampler": ["-Infinity", 0, 0, -1], "ref": [-0.5] * 4,
     "advantage": [1, 0, 0, 1], "temperature": 0.5, "level": 1, "source": "α"},
    {"tokens": [25], "group": 1, "reward": 0, "prompt_tokens": [13, 14, 15], "old": [-1], "sampler": [-2], "ref": [-0.5],
     "advantage": [0], "temperature": 0.5, "level": 3, "source": "b\n"},
]


def batch():
    try:
        from verl import DataProto
    except ImportError as error:
        print(f"verl is not installed ({error}); the batch is one like it")
        return types.SimpleNamespace(batch=TENSORS, non_tensor_batch=OTHERS)
    return DataProto.from_dict(tensors=TENSORS, non_tensors=OTHERS)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rollouts" / "step_000001.jsonl"
        write_rollouts(batch(), path, temperature=0.5)
        text = path.read_bytes().decode("utf-8")
    found = [json.loads(line) for line in text.split("\n") if line]
    assert found == EXPECTED, f"expected {EXPECTED}\nfound    {found}"
    assert "NaN," not in text and text.endswith("\n"), text
    print("verl_rollouts.py: ok")


main()
