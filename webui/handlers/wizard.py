"""How far the set-up guide has come, and the built-in voice for the welcome."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.store.settings import get_setting, set_setting
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import ApiHandler
from webui.prompts import PromptView

_SETTING = "wizard"


class StepState(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"


StepName = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{1,20}$")]


class WizardState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps that somebody went through; the others are still to come."""

    steps: Annotated[dict[StepName, StepState], msgspec.Meta(max_length=20)] = {}


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class WizardHandler(ApiHandler):
    @needs(P.ADM_ORG)
    async def get(self) -> WizardState:
        """Which steps are done or skipped."""
        kept = await self.context.database.read(get_setting, _SETTING)
        return msgspec.json.decode(kept, type=WizardState) if kept else WizardState()

    @needs(P.ADM_ORG)
    async def put(self, body: WizardState) -> WizardState:
        """Remember which steps are done or skipped."""
        await self.context.database.write(set_setting, _SETTING, msgspec.json.encode(body).decode())
        return body


class PromptSpeechHandler(ApiHandler):
    @needs(P.IVR_PROMPT)
    async def post(self, prompt_id: str, body: Words) -> PromptView:
        """Have the built-in Mandarin voice read a text as this prompt; 422 says why it cannot."""
        view = await self.context.prompts.speak(body.text, prompt_id)
        with suppress(EngineDown):  # it reads prompts when it starts
            await self.context.link.command(ReloadCallPlan())
        await self.audit("ivr.prompt", "prompt", prompt_id, after=body.text)
        return view
