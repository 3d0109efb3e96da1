"""Writes Tests/Golden/objectives.json: values and gradients of published implementations on one batch.

    pip install torch transformers trl==1.16.0
    pip install --no-deps --target verl_site verl==0.9.1 omegaconf antlr4-python3-runtime==4.9.3
    python -P scripts/golden/objectives.py verl_site > Tests/Golden/objectives.json

TRL's loss is GRPOTrainer._compute_loss itself, run on an object that carries its settings and gives the batch's
log-probabilities in the place of a model. verl's are the functions of verl.trainer.ppo.core_algos, imported without the
parts of verl that need a cluster. Everything is in float64. The file holds objectives, so losses are negated.
"""

import importlib
import json
import math
import platform
import sys
import types
from collections import defaultdict

import torch

torch.set_default_dtype(torch.float64)

LENGTHS = [3, 1, 4, 2, 5, 2]
GROUPS = [0, 0, 0, 1, 1, 1]


def ragged(seed, low, high):
    generator = torch.Generator().manual_seed(seed)
    width = max(LENGTHS)
    return low + (high - low) * torch.rand(len(LENGTHS), width, generator=generator)


MASK = torch.tensor([[1.0 if t < length else 0.0 for t in range(max(LENGTHS))] for length in LENGTHS])
OLD = ragged(1, -2.5, -0.95)
NEW = OLD + ragged(2, -0.9, 0.9)
REF = OLD + ragged(3, -0.5, 0.5)
SAMPLER = OLD + ragged(4, -0.7, 0.7)
VALUES = ragged(5, -0.5, 1.0)
ENTROPY = ragged(6, 0.0, 2.0)
# What a critic gives after some updates, and what it is to give.
MOVED_VALUES = VALUES + ragged(7, -0.6, 0.6)
# Sums of squared probabilities over the vocabulary.
SQUARES = torch.exp(OLD) ** 2 + ragged(9, 0.0, 0.15)
RETURNS = VALUES + ragged(8, -0.9, 0.9)
ADVANTAGE = torch.tensor([0.9, -1.3, 0.4, -0.7, 1.1, -0.4])
REWARD = torch.tensor([1.0, 0.0, 0.25, 0.0, 2.0, -0.5])


def rows(matrix):
    return [[float(x) for x in row[:length]] for row, length in zip(matrix, LENGTHS)]


CASES = []


def case(source, objective, arguments, loss_of, **fields):
    logp = NEW.clone().requires_grad_(True)
    loss = loss_of(logp)
    loss.backward()
    CASES.append(
        {"source": source, "objective": objective, "arguments": arguments, "value": -float(loss.detach()),
         "gradient": rows(-logp.grad)} | fields)


# --- TRL -----------------------------------------------------------------------------------------


class Accelerator:
    num_processes = 1
    sync_gradients = False

    def gather(self, x):
        return x

    gather_for_metrics = gather

    def reduce(self, x, reduction):
        return x

    def pad_across_processes(self, x, **_):
        return x


