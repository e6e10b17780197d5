/// Percent-encoding of URL parts (RFC 3986 section 2.1).
@usableFromInline
package enum PercentEncoding {
    /// The text that the bytes spell; `nil` when an escape is broken or the outcome is not UTF-8.
    @inlinable
    package static func decoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> String? {
        decodedBytes(bytes, plusIsSpace: plusIsSpace).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The bytes that the bytes spell; `nil` when an escape is broken.
    @inlinable
    package static func decodedBytes(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap({ Hexadecimal.value(of: $0) }),
                    let low = iterator.next().flatMap({ Hexadecimal.value(of: $0) })
                else { return nil }
                output.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace:
                output.append(UInt8(ascii: " "))
            default:
                output.append(byte)
            }
        }
        return output
    }

    /// The text with every byte escaped that is not to stay; letters, digits and `-._~` do unless it is said otherwise.
    @inlinable
    package static func encoded(_ text: String, keeping stays: (UInt8) -> Bool = isUnreserved) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if stays(byte) { output.append(byte) } else { escape(byte, into: &output) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Adds the three characters that stand for a byte.
    @inlinable
    package static func escape(_ byte: UInt8, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(Hexadecimal.uppercaseDigit(byte >> 4))
        output.append(Hexadecimal.uppercaseDigit(byte))
    }

    /// Whether a byte is a letter, a digit or one of `-._~`, which mean themselves in every part of a URL.
    @inlinable
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
