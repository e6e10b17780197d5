"""Makes topics in Kafka and reads them whole, by its own protocol (https://kafka.apache.org/protocol), as a consumer without a group."""

import socket
import struct

from redis_wire import Message

CREATE_TOPICS, METADATA, LIST_OFFSETS, FETCH = (19, 0), (3, 1), (2, 1), (1, 4)
TOPIC_EXISTS = 36
LOG_APPEND_TIME = 1 << 3
EARLIEST, LATEST = -2, -1


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def string(self):
        length = self.take("h")
        return None if length < 0 else self.bytes(length).decode()

    def list(self, item):
        return [item() for _ in range(self.take("i"))]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (number >> 1) ^ -(number & 1)


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def items(parts):
    return struct.pack(">i", len(parts)) + b"".join(parts)


def call(connection, kind, body):
    request = struct.pack(">hhi", *kind, 1) + string("check") + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", exactly(connection, 4))
    reader = Reader(exactly(connection, length))
    reader.take("i")
    return reader


def exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise OSError("Kafka hung up")
        data += part
    return bytes(data)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 20)


def metadata(connection, topics):
    """The brokers, and the partitions of each topic that is there."""
    reader = call(connection, METADATA, items([string(topic) for topic in topics]))
    brokers = reader.list(lambda: (reader.take("i"), reader.string(), reader.take("i"), reader.string()))
    reader.take("i")

    def partition():
        _, number, _ = reader.take("h"), reader.take("i"), reader.take("i")
        reader.list(lambda: reader.take("i"))
        reader.list(lambda: reader.take("i"))
        return number

    def topic():
        _, name, _ = reader.take("h"), reader.string(), reader.take("b")
        return name, reader.list(partition)

    return brokers, dict(reader.list(topic))


def brokers(port):
    with connect(port) as connection:
        return metadata(connection, [])[0]


def create_topics(port, topics, partitions):
    """Makes those that are not there, with the broker's own time on each message."""
    config = items([string("message.timestamp.type") + string("LogAppendTime")])
    wanted = [string(topic) + struct.pack(">ih", partitions, 1) + items([]) + config for topic in topics]
    with connect(port) as connection:
        reader = call(connection, CREATE_TOPICS, items(wanted) + struct.pack(">i", 15_000))
        for name, error in reader.list(lambda: (reader.string(), reader.take("h"))):
            if error not in (0, TOPIC_EXISTS):
                raise OSError(f"Kafka does not make the topic {name}: error {error}")


def end(connection, topic, partition):
    body = struct.pack(">i", -1) + items([string(topic) + items([struct.pack(">iq", partition, LATEST)])])
    reader = call(connection, LIST_OFFSETS, body)
    found = reader.list(lambda: (reader.string(), reader.list(lambda: reader.take("ihqq"))))
    return found[0][1][0][3]


def fetch(connection, topic, partition, offset):
    """The bytes of batches from the one that holds an offset."""
    size = 8 << 20
    head = struct.pack(">iiiib", -1, 500, 1, size, 0)
    reader = call(connection, FETCH, head + items([string(topic) + items([struct.pack(">iqi", partition, offset, size)])]))
    reader.take("i")

    def part():
        number, error, _, _ = reader.take("ihqq")
        reader.list(lambda: reader.take("qq"))
        length = reader.take("i")
        if error:
            raise OSError(f"Kafka does not give {topic}/{partition}: error {error}")
        return reader.bytes(max(length, 0))

    return reader.list(lambda: (reader.string(), reader.list(part)))[0][1][0]


def records(data):
    """The records of whole batches, as (offset, milliseconds, value)."""
    at = 0
    while at + 61 <= len(data):
        base, length, _, _, _, attributes, _, first, last, _, _, _, count = struct.unpack_from(">qiibIhiqqqhii", data, at)
        if at + 12 + length > len(data):
            return
        if attributes & 7:
            raise OSError("Kafka's batches are compressed")
        reader = Reader(data)
        reader.at = at + 61
        for _ in range(count):
            size = reader.varint()
            after = reader.at + size
            reader.take("b")
            time, offset = reader.varint(), reader.varint()
            reader.bytes(max(reader.varint(), 0))
            value = reader.bytes(max(reader.varint(), 0))
            yield base + offset, last if attributes & LOG_APPEND_TIME else first + time, value
            reader.at = after
        at += 12 + length


def messages(port, topic):
    """All messages of a topic, partition by partition, each in its order."""
    found = []
    with connect(port) as connection:
        for partition in sorted(metadata(connection, [topic])[1].get(topic, [])):
            offset, last = 0, end(connection, topic, partition)
            while offset < last:
                before = offset
                for number, milliseconds, value in records(fetch(connection, topic, partition, offset)):
                    if number >= offset:
                        found.append(Message(partition, milliseconds, value))
                        offset = number + 1
                if offset == before:
                    raise OSError(f"Kafka gives nothing of {topic}/{partition} at {offset} of {last}")
    return found
