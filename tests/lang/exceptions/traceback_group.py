# An uncaught exception group.
def fail(kind, *args):
    raise kind(*args)


def collect():
    errors = []
    for kind, arg in ((ValueError, "bad value"), (KeyError, "key")):
        try:
            fail(kind, arg)
        except Exception as error:
            errors.append(error)
    try:
        raise ExceptionGroup("inner", [errors.pop()])
    except ExceptionGroup as group:
        errors.append(group)
    raise ExceptionGroup("several failures", errors)


collect()
