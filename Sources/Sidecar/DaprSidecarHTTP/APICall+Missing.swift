import DaprHTTP
import DaprSidecar

extension MissingBlock {
    /// Finds the building block of a call by daprd's routes; `nil` for a call of none of these blocks.
    init?(_ method: HTTPMethod, _ path: EscapedPath) {
        let segments = path.segments
        guard segments.count >= 3 else { return nil }
        let isWrite = method == .post || method == .put
        switch (segments[0], segments[1]) {
        case ("v1.0", "bindings") where isWrite && segments.count == 3: self = .bindings
        case ("v1.0-alpha1", "lock") where method == .post && segments.count == 3,
            ("v1.0-alpha1", "unlock") where method == .post && segments.count == 3:
            self = .lock
        case ("v1.0", "configuration") where method == .get, ("v1.0-alpha1", "configuration") where method == .get:
            guard segments.count == 3 || ["subscribe", "unsubscribe"].contains(segments[segments.count - 1]) else {
                return nil
            }
            self = .configuration
        case ("v1.0-alpha1", "crypto") where method == .put && segments.count == 4: self = .cryptography
        case ("v1.0-alpha1", "subtlecrypto") where method == .post && segments.count == 4: self = .subtleCryptography
        case ("v1.0", "actors") where segments.count >= 5:
            guard ["method", "state", "reminders", "timers"].contains(segments[4]) else { return nil }
            self = .actors
        case ("v1.0", "workflows"), ("v1.0-beta1", "workflows"), ("v1.0-alpha1", "workflows"):
            guard segments.count >= 4 else { return nil }
            self = .workflow
        case ("v1.0-alpha1", "conversation") where method == .post && segments.count == 4,
            ("v1.0-alpha2", "conversation") where method == .post && segments.count == 4:
            self = .conversation
        default: return nil
        }
    }
}
