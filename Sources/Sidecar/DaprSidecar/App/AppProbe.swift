/// Asks the application whether it is up and healthy, and what it subscribes to.
struct AppProbe: Sendable {
    /// Why the application's subscriptions are unknown.
    enum Fault: Error, CustomStringConvertible {
        case noAnswer(AppChannelError)
        case status(Int)
        case unreadable(String)

        var description: String {
            switch self {
            case .noAnswer(let error): "/dapr/subscribe was not answered: \(error)"
            case .status(let status): "/dapr/subscribe was answered with \(status)"
            case .unreadable(let reason): "the answer of /dapr/subscribe cannot be used: \(reason)"
            }
        }
    }

    let channel: any AppChannel
    let configuration: RuntimeConfiguration
    let sleep: @Sendable (Duration) async throws(CancellationError) -> Void

    private static let startLimit = Duration.seconds(30)

    /// Waits without a limit until something answers on the application's port; `false` when cancelled.
    ///
    /// The first request of the start-up doubles as the probe: `/dapr/config`, or the health path when `/dapr/config`
    /// is not asked.
    func untilAnswering() async -> Bool {
        let asksHealth = configuration.appHealthCheck != nil || configuration.disabledInitEndpoints.contains("config")
        while !Task.isCancelled {
            do throws(AppChannelError) {
                if asksHealth {
                    _ = try await channel.send(
                        AppRequest(
                            method: "GET",
                            target: configuration.appHealthCheck?.path ?? "/healthz",
                            timeout: Self.startLimit
                        )
                    )
                } else {
                    _ = try await channel.send(request("/dapr/config"))
                }
                return true
            } catch {
                switch error {
                case .unreachable: break
                case .cancelled: return false
                // Something listens there, whatever it thinks of the request.
                case .timedOut, .failed: return true
                }
            }
            do throws(CancellationError) {
                try await sleep(.milliseconds(100))
            } catch {
                return false
            }
        }
        return false
    }

    /// Asks for the application's configuration when ``untilAnswering()`` has not.
    ///
    /// Only actors need the answer.
    func askForConfiguration() async {
        guard configuration.appHealthCheck != nil, !configuration.disabledInitEndpoints.contains("config") else {
            return
        }
        // Any answer will do, and so will none.
        _ = try? await channel.send(request("/dapr/config"))
    }

    /// The application's subscriptions; none when it answers 404.
    ///
    /// A failed connection is retried three times.
    func subscriptions() async throws(Fault) -> (
        subscriptions: [SubscriptionDefinition], withoutRoute: [SubscriptionDefinition]
    ) {
        var wait = Duration.milliseconds(500)
        var retries = 0
        while true {
            let answer = await answer(to: request("/dapr/subscribe"))
            switch answer {
            case .success(let response): return try Self.subscriptions(in: response)
            case .failure(let error):
                if retries == 3 || error == .cancelled { throw .noAnswer(error) }
            }
            retries += 1
            do throws(CancellationError) {
                try await sleep(wait)
            } catch {
                throw .noAnswer(.cancelled)
            }
            wait = min(wait * 1.5, .seconds(10))
        }
    }

    private func answer(to request: AppRequest) async -> Result<AppResponse, AppChannelError> {
        do throws(AppChannelError) {
            return .success(try await channel.send(request))
        } catch {
            return .failure(error)
        }
    }

    /// Waits for the first successful health check; `false` when cancelled.
    func untilHealthy() async -> Bool {
        guard let check = configuration.appHealthCheck else { return true }
        while !Task.isCancelled {
            if await isHealthy(check) { return true }
            do throws(CancellationError) {
                try await sleep(check.interval)
            } catch {
                return false
            }
        }
        return false
    }

    /// Checks the health at each interval and calls `tell` with each change; returns when cancelled.
    func watch(_ tell: (Bool) -> Void) async {
        guard let check = configuration.appHealthCheck else { return }
        var failures = 0
        var isDown = false
        while true {
            do throws(CancellationError) {
                try await sleep(check.interval)
            } catch {
                return
            }
            // One success makes the application healthy; it takes several failures in a row to make it unhealthy.
            failures = await isHealthy(check) ? 0 : min(failures + 1, check.threshold)
            if Task.isCancelled { return }
            let isDownNow = failures >= check.threshold || (isDown && failures > 0)
            if isDownNow != isDown { tell(!isDownNow) }
            isDown = isDownNow
        }
    }

    /// Does one health check: a plain GET without any token.
    func isHealthy(_ check: AppHealthCheck) async -> Bool {
        do throws(AppChannelError) {
            var request = AppRequest(method: "GET", target: check.path, timeout: check.timeout)
            request.isHealthProbe = true
            let response = try await channel.send(request)
            return 200..<300 ~= response.status
        } catch {
            return false
        }
    }

    private func request(_ target: String) -> AppRequest {
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "dapr-app-id", value: configuration.appID),
        ]
        if let token = configuration.appAPIToken, !token.isEmpty { headers.append(("dapr-api-token", token)) }
        return AppRequest(method: "GET", target: target, headers: headers, timeout: Self.startLimit)
    }

    private static func subscriptions(
        in response: AppResponse
    ) throws(Fault) -> (subscriptions: [SubscriptionDefinition], withoutRoute: [SubscriptionDefinition]) {
        if response.status == 404 { return ([], []) }
        guard response.status == 200 else { throw .status(response.status) }
        do throws(RequestFault) {
            return try SubscriptionDefinition.programmatic(response.body)
        } catch {
            throw .unreadable(error.message)
        }
    }
}
