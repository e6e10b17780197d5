/// The origin of a web page: scheme, host and port, as browsers write them in `Origin`.
package struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The origin in the form of RFC 6454: lower case, no path.
    package let description: String
    /// The host; an IPv6 address is in brackets.
    let host: String
    /// Host and port as in a `Host` header.
    let authority: String

    /// Parses `http://host`, `https://host:8443` and the like; `nil` for anything else, including a path or a trailing
    /// `/`.
    package init?(_ text: String) {
        let lower = text.asciiLowercased
        let bytes = lower.utf8
        guard let scheme = ["http://", "https://"].first(where: { bytes.starts(with: $0.utf8) }) else { return nil }
        let authority = String(decoding: bytes.dropFirst(scheme.utf8.count), as: UTF8.self)
        guard let host = Authority(authority)?.host else { return nil }
        description = lower
        self.host = host
        self.authority = authority
    }
}

/// Host and port of a `Host` header.
struct Authority: Equatable {
    /// The host in lower case; an IPv6 address is in brackets.
    let host: String
    let port: UInt16?

    /// Parses `host`, `host:port` and `[address]:port`; `nil` when the text cannot be a host.
    init?(_ text: String) {
        let bytes = Array(text.asciiLowercased.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            end = bracket + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
        }
        let isPlain = bytes[..<end].allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7A: true
            default: "-._~[]:%".utf8.contains(byte)
            }
        }
        guard end > 0, isPlain else { return nil }
        host = String(decoding: bytes[..<end], as: UTF8.self)
        if end == bytes.count {
            port = nil
        } else {
            guard bytes[end] == UInt8(ascii: ":"), bytes[(end + 1)...].allSatisfy({ 0x30...0x39 ~= $0 }),
                let number = UInt16(String(decoding: bytes[(end + 1)...], as: UTF8.self))
            else { return nil }
            port = number
        }
    }

    /// Whether the host is an IPv4 address in its usual form or an IPv6 address, which no name server can redirect.
    var isAddress: Bool { host.utf8.first == UInt8(ascii: "[") || ipv4 != nil }

    /// Whether the host is this machine's loopback.
    var isLoopback: Bool {
        if host == "localhost" || host == "localhost." { return true }
        return ["[::1]", "[0:0:0:0:0:0:0:1]"].contains(host) || ipv4?.first == 127
    }

    private var ipv4: [UInt8]? {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let numbers = parts.compactMap { $0.first == UInt8(ascii: "+") ? nil : UInt8(String(Substring($0))) }
        return numbers.count == 4 ? numbers : nil
    }
}

extension String {
    /// The text with A to Z in lower case and everything else unchanged.
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { 0x41...0x5A ~= $0 ? $0 + 0x20 : $0 }, as: UTF8.self)
    }
}
