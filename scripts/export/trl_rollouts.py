"""Dumps the rollouts of a TRL run for rls, in the format of docs/rollouts.md.

Put this file and rollout_lines.py beside your program, and RolloutDump before the trainer:

    from trl import GRPOTrainer
    from trl_rollouts import RolloutDump

    class Trainer(RolloutDump, GRPOTrainer):
        rollout_folder = "rollouts"

Train as before. Every optimiser step writes rollouts/step_000001.jsonl, with one line per completion, and a line of
rollouts/losses.jsonl: the file's name, the loss that TRL computed for these rollouts, what it divided by, and the settings. In a file `logp`
is what the policy gave the tokens at the moment of that loss, before the update; `old`, `sampler` and `ref` are there where TRL has them.
With several processes each writes files of its own, such as step_000001.rank1.jsonl.

Written for TRL 1.16; it overrides methods that TRL does not promise to keep.
"""
import json
import pathlib

import torch
from rollout_lines import line, trimmed


class RolloutDump:
    """A mixin for GRPOTrainer."""

    rollout_folder = "rollouts"
    """Where the files go."""

    rollout_steps = 1
    """Every how many optimiser steps one is written."""

    def _calculate_rewards(self, inputs, prompts, completions, completion_ids_list):
        rewards = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        total = (rewards * self.reward_weights.to(rewards.device)).nansum(dim=1)
        # A completion that no reward function scored has no reward.
        self._dump_rewards = total.masked_fill(rewards.isnan().all(dim=1), float("nan"))
        return rewards

    def _generate_and_score_completions(self, inputs):
        batch = super()._generate_and_score_completions(inputs)
        # These are the rewards of all processes; what is added here is shuffled and split as everything else is.
        rows = len(batch["completion_ids"])
        first = self.accelerator.process_index * rows
        index = torch.arange(first, first + rows, device=batch["completion_ids"].device)
        batch["dump_reward"] = self._dump_rewards[first : first + rows].to(index.device)
        batch["dump_group"] = index // (self.num_generations if self.model.training else self.num_generations_eval)
        return batch

    def _get_per_token_logps_and_entropies(self, *arguments, **options):
        result = super()._get_per_token_logps_and_entropies(*arguments, **options)
        self._dump_logps, self._dump_entropies = result[0], result[1]
        return result

    def _compute_loss(self, model, inputs):
        loss = super()._compute_loss(model, inputs)
        step = self.state.global_step + 1
        if self.model.training and step % self.rollout_steps == 0:
            self._dump(step, inputs, self._dump_logps.detach(), self._dump_entropies, loss.detach())
        return loss

    def _dump(self, step, inputs, logps, entropies, loss):
        rank = f".rank{self.accelerator.process_index}" if self.accelerator.num_processes > 1 else ""
        folder = pathlib.Path(self.rollout_folder)
        name = f"step_{step:06}{rank}.jsonl"
        goes_on = getattr(self, "_dump_open", None) == name  # another part of the same accumulated step
        if not goes_on:
            folder.mkdir(parents=True, exist_ok=True)
            self._dump_open, self._dump_total, self._dump_parts = name, 0.0, 0
        tokenizer = getattr(self.processing_class, "tokenizer", self.processing_class)
        attended, tools = inputs["completion_mask"], inputs.get("tool_mask")
        with open(folder / name, "a" if goes_on else "w", encoding="utf-8", newline="\n") as file:
            for row, completion in enumerate(inputs["completion_ids"]):
                # TRL masks a completion as a whole to leave it out (mask_truncated_completions); it has no padding then.
                length = int(attended[row].sum()) or len(completion)
                mask = attended[row] if tools is None else attended[row] * tools[row]
                prompt = inputs["prompt_ids"][row][inputs["prompt_mask"][row].bool()]

                def column(name):
                    values = inputs.get(name)
                    return None if values is None else trimmed(values[row], length)

                weight = column("importance_sampling_ratio")
                file.write(line({
                    "prompt": tokenizer.decode(prompt), "text": tokenizer.decode(completion[:length]),
                    "prompt_tokens": prompt, "tokens": completion[:length],
                    "mask": None if mask[:length].all() else mask[:length],
                    "group": inputs["dump_group"][row], "reward": inputs["dump_reward"][row],
                    "logp": logps[row][:length],
                    # TRL leaves `old` out where it is the same as `logp`.
                    "old": logps[row][:length] if column("old_per_token_logps") is None else column("old_per_token_logps"),
                    "sampler": column("sampling_per_token_logps"), "ref": column("ref_per_token_logps"),
                    "advantage": column("advantages"),
                    "weight": weight if weight is None or len(weight) == length else weight[0],
                    "entropy": None if entropies is None else entropies[row][:length].detach(),
                    "temperature": self.temperature, "tokenizer": tokenizer.name_or_path or None,
                }))
        self._dump_total += float(loss)
        self._dump_parts += 1
        parts = self.current_gradient_accumulation_steps
        if self._dump_parts == parts:
            self._dump_loss(folder, name, step, inputs, parts)

    def _dump_loss(self, folder, name, step, inputs, parts):
        args = self.args
        # The tokens that DAPO's mean divides by: those of the whole generation, as a share for this step.
        tokens = float(inputs["num_items_in_batch"]) * parts / args.steps_per_generation
        record = {
            "step": step, "file": name, "loss": self._dump_total, "loss_type": args.loss_type,
            "tokens": tokens / self.accelerator.num_processes, "epsilon": args.epsilon,
            "epsilon_high": args.epsilon if args.epsilon_high is None else args.epsilon_high, "beta": args.beta,
            "kl_times_ratio": args.use_bias_correction_kl,
            "sapo_temperature_pos": args.sapo_temperature_pos, "sapo_temperature_neg": args.sapo_temperature_neg,
        }
        with open(folder / "losses.jsonl", "a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(record) + "\n")
