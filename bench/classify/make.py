"""Make the classifier's model: train it, then fit how likely its answers are right.

    python bench/classify/make.py           src/entrepot/goods/classify/model.bin, model.json and model.LICENSE
    python bench/classify/make.py --check   compares it with the one in the package; writes nothing there

The same data gives the same file. Needs the extra `batch`, some four minutes of one core in each of four processes,
and the reference data.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# Before NumPy is read: several threads may add in another order.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import calibrate
import train

from entrepot.goods.classify import model as model_file


def main() -> int:
    """Make it, and write or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trained = get_context("spawn").Process(target=train.make, args=(Path(folder),))
        trained.start()
        found = calibrate.all_cases()
        trained.join()
        calibrate.write(Path(folder), found)
        if not given.check:
            for file in Path(folder).iterdir():
                beside = model_file.FILE.parent / f"{file.name}.new"
                shutil.copyfile(file, beside)
                beside.replace(model_file.FILE.parent / file.name)  # processes may have mapped the file
            return 0
        same = (Path(folder) / model_file.FILE.name).read_bytes() == model_file.FILE.read_bytes()
    print("the same as the model of the package" if same else "not the model of the package")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
