"""Leads that other systems send: signed messages, each taken once."""
