#!/usr/bin/env python3
"""Writes the golden files of the policies that transformers and rls exchange.

    pip install torch transformers
    scripts/transformers/golden.py [path of rls [NAME...]]

Tests/Golden/qwen3/NAME holds a small random Qwen3, or Qwen3-MoE, as transformers saves it, and expected.json:
tokens and the logits that transformers computes in float32 from those files. Tests/Golden/policy.json and
policy_moe.json hold the logits that transformers computes from the policies that policy.rls makes and rls saves.
Names write those alone.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import (
    AutoModelForCausalLM, Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM)

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSIONS = {"transformers": transformers.__version__, "torch": torch.__version__}
TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3]

CASES = {
    "float32": dict(
        sizes=dict(
            vocab_size=11, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=6, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        dtype=torch.float32),
    "bfloat16-sharded": dict(
        sizes=dict(
            vocab_size=13, hidden_size=20, intermediate_size=28, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=1, head_dim=8, rms_norm_eps=1e-5,
            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
        dtype=torch.bfloat16, shard="6KB"),
    "float16-tied": dict(
        sizes=dict(
            vocab_size=17, hidden_size=12, intermediate_size=16, num_hidden_layers=1, num_attention_heads=3,
            num_key_value_heads=3, head_dim=4, tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 500.0}),
        dtype=torch.float16),
    "float32-tied-sharded": dict(
        sizes=dict(
            vocab_size=10, hidden_size=16, intermediate_size=18, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, head_dim=10, tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        dtype=torch.float32, shard="8KB"),
    "moe-float32": dict(
        sizes=dict(
            vocab_size=11, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=6, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=10,
            norm_topk_prob=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        dtype=torch.float32),
    "moe-bfloat16-sharded": dict(
        sizes=dict(
            vocab_size=13, hidden_size=20, intermediate_size=28, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=1, head_dim=8, num_experts=5, num_experts_per_tok=3, moe_intermediate_size=12,
            norm_topk_prob=False, mlp_only_layers=[1], rms_norm_eps=1e-5,
            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
        dtype=torch.bfloat16, shard="6KB"),
    "moe-sparse-step": dict(
        sizes=dict(
            vocab_size=17, hidden_size=12, intermediate_size=16, num_hidden_layers=4, num_attention_heads=3,
            num_key_value_heads=3, head_dim=4, num_experts=4, num_experts_per_tok=1, moe_intermediate_size=8,
            norm_topk_prob=True, decoder_sparse_step=2, tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 500.0}),
        dtype=torch.float16),
}


def logits(folder, tokens):
    """The logits after each token, computed in float32 by transformers from the files in `folder`."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    # Grouped products want rows of whole vectors, which these sizes are not.
    if hasattr(model.config, "num_experts"):
        model.set_experts_implementation("eager")
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0]


def rounded(rows):
    return [[round(value, 7) for value in row] for row in rows.tolist()]


def write_model(name, sizes, dtype, shard="1GB"):
    """A model whose every weight matters: gains away from 1, matrices that keep the stream's size."""
    torch.manual_seed(sum(map(ord, name)))
    if "num_experts" in sizes:
        model = Qwen3MoeForCausalLM(Qwen3MoeConfig(**sizes))
    else:
        model = Qwen3ForCausalLM(Qwen3Config(**sizes))
    for parameter in model.parameters():
        if parameter.ndim == 1:
            parameter.data = 1 + 0.3 * torch.randn_like(parameter)
        else:
            parameter.data = torch.randn_like(parameter) * parameter.shape[-1] ** -0.5
    model.tie_weights()
    folder = ROOT / "Tests/Golden/qwen3" / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink()
    tokens = [token % sizes["vocab_size"] for token in TOKENS]
    expected = {"made_by": VERSIONS, "tokens": tokens, "logits": rounded(logits(folder, tokens))}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def write_policy(rls, name):
    """What transformers makes of a policy that rls saves."""
    with tempfile.TemporaryDirectory() as scratch:
        program = ROOT / "scripts/transformers/policy.rls"
        subprocess.run([rls, program, name, f"{scratch}/policy"], check=True)
        values = logits(f"{scratch}/policy", TOKENS)
    expected = {"made_by": VERSIONS, "tokens": TOKENS, "logits": rounded(values)}
    (ROOT / f"Tests/Golden/{name}.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    rls = sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build/release/rls"
    names = sys.argv[2:]
    for name, case in CASES.items():
        if not names or name in names:
            write_model(name, **case)
    for name in ["policy", "policy_moe"]:
        if not names or name in names:
            write_policy(rls, name)
