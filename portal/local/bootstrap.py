"""Makes the virtual environment and fills it with the pinned wheels; run by path, before anything is installed.

`bootstrap.py [--dev] [run]`: `--dev` adds the tools for tests and checks, `run` goes on with a whole Slipway. What is
installed already is recognised by a stamp, so that a second start loses no time. Standard library only, and no syntax
newer than Python 3.8 knows, so that an old Python gets a sentence and not a traceback.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OLDEST_PYTHON = (3, 11)
DEFAULT_INDEX = "https://pypi.org/simple/"
RUNTIME, TOOLS = "requirements.txt", "requirements-dev.txt"


class BootstrapProblem(Exception):
    """A sentence with a next step."""


def main(arguments: list[str], *, root: Path = ROOT) -> int:
    """Exit code 0 when everything is installed (or never: `run` replaces this process), 1 after a printed problem."""
    try:
        check_python(sys.version_info[:2])
        locks = [RUNTIME, TOOLS] if "--dev" in arguments else [RUNTIME]
        python = install(root, locks=locks)
    except BootstrapProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What is installed so far is kept for the next time.", file=sys.stderr)
        return 130
    if "run" in arguments:
        if os.environ.get("SLIPWAY_HOME"):
            os.environ["SLIPWAY_HOME"] = str(Path(os.environ["SLIPWAY_HOME"]).absolute())
        os.chdir(root)
        sys.stdout.flush()
        os.execv(python, [str(python), "-m", "portal.local"])
    return 0


def check_python(version: tuple[int, ...]) -> None:
    """Raises BootstrapProblem for a Python that is too old."""
    if version < OLDEST_PYTHON:
        found, needed = (".".join(map(str, v)) for v in (version, OLDEST_PYTHON))
        raise BootstrapProblem(
            f"Slipway needs Python {needed} or newer; this is {found}. "
            f"Install a newer one and name it: make run PYTHON=python{needed}"
        )


def install(root: Path, *, locks: list[str]) -> Path:
    """Make or complete `.venv` and return its Python. Raises BootstrapProblem."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    stamp = folder / "installed.json"
    wanted = {lock: hashlib.sha256((root / lock).read_bytes()).hexdigest() for lock in locks}
    found, known = read_stamp(stamp)
    version = version_of(python)
    gone = sorted(known - packages_in(folder))
    if found and gone:
        print(f"Of what was installed, {', '.join(gone[:5])} is missing from {folder}; it is made anew.", flush=True)
        found, version = {}, ()
    # Missing, broken, too old; or begun with a Python for which not all packages could be had.
    if version < OLDEST_PYTHON or (not found and version != sys.version_info[:2]):
        print(f"Making a virtual environment in {folder} …", flush=True)
        make_environment(folder)
        found = {}
    missing = [lock for lock in locks if found.get(lock) != wanted[lock]]
    if missing:
        fill(python, root=root, locks=missing)
        installed = {"locks": {**found, **wanted}, "packages": sorted(packages_in(folder))}
        stamp.write_text(json.dumps(installed), encoding="ascii")
    return python


