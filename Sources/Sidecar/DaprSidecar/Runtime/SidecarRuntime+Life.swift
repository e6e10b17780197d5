import DaprText
import Synchronization

/// Starting and stopping.
extension SidecarRuntime {
    /// Opens the components: secret stores first.
    ///
    /// Afterwards state, publish and secrets work (`healthz/outbound`), even without an application.
    ///
    /// - Throws: The first error in a component, a subscription's rule or a policy, with its file and line.
    package func start() async throws(ComponentError) {
        for part in resources.configuration.unusedParts { observer(.configurationPartUnused(part)) }
        for error in resources.skipped { observer(.resourceSkipped(error)) }
        let catalog = try ResiliencyCatalog(
            resources.resiliencies,
            appID: configuration.appID,
            ignoresFaults: configuration.ignoresBrokenResources,
            now: surroundings.now
        )
        for error in catalog.faults { observer(.resourceSkipped(error)) }
        for resource in resources.resiliencies where resource.namesActors {
            observer(.configurationPartUnused("spec.targets.actors of \(resource.place)"))
        }
        for name in catalog.names { meter.note(.resiliencyLoaded(name: name)) }
        let subscriptions = try declaredSubscriptions(catalog)
        let opener = ComponentOpener(
            configuration: configuration,
            stateStoreTypes: stateStoreTypes,
            pubsubTypes: pubsubTypes,
            secretStoreTypes: secretStoreTypes,
            catalog: catalog,
            surroundings: surroundings,
            files: files,
            observer: observer,
            meter: meter
        )
        let components = try await opener.open(resources.components)
        do throws(ComponentError) {
            try await openJobs(components)
        } catch {
            await components.close()
            throw error
        }
        state.withLock { state in
            state.components = components
            state.catalog = catalog
            state.subscriptions = subscriptions
            state.phase.noteOpen(hasApp: configuration.appPort != nil && appChannel != nil)
        }
    }

    /// Waits for the application, asks it for its subscriptions and delivers messages; returns after ``announceStop()`` or
    /// when cancelled.
    ///
    /// Cancelling ends the waiting and the health checks, not deliveries: those end with ``stop()``.
    package func run() async {
        // Unstructured tasks, so that deliveries are not cancelled with them.
        let life = Task { await self.live() }
        let jobsLife = Task { await self.jobs.run() }
        let isTooLate = state.withLock { state in
            state.life = life
            return state.phase.isStopping
        }
        if isTooLate { life.cancel() }
        await withTaskCancellationHandler {
            await life.value
        } onCancel: {
            life.cancel()
        }
        jobs.close()
        await jobsLife.value
    }

    /// Ends deliveries.
    ///
    /// With `blockShutdown` it then waits for that time, while `healthz` answers 500 and the API should still be
    /// served.
    package func announceStop() async {
        let (life, served) = state.withLock { state in
            state.phase.announceStop(blocks: configuration.blockShutdown != nil)
            return (state.life, state.served)
        }
        life?.cancel()
        jobs.close()
        for subscription in served { subscription.close() }
        guard let duration = configuration.blockShutdown else { return }
        await block(for: duration)
    }

    /// Waits for handlers in flight up to the graceful limit and closes the components; `false` when the time did not
    /// suffice.
    package func stop() async -> Bool {
        let (life, served) = state.withLock { state in
            state.phase = .stopped
            return (state.life, state.served)
        }
        life?.cancel()
        jobs.close()
        for subscription in served { subscription.close() }
        var isInTime = true
        do throws(CancellationError) {
            try await Deadline.run(
                within: configuration.gracefulShutdown,
                sleep: surroundings.sleep,
                else: CancellationError()
            ) { () async throws(CancellationError) in
                for subscription in served { await subscription.run.value }
                await self.jobs.drain()
            }
        } catch {
            isInTime = false
            for subscription in served { subscription.run.cancel() }
        }
        await jobs.end()
        let components = state.withLock { state in
            defer { state.components = OpenComponents() }
            return state.components
        }
        await components.close()
        return isInTime
    }

    private func declaredSubscriptions(_ catalog: ResiliencyCatalog) throws(ComponentError) -> [TopicSubscription] {
        var subscriptions: [TopicSubscription] = []
        for definition in resources.subscriptions
        where definition.scopes.isEmpty || definition.scopes.contains(bytesOf: configuration.appID) {
            let isDeclared = subscriptions.contains { $0.definition.hasSameTopic(as: definition) }
            if isDeclared {
                ignore(definition, "another Subscription resource has this topic")
                continue
            }
            do throws(RoutingRuleError) {
                subscriptions.append(
                    try TopicSubscription(definition, policy: catalog.inbound(pubsub: definition.pubsub))
                )
            } catch {
                let error = ComponentError(
                    place: definition.place ?? ResourcePlace(file: "", line: 0),
                    resource: nil,
                    reason: .badField(field: "spec.routes.rules", reason: "\(error)")
                )
                guard configuration.ignoresBrokenResources else { throw error }
                observer(.resourceSkipped(error))
            }
        }
        return subscriptions
    }

