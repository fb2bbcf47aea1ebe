"""Time, processor time and peak memory of a stage, against known loads."""

import subprocess
import sys
import time

import numpy as np
import pytest

from tunecard.measurement import Stopwatch, process_peak_memory_bytes
from tunecard.measurement.meter import process_cpu_seconds

MEBIBYTE = 2**20


def burn(seconds: float) -> None:
    started = time.process_time()
    while time.process_time() - started < seconds:
        pass


def test_sleep_takes_time_but_no_processor() -> None:
    with Stopwatch("idle") as watch:
        time.sleep(0.3)
    assert watch.usage.name == "idle"
    assert 0.3 <= watch.usage.seconds < 1.5
    assert watch.usage.cpu_seconds < 0.15


def test_busy_stage_counts_processor_seconds() -> None:
    with Stopwatch("busy") as watch:
        burn(0.3)
    assert 0.28 <= watch.usage.cpu_seconds < 0.6
    assert watch.usage.seconds >= 0.28


def test_children_count_while_alive_and_after_they_ended() -> None:
    code = "import time\nwhile time.process_time() < 0.4: pass\nprint('done', flush=True)\nimport sys; sys.stdin.read()"
    with Stopwatch("finished child") as finished:
        subprocess.run([sys.executable, "-c", code], input="", capture_output=True, text=True, check=True)
    assert finished.usage.cpu_seconds >= 0.35
    before = process_cpu_seconds()
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline().strip() == b"done"
        alive = process_cpu_seconds() - before
        child.communicate(b"")
    assert alive >= 0.35
    assert process_cpu_seconds() - before == pytest.approx(alive, abs=0.2)


def test_peak_memory_of_a_later_smaller_stage_is_its_own() -> None:
    with Stopwatch("large") as large:
        block = np.ones(200 * MEBIBYTE, dtype=np.uint8)
        time.sleep(0.05)
        del block
    with Stopwatch("small", sample_seconds=0.01) as small:
        block = np.ones(60 * MEBIBYTE, dtype=np.uint8)
        time.sleep(0.1)
        del block
    with Stopwatch("nothing") as nothing:
        time.sleep(0.02)
    assert large.usage.peak_memory_bytes - nothing.usage.peak_memory_bytes >= 190 * MEBIBYTE
    assert 50 * MEBIBYTE <= small.usage.peak_memory_bytes - nothing.usage.peak_memory_bytes <= 90 * MEBIBYTE
    assert large.usage.peak_memory_bytes <= process_peak_memory_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's mark of one program is read on Linux only")
def test_a_fresh_process_does_not_inherit_the_peak_of_its_parent() -> None:
    block = np.ones(300 * MEBIBYTE, dtype=np.uint8)
    code = "from tunecard.measurement.meter import process_peak_memory_bytes as peak; print(peak())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(answer.stdout) < block.nbytes


def test_usage_is_there_after_a_stage_that_raised_and_not_before_the_end() -> None:
    watch = Stopwatch("broken")
    with pytest.raises(ValueError, match="stop"), watch:
        with pytest.raises(RuntimeError, match="'broken' has not ended"):
            _ = watch.usage
        raise ValueError("stop")
    assert watch.usage.seconds >= 0
