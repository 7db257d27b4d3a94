#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""job.py CONTAINER COMMAND [ARG...]: job.c in Python, by ctypes.

COMMAND is running already when it is put into a new container, with whatever it forks meanwhile; when
it ends, what it has left behind is killed, and the container removed.
"""
import ctypes
import signal
import subprocess
import sys


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("torn", ctypes.c_int32), ("text", ctypes.c_char * 1016)]


class Move(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("flags", ctypes.c_uint64), ("source", ctypes.c_char_p),
                ("timeout", ctypes.c_uint64), ("moved", ctypes.c_uint64), ("held", ctypes.c_uint64)]


class Stat(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [(name, ctypes.c_uint64) for name in (
        "known", "when", "processes", "cpu", "memory", "memory_peak", "swap", "io_read", "io_written",
        "pids", "memory_limit", "pids_limit", "state")]


RECURSIVE, REMOVE = 0x01, 0x08
CPU = 0x002

lib = ctypes.CDLL("libct.so.0")
for function, arguments in (
        ("open", [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]),
        ("create", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64]),
        ("move", [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_size_t,
                  ctypes.POINTER(Move)]),
        ("stat", [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Stat)]),
        ("kill", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_uint64])):
    getattr(lib, "libct_" + function).argtypes = arguments + [ctypes.POINTER(Error)]
lib.libct_close.argtypes = [ctypes.c_void_p]
lib.libct_close.restype = None


def call(function, *arguments):
    """Every function but libct_close() ends with the error, and returns less than 0 on failure."""
    err = Error()
    result = getattr(lib, "libct_" + function)(*arguments, ctypes.byref(err))
    if result < 0:
        raise OSError(err.code, err.text.decode(errors="replace"))
    return result


def run(ct, container, command):
    move = Move(size=ctypes.sizeof(Move), flags=RECURSIVE)
    stat = Stat(size=ctypes.sizeof(Stat))
    with subprocess.Popen(command) as process:
        try:
            call("move", ct, container, (ctypes.c_int * 1)(process.pid), 1, ctypes.byref(move))
        except OSError:
            process.kill()
            raise
        print(f"{container.decode()}: {move.moved} moved", flush=True)
    call("stat", ct, container, ctypes.byref(stat))
    cpu = f", {stat.cpu / 1e9:.3f} s of CPU time" if stat.known & CPU else ""
    print(f"{container.decode()}: {stat.processes} left{cpu}")
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def main():
    if len(sys.argv) < 3:
        print("usage: job.py CONTAINER COMMAND [ARG...]", file=sys.stderr)
        return 2
    container = sys.argv[1].encode()
    ct = ctypes.c_void_p()
    try:
        call("open", None, None, ctypes.byref(ct))
        call("create", ct, container, 0)
        try:
            return run(ct, container, sys.argv[2:])
        finally:
            call("kill", ct, container, signal.SIGKILL, RECURSIVE | REMOVE, 0)
            lib.libct_close(ct)
    except OSError as error:
        print(f"job.py: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