def trl_loss(
    trainer_class, logp, loss_type, level="token", beta=0.0, mask_threshold=None, weights=None, mask=MASK, top_entropy=1.0,
    **settings
):
    args = types.SimpleNamespace(
        delta=settings.get("delta"), use_bias_correction_kl=settings.get("bias_correction", False),
        sapo_temperature_pos=1.0, sapo_temperature_neg=1.05, steps_per_generation=1,
        vespo_k_pos=2.0, vespo_lambda_pos=3.0, vespo_k_neg=3.0, vespo_lambda_neg=2.0)
    carrier = types.SimpleNamespace(
        args=args, loss_type=loss_type, importance_sampling_level=level, beta=beta, top_entropy_quantile=top_entropy,
        off_policy_mask_threshold=mask_threshold, epsilon_low=settings.get("low", 0.2),
        epsilon_high=settings.get("high", 0.2), use_vllm=weights is not None,
        vllm_importance_sampling_correction=weights is not None, current_gradient_accumulation_steps=1,
        max_completion_length=8, aux_loss_enabled=False, _entropy_bonus_enabled=False, accelerator=Accelerator(),
        model=types.SimpleNamespace(training=True), _metrics={"train": defaultdict(list)},
        get_off_policy_mask=trainer_class.get_off_policy_mask,
        get_high_entropy_mask=lambda *a: trainer_class.get_high_entropy_mask(carrier, *a),
        get_gamma_weights=getattr(trainer_class, "get_gamma_weights", None),
        _get_per_token_logps_and_entropies=lambda *a, **k: (logp, ENTROPY, None))
    prompt = torch.ones(len(LENGTHS), 1, dtype=torch.long)
    inputs = {
        "prompt_ids": prompt, "prompt_mask": prompt, "completion_ids": torch.ones_like(MASK, dtype=torch.long),
        "completion_mask": mask, "advantages": ADVANTAGE, "old_per_token_logps": OLD, "ref_per_token_logps": REF,
        "num_items_in_batch": mask.sum(),
    }
    if weights is not None:
        inputs["importance_sampling_ratio"] = weights
    return trainer_class._compute_loss(carrier, None, inputs)


def trl_cases():
    import trl
    from trl import GRPOTrainer
    from trl.experimental.gmpo import GMPOTrainer

    source = f"TRL {trl.__version__}"

    def add(objective, arguments, loss_type, trainer=GRPOTrainer, **settings):
        case(source, objective, arguments, lambda logp: trl_loss(trainer, logp, loss_type, **settings))

    add("grpo", {}, "grpo")
    add("grpo", {"beta": 0.04}, "grpo", beta=0.04)
    add("grpo", {"beta": 0.04, "kl": "unbiased"}, "grpo", beta=0.04, bias_correction=True)
    add("grpo", {"aggregate": "token_mean"}, "bnpo")
    add("dapo", {}, "dapo", high=0.28)
    add("dr_grpo", {"budget": 8}, "dr_grpo")
    add("two_sided", {"delta": 1.7}, "dapo", delta=1.7)
    add("gspo", {}, "grpo", level="sequence", low=3e-4, high=4e-4)
    add("gspo", {"clip_low": 0.1, "clip_high": 0.1}, "grpo", level="sequence", low=0.1, high=0.1)
    add("luspo", {}, "luspo", level="sequence", low=2e-3, high=2.5e-3)
    add("luspo", {"clip_low": 0.3, "clip_high": 0.3}, "luspo", level="sequence", low=0.3, high=0.3)
    add("sapo", {}, "sapo")
    add("cispo", {"clip_high": 0.5}, "cispo", high=1.5)
    add("vespo", {}, "vespo")
    add("gmpo", {}, "grpo", trainer=GMPOTrainer, low=0.4, high=0.4)
    add("gmpo", {"beta": 0.04}, "grpo", trainer=GMPOTrainer, low=0.4, high=0.4, beta=0.04)
    add("deepseek_v32", {"delta": 0.05}, "grpo", mask_threshold=0.05)
    truncated = torch.clamp(torch.exp(OLD - SAMPLER), max=2.0)
    case(source, "sapo", {}, lambda logp: trl_loss(GRPOTrainer, logp, "sapo", weights=truncated), batch="tis")
    # Completions 1 and 4 were cut off: mask_truncated_completions.
    whole = MASK * torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])[:, None]
    case(source, "dapo", {}, lambda logp: trl_loss(GRPOTrainer, logp, "dapo", high=0.28, mask=whole), batch="filtered")
    case(source, "grpo", {}, lambda logp: trl_loss(GRPOTrainer, logp, "grpo", mask=whole), batch="filtered, counted")
    case(source, "dapo", {}, lambda logp: trl_loss(GRPOTrainer, logp, "dapo", high=0.28, top_entropy=0.3), batch="top entropy 0.3")


# --- verl ----------------------------------------------------------------------------------------


class Settings(dict):
    """A configuration as verl reads it: fields, and `get`."""

    def __getattr__(self, name):
        if name == "global_batch_info":
            return {}
        return self.get(name)


