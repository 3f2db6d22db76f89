def other():
    from .alpha import NAME
    from . import alpha
    return NAME, alpha.__name__
