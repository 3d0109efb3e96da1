#!/usr/bin/env python3
"""Interrupts a long call of every builtin, again and again in a loop, and measures how long rls computes until it has ended.

    scripts/fuzz/stops.py [NAMES]

`long_calls.json` has the calls and what they work on; a test holds it against the catalogue of builtins. What counts is
processor time from SIGINT to the end of the process, the best of three tries, so that other programs do not matter;
0.25 s are allowed. RLS names the program. Ends with 1 where something failed.
"""
import json, os, pathlib, re, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RLS = str(pathlib.Path(os.environ.get("RLS", ROOT / ".build/release/rls")).resolve())
TABLE = json.loads((ROOT / "scripts/fuzz/long_calls.json").read_text())
ALLOWED, LONGEST = 0.25, 60


def ask(code):
    return json.loads(subprocess.run([RLS, "-e", f"print json({code})"], capture_output=True, check=True).stdout)


def calls():
    """The call of each builtin: of the table, or what follows from the catalogue it comes from."""
    found = dict(TABLE["calls"])
    short = {name for names in TABLE["short"].values() for name in names}
    kinds = {o["name"]: "preference" if o["family"] == "Preferences" else "surrogate"
             for o in ask("map(objectives(), o => {name: o.name, family: o.family})")}
    kinds |= {name: "advantage" for name in ask("map(advantages(), a => a.name)")}
    for name in ask("map(builtins(), b => b.name)"):
        if name not in found and name not in short:
            found[name] = TABLE["derived"][kinds.get(name, "elementwise")].replace("NAME", name)
    return found


def needed(code, lines):
    """The lines of the start that a call needs, with what they need themselves."""
    wanted = set()
    def visit(text):
        for line in lines:
            name, _, value = line.partition(" = ") if not line.startswith("save ") else (None, None, line)
            key = re.search(r'"(/[\w.]+)"', line).group(1) if name is None else None
            uses = key in text if key else re.search(rf'(?<![\w."]){name}(?![\w:"])', text)
            if uses and line not in wanted and line != text:
                wanted.add(line)
                visit(value)
    visit(code)
    return [line for line in lines if line in wanted]


def computed(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def late(name, code, folder):
    """Processor time from the signal to the end, and what is wrong beside it."""
    script = pathlib.Path(folder, "call.rls")
    lines = [f"folder = {json.dumps(folder)}"] + needed(code, TABLE["start"])
    script.write_text("\n".join(lines + ['print "begun"', f"while true {{ {code}\n }}"]) + "\n")
    errors = open(f"{folder}/errors", "w+")
    child = subprocess.Popen([RLS, str(script)], stdout=subprocess.PIPE, stderr=errors)
    begun = child.stdout.readline() == b"begun\n"
    output = os.fork() if begun else 0
    if begun and output == 0:
        while os.read(child.stdout.fileno(), 1 << 16): pass
        os._exit(0)
    before, moment = computed(child.pid) if begun else 0, time.monotonic()
    # A process that has ended keeps its number until it is waited for.
    while begun and computed(child.pid) - before < 0.15 and time.monotonic() - moment < 2:
        time.sleep(0.005)
    before = computed(child.pid)
    os.kill(child.pid, signal.SIGINT)
    moment = time.monotonic()
    while True:
        ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        if ended: break
        if time.monotonic() - moment > LONGEST:
            os.kill(child.pid, signal.SIGKILL)
        time.sleep(0.002)
    child.returncode = 0
    if output: os.waitpid(output, 0)
    errors.seek(0)
    code = os.waitstatus_to_exitcode(status)
    wrong = None if code == 130 else f"ended with {code}: {errors.read()[:300]}"
    return usage.ru_utime + usage.ru_stime - before, wrong


failures = 0
table = calls()
with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or sorted(table):
        best, wrong = LONGEST, None
        for _ in range(3):
            seconds, wrong = late(name, table[name], folder)
            best = min(best, seconds)
            if wrong or best < ALLOWED: break
        if wrong or best >= ALLOWED:
            failures += 1
            print(f"{name}: {wrong or f'computed for {best:.2f} s'}: {table[name]}", flush=True)
print(f"{len(sys.argv[1:]) or len(table)} builtins interrupted, {failures} failures")
sys.exit(failures > 0)
