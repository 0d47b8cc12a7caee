import pytest

from bridge.demo.pip_output import explain, package_begun, packages_locked

OFFLINE = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(
'<HTTPSConnection>: Failed to establish a new connection: [Errno -3] Temporary failure in
name resolution')': /simple/attrs/
ERROR: No matching distribution found for attrs==26.1.0"""


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (OFFLINE, "is this machine online"),
        ("ERROR: No matching distribution found for attrs==26.1.0", "no ready-made package"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE", "not the one that was"),
        ("The virtual environment was not created: ensurepip is not available.", "python3-venv"),
        ("SSLError: Max retries exceeded (CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
        ("Segmentation fault", "could not be installed"),
    ],
)
def test_a_failure_is_explained_and_the_last_words_are_shown(output: str, sentence: str) -> None:
    told = explain(output.splitlines())
    assert sentence in told.splitlines()[0]
    assert output.splitlines()[-1] in told


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("Collecting zope.interface==8.7 (from -r lock.txt (line 3))", "zope.interface"),
        ("  Downloading attrs-26.1.0-py3-none-any.whl", None),
        ("", None),
    ],
)
def test_the_package_pip_is_at_is_read(line: str, package: str | None) -> None:
    assert package_begun(line) == package


def test_locked_packages_are_counted_and_their_hashes_are_not() -> None:
    lock = "# made by pip-compile\nattrs==1 \\\n    --hash=sha256:00\n    # via b\nb.c[d]==2\n"
    assert packages_locked(lock) == 2
