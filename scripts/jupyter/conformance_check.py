"""Runs jupyter_kernel_test, Jupyter's own tests of kernels, on `rls kernel`.

    python -m venv ENV && ENV/bin/pip install jupyter_kernel_test
    JUPYTER_PATH=FOLDER/share/jupyter ENV/bin/python scripts/jupyter/conformance_check.py

The kernel `rls` has been installed before: `rls kernel --install --prefix FOLDER`. Every message is checked against the
schema of the protocol. Skipped are the pager and `clear_output`, which this kernel does not use.
"""

import unittest

import jupyter_kernel_test


class KernelOfRLS(jupyter_kernel_test.KernelTests):
    kernel_name = "rls"
    language_name = "rls"
    file_extension = ".rls"
    code_hello_world = 'print "hello, world"'
    code_stderr = "!false"
    completion_samples = [{"text": "token_m", "matches": {"token_mean"}}]
    complete_code_samples = ["1", "fn f(x) = x", "if true {\n  1\n}"]
    incomplete_code_samples = ["[1,", "fn f(x) {", "f("]
    invalid_code_samples = ["1 + )", "fn 1()"]
    code_generate_error = "nothing"
    code_execute_result = [{"code": "1+2", "result": "3"}, {"code": "6 * 7", "result": "42"}]
    code_display_data = [
        {"code": "plot [1, 2]", "mime": "image/svg+xml"},
        {"code": "show table([{a: 1}])", "mime": "text/html"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "sapo"


if __name__ == "__main__":
    unittest.main()