def read_stamp(stamp: Path) -> tuple[dict[str, str], set[str]]:
    """What is installed: digests by lock file, and names of packages. Empty after a cut-off installation."""
    try:
        installed = json.loads(stamp.read_text(encoding="ascii"))
        return dict(installed["locks"]), set(installed["packages"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, set()


def packages_in(folder: Path) -> set[str]:
    """Top-level packages and modules of an environment: what an import would find."""
    places = folder.glob("lib/python*/site-packages/*")
    return {one.name for one in places if not one.name.endswith((".dist-info", ".pth", "__pycache__"))}


def version_of(python: Path) -> tuple[int, ...]:
    """The version of a Python, as (3, 11); empty when it cannot be started."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        said = subprocess.run([str(python), "-c", code], capture_output=True, text=True).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in said.split())


def make_environment(folder: Path) -> None:
    """Make a fresh virtual environment. Raises BootstrapProblem."""
    try:
        done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True)
    except OSError as error:
        raise BootstrapProblem(
            f"{sys.executable} cannot be run ({error}). Name another one: make run PYTHON=…"
        ) from error
    if done.returncode == 0:
        return
    said = (done.stdout + done.stderr).strip()
    if "ensurepip" in said:
        raise BootstrapProblem(
            "This Python comes without its module for virtual environments. "
            "On Debian or Ubuntu install it with: sudo apt-get install python3-venv"
        )
    raise BootstrapProblem(
        f"The virtual environment {folder} could not be made: {said.splitlines()[-1] if said else 'no reason given'}. "
        "Check that the folder can be written and the disk has room, then start again."
    )


def fill(python: Path, *, root: Path, locks: list[str]) -> None:
    """Install the packages of the lock files, each checked by its hash. Raises BootstrapProblem."""
    files = [part for lock in locks for part in ("-r", str(root / lock))]
    total = sum(len(re.findall(r"^[\w.\[\],-]+==", (root / lock).read_text("utf-8"), re.M)) for lock in locks)
    print(f"Installing about {total} packages, the first time only …", flush=True)
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input"]
    pip += ["--only-binary", ":all:", "--require-hashes", *files]
    process = subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=root)
    said: list[str] = []
    count = 0
    assert process.stdout
    for line in process.stdout:
        said.append(line.rstrip())
        if line.startswith("Collecting "):
            count += 1
            _progress(f"  {min(count, total):>3} of {total}: {line.split()[1].split('==')[0]}", whole=count % 20 == 0)
        elif line.startswith("Installing collected packages"):
            _progress("  unpacking …", whole=True)
    if process.wait() != 0:
        raise BootstrapProblem(why_pip_failed(said))
    _progress("  all packages are installed.", whole=True)


def why_pip_failed(said: list[str]) -> str:
    """A sentence with a next step for what pip printed."""
    text = "\n".join(said)
    last = "\n".join(f"    {line}" for line in said[-6:])
    if "DO NOT MATCH THE HASHES" in text:
        return (
            "A downloaded package is not the one that was pinned, so nothing was installed. Empty pip's cache "
            f"(python3 -m pip cache purge) and start again; if it stays so, do not trust the source.\n{last}"
        )
    if re.search(r"NewConnectionError|Retrying|ConnectTimeout|ReadTimeout|NameResolution|ProxyError|SSLError", text):
        return (
            "The packages could not be downloaded. Check the network (HTTPS_PROXY and PIP_INDEX_URL are respected), "
            f"then start again; what was downloaded is kept.\n{last}"
        )
    missing = re.search(r"No matching distribution found for (\S+)", text)
    away = unreached_index(text) if missing else ""
    if away:
        return (
            f"The package index {away} could not be reached. Check the network (HTTPS_PROXY and PIP_INDEX_URL are "
            f"respected), then start again; what was downloaded is kept.\n{last}"
        )
    if missing:
        # Without an index, another Python is seldom what lacks.
        alone = "PIP_NO_INDEX is set, so no package index was asked: unset it. Or try" if _asks_no_index() else "Try"
        return (
            f"No ready-built package of {missing.group(1)} was found for this machine and Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}. {alone} another Python: make run PYTHON=python3.12\n{last}"
        )
    if "No space left" in text:
        return f"The disk is full. Make about 700 MB of room, then start again.\n{last}"
    return f"pip could not install the packages. Its last words:\n{last}"


def unreached_index(said: str) -> str:
    """The first package index that pip asked in vain, as it says of one that is away what it says of a package that
    is not there; empty when all answer, or pip was to ask none.
    """
    if _asks_no_index():
        return ""
    named = re.search(r"^Looking in indexes: (.+)$", said, re.M)
    for index in named.group(1).split(", ") if named else [DEFAULT_INDEX]:
        address = re.sub(r"//[^/@]*@", "//", index.strip())  # pip hides the password in it
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except urllib.error.HTTPError:
            continue  # it answers
        except (OSError, ValueError):
            return address
    return ""


def _asks_no_index() -> bool:
    return bool(os.environ.get("PIP_NO_INDEX"))


def _progress(line: str, *, whole: bool) -> None:
    """One line that changes on a terminal; elsewhere only the whole ones."""
    if sys.stdout.isatty():
        print(f"\r\033[K{line}", end="\n" if whole else "", flush=True)
    elif whole:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
