"""What stands between the products of a block, each in one pass: dropout + residual + norm, and GELU.

Modules get an instance-level `forward` that takes the kernel where there is one for what comes in, and does what the
class's own forward does where there is none.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers.activations import GELUActivation

from tunecard.encoders.bert_like import ends_in_norm
from tunecard.kernels import gelu, residual_norm, takes_kernels, takes_residual_norm


def install_fused_blocks(model: nn.Module) -> None:
    """Fuses the ends of attention and feed-forward of BERT and its kin, and GELU wherever it is a module."""
    for module in fused_block_modules(model):
        module.forward = _gelu_of(module) if isinstance(module, GELUActivation) else _norm_of(module)


def fused_block_modules(model: nn.Module) -> list[nn.Module]:
    """The modules that `install_fused_blocks` changes."""
    return [module for module in model.modules() if type(module) is GELUActivation or ends_in_norm(module)]


def _norm_of(module: Any) -> Any:
    norm, dropout = module.LayerNorm, module.dropout

    def forward(hidden_states: Tensor, input_tensor: Tensor) -> Tensor:
        x = module.dense(hidden_states)
        is_frozen = not (norm.weight.requires_grad or norm.bias.requires_grad)
        if is_frozen and takes_residual_norm(x, input_tensor, norm.weight):
            p = dropout.p if dropout.training else 0.0
            return residual_norm(x, input_tensor, norm.weight, norm.bias, epsilon=norm.eps, p=p)
        normed: Tensor = norm(dropout(x) + input_tensor)
        return normed

    return forward


def _gelu_of(module: Any) -> Any:
    def forward(x: Tensor) -> Tensor:
        return gelu(x) if takes_kernels(x) else module.act(x)

    return forward
