"""The WSGI application: `app:app` for a server, `--app app` for the flask command."""

from crm import create_app

app = create_app()
