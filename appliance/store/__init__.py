"""The database of the box: calls, customers, people, settings. peewee and SQL live in this package only.

`database.open_database(settings.store.url, settings.data) -> Database` migrates and opens. Store functions take a
`Connection` first and are run by the database: `await database.read(get_call, call_id)`,
`await database.write(add_user, draft, hash, now)` (one write thread, one transaction a call). They return frozen
structs and raise `errors.StoreError` (`NotFoundError`, `ConflictError`, `InvalidError`: `field` names the field, the
text is Chinese).

users        count_users() · list_users() · get_user(user_id) · find_user_by_agent(agent) · agent_names() ·
             find_credentials(login) -> Credentials | None · get_credentials(user_id) · add_user(UserDraft, hash, at) ·
             update_user(user_id, UserDraft) · set_password(user_id, hash, must_change=) · permissions_of(user_id)
roles        list_roles() · get_role(role_id) · save_role(role_id, label, permissions) · delete_role(role_id)
sessions     add_session(token_hash=, user_id=, at=, expires_at=, address=) · find_session(token_hash, at) ·
             touch_session(token_hash, at, expires_at) · end_session(token_hash) · end_sessions_of(user_id)
settings     get_setting(key, default) · set_setting(key, value)
audit        add_audit_entry(at=, user_id=, user_name=, action=, …) · list_audit_entries(limit=, before_id=)
reasons      reason_tree() -> tuple[ReasonNode, …] · reason_labels() · add_reason(label, parent) ·
             rename_reason(id, label) · set_reason_active(id, active=)
customers    list_customers(search, scope=, limit=, before=) -> CustomerPage · get_customer(id) ·
             find_by_number(number) · add_customer(CustomerDraft, at) · update_customer(id, CustomerDraft, at) ·
             delete_customer(id, at) · merge_customers(this, other, choices, at, user_name) · list_changes(id) ·
             get_form() · list_areas()
             (setting `area_code` must be set from the call plan: it completes local numbers)
calls        get_call(call_id, scope) -> CallDetail (row, steps) · edit_call(call_id, CallEdit) -> CallRow ·
             bind_customer(call_id, customer_id | None) -> CallRow · earlier_calls(number, scope, limit=, before=) ·
             lock_recording(call_id, locked=)
call_search  CallSearch (the 19 conditions) · call_search_check.decode_search(json) (plain function, no connection)
scope        Scope: which calls a user may see; EVERYTHING
call_list    list_calls(search, scope, limit=, before=) -> CallPage · count_calls(search, scope, cap=) -> CallCount ·
             list and print are these same rows
call_values  each_values(search, scope, order, fields) -> Iterator[tuple]: the same calls for an export
exports      add_export(user_id=, search=, scope=, columns=, at=) -> Export · get_export(export_id) ·
             list_exports(user_id) · delete_export(export_id); the job itself is `appliance.jobs.export`
voicemails   list_voicemails(query, reach, limit=, before=) · get_voicemail(call_id, reach) ·
             edit_voicemail(row, edit) · mark_heard(row) · link_call_back(row, call_id) · delete_voicemail(row) ·
             count_new(reach) · message_book(boxes); voicemail_reach: reach_of(user_id, boxes) -> VoicemailReach
followups    list_followups(query, reach, now, limit=, after=) · get_followup(source, reach, now) ·
             close_followup(row, reason, by, at) · assign_followup(row, agent, at) · open_followup(number, now);
             contacts: note_call, note_booking, set_policy; followup_day, ratings: figures
ingest       ingest(folder) -> IngestReport: continue from the stored journal position (run it with `write`)
             · unread_bytes(folder): how far behind it is
holidays     set_holidays(closed_on, opened_on): the bureau's calendar, for the search by kind of day
"""
