import DaprText

/// Writes a Protocol Buffers message.
///
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// Writes a whole number; 0 is the default, which is left out.
    mutating func write(_ field: UInt64, _ number: UInt64) {
        guard number != 0 else { return }
        varint(field << 3)
        varint(number)
    }

    /// Writes a number of a `oneof`, where 0 is a value like others; negative ones take ten bytes.
    mutating func write(member field: UInt64, _ number: Int) {
        varint(field << 3)
        varint(UInt64(bitPattern: Int64(number)))
    }

    /// Writes a number of eight bytes.
    mutating func write(fixed field: UInt64, _ number: UInt64) {
        varint(field << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Writes a number of four bytes.
    mutating func write(fixed field: UInt64, _ number: UInt32) {
        varint(field << 3 | 5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Writes a text.
    mutating func write(_ field: UInt64, _ text: String) {
        varint(field << 3 | 2)
        varint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes a message within this one.
    mutating func write(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        varint(field << 3 | 2)
        let start = bytes.count
        body(&self)
        // The length stands in front, and is only known now: seldom more than two bytes.
        var length = ProtobufWriter()
        length.varint(UInt64(bytes.count - start))
        bytes.insert(contentsOf: length.bytes, at: start)
    }

    /// Writes the bytes that an even number of hexadecimal digits stand for.
    mutating func write(_ field: UInt64, hexadecimal digits: some Collection<UInt8>) {
        varint(field << 3 | 2)
        varint(UInt64(digits.count / 2))
        var high: UInt8?
        for digit in digits {
            let value = Hexadecimal.value(of: digit) ?? 0
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
    }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
