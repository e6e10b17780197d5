import DaprHTTP
import DaprHTTPServer
import DaprJSON
import DaprLog
import Settings
import WebFront

/// `task-server routes`: the endpoints of the doors, as the server would serve them with these settings.
enum RoutesCommand {
    /// The endpoints in the order of the documentation: a table, or JSON.
    ///
    /// - Throws: ``ConfigurationErrors`` for settings that the server does not take.
    static func text(_ values: SettingValues) async throws -> String {
        let configuration = try ServerConfiguration(values)
        let assembly = try buildServer(configuration: configuration, logger: .silent)
        let result = Result { try assembly.described() }
        await assembly.shutDown()
        let routes = routes(try result.get())
        guard !values[ServerSettings.json] else {
            let answer: JSONValue = .object(["routes": .array(routes.map(\.json))])
            return String(decoding: answer.serialized(), as: UTF8.self)
        }
        let table = [["METHOD", "PATH", "PORTS", "PROOF", "SUMMARY"]] + routes.map(\.row)
        return CommandOutput.table(table) + "\n\n" + ports(configuration)
    }

    private static func routes(_ service: WebService) -> [Route] {
        let doors = [("app", service.app), ("public", service.clients), ("metrics", service.metrics)]
        var routes: [Route] = []
        for (port, door) in doors {
            for endpoint in door.endpoints {
                let known = routes.firstIndex {
                    $0.endpoint.method == endpoint.method && $0.endpoint.path == endpoint.path
                }
                if let known {
                    routes[known].ports.append(port)
                } else {
                    routes.append(Route(endpoint: endpoint, ports: [port]))
                }
            }
        }
        return routes
    }

    private static func ports(_ configuration: ServerConfiguration) -> String {
        [
            ("app", configuration.appAddress, ""), ("public", configuration.publicAddress, "--public-port"),
            ("metrics", configuration.metricsAddress, "--metrics-port"),
        ].map { name, address, flag in
            guard case .tcp(let host, let port) = address else { return "\(name): not open; \(flag) opens it" }
            return "\(name): \(host) port \(port)"
        }
        .joined(separator: "\n")
    }

    private struct Route {
        let endpoint: Endpoint
        var ports: [String]

        private var proof: String {
            switch endpoint.operation.security {
            case .open: "none"
            case .bearer: "bearer token"
            case .appAPIToken: "dapr-api-token"
            }
        }

        var row: [String] {
            [endpoint.method.rawValue, endpoint.path, ports.joined(separator: ","), proof, endpoint.operation.summary]
        }

        var json: JSONValue {
            .object([
                "method": .string(endpoint.method.rawValue), "operation": .string(endpoint.operation.id),
                "path": .string(endpoint.path), "ports": .array(ports.map { .string($0) }), "proof": .string(proof),
                "summary": .string(endpoint.operation.summary),
            ])
        }
    }
}
