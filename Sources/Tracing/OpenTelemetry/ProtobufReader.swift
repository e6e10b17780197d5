/// Reads the fields of a Protocol Buffers message, one after another.
///
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufReader {
    /// What a field holds; numbers of a fixed size are passed over.
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
        case passedOver
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; `nil` at the end, and where the bytes are no message.
    mutating func next() -> (field: UInt64, value: Value)? {
        guard let key = varint() else { return nil }
        switch key & 7 {
        case 0: return varint().map { (key >> 3, .number($0)) }
        case 1: return take(8).map { _ in (key >> 3, .passedOver) }
        case 2: return varint().flatMap { take($0) }.map { (key >> 3, .bytes($0)) }
        case 5: return take(4).map { _ in (key >> 3, .passedOver) }
        default: return nil
        }
    }

    private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(rest.count) else { return nil }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return taken
    }

    private mutating func varint() -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
