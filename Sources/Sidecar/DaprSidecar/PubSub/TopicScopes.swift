import DaprText

/// Which topics of a pub/sub component an application may use.
struct TopicScopes: Equatable, Sendable {
    /// `allowedTopics`; `nil` for all.
    private var allowed: Set<ExactText>?
    /// `protectedTopics`: allowed only for applications whose scopes name them.
    private var protected: Set<ExactText>
    /// The entry of `publishingScopes` for this application; `nil` when there is none.
    private var publishing: Set<ExactText>?
    /// The entry of `subscriptionScopes` for this application; `nil` when there is none.
    private var subscribing: Set<ExactText>?

    init(_ metadata: ComponentMetadata, appID: String) {
        let allowed = Self.list(metadata["allowedTopics"])
        self.allowed = allowed.isEmpty ? nil : allowed
        protected = Self.list(metadata["protectedTopics"])
        publishing = Self.topics(metadata["publishingScopes"], of: appID)
        subscribing = Self.topics(metadata["subscriptionScopes"], of: appID)
    }

    func allowsPublishing(_ topic: String) -> Bool { allows(topic, for: publishing) }
    func allowsSubscribing(_ topic: String) -> Bool { allows(topic, for: subscribing) }

    private func allows(_ topic: String, for scope: Set<ExactText>?) -> Bool {
        if let allowed, !allowed.contains(topic) { return false }
        if let scope { return scope.contains(topic) }
        return !protected.contains(topic)
    }

    private static func list(_ text: String?) -> Set<ExactText> {
        Set((text ?? "").splitBytes(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }.map { ExactText($0) })
    }

    /// The topics of one application in `app1=t1,t2;app2=`.
    private static func topics(_ text: String?, of appID: String) -> Set<ExactText>? {
        for part in (text ?? "").splitBytes(separator: ";") {
            let sides = part.splitBytes(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides.count == 2, trimmed(sides[0]).hasSameBytes(as: appID) { return list(String(sides[1])) }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var bytes = text.utf8
        while bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
