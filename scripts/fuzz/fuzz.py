#!/usr/bin/env python3
"""Gives rls hostile input, and counts crashes, hangs and errors without a message.

    scripts/fuzz/fuzz.py KIND [TRIES] [SEED]

KIND  programs   statements made from the grammar and the names of builtins; a try is 2000 of them
      bytes      pieces of the repository's programs with bytes changed, dropped, doubled and swapped; a try is 100 of them
      files      damaged CSV, JSON, JSONL, safetensors and folders of policies, read by a script
      signals    SIGINT, SIGTERM, SIGHUP and SIGUSR1 at random moments of a script; its saves stay whole
      keys       random keys, sizes and Ctrl-C at a pseudo-terminal; afterwards `1 + 1` is 2

Programs and bytes go through a pipe to one prompt after the other. RLS names the program. Input that fails is kept in a
folder whose name is printed. Ends with 1 where something failed.
"""
import fcntl, os, pathlib, pty, random, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RLS = str(pathlib.Path(os.environ.get("RLS", ROOT / ".build/release/rls")).resolve())
LONGEST = 60
CODES = {0, 1, 2, 65, 70, 74, 75, 130} | {128 + s for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)}
# A process may hold 4 GB of addresses, so that no try takes the machine's memory.
LIMITED = ["bash", "-c", 'ulimit -v 4000000; exec "$0" "$@"', RLS]


