def __getattr__(name):
    if name in ("computed", "anything"):
        return name.upper()
    raise AttributeError(f"lazy has no {name}")


def __dir__():
    return ["computed"]
