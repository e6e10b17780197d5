"""Reads Redis' streams by its own protocol."""

import socket
from typing import NamedTuple


class Message(NamedTuple):
    partition: int
    milliseconds: int  # when the broker took it
    value: bytes


def call(stream, *words):
    parts = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    stream.flush()
    return answer(stream)


def answer(stream):
    line = stream.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"-" or not line:
        raise OSError(f"Redis: {rest.decode(errors='replace') or 'it hung up'}")
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [answer(stream) for _ in range(int(rest))]
    return rest


def messages(port, topic, page=1000):
    """All messages of a stream in its order."""
    found, start = [], "-"
    with socket.create_connection(("127.0.0.1", port), 10) as connection, connection.makefile("rwb") as stream:
        while True:
            entries = call(stream, "XRANGE", topic, start, "+", "COUNT", str(page))
            for name, fields in entries:
                values = dict(zip(fields[::2], fields[1::2]))
                found.append(Message(0, int(name.split(b"-")[0]), values.get(b"data", b"")))
            if len(entries) < page:
                return found
            start = "(" + entries[-1][0].decode()
