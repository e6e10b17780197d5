import DaprText
package import HTTPServer
import Sidecar

/// Which requests may come from a browser.
///
/// The sidecar has no login: who reaches it reads secrets and stops it. On a developer's machine every web page in a browser reaches it, by
/// a request across sites, or by a name that its owner bends to 127.0.0.1 (DNS rebinding). The first has an `Origin` or is marked by
/// `Sec-Fetch-Site`, the second has a foreign `Host`; what is no browser has neither.
package struct OriginPolicy: Sendable {
    private let hosts: Set<ExactText>
    private let origins: Set<WebOrigin>
    /// Whether IP addresses of any interface are this sidecar's.
    private let takesAnyAddress: Bool
    private let takesAll: Bool

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - addresses: Where the API listens.
    ///   - origins: Whose pages may use it, and by whose hosts it may be addressed.
    ///   - takesAll: Whether all may, whatever their name.
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
        // No browser comes by a Unix socket.
        let isLocal = !addresses.isEmpty && addresses.allSatisfy { if case .unix = $0 { true } else { false } }
        self.takesAll = takesAll || isLocal
    }

    /// What comes of a request by its head.
    enum Verdict {
        case refused(APIError)
        /// The page of this origin may read the answer; `nil` when no page asks, or the sidecar's own.
        case allowed(reader: String?)
    }

    func verdict(_ head: HTTPRequest) -> Verdict {
        let host = head.headers["host"]
        let authority = host.flatMap { Authority($0) }
        let origins = head.headers.values("origin")
        if takesAll { return .allowed(reader: origins.first) }
        // HTTP/1.0 may come without; a browser does not.
        if let host, !isOurs(authority) { return .refused(.foreignHost(host)) }
        guard let origin = origins.first else {
            let isForeign = head.headers.values("sec-fetch-site").contains("cross-site")
            return isForeign ? .refused(.foreignSite) : .allowed(reader: nil)
        }
        guard origins.count == 1, let known = WebOrigin(origin) else { return .refused(.foreignOrigin(origin)) }
        if self.origins.contains(known) { return .allowed(reader: origin) }
        // A page that an application serves through the sidecar.
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
