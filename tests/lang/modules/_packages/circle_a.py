import circle_b

value = "a"


def late():
    return circle_b.use()
