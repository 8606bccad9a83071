"""Functions as processes: what works, what breaks, and that the next event doesn't suffer from what broke."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

ECHO = """
import os
def handler(event, context):
    return {"event": event, "pid": os.getpid(), "left": context.get_remaining_time_in_millis()}
"""

# does to itself what the event says
BREAKABLE = """
import os, subprocess, sys, threading, time
def handler(event, context):
    match event:
        case "raise":
            raise ValueError("as told")
        case "exit":
            sys.exit(3)
        case "leave":
            os._exit(0)
        case "hang":
            time.sleep(60)
        case "hang with child":
            child = subprocess.Popen(["sleep", "61.5"])
            print("child", child.pid)
            time.sleep(60)
        case "die later":
            threading.Timer(0.2, os._exit, [1]).start()
    return os.getpid()
"""


def test_an_event_comes_back_from_a_warm_process(deploy: Any) -> None:
    echo = deploy(ECHO, timeout=7)
    answers = [echo({"n": n, "text": "ü 🐍"}) for n in range(5)]
    assert [answer.result["event"] for answer in answers] == [{"n": n, "text": "ü 🐍"} for n in range(5)]
    assert len({answer.result["pid"] for answer in answers}) == 1
    assert all(6000 < answer.result["left"] <= 7000 for answer in answers)
    assert not any(answer.failed for answer in answers)


def test_a_large_event_and_a_large_answer_come_through_whole(deploy: Any) -> None:
    text = "0123456789" * 500_000
    assert deploy(ECHO)({"text": text}).result["event"] == {"text": text}


def test_a_handler_that_raises_keeps_its_process(deploy: Any) -> None:
    function = deploy(BREAKABLE)
    before = function().result
    answer = function("raise")
    assert answer.failed
    assert (answer.result["errorType"], answer.result["errorMessage"]) == ("ValueError", "as told")
    assert "ValueError: as told" in answer.log
    assert function().result == before


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("leave", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_after_a_process_broke_the_next_event_gets_a_fresh_one(
    deploy: Any, event: str, kind: str, message: str
) -> None:
    function = deploy(BREAKABLE, timeout=1)
    before = function().result
    broken = function(event)
    assert broken.failed
    assert broken.result["errorType"] == kind
    assert broken.result["errorMessage"].endswith(message)
    assert message in broken.log
    after = [function() for _ in range(3)]
    assert not any(answer.failed for answer in after)
    assert len({answer.result for answer in after} - {before}) == 1


def test_a_process_that_died_while_idle_is_not_given_an_event(deploy: Any) -> None:
    function = deploy(BREAKABLE)
    before = function("die later").result
    time.sleep(1)
    after = function()
    assert not after.failed
    assert after.result != before


def test_a_function_that_timed_out_takes_its_children_along(deploy: Any) -> None:
    from pathlib import Path

    answer = deploy(BREAKABLE, timeout=1)("hang with child")
    child = next(line.split()[1] for line in answer.log.splitlines() if line.startswith("child "))
    status = Path("/proc", child, "status")
    assert not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import nowhere_to_be_found", "Runtime.ImportModuleError"),
        ("def other(event, context): pass", "Runtime.HandlerNotFound"),
        ("def handler(event, context", "Runtime.UserCodeSyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_module_that_cannot_be_imported_fails_every_event_with_the_reason(deploy: Any, code: str, kind: str) -> None:
    function = deploy(code)
    for _ in range(2):
        began = time.monotonic()
        answer = function()
        assert answer.failed
        assert answer.result["errorType"] == kind
        assert time.monotonic() - began < 8  # told, not timed out


def test_a_module_that_could_be_imported_the_second_time_works_then(deploy: Any) -> None:
    function = deploy(
        "import pathlib\n"
        "mark = pathlib.Path(__file__).with_name('mark')\n"
        "if not mark.exists():\n    mark.touch()\n    raise RuntimeError('not yet')\n"
        "def handler(event, context):\n    return 'now'\n"
    )
    first, second = function(), function()
    assert (first.failed, first.result["errorMessage"]) == (True, "not yet")
    assert (second.failed, second.result) == (False, "now")


def test_events_at_once_run_at_once_in_processes_of_their_own(deploy: Any) -> None:
    # each waits until all four are there
    function = deploy(
        "import os, pathlib, time\n"
        "folder = pathlib.Path(__file__).parent\n"
        "def handler(event, context):\n"
        "    (folder / f'here-{event}').touch()\n"
        "    while len(list(folder.glob('here-*'))) < 4:\n        time.sleep(0.01)\n"
        "    return os.getpid()\n",
        timeout=20,
    )
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(function, range(4)))
    assert not any(answer.failed for answer in answers)
    assert len({answer.result for answer in answers}) == 4


def test_the_log_tail_has_all_that_this_event_said_and_nothing_else(deploy: Any) -> None:
    function = deploy(
        "import logging, subprocess, sys\n"
        "print('imported')\n"
        "def handler(event, context):\n"
        "    print('printed', event, end='')\n"
        "    print('\\nwarned', event, file=sys.stderr)\n"
        "    logging.getLogger().warning('logged %s', event)\n"
        "    subprocess.run(['echo', f'child {event}'])\n"
        "    return context.aws_request_id\n"
    )
    for number in range(30):
        answer = function(number)
        lines = answer.log.splitlines()
        request = answer.result
        first = ["imported"] if number == 0 else []
        assert lines[0] == f"START RequestId: {request} Version: $LATEST"
        assert lines[1:-4] == [*first, f"printed {number}", f"warned {number}"]
        assert lines[-4].endswith(f"\tlogged {number}")
        assert lines[-3:-1] == [f"child {number}", f"END RequestId: {request}"]
        assert lines[-1].startswith(f"REPORT RequestId: {request}\tDuration: ")


def test_new_code_is_what_runs_next(deploy: Any) -> None:
    import io
    import zipfile

    function = deploy("def handler(event, context): return 'old'")
    assert function().result == "old"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 'new'")
    function.client.update_function_code(FunctionName=function.name, ZipFile=package.getvalue())
    waiter = function.client.get_waiter("function_updated_v2")
    waiter.wait(FunctionName=function.name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert function().result == "new"
