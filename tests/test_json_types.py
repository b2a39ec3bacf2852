"""Threads decode a struct for the first time at the same moment, once what msgspec keeps with it was built."""

from __future__ import annotations

import subprocess
import sys

# Without `build_types` msgspec 0.22.0 ends such a process with a segmentation fault within some hundred structs.
PROGRAM = """
import sys, threading, types
import msgspec
from entrepot.model.json import build_types

SOURCE = '''
import msgspec
class Part(msgspec.Struct):
    amount: int
    parts: "list[Part] | None" = None
class Whole(msgspec.Struct):
    one: "Part"
    several: "list[Part]"
    named: "dict[str, Part]"
'''
CONTENT = b'{"one":{"amount":1},"several":[{"amount":2}],"named":{"a":{"amount":3}}}'

sys.setswitchinterval(1e-6)
modules = []
for number in range(200):
    module = types.ModuleType(f"structs_{number}")
    sys.modules[module.__name__] = module
    exec(SOURCE, module.__dict__)
    modules.append(module)
build_types()
for module in modules:
    begin = threading.Barrier(6)

    def decode(kind=module.Whole, begin=begin):
        begin.wait()
        assert msgspec.json.decode(CONTENT, type=kind).named["a"].amount == 3

    threads = [threading.Thread(target=decode) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
print("decoded")
"""


def test_threads_that_decode_a_struct_for_the_first_time_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stdout) == (0, "decoded\n"), done.stderr
