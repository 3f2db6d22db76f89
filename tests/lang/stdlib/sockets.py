# Sockets over loopback and Unix domain: the class, timeouts, ancillary data, names, errors.
import array, errno, os, selectors, socket, tempfile, threading, select, socketserver, struct, signal, time

def error(f, *args):
    try:
        print('no error', f(*args))
    except Exception as e:
        print(type(e).__name__, e)

a, b = socket.socketpair()
print(a.family, a.type, a.proto, a.gettimeout(), a.getblocking())
print(a.send(b'hello'), b.recv(3), b.recv(10))
a.sendall(memoryview(b'view'))
buf = bytearray(8)
print(b.recv_into(buf, 2), b.recvfrom_into(buf), buf)
a.shutdown(socket.SHUT_WR)
print(b.recv(10), b.recvfrom(10))
b.close()
print(b.fileno(), b._closed)
error(b.recv, 1)
error(a.recv_into, b'const')
error(a.recv, -1)
error(a.send, 'text')
print(a.detach() >= 0, a.fileno())

# stream server and client
listener = socket.create_server(('127.0.0.1', 0))
host, port = listener.getsockname()
print(host, port > 0, listener.get_inheritable())
def serve():
    conn, peer = listener.accept()
    with conn, conn.makefile('rwb') as f:
        for line in f:
            f.write(line.upper())
            f.flush()
t = threading.Thread(target=serve)
t.start()
with socket.create_connection((host, port), timeout=10) as c:
    print(c.gettimeout(), c.getpeername() == (host, port))
    f = c.makefile('rw', encoding='utf-8', newline='\n')
    for word in ['one', 'zwei', 'drei\u00e9']:
        print(word, file=f, flush=True)
        print(ascii(f.readline()))
    f.close()
t.join()
listener.close()

# timeouts and blocking modes
a, b = socket.socketpair()
a.settimeout(.01)
error(a.recv, 1)
a.setblocking(False)
print(a.gettimeout(), a.timeout, a.getblocking())
error(a.recv, 1)
error(a.settimeout, -1)
error(a.settimeout, 'x')
socket.setdefaulttimeout(1.5)
with socket.socket() as s:
    print(s.gettimeout(), socket.getdefaulttimeout())
socket.setdefaulttimeout(None)
a.settimeout(None)
def later():
    time.sleep(.02)
    b.send(b'late')
t = threading.Thread(target=later)
t.start()
print(a.recv(10))
t.join()
# a handler runs while recv waits, which goes on afterwards
seen = []
signal.signal(signal.SIGALRM, lambda *_: (seen.append(1), b.send(b'signal')))
signal.setitimer(signal.ITIMER_REAL, .02)
print(a.recv(10), seen)
class Stop(Exception): pass
def stop(*_): raise Stop
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, .02)
try:
    a.recv(1)
except Stop:
    print('stopped')

# descriptors through a socket
r, w = os.pipe()
socket.send_fds(a, [b'pipe'], [w])
data, fds, flags, addr = socket.recv_fds(b, 100, 4)
os.write(fds[0], b'through')
print(data, len(fds), flags, os.read(r, 20))
for fd in [r, w, *fds]:
    os.close(fd)
print(a.sendmsg([b'one', bytearray(b'two'), memoryview(b'three')]))
parts = [bytearray(4), bytearray(4)]
print(b.recvmsg_into(parts), parts, b.recvmsg(100))
print(a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))]))
data, [(level, kind, cdata)], flags, addr = b.recvmsg(10, socket.CMSG_SPACE(4))
print(data, level == socket.SOL_SOCKET, kind == socket.SCM_RIGHTS, len(cdata))
os.close(struct.unpack('i', cdata)[0])
error(a.sendmsg, [b'x'], [(1, 2)])
error(a.sendmsg, 5)
a.close(); b.close()

