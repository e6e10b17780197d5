import DaprSidecar

/// The addresses that a name for this machine stands for.
enum LocalAddresses {
    private static let interfaces = "/proc/net/if_inet6"

    /// The literal addresses of a flag: `localhost` is both loopback addresses, and brackets around an IPv6 address, as in daprd's own
    /// default, go away.
    static func literals(_ text: String, hasIPv6: Bool) -> [String] {
        if text.lowercased() == "localhost" { return hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"] }
        return [String(text.drop { $0 == "[" }.prefix { $0 != "]" })]
    }

    /// Whether the system has `::1`: one without IPv6 has not.
    static func hasIPv6Loopback(_ files: any ResourceFiles) -> Bool {
        let address = String(repeating: "0", count: 31) + "1"
        let lines = files.bytes(of: interfaces).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return lines.split(separator: "\n").contains { $0.utf8.starts(with: address.utf8) }
    }
}
