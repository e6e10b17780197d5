extension DaprError: CustomStringConvertible, CustomDebugStringConvertible {
    /// What failed and what to do, safe in any log: no key, value, token, body or word of the store.
    public var description: String {
        var text = operation
        if let component { text += " (\(component))" }
        text += ": \(explanation)"
        let facts = [status.map { "status \($0)" }, errorCode.map { "code \($0)" }].compactMap { $0 }
        if !facts.isEmpty { text += " [\(facts.joined(separator: ", "))]" }
        if outcomeUnknown, kind != .outcomeUnknown { text += "; a write may have happened, read to find out" }
        return text
    }

    /// The description with the transport's and the sidecar's own words, which may name keys.
    public var debugDescription: String {
        let words = [transportError.map(\.description), message].compactMap { $0 }
        return words.isEmpty ? description : description + " - " + words.joined(separator: "; ")
    }

    private var isUntrusted: Bool {
        if case .untrustedCertificate = transportError { true } else { false }
    }

    private var explanation: String {
        switch kind {
        case .conflict:
            "the stored value is not the one the caller knows; read it again and decide again"
        case .alreadyExists:
            "what must be new is there already, from another writer or an earlier try; read it to see whose it is, then go on "
                + "with it, choose another key or name, or replace it knowingly (a key by its ETag)"
        case .notFound:
            "the sidecar does not know the app or the call; check the app id, the sidecar's version and its list of allowed APIs"
        case .notConfigured:
            "the sidecar has no such component; check the name, the component files and their scopes"
        case .refused:
            status == 401 && errorCode == nil
                ? "the sidecar does not accept the API token; give the client the sidecar's DAPR_API_TOKEN"
                : "the sidecar refused; see its log for the reason"
        case .unreachable:
            isUntrusted
                ? "the certificate of the sidecar's https endpoint is not trusted, nothing was sent; give the transport its "
                    + "authority's certificate, or the system's list, and the name that the certificate is for"
                : "the sidecar could not be reached, nothing was sent; check that it runs and that its address is right"
        case .timedOut:
            "no answer within the time allowed; try again, or allow more"
        case .cancelled:
            "the caller was cancelled"
        case .outcomeUnknown:
            "there was no clear answer, so the write may have happened; read to find out before trying again"
        case .invalidArgument:
            "the arguments cannot be sent, nothing was sent; correct the call"
        case .unreadableAnswer:
            "the answer is not what Dapr's API promises; check that the address is a Dapr sidecar's"
        }
    }
}