def import_core_algorithms(site):
    sys.path.insert(0, site)

    def package(name, **members):
        module = types.ModuleType(name)
        module.__path__ = [f"{site}/{name.replace('.', '/')}"]
        for key, value in members.items():
            setattr(module, key, value)
        sys.modules[name] = module
        return module

    tensordict = types.ModuleType("tensordict")
    tensordict.TensorDict = dict
    sys.modules["tensordict"] = tensordict
    for name in ["verl", "verl.trainer", "verl.trainer.ppo", "verl.workers"]:
        package(name)
    package("verl.utils")
    package("verl.utils.device", get_device_name=lambda: "cpu", get_torch_device=lambda: torch.cpu)
    package("verl.utils.import_utils", deprecated=lambda *a, **k: (lambda f: f))
    package("verl.trainer.config", AlgoConfig=type("AlgoConfig", (), {}))
    package("verl.workers.config", ActorConfig=Settings)
    groupwise = importlib.import_module("verl.utils.groupwise")
    sys.modules["verl.utils"].as_torch_index = groupwise.as_torch_index
    sys.modules["verl.utils"].group_mean_std = groupwise.group_mean_std
    return importlib.import_module("verl.trainer.ppo.core_algos")


ADVANTAGES = []
VALUE_LOSSES = []
CORRECTIONS = []


def import_corrections(site, core):
    """verl's corrections of the sampler, without what moves batches between machines."""
    stubs = {
        "verl.protocol": {"DataProto": dict}, "verl.trainer.config.algorithm": {"RolloutCorrectionConfig": dict},
        "verl.workers.config.actor": {"PolicyLossConfig": dict}}
    for name, members in stubs.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module
    return importlib.import_module("verl.trainer.ppo.rollout_corr_helper")


def correction_cases(helper, source):
    ratio = (OLD - SAMPLER) * MASK

    def add(rule, arguments, weights):
        CORRECTIONS.append({"source": source, "rule": rule, "arguments": arguments, "weight": rows(weights)})

    for level in ["token", "sequence"]:
        for normalize in [False, True]:
            weights, _ = helper.compute_rollout_correction_weights(ratio, MASK, level, 1.3, normalize)
            add("truncate", {"level": level, "high": 1.3, "normalize": str(normalize)}, weights)
            weights, _ = helper.compute_rollout_correction_weights(ratio, MASK, level, "0.6_1.5", normalize)
            add("mask", {"level": level, "low": 0.6, "high": 1.5, "normalize": str(normalize)}, weights)
    for option, high in {
        "token_k1": 0.4, "token_k2": 0.05, "token_k3": 0.05, "seq_sum_k1": 0.5, "seq_sum_k2": 0.2, "seq_sum_k3": 0.2,
        "seq_mean_k1": 0.1, "seq_mean_k2": 0.06, "seq_mean_k3": 0.06, "seq_max_k2": 0.15, "seq_max_k3": 0.15,
    }.items():
        # Bounds of k1 are ratios there.
        threshold = str(math.exp(high)) if option.endswith("k1") else str(high)
        kept, _ = helper.compute_rollout_rejection_mask(ratio, MASK, option, threshold)
        reach, estimator = option.removeprefix("seq_").split("_")
        add("reject", {"estimator": estimator, "over": reach, "high": high}, kept)


