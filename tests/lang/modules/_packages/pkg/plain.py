answer = 42
name = __name__
