import Synchronization

/// A value that is made when it is first asked for, and kept.
///
/// The document and its page cost as much as the rest of a start together, and most servers are never asked for them.
final class OnDemand<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () -> Value

    init(_ make: @escaping @Sendable () -> Value) { self.make = make }

    /// The value; who asks while it is being made waits for it.
    var value: Value {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
