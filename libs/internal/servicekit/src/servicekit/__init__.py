"""What the services share: settings, logs, health, metrics, flags, an application and its server.

One module for each; a service starts like this:

    settings = load(BoardSettings)
    logs.configure(settings, "compat-board")
    return serve(create_application(settings, title="Compat board", version="1"), settings)
"""
