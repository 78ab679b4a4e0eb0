"""Tables of `m0001_people`."""

from __future__ import annotations

import peewee


class UnitTable(peewee.Model):
    """A node of the organisation tree: organisation, department or team."""

    id = peewee.AutoField()
    parent_id = peewee.IntegerField(null=True)
    kind = peewee.TextField()
    label = peewee.TextField()
    position = peewee.IntegerField(default=0)
    active = peewee.BooleanField(default=True)

    class Meta:
        table_name = "units"


class UserTable(peewee.Model):
    id = peewee.AutoField()
    login = peewee.TextField()
    name = peewee.TextField()
    agent = peewee.TextField(null=True)
    unit_id = peewee.IntegerField(null=True)
    password_hash = peewee.TextField()
    must_change_password = peewee.BooleanField(default=False)
    active = peewee.BooleanField(default=True)
    created_at = peewee.TextField()

    class Meta:
        table_name = "users"


class RoleTable(peewee.Model):
    id = peewee.TextField(primary_key=True)
    label = peewee.TextField()
    position = peewee.IntegerField(default=0)
    built_in = peewee.BooleanField(default=False)

    class Meta:
        table_name = "roles"


class RolePermissionTable(peewee.Model):
    role_id = peewee.TextField()
    permission = peewee.TextField()

    class Meta:
        table_name = "role_permissions"
        primary_key = peewee.CompositeKey("role_id", "permission")


class UserRoleTable(peewee.Model):
    user_id = peewee.IntegerField()
    role_id = peewee.TextField()

    class Meta:
        table_name = "user_roles"
        primary_key = peewee.CompositeKey("user_id", "role_id")


class SessionTable(peewee.Model):
    token_hash = peewee.TextField(primary_key=True)
    user_id = peewee.IntegerField()
    created_at = peewee.DoubleField()
    seen_at = peewee.DoubleField()
    expires_at = peewee.DoubleField()
    address = peewee.TextField(default="")
    browser = peewee.TextField(default="")

    class Meta:
        table_name = "sessions"


class AuditTable(peewee.Model):
    id = peewee.AutoField()
    at = peewee.TextField()
    user_id = peewee.IntegerField(null=True)
    user_name = peewee.TextField(default="")
    address = peewee.TextField(default="")
    action = peewee.TextField()
    subject = peewee.TextField(default="")
    subject_id = peewee.TextField(default="")
    before = peewee.TextField(default="")
    after = peewee.TextField(default="")

    class Meta:
        table_name = "audit_entries"


class SettingTable(peewee.Model):
    key = peewee.TextField(primary_key=True)
    value = peewee.TextField()

    class Meta:
        table_name = "settings"
