"""A Spark cluster on this machine: a master and two workers, each executor in its own process."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import entrepot

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Spark warns of a pandas that nothing here uses.
PANDAS = "ignore:PySpark does not yet fully support pandas:FutureWarning"


def missing_requirement() -> str:
    """What the cluster needs and is not installed; an empty text if nothing is missing."""
    if not importlib.util.find_spec("pyspark") or not importlib.util.find_spec("pandas"):
        return "pyspark is not installed: it comes with entrepot[spark]"
    if not (java := shutil.which("java")):
        return "no java is here: Spark needs 17 or later"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return "" if found and int(found[1]) >= 17 else f"java is too old for Spark, which needs 17 or later: {said[:40]}"


def spark_settings(packs: Path) -> dict[str, str]:
    """The settings of the cluster; the workers have these packs."""
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # little work: no time for the best machine code
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.cores.max": "2",
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",  # no task before both workers are there
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "97",  # batches cut consignments
        "spark.executorEnv.PYTHONPATH": str(Path(entrepot.__file__).parents[1]),
        "spark.executorEnv.ENTREPOT_PACKS": str(packs),
    }


@contextlib.contextmanager
def cluster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SparkSession]:
    """A master, two workers and their executors on this machine. No process remains afterwards."""
    import pyspark
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # Executors work in a folder beside Spark's own files: here in one of the test.
    home = folder / "spark"
    home.mkdir()
    for name in ("bin", "jars", "python"):
        (home / name).symlink_to(Path(pyspark.__file__).parent / name)
    junk = folder / "packs" / "world"
    junk.mkdir(parents=True)
    (junk / "pack.toml").write_text("this is no pack")
    for name, value in {
        "SPARK_HOME": home,
        "SPARK_LOCAL_DIRS": folder / "spills",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }.items():
        monkeypatch.setenv(name, str(value))
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("test")
    for key, value in spark_settings(junk.parent).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    gateway = SparkContext._gateway
    assert gateway is not None
    try:
        yield session
    finally:
        session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(120)
        SparkContext._gateway = SparkContext._jvm = None
        assert not remaining_processes(home, seconds=120)


def remaining_processes(home: Path, seconds: float) -> list[str]:
    """The processes that still use files of a folder, after waiting for their end."""
    end = time.monotonic() + seconds
    while True:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(home) in f"{(process / 'cmdline').read_text()} {(process / 'cwd').readlink()}":
                    found.append(process.name)
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.2)


def completed_tasks(session: SparkSession) -> dict[str, int]:
    """The number of tasks that each executor has finished."""
    known = session.sparkContext._jsc.sc().statusStore().executorList(True)
    found = {known.apply(at).id(): known.apply(at).completedTasks() for at in range(known.size())}
    return {name: tasks for name, tasks in found.items() if name != "driver"}
