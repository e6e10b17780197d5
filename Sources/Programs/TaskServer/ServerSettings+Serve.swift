import Settings

/// The settings of `serve`, which `routes` and `config` take too.
extension ServerSettings {
    /// What `serve` takes.
    static let serving: [any AnySetting] =
        [
            appPort, appHost, publicPort, publicHost, metricsPort, metricsHost, daprHTTPPort, daprHTTPEndpoint,
            daprAPIToken, appAPIToken,
            sidecarWait, stateStore, pubsub, topic, commandTopic, secretStore, jwtSecretName, jwtSecretKey,
            serverSecretName, serverSecretKey, jwtIssuer, jwtAudience, corsOrigins, loops, connectionLimit,
            connectionsPerAddress,
            trustedProxies, writesPerUser, expensiveReadsPerUser, writesPerAddress, expensiveReadsPerAddress,
            streamsPerUser, streams, longestWait, headDeadline, answerDeadline, idleTimeout, requestDeadline,
            commandDeadline,
            callTimeout, waitingCommands, readsPerCall, viewMemory, bookText, inFlightPerUser, inFlight,
            stopDelay, drainTime, publishTime, relayLease, historyRetention, commitFormat, logLevel, logSample, logSlow,
        ] + tracing

    /// What people need first of it.
    static let common: [any AnySetting] = [
        appPort, publicPort, metricsPort, daprHTTPPort, daprHTTPEndpoint, daprAPIToken, appAPIToken, stateStore, pubsub,
        secretStore, jwtIssuer, jwtAudience, corsOrigins, stopDelay, drainTime, historyRetention, logLevel,
    ]
}
