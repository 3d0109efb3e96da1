"""Writes a batch of verl for rls, in the format of docs/rollouts.md.

Put this file and rollout_lines.py beside your program. `batch` is a DataProto as verl's trainer has it when advantages are computed:

    from verl_rollouts import write_rollouts
    write_rollouts(batch, "rollouts/step_000001.jsonl", tokenizer=tokenizer)

With verl's RayPPOTrainer the place is before the actor's update:

    class Trainer(RayPPOTrainer):
        def _update_actor(self, batch):
            temperature = self.config.actor_rollout_ref.rollout.temperature
            write_rollouts(batch, f"rollouts/step_{self.global_steps:06}.jsonl", self.tokenizer, temperature)
            return super()._update_actor(batch)

The batch needs `responses`; `prompts`, `attention_mask`, `response_mask`, `old_log_probs`, `rollout_log_probs`, `ref_log_prob`,
`token_level_scores`, `advantages`, `returns`, `values`, `entropys`, `rollout_is_weights` and `uid` are taken where they are there. Columns of
numbers or texts in `non_tensor_batch` become columns of your own.

Written for verl 0.9; nothing of verl is imported.
"""
import numbers
import pathlib

import torch
from rollout_lines import line

TOKEN_COLUMNS = {
    "logp": "log_probs", "old": "old_log_probs", "sampler": "rollout_log_probs", "ref": "ref_log_prob",
    "advantage": "advantages", "weight": "rollout_is_weights", "values": "values", "returns": "returns",
    "entropy": "entropys",
}


def write_rollouts(batch, path, tokenizer=None, temperature=1.0):
    """Writes one line per response to `path`; with a tokenizer also the texts."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for fields in episodes(batch, tokenizer, temperature):
            file.write(line(fields))


def episodes(batch, tokenizer=None, temperature=1.0):
    """The fields of each response."""
    tensors = {name: batch.batch[name].detach().cpu() for name in batch.batch.keys()}
    others = batch.non_tensor_batch
    responses = tensors["responses"]
    count, width = responses.shape
    trained = tensors.get("response_mask", torch.ones_like(responses)).bool()
    # Attention tells a token of the environment, which is there and not trained, from padding.
    attended = tensors["attention_mask"][:, -width:].bool() if "attention_mask" in tensors else trained
    position = torch.arange(1, width + 1)
    lengths = ((attended | trained) * position).amax(dim=1).tolist()
    groups = {}
    for row in range(count):
        length = lengths[row]
        mask = trained[row, :length]
        fields = {"tokens": responses[row, :length], "mask": None if mask.all() else mask.long()}
        if "uid" in others:
            fields["group"] = groups.setdefault(str(others["uid"][row]), len(groups))
        if "token_level_scores" in tensors:
            fields["reward"] = tensors["token_level_scores"][row, :length].double().sum()
        if "prompts" in tensors:
            prompt = tensors["prompts"][row]
            if "attention_mask" in tensors:
                prompt = prompt[tensors["attention_mask"][row, : len(prompt)].bool()]
            fields["prompt_tokens"] = prompt
        if tokenizer is not None:
            fields["text"] = tokenizer.decode(fields["tokens"])
            fields["tokenizer"] = getattr(tokenizer, "name_or_path", None) or None
            if "prompts" in tensors:
                fields["prompt"] = tokenizer.decode(fields["prompt_tokens"])
        for name, source in TOKEN_COLUMNS.items():
            if source in tensors:
                fields[name] = tensors[source][row, :length]
        fields["temperature"] = temperature
        for name, values in others.items():
            if name != "uid" and name not in fields and isinstance(values[row], (str, numbers.Real)):
                fields[name] = values[row]
        yield fields
