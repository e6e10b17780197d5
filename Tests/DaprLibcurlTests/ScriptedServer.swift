import Foundation
import Glibc
import Synchronization

/// A TCP server that answers each connection with bytes of the test's choosing, for what no proper server would send.
final class ScriptedServer: Sendable {
    /// What is done with one connection: send the bytes, then close, or keep it open in silence.
    struct Script: Sendable {
        var bytes: [UInt8]
        var staysOpen = false
        /// Whether the request is read before anything is sent.
        var readsRequest = true

        init(_ text: String, staysOpen: Bool = false, readsRequest: Bool = true) {
            self.init(Array(text.utf8), staysOpen: staysOpen, readsRequest: readsRequest)
        }

        init(_ bytes: [UInt8], staysOpen: Bool = false, readsRequest: Bool = true) {
            self.bytes = bytes
            self.staysOpen = staysOpen
            self.readsRequest = readsRequest
        }
    }

    let port: Int
    private let listening: CInt
    private let accepted = Mutex<[CInt]>([])
    private let count = Mutex(0)
    private let received = Mutex<[[UInt8]]>([])

    /// What was read on each connection before its answer.
    var requests: [[UInt8]] { received.withLock { $0 } }

    /// How many connections were taken.
    var connections: Int { count.withLock { $0 } }

    /// Serves connection after connection with the scripts in turn, the last one again and again.
    init(_ scripts: [Script]) throws {
        listening = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = unsafe withUnsafeMutablePointer(to: &address) { [listening] address -> Int in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard unsafe bind(listening, generic, size) == 0, listen(listening, 256) == 0 else { return 0 }
                _ = unsafe getsockname(listening, generic, &size)
                return 1
            }
        }
        guard port == 1 else { throw POSIXError(.EADDRINUSE) }
        self.port = Int(in_port_t(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in serve(scripts) }
    }

    private func serve(_ scripts: [Script]) {
        var turn = 0
        while true {
            let client = accept(listening, nil, nil)
            guard client >= 0 else { return }
            count.withLock { $0 += 1 }
            let script = scripts[min(turn, scripts.count - 1)]
            turn += 1
            Thread.detachNewThread { [self] in
                if script.readsRequest {
                    var buffer = [UInt8](repeating: 0, count: 65536)
                    let length = unsafe recv(client, &buffer, buffer.count, 0)
                    received.withLock { $0.append(Array(buffer.prefix(max(0, length)))) }
                }
                _ = unsafe script.bytes.withUnsafeBytes {
                    unsafe send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                if script.staysOpen {
                    accepted.withLock { $0.append(client) }
                } else {
                    close(client)
                }
            }
        }
    }

    func stop() {
        shutdown(listening, CInt(SHUT_RDWR))
        close(listening)
        for client in accepted.withLock({ $0 }) { close(client) }
    }
}
