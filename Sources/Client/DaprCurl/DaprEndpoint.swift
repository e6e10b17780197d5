internal import DaprText

/// Where the sidecar listens: an HTTP address or a unix domain socket.
public struct DaprEndpoint: Sendable, Hashable {
    /// The URL in front of every path, without a slash at its end: `http://127.0.0.1:3500`.
    public let baseURL: String
    /// The path of the unix domain socket that carries the calls, or `nil` for TCP.
    public let unixSocketPath: String?

    private init(baseURL: String, unixSocketPath: String? = nil) {
        self.baseURL = baseURL
        self.unixSocketPath = unixSocketPath
    }

    /// Where a sidecar listens unless told otherwise: `http://127.0.0.1:3500`.
    public static let local = DaprEndpoint(baseURL: "http://127.0.0.1:3500")

    /// A port of this machine.
    public static func local(port: UInt16) -> DaprEndpoint {
        DaprEndpoint(baseURL: "http://127.0.0.1:\(port)")
    }

    /// A unix domain socket, as `--unix-domain-socket` of daprd makes it: `/tmp/dapr-orders-http.socket`.
    public static func unixSocket(path: String) -> DaprEndpoint {
        DaprEndpoint(baseURL: "http://localhost", unixSocketPath: path)
    }

    /// Reads an address: `http://host:port`, `https://host:port` with the port optional, or `unix:///path`.
    ///
    /// - Throws: ``DaprCurlError/malformedEndpoint(_:)`` for anything else: a user, a path, a query, a port out of range.
    public init(parsing text: String) throws(DaprCurlError) {
        if text.hasBytePrefix("unix://") {
            let path = String(text.droppingBytes("unix://".utf8.count))
            guard path.hasBytePrefix("/"), !path.utf8.contains(0) else {
                throw .malformedEndpoint("unix:// is followed by an absolute path")
            }
            self = .unixSocket(path: path)
            return
        }
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { text.lowercased().hasBytePrefix($0) }) else {
            throw .malformedEndpoint("it begins with http://, https:// or unix://")
        }
        var authority = text.droppingBytes(scheme.utf8.count)
        if authority.hasByteSuffix("/") { authority = authority.droppingBytes(0, last: 1) }
        try Self.check(authority)
        self.init(baseURL: scheme + authority)
    }

    /// Reads the variables that Dapr's SDKs share.
    ///
    /// `DAPR_HTTP_ENDPOINT` is a whole address and wins over `DAPR_HTTP_PORT`, a port of this machine; without either it is port 3500.
    /// An empty variable counts as none.
    ///
    /// See [Environment variables](https://docs.dapr.io/reference/environment/).
    ///
    /// - Throws: ``DaprCurlError/malformedEndpoint(_:)`` when a variable has a value that is not of its form.
    public init(environment: [String: String]) throws(DaprCurlError) {
        if let address = environment["DAPR_HTTP_ENDPOINT"], !address.isEmpty {
            try self.init(parsing: address)
        } else if let port = environment["DAPR_HTTP_PORT"], !port.isEmpty {
            guard let number = Self.port(port) else {
                throw .malformedEndpoint("DAPR_HTTP_PORT is a number from 1 to 65535")
            }
            self = .local(port: number)
        } else {
            self = .local
        }
    }

    /// Accepts a host or an IPv6 address in brackets, and a port.
    private static func check(_ authority: Substring) throws(DaprCurlError) {
        var rest = authority
        if authority.hasBytePrefix("[") {
            guard authority.containsByte("]") else { throw .malformedEndpoint("its host lacks a ]") }
            let address = authority.prefix(beforeByte: "]").droppingBytes(1)
            guard !address.isEmpty,
                address.utf8.allSatisfy({ Hexadecimal.value(of: $0) != nil || $0 == 0x3A || $0 == 0x2E })
            else {
                throw .malformedEndpoint("what stands in [ ] is an IPv6 address")
            }
            rest = authority.droppingBytes(address.utf8.count + 2)
            guard rest.isEmpty || rest.hasBytePrefix(":") else {
                throw .malformedEndpoint("it has only a host and a port")
            }
        } else {
            let host = authority.prefix(beforeByte: ":")
            guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else {
                throw .malformedEndpoint("it has only a host and a port, without user, path or query")
            }
            rest = authority.droppingBytes(host.utf8.count)
        }
        guard rest.isEmpty || port(rest.droppingBytes(1)) != nil else {
            throw .malformedEndpoint("its port is a number from 1 to 65535, and nothing follows")
        }
    }

    private static func port(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(text), number > 0 else {
            return nil
        }
        return number
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
