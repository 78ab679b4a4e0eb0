"""Cellular modules (Quectel EC20 family, SIMCom SIM7600): a mobile connection as one more outside line, and SMS."""
