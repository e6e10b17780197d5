import DaprText

/// One element of `Forwarded` (RFC 7239) or `X-Forwarded-For`: where the proxy that wrote it had the request from.
///
/// Elements are read from the end of the field, because only those at the end are written by proxies that are known;
/// what stands before them may be anything.
enum ForwardedHop {
    /// The place of the last comma that is in no quoted string; `nil` when there is none.
    static func lastComma(in bytes: ArraySlice<UInt8>) -> Int? {
        var isQuoted = false
        var place = bytes.endIndex
        while place > bytes.startIndex {
            place -= 1
            switch bytes[place] {
            case UInt8(ascii: "\""):
                // A quoted string may hold a quote behind an odd number of backslashes (RFC 9110 section 5.6.4).
                let behind = bytes[..<place].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
                if behind.isMultiple(of: 2) { isQuoted.toggle() }
            case UInt8(ascii: ",") where !isQuoted: return place
            default: break
            }
        }
        return nil
    }

    /// The address in an element of `X-Forwarded-For`, which nobody has defined: with or without a port, one of IPv6 with
    /// or without brackets; `nil` for anything else.
    static func address(ofPlain element: ArraySlice<UInt8>) -> IPAddress? { IPAddress(element) ?? node(element) }

    /// The address in the `for` of an element of `Forwarded`; `nil` when the element is malformed, has none, or hides it
    /// (`unknown`, `_name`).
    static func address(of element: ArraySlice<UInt8>) -> IPAddress? {
        var rest = element
        var found: IPAddress?
        while !rest.isEmpty {
            // RFC 7239 section 4 allows pairs to be empty.
            if rest.first != UInt8(ascii: ";") {
                let name = rest.prefix(while: HTTPToken.isByte)
                rest = rest[name.endIndex...]
                guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="), let value = value(takenFrom: &rest) else {
                    return nil
                }
                if name.count == 3, zip(name, "for".utf8).allSatisfy({ $0 | 0x20 == $1 }) {
                    guard found == nil, let address = node(value) else { return nil }
                    found = address
                }
            }
            rest = rest.drop(while: isBlank)
            if let next = rest.popFirst(), next != UInt8(ascii: ";") { return nil }
            rest = rest.drop(while: isBlank)
        }
        return found
    }

    /// A token or a quoted string, which is undone.
    private static func value(takenFrom rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix(while: HTTPToken.isByte)
            rest = rest[token.endIndex...]
            return token.isEmpty ? nil : token
        }
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return value[...]
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default: value.append(byte)
            }
        }
        return nil
    }

    /// The address of `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]` or `[2001:db8::1]:80` (RFC 7239 section 6).
    private static func node(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
        let name: ArraySlice<UInt8>
        let rest: ArraySlice<UInt8>
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            name = bytes[(bytes.startIndex + 1)..<end]
            rest = bytes[(end + 1)...]
            guard name.contains(UInt8(ascii: ":")) else { return nil }
        } else {
            name = bytes.prefix { $0 != UInt8(ascii: ":") }
            rest = bytes[name.endIndex...]
        }
        guard rest.isEmpty || isPort(rest) else { return nil }
        return IPAddress(name)
    }

    /// Whether it is a colon and a port: up to five digits, or a name that begins with an underscore.
    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        let port = bytes.dropFirst()
        guard bytes.first == UInt8(ascii: ":"), let first = port.first else { return false }
        if first == UInt8(ascii: "_") { return port.count > 1 && port.allSatisfy { HTTPToken.isByte($0) } }
        return port.count <= 5 && port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
