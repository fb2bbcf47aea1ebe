"""What every test stands on: no network, few threads, tiny bases, the shared data. Markers: pyproject.toml."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported: it reads this once
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported, here and in child processes: each core has a worker
if "PYTEST_XDIST_WORKER" not in os.environ:  # workers share the one of the process that started them
    os.environ["TUNECARD_CACHE"] = tempfile.mkdtemp(prefix="tunecard-cache-")  # nobody's home is written to
    atexit.register(shutil.rmtree, os.environ["TUNECARD_CACHE"], ignore_errors=True)
sys.path.insert(0, str(Path(__file__).parent))  # tests import tiny_models, whatever pytest's import mode

import pytest

from made_once import made_once
from tunecard.stock.warm_parent import WarmParent, forked_from

THREADS = 1
collect_ignore_glob = ["*/conftest.py"]  # they share a name, which --doctest-modules refuses; no example stands there
HERE = Path(__file__).parent
SHARED_DATA = HERE.parents[1] / "shared" / "data"
# Files that take a core longest, the longest first. Taken last, one would leave the other worker without work.
LONGEST = (
    "end_to_end/test_howto_pages.py",
    "contract/test_packed_architectures.py",
    "contract/test_tampering.py",
    "contract/test_methods.py",
    "end_to_end/test_verifying_deep.py",
    "end_to_end/test_forgeries.py",
    "contract/test_benchmarks.py",
    "contract/test_campaign.py",
    "contract/test_bases.py",
)

TinyBase = Callable[[str], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Units and examples as they are collected; then what is longest of the rest, and the rest."""
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    assert all(path.is_file() for path in places), "LONGEST names a file that is gone"
    later = (HERE / "contract", HERE / "end_to_end")

    def place(item: pytest.Item) -> int:
        return places.get(item.path, len(places)) if item.path.parent in later else -1

    items.sort(key=place)


@pytest.fixture(autouse=True)
def few_threads() -> None:
    """Sums depend on the number of threads: bit-exact tests need it fixed. Tests without torch do not import it."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(THREADS)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> TinyBase:
    """`tiny_base("roberta")` is the folder of a tiny random base. Do not write into it."""

    @cache
    def base(architecture: str = "roberta") -> Path:
        from tiny_models import make_base

        make = partial(make_base, architecture=architecture)
        return made_once(tmp_path_factory, f"bases/tiny-{architecture}", make)

    return base


@pytest.fixture(scope="session")
def one_warm_parent() -> Iterator[WarmParent]:
    """A process that has imported torch, for all tests: the first that asks waits for it."""
    parent = WarmParent()
    yield parent
    parent.close()


@pytest.fixture(scope="module")
def warm_processes(one_warm_parent: WarmParent) -> Iterator[None]:
    """For modules whose subject is not what a fresh process sees: theirs are forked from one that has imported torch."""
    with forked_from(one_warm_parent):
        yield
