"""Phone numbers for people who may not see them whole."""

from __future__ import annotations

from appliance.store.masking import masked_number

__all__ = ["masked_number"]
