import DaprText

/// Writes a Protocol Buffers message.
///
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// Begins a message of about so many bytes.
    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

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
        bytes.append(0)
        body(&self)
        // The length stands in front and is only known now; mostly the byte that was kept for it is enough.
        let length = bytes.count - start - 1
        if length <= 0x7F {
            bytes[start] = UInt8(length)
        } else {
            var writer = ProtobufWriter()
            writer.varint(UInt64(length))
            bytes.replaceSubrange(start...start, with: writer.bytes)
        }
    }

    /// Writes the bytes that some hexadecimal digits of a text stand for, an even number of them.
    mutating func write(_ field: UInt64, hexadecimal range: Range<Int>, of text: String) {
        varint(field << 3 | 2)
        varint(UInt64(range.count / 2))
        let digits = text.utf8Span.span
        for place in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            let high = Hexadecimal.value(ofLowercase: digits[place]) ?? 0
            let low = Hexadecimal.value(ofLowercase: digits[place + 1]) ?? 0
            bytes.append(high << 4 | low)
        }
    }

    private mutating func varint(_ number: UInt64) {
        // Nearly every field and length.
        if number <= 0x7F { return bytes.append(UInt8(number)) }
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
