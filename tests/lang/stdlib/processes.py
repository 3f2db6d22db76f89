# Processes, signals and clocks.
import os, select, signal, subprocess, time
print(subprocess.run(['echo', 'hi'], capture_output=True, text=True))
print(subprocess.run('cat; exit 3', shell=True, input=b'abc', capture_output=True))
for command, options in [(['/nonexistent'], {}), (['sleep', '5'], {'timeout': .1})]:
    try:
        subprocess.run(command, **options)
    except (OSError, subprocess.TimeoutExpired) as e:
        print(type(e).__name__, e)
print(subprocess.check_output(['pwd'], cwd='/'), subprocess.call('kill -9 $$', shell=True))
print(subprocess.check_output('echo $A', shell=True, env={'A': 'b', 'PATH': os.environ['PATH']}))
def handler(number, frame):
    print('got', signal.Signals(number).name)
print(signal.signal(signal.SIGUSR1, handler))
os.kill(os.getpid(), signal.SIGUSR1)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, .02)
time.sleep(.1)
def interrupting(number, frame):
    raise RuntimeError('alarm')
signal.signal(signal.SIGALRM, interrupting)
for wait in [lambda: [0 for _ in iter(int, 1)], lambda: time.sleep(10), lambda: os.read(os.pipe()[0], 1), lambda: select.select([], [], [], 10)]:
    signal.setitimer(signal.ITIMER_REAL, .02)
    try:
        wait()
    except RuntimeError as e:
        print(e)
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)
except KeyboardInterrupt:
    print('interrupted')
print(signal.getsignal(signal.SIGINT), signal.strsignal(2))
t = time.gmtime(86400 * 365)
print(t, time.strftime('%Y-%m-%d %j', t), time.asctime(t), tuple(t), t.tm_zone)
pid = os.fork()
if pid == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
r, w = os.pipe()
print(select.select([r], [w], [], 0) == ([], [w], []))
poll = select.poll()
poll.register(r, select.POLLIN)
print(poll.poll(0))
os.write(w, b'x')
print(poll.poll(0) == [(r, select.POLLIN)])
