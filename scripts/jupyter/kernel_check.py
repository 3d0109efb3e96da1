"""Drives `rls kernel` with jupyter_client, as a notebook does.

    python -m venv ENV && ENV/bin/pip install jupyter_client
    JUPYTER_PATH=FOLDER/share/jupyter ENV/bin/python scripts/jupyter/kernel_check.py

The kernel `rls` has been installed before: `rls kernel --install --prefix FOLDER`.
"""

import queue
import time

from jupyter_client.manager import start_new_kernel

# Far more than anything takes, so that a busy machine fails nothing.
PATIENCE = 120


class Notebook:
    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="rls", startup_timeout=PATIENCE)

    def outputs(self, request: str) -> list[dict]:
        """What the kernel tells of a request until it is idle again."""
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return messages
            messages.append(message)

    def reply(self, request: str) -> dict:
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"]["msg_id"] == request:
                return message["content"]

    def run(self, code: str, **options) -> tuple[dict, list[dict]]:
        request = self.client.execute(code, **options)
        outputs = self.outputs(request)
        return self.reply(request), outputs

    def ask(self, request: str) -> dict:
        self.outputs(request)
        return self.reply(request)


def contents(outputs: list[dict], kind: str) -> list[dict]:
    return [message["content"] for message in outputs if message["msg_type"] == kind]


def stream(outputs: list[dict], name: str) -> str:
    return "".join(content["text"] for content in contents(outputs, "stream") if content["name"] == name)


def check_values(notebook: Notebook) -> None:
    reply, outputs = notebook.run("x = 20\nx + 22")
    assert reply["status"] == "ok" and reply["execution_count"] == 1, reply
    assert contents(outputs, "execute_input") == [{"code": "x = 20\nx + 22", "execution_count": 1}]
    (result,) = contents(outputs, "execute_result")
    assert result["execution_count"] == 1 and result["data"] == {"text/plain": "42"}, result
    reply, outputs = notebook.run('t = table([{a: 1, b: "<x>"}, {a: 2, b: "y"}])\nt')
    (result,) = contents(outputs, "execute_result")
    assert result["data"]["text/plain"].split() == ["a", "b", "1", "<x>", "2", "y"], result
    assert "<td>1</td>" in result["data"]["text/html"] and "&lt;x&gt;" in result["data"]["text/html"]
    reply, outputs = notebook.run("show t\nplot [1, 3, 2]")
    table, plot = contents(outputs, "display_data")
    assert table["data"]["text/html"] == result["data"]["text/html"]
    assert plot["data"]["image/svg+xml"].startswith("<svg ") and plot["data"]["text/plain"]
    reply, outputs = notebook.run("t.a[0]", user_expressions={"doubled": "2 * x", "wrong": "2 * nothing"})
    assert reply["user_expressions"]["doubled"]["data"] == {"text/plain": "40"}, reply
    assert reply["user_expressions"]["wrong"]["status"] == "error"


def check_streams(notebook: Notebook) -> None:
    reply, outputs = notebook.run('print "one"\nprint "two"')
    assert stream(outputs, "stdout") == "one\ntwo\n", outputs
    # What was printed comes while the program still runs.
    request = notebook.client.execute('print "early"\nsleep(1.5)\nprint "late"')
    arrivals = {}
    while len(arrivals) < 2:
        message = notebook.client.get_iopub_msg(timeout=PATIENCE)
        if message["msg_type"] == "stream":
            arrivals[message["content"]["text"]] = time.monotonic()
    assert arrivals["late\n"] - arrivals["early\n"] > 0.5, arrivals
    notebook.outputs(request)
    notebook.reply(request)
    reply, outputs = notebook.run("!echo from the shell; exit 3")
    assert stream(outputs, "stdout") == "from the shell\n" and stream(outputs, "stderr") == "exit code 3\n"


def check_errors(notebook: Notebook) -> None:
    reply, outputs = notebook.run("y = 1\ny + nothing")
    number = reply["execution_count"]
    assert reply["status"] == "error" and "nothing" in reply["evalue"], reply
    assert f"in[{number}]:2:5" in "\n".join(reply["traceback"]), reply
    reply, outputs = notebook.run("fn half(x) = x / [1, 2, 3]\n\nhalf([1, 2])")
    (error,) = contents(outputs, "error")
    text = "\n".join(error["traceback"])
    assert error["ename"] == reply["ename"] == "error" and error["evalue"] == reply["evalue"]
    assert f"in[{number + 1}]:1" in text and f"called from in[{number + 1}]:3" in text, text
    reply, outputs = notebook.run("expect 1 == 2")
    assert reply["ename"] == "expectation", reply
    reply, outputs = notebook.run("1 + 1")
    assert reply["status"] == "ok", "the kernel goes on after an error"
    # What waits behind a failing cell is not run, unless the notebook says so.
    requests = [notebook.client.execute(code) for code in ("sleep(0.5)\nnothing", "z = 1", "z = 2")]
    replies = [notebook.reply(request)["status"] for request in requests]
    assert replies == ["error", "aborted", "aborted"], replies
    for request in requests:
        notebook.outputs(request)
    requests = [notebook.client.execute(code, stop_on_error=False) for code in ("nothing", "z = 3\nz")]
    replies = [notebook.reply(request)["status"] for request in requests]
    assert replies == ["error", "ok"], replies
    for request in requests:
        notebook.outputs(request)


