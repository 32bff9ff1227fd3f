"""E-mail out: settings, templates, the outbox and its gate, bounces, and what is sent by itself."""
