#!/usr/bin/env python3
"""Writes Tests/Golden/trl_rollouts: rollouts of a tiny Qwen3 that TRL trains, as scripts/export/trl_rollouts.py dumps them, and TRL's losses.

    python -P scripts/golden/trl_rollouts.py

Needs torch, transformers, datasets and trl 1.16 and downloads nothing. Each run has four steps: two updates per rollout of eight
completions, so that ratios are 1 at the first and differ from 1 at the second. A step accumulates two parts of four completions. Before it
ends it computes every loss again from the files alone, with the papers' formulas.
"""
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import warnings

os.environ |= {"HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1"}
warnings.filterwarnings("ignore")

import numpy
import torch
import transformers
from datasets import Dataset
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from trl import GRPOConfig, GRPOTrainer

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "export"))
from trl_rollouts import RolloutDump

GOLDEN = ROOT / "Tests" / "Golden" / "trl_rollouts"
ALPHABET = "0123456789+="
SPECIAL = {"eos_token": "<end>", "pad_token": "<pad>", "unk_token": "<unknown>"}
RUNS = {
    "grpo": dict(loss_type="grpo", beta=0.04),
    "dapo": dict(loss_type="dapo", epsilon_high=0.28),
    # DAPO's mean divides by the tokens of a whole generation, of which a step here has half of the completions.
    "dapo_split": dict(loss_type="dapo", epsilon_high=0.28, gradient_accumulation_steps=1, steps_per_generation=2),
    "sapo": dict(loss_type="sapo"),
}


class Trainer(RolloutDump, GRPOTrainer):
    pass


def character_tokenizer():
    words = {word: i for i, word in enumerate([*ALPHABET, *SPECIAL.values()])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=SPECIAL["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="left", **SPECIAL)


def train(folder, settings):
    transformers.set_seed(3)
    draws = random.Random(3)
    tokenizer = character_tokenizer()
    model = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, initializer_range=0.3, tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None))
    prompts = [{"prompt": f"{draws.randrange(100)}+{draws.randrange(10)}="} for _ in range(16)]

    def reward(completions, **_):
        return [sum(map(str.isdigit, text)) / 4 - 0.1 * len(text) for text in completions]

    Trainer.rollout_folder = str(folder)
    with tempfile.TemporaryDirectory() as output:
        model.save_pretrained(f"{output}/start")  # where TRL finds the reference policy
        Trainer(
            model=f"{output}/start", reward_funcs=reward, train_dataset=Dataset.from_list(prompts), processing_class=tokenizer,
            args=GRPOConfig(
                # The learning rate is so high that ratios leave the clip range within one update.
                output_dir=output, learning_rate=6e-3, lr_scheduler_type="constant", num_generations=4,
                per_device_train_batch_size=4, num_iterations=2, max_steps=4, max_completion_length=10, use_cpu=True,
                bf16=False, gradient_checkpointing=False, report_to=[], save_strategy="no", logging_steps=1,
                disable_tqdm=True, **{"gradient_accumulation_steps": 2, "beta": 0.0} | settings),
        ).train()


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def loss(record, episodes):
    """The loss by the papers' formulas."""
    sums, lengths = [], []
    for episode in episodes:
        logp, old, ref = (numpy.array(episode[name]) if name in episode else None for name in ("logp", "old", "ref"))
        ratio, advantage = numpy.exp(logp - old), episode["advantage"]
        if record["loss_type"] == "sapo":
            tau = record["sapo_temperature_pos"] if advantage > 0 else record["sapo_temperature_neg"]
            terms = 4 / tau / (1 + numpy.exp(-tau * (ratio - 1))) * advantage
        else:
            clipped = numpy.clip(ratio, 1 - record["epsilon"], 1 + record["epsilon_high"])
            terms = numpy.minimum(ratio * advantage, clipped * advantage)
        if record["beta"]:
            kl = numpy.exp(ref - logp) - (ref - logp) - 1
            terms = terms - record["beta"] * kl * (ratio if record["kl_times_ratio"] else 1)
        mask = numpy.array(episode.get("mask", [1] * len(logp)))
        sums.append((terms * mask).sum())
        lengths.append(mask.sum())
    if record["loss_type"] == "dapo":
        return -sum(sums) / record["tokens"]
    return -numpy.mean([total / length for total, length in zip(sums, lengths)])


def main():
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for run, settings in RUNS.items():
        folder = GOLDEN / run
        train(folder, settings)
        for record in rows(folder / "losses.jsonl"):
            episodes = rows(folder / record["file"])
            ratios = numpy.exp(numpy.concatenate([numpy.subtract(e["logp"], e["old"]) for e in episodes]))
            again = loss(record, episodes)
            print(f"{run} {record['file']}: loss {record['loss']:.7f}, from the file {again:.7f}, "
                  f"ratios {ratios.min():.3f} to {ratios.max():.3f}, lengths {[len(e['tokens']) for e in episodes]}")
            assert abs(again - record["loss"]) < 1e-6, "the loss is not what the file gives"
    size = sum(path.stat().st_size for path in GOLDEN.rglob("*.jsonl"))
    print(f"{size / 1000:.0f} kB")


main()
