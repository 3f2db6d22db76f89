# A memoryview forbids its bytearray to change its size only as long as the program has the view.
import array, io

def take(b, n):
    data = bytes(memoryview(b)[:n])
    del b[:n]
    return data

class Stream:
    def __init__(self):
        self.buffer = bytearray()
    def feed(self, data):
        self.buffer.extend(data)
    async def read(self, n):
        data = bytes(memoryview(self.buffer)[:n])
        del self.buffer[:n]
        return data

b = bytearray(b'abcdefgh')
print(take(b, 3), b)
print(sum(memoryview(b)), len(b))
b += b'more'
print(b)

def held():
    view = memoryview(b)
    try:
        b.append(1)
    except BufferError as e:
        print('local:', e)
    view.release()
    b.append(1)
held()
kept = [memoryview(b)]
try:
    b.clear()
except BufferError as e:
    print('list:', e)
del kept
b.clear()
print(b)
a = array.array('i', [1, 2, 3])
print(memoryview(a)[1:].tolist())
a.append(4)
v = memoryview(a)
try:
    a.append(5)
except BufferError as e:
    print('array:', e)
f = io.BytesIO(b'abc')
m = f.getbuffer()
try:
    f.write(b'x' * 10)
except BufferError as e:
    print('BytesIO:', e)
m.release()
print(f.write(b'x' * 10))
b = bytearray(b'abcdefgh')
s = Stream()
total = b''
for i in range(200):
    s.feed(b'%03d,' % i)
    try:
        s.read(4).send(None)
    except StopIteration as e:
        total += e.value
print(len(total), total[-8:], s.buffer)
