import DaprHTTP
package import DaprHTTPServer
import DaprSidecar
import DaprText

/// Which requests from browsers are allowed.
///
/// The sidecar has no login: whoever reaches it can read secrets and stop it. On a developer's machine every web page
/// in a browser reaches it, either by a cross-site request or through a host name that resolves to 127.0.0.1 (DNS
/// rebinding). The first has an `Origin` or a `Sec-Fetch-Site` header, the second has a foreign `Host`; other clients
/// send neither.
package struct OriginPolicy: Sendable {
    private let hosts: Set<ExactText>
    private let origins: Set<WebOrigin>
    /// Whether any IP address counts as this sidecar's, because it listens on all interfaces.
    private let takesAnyAddress: Bool
    private let takesAll: Bool

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - addresses: The addresses on which the API listens.
    ///   - origins: The origins whose pages may use it; their hosts may also be in `Host`.
    ///   - takesAll: Whether every page and every host name is allowed.
    package init(addresses: [HTTPAddress], origins: Set<WebOrigin> = [], takesAll: Bool = false) {
        var hosts = Set(origins.map { ExactText($0.host) })
        var takesAnyAddress = false
        for case .tcp(let host, _) in addresses {
            hosts.insert(ExactText(host.containsByte(":") ? "[\(host)]" : host))
            if host == "0.0.0.0" || host == "::" { takesAnyAddress = true }
        }
        self.hosts = hosts
        self.origins = origins
        self.takesAnyAddress = takesAnyAddress
        // Browsers cannot connect to a Unix socket.
        let isLocal = !addresses.isEmpty && addresses.allSatisfy { if case .unix = $0 { true } else { false } }
        self.takesAll = takesAll || isLocal
    }

    /// The decision about a request, from its head.
    enum Verdict {
        case refused(APIError)
        /// The page of this origin may read the answer; `nil` when the request comes from no page, or from the
        /// sidecar's own.
        case allowed(reader: String?)
    }

    func verdict(_ head: HTTPRequest) -> Verdict {
        let host = head.headers["host"]
        let authority = host.flatMap { Authority($0) }
        let origins = head.headers.values("origin")
        if takesAll { return .allowed(reader: origins.first) }
        // HTTP/1.0 may omit `Host`; a browser never does.
        if let host, !isOurs(authority) { return .refused(.foreignHost(host)) }
        guard let origin = origins.first else {
            let isForeign = head.headers.values("sec-fetch-site").contains("cross-site")
            return isForeign ? .refused(.foreignSite) : .allowed(reader: nil)
        }
        guard origins.count == 1, let known = WebOrigin(origin) else { return .refused(.foreignOrigin(origin)) }
        if self.origins.contains(known) { return .allowed(reader: origin) }
        // The page comes from an application that is served through the sidecar.
        let isOwn = known.description.utf8.starts(with: "http://".utf8) && Authority(known.authority) == authority
        return isOwn ? .allowed(reader: nil) : .refused(.foreignOrigin(origin))
    }

    private func isOurs(_ authority: Authority?) -> Bool {
        guard let authority else { return false }
        return authority.isLoopback || hosts.contains(authority.host) || takesAnyAddress && authority.isAddress
    }
}

extension APIError {
    private static func foreign(_ what: String) -> APIError {
        APIError(
            status: 403,
            errorCode: "ERR_PERMISSION_DENIED",
            message: "\(what); where that is meant, name the origin by --allow-origin"
        )
    }

    fileprivate static func foreignHost(_ host: String) -> APIError {
        foreign("the Host \(host) is no name or address of this sidecar")
    }

    fileprivate static func foreignOrigin(_ origin: String) -> APIError {
        foreign("pages of the origin \(origin) may not use this sidecar")
    }

    fileprivate static let foreignSite = foreign("pages of another site may not use this sidecar")
}