def check_questions(notebook: Notebook) -> None:
    client = notebook.client
    notebook.run("learning_rate = 0.1\n# Twice its argument.\nfn twice(τ) = 2 * τ")
    reply = notebook.ask(client.complete("τ = 1; learn", 12))
    assert reply["matches"] == ["learning_rate"] and reply["cursor_start"] == 7 and reply["cursor_end"] == 12, reply
    (word,) = reply["metadata"]["_jupyter_types_experimental"]
    assert word["text"] == "learning_rate" and word["type"] == "number", word
    reply = notebook.ask(client.complete('sapo(aggregate: "', 17))
    assert len(reply["matches"]) >= 4, reply
    reply = notebook.ask(client.complete(":hist", 5))
    assert reply["matches"] == ["history"] and reply["metadata"]["_jupyter_types_experimental"][0]["signature"], reply
    reply = notebook.ask(client.inspect("x = sapo(tau_pos: 1)", 6))
    assert reply["found"] and "sapo(" in reply["data"]["text/plain"], reply
    reply = notebook.ask(client.inspect("twice(", 6))
    assert reply["found"] and "Twice its argument" in reply["data"]["text/plain"], reply
    assert not notebook.ask(client.inspect("nothing_of_the_kind", 3))["found"]
    assert notebook.ask(client.is_complete("1 + 1"))["status"] == "complete"
    assert notebook.ask(client.is_complete("fn f(x) {")) == {"status": "incomplete", "indent": "    "}
    assert notebook.ask(client.is_complete("1 + )"))["status"] == "invalid"
    reply = notebook.ask(client.history(hist_access_type="tail", n=1))
    assert reply["history"][0][2].startswith("learning_rate"), reply
    assert notebook.ask(client.comm_info()) == {"status": "ok", "comms": {}}
    assert notebook.ask(client.kernel_info())["language_info"]["file_extension"] == ".rls"


def check_interrupt(notebook: Notebook) -> None:
    client = notebook.client
    request = client.execute("n = 0\nwhile true { n += 1 }")
    while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "execute_input":
        pass
    time.sleep(0.5)
    start = time.monotonic()
    notebook.manager.interrupt_kernel()
    reply = notebook.reply(request)
    seconds = time.monotonic() - start
    notebook.outputs(request)
    assert reply["status"] == "error" and reply["ename"] == "interrupted", reply
    assert f"in[{reply['execution_count']}]:2" in "\n".join(reply["traceback"]), reply
    print(f"an endless loop was stopped after {seconds * 1000:.0f} ms")
    assert seconds < 30
    reply, outputs = notebook.run("n > 0")
    assert contents(outputs, "execute_result")[0]["data"] == {"text/plain": "true"}
    reply, outputs = notebook.run("!sleep 0.1")
    assert reply["status"] == "ok"


def check_end(notebook: Notebook) -> None:
    assert notebook.client.hb_channel.is_beating()
    notebook.client.control_channel.send(notebook.client.session.msg("kernel_info_request", {}))
    while True:
        message = notebook.client.get_control_msg(timeout=PATIENCE)
        if message["msg_type"] == "kernel_info_reply":
            break
    notebook.client.stop_channels()
    notebook.manager.shutdown_kernel(now=False)
    assert not notebook.manager.is_alive()
    notebook = Notebook()
    reply, outputs = notebook.run("exit(3)")
    assert reply["payload"] == [{"source": "ask_exit", "keepkernel": False}], reply
    assert notebook.manager.provisioner.process.wait(PATIENCE) == 3
    notebook.client.stop_channels()


if __name__ == "__main__":
    notebook = Notebook()
    try:
        for check in (check_values, check_streams, check_errors, check_questions, check_interrupt):
            check(notebook)
        check_end(notebook)
    except queue.Empty:
        raise SystemExit("the kernel did not answer") from None
    finally:
        if notebook.manager.is_alive():
            notebook.manager.shutdown_kernel(now=True)
    print("rls kernel with jupyter_client: ok")