# datagrams
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u, \
     socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as v:
    u.bind(('127.0.0.1', 0)); v.bind(('localhost', 0))
    print(v.sendto(b'datagram', u.getsockname()))
    data, frm = u.recvfrom(100)
    print(data, frm == v.getsockname())
    u.connect(frm)
    u.send(b'')
    print(v.recv(5), v.sendto(b'tail', 0, u.getsockname()), u.recvmsg(2)[2] == socket.MSG_TRUNC)
    error(v.sendto, b'x')
    error(v.sendto, b'x', ('127.0.0.1', 70000))
    error(v.sendto, b'x', 5)

# Unix addresses
with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, 's\u00f6ck')
    with socket.socket(socket.AF_UNIX) as s, socket.socket(socket.AF_UNIX) as c:
        print(repr(s.getsockname()))
        s.bind(path); s.listen()
        print(s.getsockname() == path)
        c.connect(os.fsencode(path))
        conn, peer = s.accept()
        print(repr(peer), c.getpeername() == path)
        conn.close()
    with socket.socket(socket.AF_UNIX) as c:
        error(c.connect, path)
        print(c.connect_ex(os.path.join(d, 'none')) == errno.ENOENT)
        error(c.bind, 'x' * 200)
with socket.socket(socket.AF_UNIX) as s:
    name = b'\0pyrs-test-%d' % os.getpid()
    s.bind(name)
    print(s.getsockname() == name)

# options
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 5))
    print(struct.unpack('ii', s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
    error(s.getsockopt, 1, 2, 5000)
    error(s.setsockopt, 1, 2)
    error(s.bind, ('127.0.0.1',))
    error(s.bind, 7)
    error(s.getpeername)
    with socket.socket(fileno=os.dup(s.fileno())) as other:
        print(other.family, other.type, other.proto == socket.IPPROTO_TCP)
    d = s.dup()
    print(d.fileno() != s.fileno(), d.get_inheritable())
    d.close()
error(lambda: socket.socket(fileno=-1))

# conversions
print(socket.htons(1) in (1, 256), socket.ntohl(socket.htonl(5)))
error(socket.htons, 1 << 16)
error(socket.htonl, -1)
print(socket.inet_aton('127.1'), socket.inet_ntoa(b'\x01\x02\x03\x04'))
print(socket.inet_pton(socket.AF_INET6, '::1'), socket.inet_ntop(socket.AF_INET6, b'\x20\x01' + b'\0' * 13 + b'\x05'))
error(socket.inet_pton, socket.AF_INET, '1.2.3')
error(socket.inet_ntop, socket.AF_INET, b'123')
print(socket.CMSG_LEN(0) <= socket.CMSG_SPACE(1), socket.getprotobyname('tcp'))
print(socket.getaddrinfo('127.0.0.1', 80, type=socket.SOCK_STREAM))
print(socket.gethostbyname('127.0.0.1'), socket.getnameinfo(('127.0.0.1', 9), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
try:
    socket.getaddrinfo('127.0.0.1', 80, flags=socket.AI_NUMERICHOST, family=socket.AF_INET6)
except socket.gaierror as e:
    print(e.errno in (socket.EAI_ADDRFAMILY, socket.EAI_NONAME), isinstance(e, OSError))
print((1, 'lo') in socket.if_nameindex(), socket.if_nametoindex('lo'), socket.if_indextoname(1))
print(socket.error is OSError, socket.timeout is TimeoutError, socket.has_ipv6)
print(socket.gaierror.__mro__[1], socket.SocketType)

# selectors and a server
a, b = socket.socketpair()
for cls in selectors.DefaultSelector, selectors.SelectSelector, selectors.PollSelector:
    with cls() as sel:
        sel.register(a, selectors.EVENT_READ, 'a')
        print(sel.select(0))
        b.send(b'!')
        [(key, events)] = sel.select()
        print(key.data, events, a.recv(1))
a.close(); b.close()
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline()[::-1])
with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as server:
    t = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': .01})
    t.start()
    with socket.create_connection(server.server_address) as c:
        c.sendall(b'abc\n')
        print(c.recv(100))
    server.shutdown()
    t.join()
with socket.socket() as s:
    print(repr(s)[:15], 'family=2, type=1, proto=0' in repr(s))
print(repr(s))
