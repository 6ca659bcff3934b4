"""Reads regular files and no others; writes files whole or not at all: the last good output stays until the
new one is complete."""

import contextlib
import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path | str, limit: int) -> bytes:
    """Return the bytes of a regular file. Raises OSError, also for what is no regular file (a device would
    never end, a pipe would wait for ever) and for more than `limit` bytes; then nothing is read."""
    # without waiting for somebody to write into a pipe; what is no file is closed again at once
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        data = file.read(limit + 1) if state.st_size <= limit else b""
    if data is None:  # some of the system's files have nothing yet, and we do not wait
        raise OSError(errno.EAGAIN, "it has nothing to read", str(path))
    if state.st_size > limit or len(data) > limit:
        size = f"{state.st_size / 1e6:.1f} MB; {limit / 1e6:.0f} MB is the most"
        raise OSError(errno.EFBIG, f"it has {size}", str(path))
    return data


def real_path(path: Path | str) -> Path:
    """Return where a path leads, through all links. Unlike `Path.resolve` it raises nothing where links lead
    round in a circle: then opening the file does."""
    return Path(os.path.realpath(path))


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` to `path` through a temporary file beside it, unless that is in it already. Raises OSError
    that names `path`, which is then as it was.

    After a loss of power too, `path` has the old content or the new one, unless `durable` is false: that
    saves some milliseconds where a damaged file is noticed and does no harm."""
    if _holds(path, data):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data, durable)
        if durable:
            _save_names(path.parent)
    except OSError as problem:  # a full disk names no file, a refused rename the temporary one
        raise OSError(problem.errno, problem.strerror, str(path)) from None


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_regular(path, len(data)) == data
    except OSError:
        return False


def _replace(path: Path, data: bytes, durable: bool) -> None:
    from tempfile import mkstemp  # slow to import, and a build with nothing to write only reads

    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())  # else the new name may reach the disk before the content
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _save_names(folder: Path) -> None:
    """Have the names of the files in a folder written to the disk, where the system can do that for one
    folder."""
    with contextlib.suppress(OSError):  # not on Windows, nor on every file server
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
