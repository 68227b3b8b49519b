"""Making the virtual environment from pinned packages, without a network."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portal.local import bootstrap
from portal.local.bootstrap import RUNTIME, BootstrapProblem


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty virtual environment in it, made anew where a broken one was: each takes seconds."""
    folder = tmp_path_factory.mktemp("checkout")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(folder / "gone")
    (folder / ".venv" / "installed.json").write_text("{}")
    (folder / ".venv" / "left.txt").touch()
    (folder / RUNTIME).write_text("# nothing\n")
    bootstrap.install(folder, locks=[RUNTIME])
    return folder


@pytest.fixture
def checkout(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, nothing pinned yet; pip looks for packages in `tmp_path` only."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    (environment / ".venv" / "installed.json").unlink(missing_ok=True)
    return environment


def wheel(folder: Path, name: str, version: str) -> str:
    """Build a package that only says its version; returns its line for a lock file."""
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},\n"
        for path, text in contents.items()
    )
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def test_that_pinned_packages_are_installed_once_and_again_when_the_pins_change(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lock = checkout / RUNTIME
    lock.write_text(wheel(tmp_path, "harbour", "1.0"))

    python = bootstrap.install(checkout, locks=[RUNTIME])
    assert _imported(python, "harbour") == "1.0"
    assert "Installing about 1 packages" in capfd.readouterr().out

    bootstrap.install(checkout, locks=[RUNTIME])
    assert capfd.readouterr().out == ""

    lock.write_text(wheel(tmp_path, "harbour", "2.0"))
    bootstrap.install(checkout, locks=[RUNTIME])
    assert _imported(python, "harbour") == "2.0"


def test_that_a_broken_environment_is_made_anew(environment: Path) -> None:
    assert bootstrap.version_of(environment / ".venv" / "bin" / "python") == sys.version_info[:2]
    assert not (environment / ".venv" / "left.txt").exists()


def test_that_a_package_removed_by_hand_is_brought_back(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / RUNTIME).write_text(wheel(tmp_path, "harbour", "4.0"))
    python = bootstrap.install(checkout, locks=[RUNTIME])
    next((checkout / ".venv").glob("lib/python*/site-packages/harbour.py")).unlink()

    bootstrap.install(checkout, locks=[RUNTIME])

    assert "harbour.py is missing" in capfd.readouterr().out
    assert _imported(python, "harbour") == "4.0"


def test_that_a_package_with_another_hash_is_refused(checkout: Path, tmp_path: Path) -> None:
    line = wheel(tmp_path, "tampered", "1.0")
    (checkout / RUNTIME).write_text(line.partition("sha256:")[0] + "sha256:" + "0" * 64 + "\n")

    with pytest.raises(BootstrapProblem, match="not the one that was pinned, so nothing was installed"):
        bootstrap.install(checkout, locks=[RUNTIME])

    assert not (checkout / ".venv" / "installed.json").exists()


def test_that_an_index_that_is_away_is_no_missing_wheel(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / RUNTIME).write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")

    with pytest.raises(BootstrapProblem, match=r"The package index http://127\.0\.0\.1:9/simple could not be reached"):
        bootstrap.install(checkout, locks=[RUNTIME])


def test_that_a_missing_wheel_is_named_with_a_next_step(checkout: Path) -> None:
    (checkout / RUNTIME).write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")

    words = r"No ready-built package of nowhere==1\.0 was found for .* PIP_NO_INDEX is set.*make run PYTHON="
    with pytest.raises(BootstrapProblem, match=words):
        bootstrap.install(checkout, locks=[RUNTIME])


def test_that_a_missing_network_is_named_with_a_next_step(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    (checkout / RUNTIME).write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(BootstrapProblem, match=r"could not be downloaded\. Check the network"):
        bootstrap.install(checkout, locks=[RUNTIME])


def test_that_a_folder_that_cannot_hold_an_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BootstrapProblem, match="could not be made"):
        bootstrap.make_environment(tmp_path / "file" / ".venv")


def test_that_an_old_python_gets_a_sentence() -> None:
    with pytest.raises(BootstrapProblem, match=r"needs Python 3\.11 or newer; this is 3\.9\..*make run PYTHON="):
        bootstrap.check_python((3, 9))
    bootstrap.check_python((3, 11))


def test_that_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap; print(bootstrap.ROOT)"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(Path(bootstrap.__file__).parent)], capture_output=True, text=True
    )

    assert done.stdout.strip() == str(bootstrap.ROOT)


def _imported(python: Path, name: str) -> str:
    code = f"import {name}; print({name}.version)"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
