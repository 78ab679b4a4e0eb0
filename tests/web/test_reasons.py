"""The tree of call reasons: arranged anew, switched off, deleted unless calls stand under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.store.audit import list_audit_entries
from tests.web.box import Box, Browser, in_box, until_true
from tests.web.fake_engine import record


async def tree_of(browser: Browser) -> dict[str, Any]:
    return dict((await browser.get("/api/reason-tree")).json)


async def put(browser: Browser, tree: list[Any], revision: str = "") -> Any:
    return await browser.put(
        "/api/reason-tree", {"revision": revision or (await tree_of(browser))["revision"], "tree": tree}
    )


def test_a_tree_is_arranged_anew_and_logged(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.person("admin2", "admin")
        tree = (await tree_of(admin))["tree"]
        first, second, *rest = tree
        moved = [second, {**first, "label": "故障", "children": [*first["children"], {"label": "雷击"}]}, *rest]
        moved[0] = {**second, "active": False}
        answer = await put(admin, moved)
        assert answer.status == 200, answer.body.decode()
        after = answer.json["tree"]
        assert [node["label"] for node in after[:2]] == [second["label"], "故障"]
        assert (after[0]["active"], after[1]["id"]) == (False, first["id"])
        assert after[1]["children"][-1]["label"] == "雷击"
        entry = (await box.context.database.read(list_audit_entries))[0]
        assert (entry.action, entry.subject) == ("cust.fields", "reasons")
        assert "雷击" in entry.after
        assert "雷击" not in entry.before

    in_box(tmp_path, test)


def test_two_people_and_wrong_trees(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.person("admin2", "admin")
        before = await tree_of(admin)
        tree = before["tree"]
        assert (await put(admin, tree[:-1], before["revision"])).status == 200
        assert (await put(admin, tree, before["revision"])).status == 409
        tree = (await tree_of(admin))["tree"]
        deep: dict[str, Any] = {"label": "五"}
        for label in "四三二一":
            deep = {"label": label, "children": [deep]}
        for wrong, field in (
            ([*tree, {"label": " "}], f"[{len(tree)}].label"),
            ([*tree, {"label": tree[0]["label"]}], f"[{len(tree)}].label"),
            ([{**tree[0], "children": [{"label": "甲/乙"}]}], "[0].children[0].label"),
            ([*tree, deep], f"[{len(tree)}].children[0].children[0].children[0].children[0].label"),
        ):
            answer = await put(admin, wrong)
            assert (answer.status, answer.json["error"]["field"]) == (422, field), answer.body.decode()
        assert (await put(admin, [{"id": 999, "label": "谁"}])).status == 404
        assert (await put(admin, [tree[0], tree[0]])).status in {404, 422}
        assert (await tree_of(admin))["tree"] == tree

    in_box(tmp_path, test)


def test_a_reason_with_calls_is_not_deleted(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        tree = (await tree_of(admin))["tree"]
        box.engine.log_call(record("20261102-090000-0001", "13812341234"))

        async def filed() -> bool:
            answer = await admin.patch("/api/calls/20261102-090000-0001", {"reason": tree[0]["id"]})
            return answer.status == 200

        await until_true(filed)
        answer = await put(admin, tree[1:])
        assert (answer.status, "停用" in answer.error) == (422, True)
        assert (await tree_of(admin))["tree"] == tree

    in_box(tmp_path, test)


def test_only_who_sets_fields_changes_the_tree(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("leader", "leader")
        assert (await leader.put("/api/reason-tree", {"revision": "x", "tree": []})).status == 403
        assert (await leader.get("/api/reasons")).status == 200

    in_box(tmp_path, test)
