internal import CDaprMicrohttpd
import DaprHTTP
import Synchronization

/// Counts a server's open connections by client address, over all its loops.
///
/// An IPv6 client is counted by its 64-bit network, because it can use any address within it. Exempt addresses are not
/// counted.
final class AddressCensus: Sendable {
    private let limit: Int
    private let exempt: [AddressRange]
    private let counts = Mutex<[IPAddress: Int]>([:])

    init(limit: Int, exempt: [AddressRange]) {
        self.limit = limit
        self.exempt = exempt
    }

    /// What `address` is counted by; `nil` for an exempt address, which may open any number of connections.
    func counted(_ address: IPAddress) -> IPAddress? { exempt.contain(address) ? nil : address.counted }

    /// Whether a client is below the limit, so that one more connection is allowed.
    func hasRoom(for client: IPAddress) -> Bool { counts.withLock { $0[client, default: 0] < limit } }

    func entered(_ client: IPAddress) { counts.withLock { $0[client, default: 0] += 1 } }

    func left(_ client: IPAddress) {
        counts.withLock { counts in
            let count = (counts[client] ?? 1) - 1
            counts[client] = count > 0 ? count : nil
        }
    }
}

extension IPAddress {
    init(_ address: cmhd_address) { self.init(high: address.high, low: address.low) }
}
