"""Alarms: readings of the box, rules with thresholds, and what is raised and cleared by them."""
