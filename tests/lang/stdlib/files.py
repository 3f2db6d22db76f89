# Files, buffers and text streams: positions, line ends, encodings, errors.
import io, os, tempfile
d = tempfile.mkdtemp()
p = os.path.join(d, 'x.txt')
with open(p, 'w', encoding='utf-8') as f:
    print(f.write('héllo\nworld\r\n'), f.tell())
    for i in range(3):
        print(i, 'x', file=f)
print(open(p, 'rb').read())
with open(p, encoding='utf-8') as f:
    print(f.readline(), f.tell(), repr(f.read(3)), f.tell())
    f.seek(0)
    print(f.readlines(), f.newlines)
    print(f.closed, f.name == p, f.mode)
with open(p, newline='', encoding='utf-8') as f:
    print(list(f))
print(repr(f).replace(d, ''), f.closed)
def attempt(g):
    try:
        g()
    except Exception as e:
        print(type(e).__name__, str(e).replace(d, ''))
attempt(f.read)
attempt(lambda: open('/nonexistent/a'))
attempt(lambda: open('/tmp'))
attempt(lambda: open(p, 'q'))
attempt(lambda: open(p, 'rb', encoding='ascii'))
attempt(lambda: open(p, buffering=0))
attempt(lambda: open(p, newline='x'))
attempt(lambda: open(p).write('x'))
attempt(lambda: open(p, 'wb').read())
attempt(lambda: io.StringIO().write(b'x'))
attempt(lambda: io.BytesIO().write('x'))
b = io.BytesIO(b'abc')
b.seek(0, 2)
b.write(b'def')
print(b.getvalue(), b.tell(), b.getbuffer()[1:3].tobytes())
b.seek(9)
b.write(b'!')
print(b.getvalue())
s = io.StringIO()
s.write('a\nb')
s.write('c')
s.seek(0)
print(repr(s.readline()), s.read(), repr(s.getvalue()))
s.seek(1)
s.write('ZZZZ')
print(repr(s.getvalue()))
print(repr(io.StringIO('a\r\nb\rc', newline=None).getvalue()))
print(list(io.StringIO('a\r\nb\rc', newline='')))
with open(p, 'w+b') as f:
    f.write(b'0123456789')
    f.seek(3)
    f.write(b'ZZ')
    print(f.read(4))
    f.seek(0)
    print(f.read(), f.tell())
    print(f.truncate(4), f.seek(0), f.peek(2)[:2], f.read())
with open(p, 'w', encoding='utf-16') as f:
    f.write('hi\n')
with open(p, 'a', encoding='utf-16') as f:
    f.write('there')
print(open(p, 'rb').read()[2:].decode('utf-16-le' if open(p, 'rb').read()[0] == 255 else 'utf-16-be'), open(p, encoding='utf-16').read())
with open(p, 'wb') as f:
    f.write(b'ab\xffcd')
attempt(lambda: open(p, encoding='utf-8').read())
print(ascii(open(p, encoding='utf-8', errors='surrogateescape').read()), open(p, encoding='latin-1').read())
class Raw(io.RawIOBase):
    def __init__(self):
        self.parts = [b'ab', b'c\nd', b'']
    def readable(self):
        return True
    def readinto(self, b):
        part = self.parts.pop(0) if self.parts else b''
        b[:len(part)] = part
        return len(part)
print(io.BufferedReader(Raw()).read(), io.BufferedReader(Raw()).readline(), io.BufferedReader(Raw()).read1())
print(list(io.TextIOWrapper(io.BufferedReader(Raw()))))
t = io.TextIOWrapper(io.BytesIO(), encoding='ascii', errors='backslashreplace', newline='\r\n')
t.write('é\n')
t.flush()
print(t.buffer.getvalue())
t.reconfigure(encoding='utf-8', newline='\n')
t.write('é\n')
print(t.detach().getvalue())
attempt(t.flush)
dec = io.IncrementalNewlineDecoder(None, True)
print([dec.decode('a\r'), dec.decode('\nb\r', True)], dec.newlines)
with open(p, 'w', encoding='utf-8') as f:
    f.write('αβγ\nδεζ\n' * 1000)
with open(p, encoding='utf-8') as f:
    f.read(1501)
    at = f.tell()
    rest = f.read()
    f.seek(at)
    print(rest == f.read(), len(rest))
    f.seek(0)
    next(f)
    attempt(f.tell)
for e in os.scandir(d):
    print(e.name, e.is_file(), e.is_dir(), repr(e))
st = os.stat(p)
print(st.st_size, st[6], oct(st.st_mode)[:4], isinstance(st.st_mtime, float))
r, w = os.pipe()
print(os.write(w, b'hey'), os.read(r, 10), os.close(w), os.read(r, 1))
os.rename(p, p + '2')
os.symlink('x.txt2', p)
print(os.readlink(p), os.path.islink(p), sorted(os.listdir(d)))
attempt(lambda: os.mkdir(d))
attempt(lambda: os.rename(p + '3', p))
attempt(lambda: os.stat('a\0b'))
attempt(lambda: os.listdir(1.5))
os.remove(p)
os.remove(p + '2')
os.rmdir(d)
print(os.path.normpath('//a/../b/.//c'), os.fsencode('é'), os.fspath(b'x'))
