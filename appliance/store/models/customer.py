"""Tables of `m0002_customers`."""

from __future__ import annotations

import peewee


class CustomerTable(peewee.Model):
    id = peewee.AutoField()
    code = peewee.TextField(null=True)
    name = peewee.TextField()
    card = peewee.TextField(default="")
    address = peewee.TextField(default="")
    status = peewee.TextField(default="")
    level = peewee.TextField(default="")
    area = peewee.TextField(default="")
    note = peewee.TextField(default="")
    search_text = peewee.TextField(default="")
    """Everything that a fuzzy search looks at, folded, one part a line."""
    created_at = peewee.TextField()
    updated_at = peewee.TextField()

    class Meta:
        table_name = "customers"


class CustomerNumberTable(peewee.Model):
    number = peewee.TextField(primary_key=True)
    customer_id = peewee.IntegerField()
    position = peewee.IntegerField(default=0)

    class Meta:
        table_name = "customer_numbers"


class ReasonTable(peewee.Model):
    id = peewee.AutoField()
    parent_id = peewee.IntegerField(null=True)
    label = peewee.TextField()
    position = peewee.IntegerField(default=0)
    active = peewee.BooleanField(default=True)

    class Meta:
        table_name = "reasons"
