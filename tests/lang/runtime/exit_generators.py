# A suspended generator in a global is closed at the end; the globals are whole.
def suspended():
    try:
        yield 1
    finally:
        print("closed", after)


g = suspended()
next(g)
after = "still here"
print("end")
