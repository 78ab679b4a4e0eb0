"""Web hooks that a program sets up for itself, within what its key may see."""

from __future__ import annotations

import msgspec

from appliance.store.api_keys import KeyScope
from appliance.store.web_hooks import Hook, HookTerms, get_hook, list_hooks
from webui.auth.access import with_key
from webui.handlers.base import NOTHING, Nothing
from webui.interfaces.events import NEEDED_SCOPE
from webui.interfaces.handler import KeyHandler
from webui.interfaces.hooks import maker_of
from webui.interfaces.refusal import CodedRefusal


class OwnHooks(msgspec.Struct, frozen=True):
    hooks: tuple[Hook, ...]


class HookKeyHandler(KeyHandler):
    """What both have in common: a program sees and changes only the hooks that its own key made."""

    @property
    def maker(self) -> str:
        """Who made the hook, as it is kept."""
        return maker_of(self.key.id)

    async def own_hook(self, hook_id: str) -> Hook:
        """Raises `CodedRefusal` (404), `NotFoundError`."""
        hook = await self.context.database.read(get_hook, int(hook_id))
        if hook.created_by != self.maker:
            raise CodedRefusal(404, "not_found", "没有这个推送地址，或它不属于此密钥。")
        return hook

    def check(self, terms: HookTerms) -> None:
        """Nothing reaches a hook that its key may not see. Raises `CodedRefusal`."""
        for topic in terms.topics:
            if NEEDED_SCOPE[topic] not in self.key.terms.scopes:
                text = f"此密钥没有“{NEEDED_SCOPE[topic].value}”权限，不能推送 {topic.value}。"
                raise CodedRefusal(403, "scope_missing", text, "topics")
        if not self.key.terms.reach.everything:
            raise CodedRefusal(403, "out_of_reach", "此密钥只能看到部分通话，不能设置推送。")
        if terms.full_numbers and not self.key.terms.full_numbers:
            raise CodedRefusal(403, "out_of_reach", "此密钥不能看到完整号码。", "full_numbers")


class V1HooksHandler(HookKeyHandler):
    @with_key(KeyScope.HOOKS)
    async def get(self) -> OwnHooks:
        """The hooks of this key."""
        hooks = await self.context.database.read(list_hooks)
        return OwnHooks(tuple(hook for hook in hooks if hook.created_by == self.maker))

    @with_key(KeyScope.HOOKS)
    async def post(self, body: HookTerms) -> Hook:
        """A new hook, told of what happens from now on; `secret` checks its signatures."""
        self.check(body)
        hook = await self.context.interfaces.hooks.add(body, self.maker)
        await self.audit("api.hook", "web_hook", str(hook.id), after=msgspec.json.encode(hook.terms).decode())
        return hook


class V1HookHandler(HookKeyHandler):
    @with_key(KeyScope.HOOKS)
    async def put(self, hook_id: str, body: HookTerms) -> Hook:
        """Change it; a paused one is tried again."""
        self.check(body)
        hook = await self.own_hook(hook_id)
        changed = await self.context.interfaces.hooks.change(hook.id, body)
        await self.audit("api.hook", "web_hook", hook_id, after=msgspec.json.encode(changed.terms).decode())
        return changed

    @with_key(KeyScope.HOOKS)
    async def delete(self, hook_id: str) -> Nothing:
        """Nothing is sent there any more."""
        hook = await self.own_hook(hook_id)
        await self.context.interfaces.hooks.remove(hook.id)
        await self.audit("api.hook", "web_hook", hook_id, after="deleted")
        return NOTHING
