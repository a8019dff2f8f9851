"""Cold start: from the start of the process to the first painted window.

Run: ``python -m bench.cold_start [--runs 5]``. Each run is a process of its own that opens the
bedside window on its first page, and one that opens it on the demonstration room. Modules are
compiled, files are in the system's cache, the database is there. Below: what loading takes, by
package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from statistics import median
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
WINDOW = "app.bedside.station"
PAGES = {"first page": [], "demonstration room": ["--demo", "--silent", "--speed", "1"]}


class Watched(SourceFileLoader):
    """Loads the window's module when the program asks for it, with a window that tells."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.Station = _painted(module.Station)


class Watcher:
    """Finds the window's module for `Watched`, and no other."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        if name != WINDOW:
            return None
        path = str(ROOT.joinpath(*name.split(".")).with_suffix(".py"))
        return spec_from_file_location(name, path, loader=Watched(name, path))


def run_child(arguments: list[str]) -> None:
    """Open the window and say when its first paint was over (``time.monotonic_ns``)."""
    from app.commands.registration import run

    sys.meta_path.insert(0, Watcher)
    sys.exit(run(["bedside", *arguments]))


def _painted(window: type) -> type:
    """`window` with a word after its first paint."""
    from PySide6.QtCore import QTimer

    class Painted(window):
        told = False

        def paintEvent(self, event: object) -> None:  # noqa: N802
            super().paintEvent(event)
            if not self.told:
                self.told = True
                QTimer.singleShot(0, self.tell)  # after the children, which are painted next

        def tell(self) -> None:
            print(time.monotonic_ns(), round(time.process_time() * 1e9), flush=True)
            os._exit(0)

    return Painted


def environment(folder: Path) -> dict[str, str]:
    """The child's: files of its own in `folder`, and loading from compiled modules."""
    places = {name: str(folder) for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": str(ROOT)}
    return {"QT_QPA_PLATFORM": "offscreen", **kept, **places, **own}


def start_once(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Seconds from exec to the first paint: by the wall, and on the processor."""
    place = ["--database", str(folder / "bench.db")]
    began_ns = time.monotonic_ns()
    done = subprocess.run(
        [sys.executable, "-m", "bench.cold_start", "--child", *arguments, *place],
        env=environment(folder),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = done.stdout.split()
    if len(said) != 2:
        raise RuntimeError(f"no first paint: {done.stderr[-500:]}")
    return (int(said[0]) - began_ns) / 1e9, int(said[1]) / 1e9


def loading_ms(folder: Path) -> Counter[str]:
    """Milliseconds of loading by top-level package, of the bedside window's modules."""
    code = "import app.commands.registration as r; r.build('bedside'); import app.bedside.station"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        env=environment(folder),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: Counter[str] = Counter()
    for line in done.stderr.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if own.strip().isdigit():
            name = rest.rpartition("|")[2].strip().split(".")[0]
            found[name] += int(own) / 1000
    return found


def main() -> None:
    """Print the figures, or be the child."""
    if "--child" in sys.argv:
        run_child([word for word in sys.argv[1:] if word != "--child"])
    parser = argparse.ArgumentParser(description="Cold start to first paint")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print("cold start: exec to first paint (target 1.5 s)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for page, arguments in PAGES.items():
            start_once(arguments, folder)  # compiles the modules, makes the database
            found = [start_once(arguments, folder) for _ in range(runs)]
            wall, cpu = [one[0] for one in found], [one[1] for one in found]
            print(
                f"  {page:20} median {median(wall):5.2f} s, worst {max(wall):5.2f} s;"
                f" on the processor {median(cpu):5.2f} s; n {runs}"
            )
        parts = loading_ms(folder)
    print(f"  loading modules {sum(parts.values()) / 1000:5.2f} s, of which (ms):")
    print("    " + ", ".join(f"{name} {cost:.0f}" for name, cost in parts.most_common(14)))


if __name__ == "__main__":
    main()
