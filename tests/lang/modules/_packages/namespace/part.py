here = __name__