def run(words, folder, text=None):
    """What is wrong with how rls ends; None where nothing is."""
    try:
        ended = subprocess.run(
            LIMITED + words, cwd=folder, input=text, stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "hangs"
    if ended.returncode < 0 or ended.returncode > 128 and ended.returncode not in CODES:
        return f"ended by signal {-ended.returncode if ended.returncode < 0 else ended.returncode - 128}"
    if ended.returncode not in (0, 1) and ended.returncode in CODES and not ended.stderr:
        return f"code {ended.returncode} without a word"
    return None


# MARK: Programs

def names():
    listed = (ROOT / "docs/builtins.md").read_text()
    found = [line[4:].strip().strip("`").split("(")[0] for line in listed.splitlines() if line.startswith("### ")]
    # What takes long by its nature, writes, or ends the program.
    return [n for n in found if n.isidentifier() and n not in {"exit", "save", "train", "sft", "input", "quit", "drop", "sleep"}]


def value(r, depth=0):
    deep = [lambda: f"[{', '.join(value(r, depth + 1) for _ in range(r.randrange(4)))}]",
            lambda: f"{{a: {value(r, depth + 1)}, b: {value(r, depth + 1)}}}",
            lambda: f"({value(r, depth + 1)} {r.choice('+ - * / ^ % @ == < and or in ??'.split())} {value(r, depth + 1)})",
            lambda: f"{r.choice(NAMES)}({', '.join(value(r, depth + 1) for _ in range(r.randrange(4)))})",
            lambda: f"(x => {value(r, depth + 1)})", lambda: f"{value(r, depth + 1)}[{value(r, depth + 1)}]",
            lambda: f"if {value(r, depth + 1)} {{ {value(r, depth + 1)} }} else {{ {value(r, depth + 1)} }}"]
    flat = ["x", "y", "none", "true", "nan", "inf", "-1", "0", "1", "2.5", "1e308", "1e-320", '""', '"ab\\n"', "1..3",
            "0..<0", "zeros(2, 3)", "[[1, 2], [3]]", "table({a: 1..3})", "addition(digits: 1)", "sapo()", "(x => x)"]
    return r.choice(flat) if depth > 3 or r.random() < 0.5 else r.choice(deep)()


FORMS = ["x = {}", "{}", "x[{}] = {}", "for i in {} {{ y = {} }}", "fn f(x, y = {}) = {}; f({})",
         "try {{ {} }} catch e {{ e.message }}", "x, y = {}", "print {}", "y = {} ?? {}", "x = {} | map(x => {})"]


def statement(r):
    return r.choice(FORMS).format(*(r.choice(EXPRESSIONS) for _ in range(3)))


class Prompt:
    """A prompt that reads from a pipe. What takes longer than four seconds gets Ctrl-C."""
    def __init__(self, folder):
        self.process = subprocess.Popen(
            LIMITED + ["-i", "--no-init"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | {"EDITOR": "true", "PAGER": "cat"})
        self.tries = 0

    def give(self, inputs):
        """Enters texts. What is wrong afterwards, or None, and how many statements of theirs began."""
        self.tries += 1
        # Two empty lines end what is not complete.
        mark = f"@{self.tries}@".encode()
        # What the inputs have defined may stand in the way, so the mark comes after they are forgotten.
        ask = ('rls.print("#\\(statements)#")\n:reset\nprint "@" + "%d@"\nx = 1\ny = [1, 2]\nstatements = 0\n' % self.tries).encode()
        left, seen = b"".join(i + b"\n\n\n" for i in inputs) + ask, b""
        begin = latest = time.time()
        into, out = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(into, False)
        while True:
            readable, writable, _ = select.select([out], [into] if left else [], [], 0.2)
            try:
                if writable: left = left[os.write(into, left[:65536]):]
                if readable:
                    read = os.read(out, 65536)
                    if not read: break
                    seen = (seen + read)[-70000:]
            except BrokenPipeError:
                break
            if mark in seen:
                begun = re.findall(rb"#(\d+)#", seen)
                return None, int(begun[-1]) if begun else 0
            now = time.time()
            if now - begin > LONGEST: return "hangs", 0
            if now - latest > 4:
                latest = now
                self.process.send_signal(signal.SIGINT)
                if not left: left = b"\n\n\n" + ask
        status = self.process.wait()
        # It may have been asked to.
        if 0 <= status < 128: return None, 0
        return (f"ended by signal {-status}" if status < 0 else f"ended with {status}"), 0

    def end(self):
        self.process.kill()
        self.process.communicate()


PROMPT, STATEMENTS, EXPRESSIONS = None, 0, []


def fresh(folder):
    """Begins another prompt."""
    global PROMPT
    if PROMPT: PROMPT.end()
    PROMPT = Prompt(folder)
    PROMPT.give([b"statements = 0"])


def entered(make, folder):
    """Gives a hundred inputs to the prompt that runs; where they fail, finds the first that fails alone."""
    global PROMPT, STATEMENTS
    if PROMPT is None or PROMPT.tries > 20 or PROMPT.process.poll() is not None: fresh(folder)
    inputs = [make() for _ in range(100)]
    problem, statements = PROMPT.give(inputs)
    STATEMENTS += statements
    if not problem: return None
    (folder / "program.rls").write_bytes(b"\n\n\n".join(inputs))
    fresh(folder)
    for text in inputs:
        alone, _ = PROMPT.give([text])
        if alone:
            (folder / "program.rls").write_bytes(text)
            break
    PROMPT.end()
    PROMPT = None
    return problem + (", one input alone" if alone else ", none of a hundred inputs alone")


def programs(r, folder):
    # Making a text takes longer than running it: expressions are made once, and put together anew each time.
    if not EXPRESSIONS or r.random() < 0.02: EXPRESSIONS[:] = [value(r) for _ in range(5000)]

    def make():
        # One that does not parse would hide the others.
        if r.random() < 0.1: return statement(r).encode()
        # On one line: after each line the prompt asks whether the input is complete.
        tried = "; ".join(f"try {{ statements += 1; {statement(r)} }} catch e {{ }}" for _ in range(20))
        return f"if true {{ x = 1; y = [1, 2]; {tried} }}".encode()
    return entered(make, folder)


def damaged(r, data):
    data = bytearray(data)
    for _ in range(r.choice([1, 1, 2, 5, 20])):
        if not data:
            break
        place = r.randrange(len(data))
        kind = r.randrange(6)
        if kind == 0: data[place] = r.randrange(256)
        elif kind == 1: del data[place:place + r.randrange(1, 20)]
        elif kind == 2: data[place:place] = data[place:place + r.randrange(1, 40)]
        elif kind == 3: data[place:place] = bytes(r.randrange(256) for _ in range(r.randrange(1, 8)))
        elif kind == 4: data = data[:place]
        else: data[place:place] = r.choice([b"\0", b"{" * 500, b"(" * 500, b"\xff\xfe", b"9" * 400, b'"', b"-", b"[["])
    return bytes(data)


def pieces():
    sources = sorted((ROOT / "Tests/Language").rglob("*.rls")) + sorted((ROOT / "scripts/examples").glob("0[1-3]*.rls"))
    return [piece for source in sources for piece in source.read_bytes().replace(b"\n---\n", b"\n\n").split(b"\n\n") if len(piece) < 2000]


def bytes_(r, folder):
    def make():
        # A line for the system's shell or for the prompt itself may do anything.
        return re.sub(rb"(?m)^[ \t\r]*[!:]", b"#", damaged(r, r.choice(PIECES)).replace(b"\r", b"\n"))
    return entered(make, folder)


# MARK: Files

WRITES = """
p = policy(addition(digits: 1), layers: 1, width: 16, heads: 2)
save p, "good/policy"
t = table({a: 1..5, b: ["x", "y,z", "", "\\"", "w"]})
save t, "good/t.csv"; save t, "good/t.json"; save t, "good/t.jsonl"
r = run(() => { track 1, p, loss: 2 }, {a: 1}, store: "good/run")
"""


def files(r, folder):
    if not (folder / "good").exists():
        (folder / "good").mkdir()
        subprocess.run([RLS, "-e", WRITES], cwd=folder, check=True, capture_output=True)
    shutil.rmtree(folder / "bad", ignore_errors=True)
    shutil.copytree(folder / "good", folder / "bad")
    victim = r.choice(sorted(p for p in (folder / "bad").rglob("*") if p.is_file()))
    victim.write_bytes(damaged(r, victim.read_bytes()))
    reads = ['load("bad/policy")', 'read_csv("bad/t.csv")', 'read_json("bad/t.json")', 'read_json("bad/t.jsonl")',
             'dataset("bad/t.jsonl")', 'load_run("bad/run").curve', 'runs("bad")',
             'run(() => { track 1, loss: 2 }, {a: 1}, store: "bad/run")']
    return run(["-e", "\n".join(f"try {{ x = {read}; print x }} catch e {{ e.message }}" for read in reads)], folder)


# MARK: Signals

def signals(r, folder):
    process = subprocess.Popen(
        [RLS, "-e", 'for i in 1..1e9 { save map(1..2000, x => i), "saved.json"; sum(rand(1000, seed: i)) }'],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    saved = folder / "saved.json"
    for _ in range(100 * LONGEST):
        if saved.exists(): break
        time.sleep(0.01)
    time.sleep(r.random() ** 2 / 2)
    process.send_signal(r.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1]))
    try:
        process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        return "hangs"
    if process.returncode < 0 or process.returncode not in CODES:
        return f"ended with {process.returncode}"
    numbers = saved.read_text().strip("[]\n ").split(",")
    saved.unlink()
    if len(numbers) != 2000 or len(set(n.strip() for n in numbers)) != 1: return "a torn file"
    return "files are left over" if list(folder.glob(".*partial*")) + list(folder.glob("*.partial*")) else None


# MARK: Keys

def keys(r, folder):
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(TERM=r.choice(["xterm", "dumb", "vt100"]), HOME=str(folder), INPUTRC="/dev/null", EDITOR="true", PAGER="cat")
        os.execv(RLS, [RLS])
    seen = bytearray()

    def read(until=None, seconds=0.05):
        end = time.time() + seconds
        while time.time() < end:
            if select.select([terminal], [], [], 0.02)[0]:
                try: seen.extend(os.read(terminal, 65536))
                except OSError: return False
            if until and until in seen: return True
        return until is None

    try:
        if not read(b"rls> ", LONGEST): return "does not begin"
        pieces = [b"\x01", b"\x05", b"\x0b", b"\x15", b"\x17", b"\x19", b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x7f",
                  b"\t", b"\t\t", b"\x12", b"\x1b[200~a\nb\x1b[201~", b"\xc3\xa9", b"\xe6\xbc\xa2", b"\xff", b"\x1b", b"\x1bf", b"\x1f",
                  b"\x03", b"\n", b"x = 1", b"fn f(x) {", b"}", b"rand(3)", b"(", b'"', b":vars", b"?sum"]
        for _ in range(r.randrange(10, 60)):
            if r.random() < 0.1:
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", r.randrange(1, 40), r.randrange(1, 120), 0, 0))
            os.write(terminal, r.choice(pieces))
            if r.random() < 0.3: read()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
        # Out of whatever was begun: a paste, a search, a block.
        for piece in (b"\x1b[201~", b"\x07", b"\x03", b"\x03"):
            os.write(terminal, piece)
            read(seconds=0.2)
        for _ in range(3):
            del seen[:]
            os.write(terminal, b"print 40000 + 2345\n")
            if read(b"42345", LONGEST / 3): break
            os.write(terminal, b"\x03")
            read(seconds=0.5)
        else:
            return "does not answer: " + repr(bytes(seen[-300:]))
        return None
    except OSError:
        return "is gone"
    finally:
        os.kill(child, signal.SIGKILL)
        ended = os.waitpid(child, 0)[1]
        os.close(terminal)
        if os.WIFSIGNALED(ended) and os.WTERMSIG(ended) != signal.SIGKILL:
            print(f"  by signal {os.WTERMSIG(ended)}")


KINDS = {"programs": programs, "bytes": bytes_, "files": files, "signals": signals, "keys": keys}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS: sys.exit(__doc__)
    kind, tries = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    folder, failures = pathlib.Path(tempfile.mkdtemp(prefix="rls-fuzz-")), 0
    for place in range(tries):
        problem = KINDS[kind](random.Random(f"{seed} {place}"), folder)
        if problem:
            failures += 1
            kept = folder / f"failed-{place}"
            kept.mkdir()
            for name in ("program.rls", "bad"):
                if (folder / name).is_dir(): shutil.copytree(folder / name, kept / name)
                elif (folder / name).exists(): shutil.copy(folder / name, kept)
            print(f"try {place} of seed {seed}: {problem}", flush=True)
    if PROMPT: PROMPT.end()
    begun = f", {STATEMENTS} statements begun" if kind == "programs" else f", {100 * tries} inputs" if kind == "bytes" else ""
    print(f"{kind}: {tries} tries of seed {seed}{begun}, {failures} failures" + (f", kept in {folder}" if failures else ""))
    if not failures: shutil.rmtree(folder)
    sys.exit(1 if failures else 0)


NAMES, PIECES = names(), pieces()
if __name__ == "__main__": main()
