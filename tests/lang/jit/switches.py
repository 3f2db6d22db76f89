# The switches of the JIT on the command line and in the environment. Other interpreters do not have them, and print the
# same.
import json
import os
import subprocess
import sys
import tempfile

try:
    from pyrs import jit
except ImportError:
    jit = None

PROGRAM = """
def f(n):
    t = 0
    for i in range(n):
        t += i & 3
    return t
print(f(3000))
"""


def run(*options, env=(), program=PROGRAM):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYRS_JIT", "PYTHON_JIT"))}
    clean.update(env)
    p = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True, env=clean)
    return p.returncode, p.stdout, p.stderr


def can_start_itself():
    """An emulator of one process cannot run the program that it emulates."""
    try:
        return run(program="pass")[0] == 0
    except OSError:
        return False


def check(condition, what):
    if not condition:
        print("wrong:", what)


def stats(*options, env=()):
    code, out, err = run("--jit=stats:json", *options, env=env)
    check(code == 0 and out == "4500\n", (options, env, code, out))
    return json.loads(err)


def check_levels():
    available = sys._jit.is_available()
    for options, env, on in [
        ([], {}, True),
        (["--jit=off"], {}, False),
        (["-X", "jit=0"], {}, False),
        (["-Xjit=0", "--jit=on"], {}, True),
        ([], {"PYRS_JIT": "0"}, False),
        ([], {"PYRS_JIT": "off"}, False),
        ([], {"PYTHON_JIT": "0"}, False),
        (["-E"], {"PYTHON_JIT": "0"}, True),
        (["--jit=on"], {"PYRS_JIT": "0"}, True),
        (["-X", "jit=2"], {}, True),
    ]:
        check(stats(*options, env=env)["enabled"] == (on and available), (options, env))


def check_settings():
    s = stats("-Xjit-threshold=9", "-X", "jit-arena=1M", env={"PYRS_JIT_BRIDGE": "3", "PYRS_JIT_LIMIT": "500"})
    s = s["settings"]
    check([s["threshold"], s["bridge-threshold"], s["limit"]] == [9, 3, 500], s)
    check(s["arena"] == 1 << 20, s)
    check(stats("-X", "jit-traces=0")["traces"] == 0, "no traces")
    check(stats("-X", "jit=2")["settings"]["threshold"] < 10, "eager")
    for options, env in [
        (["--jit=x"], {}),
        (["-X", "jit=7"], {}),
        (["-X", "jit-threshold=0"], {}),
        (["-X", "jit-nothing=1"], {}),
        (["--jit=dump=nothing"], {}),
        ([], {"PYRS_JIT": "maybe"}),
        ([], {"PYRS_JIT_THRESHOLD": "many"}),
    ]:
        code, out, err = run(*options, env=env)
        check(code == 2 and out == "" and err.startswith("pyrs: ") and err.count("\n") == 1, (options, env, err))


def check_reports():
    enabled = stats()["enabled"]
    code, out, err = run("--jit=stats")
    check(out == "4500\n" and err.startswith("pyrs: JIT statistics\n") and "recorded operations" in err, err)
    code, out, err = run("--jit=why")
    check(out == "4500\n" and err.startswith("pyrs: "), err)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "out")
        code, out, err = run(f"--jit=stats:json:{file}")
        with open(file) as f:
            check(err == "" and json.load(f)["enabled"] == enabled, err)
        code, out, err = run(f"--jit=dump:{file}", "-X", "jit=2")
        with open(file) as f:
            text = f.read()
        check(err == "" and out == "4500\n", err)
        for stage in ("bytecode", "recorded", "optimised", "registers", "code"):
            check((f"\n-- {stage}" in text) == enabled, stage)
        check(("== trace 0: loop at " in text) == enabled, "the head")
        code, out, err = run(f"--jit=dump=code:{file}")
        with open(file) as f:
            text = f.read()
        check(("\n-- code" in text) == enabled and "-- recorded" not in text, "one stage")
        script = os.path.join(folder, "script.py")
        with open(script, "w") as f:
            f.write(PROGRAM)
        code, out, err = run("--jit=dump=recorded", program=f"exec(compile(open({script!r}).read(), {script!r}, 'exec'))")
        check((f"; {script}:4 in f: for i in range(n):" in err) == enabled, "source lines")
        code, out, err = run(f"--jit=stats:{folder}")
        check(out == "4500\n" and "pyrs: --jit=stats: " in err, "no file")


def check_perf():
    program = PROGRAM + """
import os
name = f"/tmp/perf-{os.getpid()}.map"
with open(name) as f:
    print(any("pyrs:<string>:4:f" in line for line in f))
os.unlink(name)
"""
    code, out, err = run("-X", "perf", program=program)
    check(out == f"4500\n{stats()['enabled']}\n" and err == "", (out, err))


if jit is not None and can_start_itself():
    check_levels()
    check_settings()
    check_reports()
    check_perf()
print("done")
