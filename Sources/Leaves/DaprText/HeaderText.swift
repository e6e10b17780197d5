/// The values of header fields as text that loses no byte.
///
/// Beyond ASCII a value is opaque (RFC 9110 section 5.5): file names and names of people are sent in Latin-1 as well as in UTF-8. Bytes that
/// spell no UTF-8 are carried as U+10FF80 to U+10FFFF, one for each byte from 80 to FF, and become bytes again where they are sent. A value
/// that holds one of these characters has its bytes carried likewise, so that the way back is the only one.
package enum HeaderText {
    /// The text of a value as received.
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        var text = ""
        var rest = bytes[...]
        while !rest.isEmpty {
            var parser = Unicode.UTF8.ForwardParser()
            var iterator = rest.makeIterator()
            let length: Int
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                length = encoded.count
                guard carriers.contains(scalar.value) else {
                    text.unicodeScalars.append(scalar)
                    rest = rest.dropFirst(length)
                    continue
                }
            case .error(let count): length = count
            case .emptyInput: return text
            }
            for byte in rest.prefix(length) {
                if let carrier = Unicode.Scalar(0x10FF00 + UInt32(byte)) { text.unicodeScalars.append(carrier) }
            }
            rest = rest.dropFirst(length)
        }
        return text
    }

    /// The bytes of a value to be sent.
    package static func bytes(_ text: String) -> [UInt8] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if carriers.contains(scalar.value) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    private static let carriers: ClosedRange<UInt32> = 0x10FF80...0x10FFFF
}
