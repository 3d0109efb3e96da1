#!/usr/bin/env python3
"""Opens policies and a reward model that rls trains and saves with transformers, and compares what both compute.

    pip install torch transformers
    scripts/transformers/check.py [path of rls]

Logits have to agree within 1e-4, texts have to become the same tokens, greedy completions have to be the same
texts, and what transformers saves again has to be, for rls, the same weights. Scores have to agree within 1e-4 as well.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
RLS = sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build/release/rls"

TOKENS = [2, 3, 11, 5, 1, 12, 7, 7, 0, 4] * 4

# Texts as lists of the characters that are to become a token each.
SUMS = [list("12+34="), list("99+10="), list("70+77=")]
STRANGE = [list("naïve? "), ["a", "\r\n", "b", "\t", '"', "\\"], ["👩‍👧", "🇩🇪", "👍🏽", "한", "日"]]

# How each policy is made, for which task, and the texts it is tried on.
POLICIES = {
    "plain": ("policy(task, seed: 1)", "addition()", SUMS),
    "grouped": (
        "policy(task, layers: 3, width: 40, heads: 4, kv_heads: 2, head_width: 16, rope_base: 500, seed: 2)",
        "addition()", SUMS),
    "tied": (
        'policy(task, layers: 1, width: 32, heads: 2, tied: true, optimizer: "sgd", momentum: 0.9, seed: 3)',
        "addition()", SUMS),
    "wide": ("policy(task, layers: 4, width: 256, heads: 8, seed: 4)", "addition()", SUMS),
    "strange": ("policy(task, layers: 1, width: 32, heads: 2, seed: 5)", "dataset(args[1])", STRANGE),
}

PROGRAM = """
folder = args[0]
task = TASK
pi = MADE
pi = sft(pi, task, steps: 20, seed: 1) | train(task, sapo(), steps: 3, prompts: 8, group: 4, seed: 1)
pi = pi.policy
save pi, folder
texts = map(read_jsonl(args[1]), row => row.prompt)
tokens = TOKENS
print json({
    tokens: tokens, logits: logits(pi, tokens),
    completions: map(texts, text => sample(pi, task, text, temperature: 0)),
})
"""

SCORED = """
task = addition()
pi = policy(task, seed: 1) | sft(task, steps: 20, seed: 1)
model = reward_model(pi, lr: 1e-3)
for i in 1..10 { model, s = fit_reward(model, rollout(pi, task, prompts: 16, seed: i, reward: text => len(text))) }
save model, args[0]
ro = rollout(pi, task, prompts: 16, group: 1, seed: 99)
print json({texts: map(zip(ro.prompt, ro.text), (p, t) => p + t), cut: ro.truncated, scores: scores(model, ro)})
"""

SCORED_AGAIN = """
original, again = args
ro = rollout(policy(addition(), seed: 2), addition(), prompts: 4, seed: 1)
expect all(scores(load(original), ro) == scores(load(again), ro))
"""

AGAIN = """
original, again, plain = args
pi = load(original)
expect fingerprint(with_optimizer(pi, lr: 1)) == fingerprint(with_optimizer(load(again), lr: 1))
expect all(logits(pi, [1, 2, 3]) == logits(load(again), [1, 2, 3]))
half = load(plain)
expect max(abs(logits(pi, [1, 2, 3]) - logits(half, [1, 2, 3]))) < 0.1
"""


def run(program, *arguments):
    result = subprocess.run([RLS, "-", *arguments], input=program, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"rls failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def check(name, made, task, texts, scratch):
    folder = f"{scratch}/{name}"
    questions = pathlib.Path(f"{scratch}/{name}.jsonl")
    questions.write_text("".join(json.dumps({"prompt": "".join(text), "answer": text[0]}) + "\n" for text in texts))
    program = PROGRAM.replace("MADE", made).replace("TASK", task).replace("TOKENS", str(TOKENS))
    expected = json.loads(run(program, folder, questions))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        values = model(torch.tensor([expected["tokens"]])).logits[0]
    worst = (values - torch.tensor(expected["logits"])).abs().max().item()
    assert worst < 1e-4, f"{name}: logits differ by {worst}"

    tokenizer = AutoTokenizer.from_pretrained(folder)
    characters = json.load(open(f"{folder}/rls.json"))["characters"]
    for text, completion in zip(texts, expected["completions"]):
        encoded = tokenizer("".join(text), return_tensors="pt")
        assert encoded.input_ids[0].tolist() == [characters.index(c) + 1 for c in text], f"{name}: {text}"
        assert tokenizer.decode(encoded.input_ids[0]) == "".join(text), f"{name}: {text}"
        generated = model.generate(**encoded, do_sample=False, max_new_tokens=4)
        ended = tokenizer.decode(generated[0, encoded.input_ids.shape[1]:], skip_special_tokens=True)
        assert ended == completion, f"{name}: {text} gives {ended!r}, in rls {completion!r}"

    model.save_pretrained(f"{folder}-again")
    model.bfloat16().save_pretrained(f"{folder}-half", max_shard_size="40KB")
    run(AGAIN, folder, f"{folder}-again", f"{folder}-half")
    print(f"{name}: logits agree within {worst:.1e}; tokens, completions and weights are the same")


def check_scores(scratch):
    folder = f"{scratch}/scored"
    expected = json.loads(run(SCORED, folder))
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    assert model.config.num_labels == 1
    characters = json.load(open(f"{folder}/rls.json"))["characters"]
    worst, spread = 0, max(expected["scores"]) - min(expected["scores"])
    for text, cut, score in zip(expected["texts"], expected["cut"], expected["scores"]):
        tokens = [characters.index(c) + 1 for c in text] + ([] if cut else [0])
        with torch.no_grad():
            worst = max(worst, abs(model(torch.tensor([tokens])).logits[0, 0].item() - score))
    assert worst < 1e-4 < spread, f"scores differ by {worst}"
    model.save_pretrained(f"{folder}-again")
    run(SCORED_AGAIN, folder, f"{folder}-again")
    print(f"reward model: scores from {min(expected['scores']):.2f} to {max(expected['scores']):.2f} agree within {worst:.1e}")


if __name__ == "__main__":
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        for name, (made, task, texts) in POLICIES.items():
            check(name, made, task, texts, scratch)
        check_scores(scratch)