def verl_cases(site):
    core = import_core_algorithms(site)
    with open(f"{site}/verl/version/version") as file:
        source = f"verl {file.read().strip()}"

    correction_cases(import_corrections(site, core), source)

    def add(objective, arguments, function, mode, **settings):
        config = Settings({"clip_ratio": 0.2, "clip_ratio_c": 1e9} | settings)
        case(source, objective, arguments, lambda logp: function(
            OLD, logp, (ADVANTAGE[:, None] * MASK), MASK, mode, config)[0])

    vanilla = core.compute_policy_loss_vanilla
    for mode in ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm"]:
        ours = {"aggregate": mode.replace("-", "_"), "budget": max(LENGTHS)}
        add("grpo", ours, vanilla, mode)
    add("grpo", {"aggregate": "token_mean", "dual_clip": 1.5}, vanilla, "token-mean", clip_ratio_c=1.5)
    add("dapo", {"dual_clip": 10}, vanilla, "token-mean", clip_ratio_low=0.2, clip_ratio_high=0.28, clip_ratio_c=10.0)
    add("ppo", {}, vanilla, "token-mean")
    add("ppo", {"clip": 0.1, "dual_clip": 1.5}, vanilla, "token-mean", clip_ratio=0.1, clip_ratio_c=1.5)
    add("trpo", {}, vanilla, "token-mean", clip_ratio=1e9)
    add("gspo_token", {}, core.compute_policy_loss_gspo, "seq-mean-token-mean", clip_ratio_low=3e-4, clip_ratio_high=4e-4)
    add("gspo", {"clip_low": 0.1, "clip_high": 0.1}, core.compute_policy_loss_gspo, "seq-mean-token-mean",
        clip_ratio_low=0.1, clip_ratio_high=0.1)
    add("sapo", {"tau_pos": 1, "tau_neg": 1.05}, core.compute_policy_loss_sapo, "seq-mean-token-mean", tau_pos=1.0, tau_neg=1.05)
    add("sapo", {"tau_pos": 2, "tau_neg": 0.95}, core.compute_policy_loss_sapo, "seq-mean-token-mean", tau_pos=2.0, tau_neg=0.95)
    add("cispo", {"clip_low": 0.2, "clip_high": 0.2}, core.compute_policy_loss_cispo, "token-mean")
    add("gmpo", {"clip": 0.2}, core.compute_policy_loss_geo_mean, "token-mean")
    add("dppo", {}, core.compute_policy_loss_dppo_tv, "token-mean", clip_ratio_c=20.0)
    add("dppo", {"clip_low": 0.1, "clip_high": 0.05, "cap": 1.5}, core.compute_policy_loss_dppo_tv, "token-mean",
        clip_ratio_low=0.1, clip_ratio_high=0.05, clip_ratio_c=1.5)
    add("dppo", {"divergence": "kl", "clip_low": 0.05, "clip_high": 0.02}, core.compute_policy_loss_dppo_kl,
        "token-mean", clip_ratio_low=0.05, clip_ratio_high=0.02, clip_ratio_c=20.0)
    add("reinforce", {"aggregate": "token_mean"}, core.compute_policy_loss_gpg, "token-mean")

    # The batch has covariances of up to 1.5; a share of 1 leaves nothing to chance.
    def policy(**settings):
        return {"policy_loss": types.SimpleNamespace(**settings)}

    for low, high in [(0.2, 0.8), (0.0, 5.0)]:
        add("clip_cov", {"share": 1, "low": low, "high": high}, core.compute_policy_loss_clip_cov, "token-mean",
            **policy(clip_cov_ratio=1.0, clip_cov_lb=low, clip_cov_ub=high))
    for share, price in [(2e-4, 1.0), (0.3, 0.5)]:
        add("kl_cov", {"share": share, "price": price}, core.compute_policy_loss_kl_cov, "token-mean",
            **policy(kl_cov_ratio=share, ppo_kl_coef=price))
    for beta in [0.05, 0.7]:
        add("dro", {"strength": beta}, core.compute_policy_loss_dro, "token-mean", **policy(dro_beta=beta))

    # The estimators of the divergence: as penalties on a surrogate that is 0.
    for kind in ["k1", "k2", "k3", "abs", "k1+", "k3+"]:
        case(source, "kl", {"kl": kind}, lambda logp: core.agg_loss(core.kl_penalty(logp, REF, kind), MASK, "token-mean"))

    import numpy as np

    last = torch.zeros_like(MASK)
    for i, length in enumerate(LENGTHS):
        last[i, length - 1] = REWARD[i]
    index = np.array(GROUPS)
    config = Settings({"norm_adv_by_std_in_grpo": True})

    def estimate(name, arguments, values):
        ADVANTAGES.append({"source": source, "estimator": name, "arguments": arguments, "advantage": rows(values)})

    def verl(function, **extra):
        return function(last.clone(), response_mask=MASK, index=index, config=config, **extra)[0]

    estimate("group_norm", {}, verl(core.compute_grpo_outcome_advantage))
    estimate("group_center", {}, verl(core.compute_grpo_outcome_advantage, norm_adv_by_std_in_grpo=False))
    estimate("rloo", {}, verl(core.compute_rloo_outcome_advantage))
    estimate("opo", {}, verl(core.compute_opo_outcome_advantage))
    estimate("gpg", {}, verl(core.compute_gpg_outcome_advantage))
    estimate("grpo_passk", {"scale": "std"}, verl(core.compute_grpo_passk_outcome_advantage))
    estimate("reinforce_pp_baseline", {}, verl(core.compute_reinforce_plus_plus_baseline_outcome_advantage))
    penalised = last - 0.1 * (OLD - REF) * MASK
    estimate("reinforce_pp", {"beta": 0.1, "gamma": 0.9}, core.compute_reinforce_plus_plus_outcome_advantage(
        penalised, response_mask=MASK, config=Settings({"gamma": 0.9}))[0] * MASK)
    remax = core.compute_remax_outcome_advantage(
        last, reward_baselines=torch.tensor([0.5, 0.5, 0.5, -1.0, -1.0, -1.0]), response_mask=MASK)[0]
    estimate("remax", {}, remax * MASK)
    values = MOVED_VALUES.clone().requires_grad_(True)
    for clip in [0.2, 0.5]:
        loss, share = core.compute_value_loss(values, RETURNS, VALUES, MASK, clip)
        (slope,) = torch.autograd.grad(loss, values)
        VALUE_LOSSES.append(
            {"source": source, "clip": clip, "value": float(loss.detach()), "gradient": rows(slope), "silenced": float(share)})

    # The second reward is minus the length; verl puts each reward on its completion's last token.
    scores = {"verdict": REWARD.numpy(), "brevity": -np.array(LENGTHS, dtype=float)}
    tokens = {"prompts": torch.ones(len(LENGTHS), 1), "attention_mask": torch.cat([torch.ones(len(LENGTHS), 1), MASK], dim=1).long()}
    estimate("gdpo", {}, core.compute_gdpo_outcome_advantage(
        last.clone(), response_mask=MASK, index=index, non_tensor_batch=scores, batch=tokens,
        config=Settings({"gdpo_reward_keys": list(scores), "gdpo_reward_weights": [1.0, 0.5]}))[0])

    for tail in ["own", "none"]:
        estimate("otb", {"tail": tail}, core.compute_optimal_token_baseline_advantage(
            last, MASK, index, OLD, SQUARES, handle_zero_tail=tail == "none", epsilon=0)[0])

    gae, returns = core.compute_gae_advantage_return(last, VALUES * MASK, MASK, torch.tensor(0.9), torch.tensor(0.8))
    ADVANTAGES.append({
        "source": source, "estimator": "gae", "arguments": {"gamma": 0.9, "lambda": 0.8}, "advantage": rows(gae),
        "returns": rows(returns), "whitened": True})


def main():
    trl_cases()
    verl_cases(sys.argv[1])
    json.dump(
        {
            "made_by": "scripts/golden/objectives.py",
            "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
            "batch": {
                "logp": rows(NEW), "old": rows(OLD), "ref": rows(REF), "sampler": rows(SAMPLER), "values": rows(VALUES),
                "entropy": rows(ENTROPY), "score_norm": rows(1 - 2 * torch.exp(OLD) + SQUARES), "moved_values": rows(MOVED_VALUES), "returns": rows(RETURNS),
                "advantage": ADVANTAGE.tolist(), "reward": REWARD.tolist(), "group": GROUPS,
                "baseline": [0.5, 0.5, 0.5, -1.0, -1.0, -1.0],
            },
            "objectives": CASES,
            "advantages": ADVANTAGES,
            "value_losses": VALUE_LOSSES,
            "corrections": CORRECTIONS,
        }, sys.stdout, indent=1)
    print()


main()
