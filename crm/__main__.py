"""`python -m crm serve`: the flask command's own commands, without looking for others' plugins."""

from __future__ import annotations

import gc


def main() -> None:
    """Run one command of the app's."""
    # Nearly all that is made while starting stays: looking through it for garbage is lost time.
    gc.disable()
    from flask.cli import ScriptInfo

    from crm import create_app

    app = create_app()
    gc.enable()
    with app.app_context():
        app.cli.main(obj=ScriptInfo(create_app=lambda: app), prog_name="crm")


if __name__ == "__main__":
    main()