    /// Runs from the first probe of the application to the end.
    private func live() async {
        if let channel = appChannel, let port = configuration.appPort {
            observer(.waitingForApp(port: port))
            let probe = AppProbe(channel: channel, configuration: configuration, sleep: surroundings.sleep)
            guard await probe.untilAnswering() else { return }
            if configuration.appHealthCheck != nil {
                state.withLock { $0.phase.noteReady() }
                guard await probe.untilHealthy() else { return }
                setHealth(true)
            }
            await probe.askForConfiguration()
            await subscribe(probe, channel)
            if Task.isCancelled { return }
            state.withLock { state in
                state.phase.noteReady()
                state.isAppReady = true
            }
            jobs.setOpen(true)
            observer(.appReady)
            if configuration.appHealthCheck != nil { await probe.watch { self.setHealth($0) } }
        }
        // This stream never has an element: the wait ends when the task is cancelled.
        let (nothing, source) = AsyncStream<Never>.makeStream()
        for await _ in nothing {}
        source.finish()
    }

    private func subscribe(_ probe: AppProbe, _ channel: any AppChannel) async {
        let components = components
        guard !components.pubsubs.isEmpty else { return }
        var definitions: [SubscriptionDefinition] = []
        if !configuration.disabledInitEndpoints.contains("subscribe") {
            do throws(AppProbe.Fault) {
                let answer = try await probe.subscriptions()
                definitions = answer.subscriptions
                for definition in answer.withoutRoute { ignore(definition, "it has neither route nor routes") }
            } catch {
                observer(.subscriptionsUnreadable("\(error)"))
            }
        }
        let (declared, catalog) = state.withLock { ($0.subscriptions, $0.catalog) }
        var subscriptions: [TopicSubscription] = []
        do throws(RoutingRuleError) {
            for definition in definitions {
                let policy = catalog?.inbound(pubsub: definition.pubsub) ?? ResiliencyPolicy()
                let new = try TopicSubscription(definition, policy: policy)
                subscriptions.removeAll { $0.definition.hasSameTopic(as: new.definition) }
                subscriptions.append(new)
            }
        } catch {
            subscriptions = []
            observer(.subscriptionsUnreadable("\(error)"))
        }
        subscriptions += declared.filter { one in
            !subscriptions.contains { $0.definition.hasSameTopic(as: one.definition) }
        }
        await serve(subscriptions, components, channel)
    }

    private func serve(
        _ subscriptions: [TopicSubscription],
        _ components: OpenComponents,
        _ channel: any AppChannel
    ) async {
        var listed: [TopicSubscription] = []
        for subscription in subscriptions {
            let definition = subscription.definition
            // A subscription that is not served is listed all the same, as in daprd.
            listed.append(subscription)
            guard let open = components.pubsubs[definition.pubsub] else {
                ignore(definition, "no pub/sub component is called \(definition.pubsub)")
                continue
            }
            guard open.scopes.allowsSubscribing(definition.topic) else {
                ignore(definition, "the component's scopes do not allow it")
                continue
            }
            let deliverer = Deliverer(
                subscription: subscription,
                channel: channel,
                appAPIToken: configuration.appAPIToken,
                surroundings: surroundings,
                observer: observer,
                publish: { (message) async throws(APIError) in try await self.send(message, to: open) },
                isStopping: { self.isStopping },
                meter: meter,
                tracing: tracing,
                faults: faults
            )
            do throws(BrokerError) {
                let served = try await ServedSubscription.begin(deliverer, at: open.broker)
                let isTooLate = state.withLock { state in
                    state.served.append(served)
                    return state.phase.isStopping
                }
                if isTooLate {
                    served.close()
                } else {
                    observer(.subscribed(pubsub: definition.pubsub, topic: definition.topic))
                }
            } catch {
                ignore(definition, "\(error)")
            }
        }
        let isDeclared = { (subscription: TopicSubscription) in subscription.definition.origin == .declarative }
        let inOrder = listed.filter(isDeclared) + listed.filter { !isDeclared($0) }
        state.withLock { $0.subscriptions = inOrder }
    }

    private func ignore(_ definition: SubscriptionDefinition, _ reason: String) {
        observer(.subscriptionIgnored(pubsub: definition.pubsub, topic: definition.topic, reason: reason))
    }

    private func setHealth(_ isHealthy: Bool) {
        let served = state.withLock { state in
            state.isAppHealthy = isHealthy
            return state.served
        }
        for one in served { one.subscription.setPaused(!isHealthy) }
        // Before the first subscriptions it is too early for jobs.
        if !isHealthy || state.withLock({ $0.isAppReady }) { jobs.setOpen(isHealthy) }
        observer(.appHealthChanged(isHealthy: isHealthy))
    }

    /// Waits for `duration`, or until the application's health check fails.
    private func block(for duration: Duration) async {
        guard let channel = appChannel, let check = configuration.appHealthCheck else {
            // Only cancellation interrupts this wait, and then the stop goes on at once.
            try? await surroundings.sleep(duration)
            return
        }
        let probe = AppProbe(channel: channel, configuration: configuration, sleep: surroundings.sleep)
        var left = duration
        while left > .zero, await probe.isHealthy(check) {
            let step = min(left, check.interval)
            left -= step
            do throws(CancellationError) {
                try await surroundings.sleep(step)
            } catch {
                return
            }
        }
    }
}

extension SubscriptionDefinition {
    fileprivate func hasSameTopic(as other: SubscriptionDefinition) -> Bool {
        pubsub.hasSameBytes(as: other.pubsub) && topic.hasSameBytes(as: other.topic)
    }
}
