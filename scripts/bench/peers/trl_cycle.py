#!/usr/bin/env python3
"""A cycle of reinforcement learning with TRL's GRPOTrainer (`loss_type="sapo"`), on a Qwen3 of the same size, in float32.

    python trl_cycle.py --config small --threads 2 --cycles 5        a configuration of workload.json

A completion ends where the model samples the end token, which favours TRL a little. The model has random weights and every character is
a token, so nothing is downloaded. Prints one line of JSON: the median in seconds. Needs torch, transformers, datasets and trl.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import tempfile
import time
import warnings

os.environ |= {"HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1"}
warnings.filterwarnings("ignore")

import torch
import transformers
import trl
from datasets import Dataset
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

SPECIAL = {"eos_token": "<end>", "pad_token": "<pad>", "unk_token": "<unknown>"}


def character_tokenizer(alphabet):
    words = {word: i for i, word in enumerate([*alphabet, *SPECIAL.values()])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=SPECIAL["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="left", **SPECIAL)


def model(c, tokenizer):
    sizes = dict(
        vocab_size=c["vocab"], hidden_size=c["width"], intermediate_size=c["ffn"], num_hidden_layers=c["layers"],
        num_attention_heads=c["heads"], num_key_value_heads=c["kv_heads"], head_dim=c["head_dim"],
        max_position_embeddings=1024, tie_word_embeddings=bool(c.get("tied")),
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None)
    if "experts" not in c:
        return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**sizes))
    return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(
        **sizes, num_experts=c["experts"], num_experts_per_tok=c["active"], moe_intermediate_size=c["ffn"],
        norm_topk_prob=True, output_router_logits=False))


class StepTimes(transformers.TrainerCallback):
    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.began = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.began)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="tiny")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cycles", type=int, default=5, help="how many are timed, after one to warm up")
    options = parser.parse_args()
    c = json.loads((pathlib.Path(__file__).parent / "workload.json").read_text())[options.config]
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    draws = random.Random(0)
    # A block of assigned characters that is long enough for a vocabulary: CJK ideographs, then Hangul and beyond.
    assigned = (chr(i) for i in range(0x4E00, 0x110000) if not 0xD800 <= i < 0xF900)
    alphabet = [next(assigned) for _ in range(c["vocab"] - len(SPECIAL))]
    tokenizer = character_tokenizer(alphabet)
    even = set(alphabet[::2])
    prompts = [{"prompt": "".join(draws.choices(alphabet, k=c["prompt_tokens"]))} for _ in range(1024)]

    def reward(completions, **_):
        return [sum(character in even for character in text) / max(1, len(text)) for text in completions]

    batch, minibatches, times = c["prompts"] * c["group"], c["minibatches"], StepTimes()
    with tempfile.TemporaryDirectory() as folder:
        trl.GRPOTrainer(
            model=model(c, tokenizer), reward_funcs=reward, train_dataset=Dataset.from_list(prompts),
            processing_class=tokenizer, callbacks=[times],
            args=trl.GRPOConfig(
                output_dir=folder, loss_type="sapo", beta=0.0, learning_rate=1e-4, num_generations=c["group"],
                generation_batch_size=batch, per_device_train_batch_size=batch // minibatches,
                max_completion_length=c["new_tokens"], max_steps=minibatches * (options.cycles + 1), use_cpu=True,
                bf16=False, gradient_checkpointing=False, report_to=[], logging_steps=1000, save_strategy="no",
                disable_tqdm=True),
        ).train()
    cycles = [sum(times.seconds[i : i + minibatches]) for i in range(minibatches, len(times.seconds), minibatches)]
    print(json.dumps({
        "peer": "trl", "version": trl.__version__, "config": options.config, "threads": options.threads,
        "cycle_s": round(statistics.median(cycles), 4),
    }))


main()
